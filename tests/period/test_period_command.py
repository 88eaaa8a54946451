"""`evidence period` over an archive of real packs: what it leaves, how it ends, and what stops it."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from evidence.archive.index import INDEX
from evidence.errors import UsageError, VerificationError
from evidence.period.layout import RENDERED
from evidence.period.model import PeriodResults, Remediation
from evidence.period.opened import Period
from evidence.signatures.trust import Trust
from tests.period.archives import PERIOD, made, series_of
from tests.support.command import evidence
from tests.support.identity import signer, stranger

NAME = "period-123456789012-2026-09-03-2026-10-01"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    folder = tmp_path_factory.mktemp("identity")
    (folder / "signer.pem").write_bytes(signer().chain_pem)
    secret = BestAvailableEncryption(b"a pass phrase")
    key = signer().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    (folder / "signer.key").write_bytes(key)
    (folder / "passphrase").write_bytes(b"a pass phrase")
    files = {"--key": "signer.key", "--certificate": "signer.pem", "--passphrase-file": "passphrase"}
    return tuple(word for option, name in files.items() for word in (option, folder / name))


@pytest.fixture(scope="module")
def left(four: Path, identity, tmp_path_factory: pytest.TempPathFactory):
    """The report as the command leaves it, and how that ended."""
    out = tmp_path_factory.mktemp("report")
    done = evidence(
        "period", "--archive", four, "--from", "2026-09-03", "--to", "2026-10-01", "--output", out,
        "--every", "iam.credential-report=7", "--trust", signer().fingerprint, "--json", *identity,
    )  # fmt: skip
    return done, out


def test_what_is_left_and_how_it_ends(left) -> None:
    done, out = left
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    assert sorted(path.name for path in out.iterdir() if path.name[0] != ".") == [NAME, f"{NAME}.zip"]
    assert document["folder"] == str(out / NAME)
    assert any(one.startswith("Of iam.credential-report there is no evidence") for one in document["unknown"])
    assert done.stderr.count("sealed 2026-09-") == 4, "one line for each pack"
    assert "evidence schedule" in done.stderr, "what to do about a hole"
    with zipfile.ZipFile(out / f"{NAME}.zip") as packed:
        files = {name.removeprefix(f"{NAME}/"): packed.read(name) for name in packed.namelist()}
    there = {
        path.relative_to(out / NAME).as_posix(): path for path in (out / NAME).rglob("*") if path.is_file()
    }
    assert files == {name: path.read_bytes() for name, path in there.items()}
    results = PeriodResults.model_validate_json(files["period.json"])
    assert results.to_bytes() == files["period.json"]
    assert [one.before for one in results.bundles] == [True, False, False, False]


def test_it_comes_out_of_the_archive_again(left, four: Path) -> None:
    words = ("period", "--check", left[1] / f"{NAME}.zip", "--archive", four)
    done = evidence(*words, "--trust", signer().fingerprint, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["ok"], found["trusted"], found["findings"]) == (True, True, [])
    assert [one["name"] for one in found["parts"]] == ["period.json", *RENDERED, "VERIFY.md"]


def test_openssl_and_sha256sum_check_it(left, tmp_path: Path) -> None:
    """The commands of VERIFY.md."""
    folder = shutil.copytree(left[1] / NAME, tmp_path / NAME)
    page = (folder / "VERIFY.md").read_text()
    commands = [line[4:] for line in page.replace("\\\n", " ").splitlines() if line.startswith("    ")]
    script = [
        one for one in commands if one.startswith(("openssl x509", "openssl cms", "sha256sum", "cut", "find"))
    ]
    assert _run(script, folder) == 0
    (folder / "period.json").write_bytes(b"{}")
    assert _run(script, folder) != 0


def _run(script: list[str], folder: Path) -> int:
    words = ["sh", "-euc", "\n".join(script)]
    return subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode


def test_the_same_again(left, four: Path) -> None:
    again = made(four, every_days=json.loads(_results(left))["settings"]["every_days"]).results
    assert again.to_bytes() == _results(left)


def _results(left) -> bytes:
    return (left[1] / NAME / "period.json").read_bytes()


def test_what_an_exception_over_time_says(left) -> None:
    results = PeriodResults.model_validate_json(_results(left))
    test = next(one for one in results.tests if one.id == "MFA-1")
    (found,) = test.exceptions
    assert (found.first, found.last, found.absent_before, found.absent_after) == (2, 3, 1, 4)
    assert (found.least_days, found.most_days, found.remediation) == (7.0, 20.0, Remediation.IN_TIME)
    assert [(one.bundle, one.exceptions) for one in test.line] == [(2, 1), (3, 1), (4, 0)]


def test_nothing_is_overwritten(left, four: Path, identity) -> None:
    done = evidence(
        "period", "--archive", four, "--from", "2026-09-03", "--to", "2026-10-01", "--output", left[1],
        "--integrity-only", *identity,
    )  # fmt: skip
    assert (done.returncode, "exists already" in done.stderr) == (2, True)


def test_without_trust_it_says_so(archive: Path) -> None:
    series = series_of(archive, Period(PERIOD.first, PERIOD.first.replace(day=9)), trust=Trust())
    series.read(lambda _: None, lambda *_: None)
    assert not series.trusted


def _missing(archive: Path) -> None:
    _packs(archive)[2].unlink()


def _changed(archive: Path) -> None:
    pack = _packs(archive)[2]
    pack.write_bytes(pack.read_bytes().replace(b'"user', b'"usex', 1))


def _exchanged(archive: Path) -> None:
    first, second = _packs(archive)[1:3]
    shutil.copy(first, second)


def _entry_taken_out(archive: Path) -> None:
    lines = (archive / INDEX).read_bytes().splitlines(keepends=True)
    (archive / INDEX).write_bytes(b"".join(lines[:-1]))


def _packs(archive: Path) -> list[Path]:
    return sorted(archive.glob("*.zip"))


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (_missing, "which is not there"),
        (_changed, "not the file that the index lists"),
        (_exchanged, "not the file that the index lists"),
        (_entry_taken_out, "is not in the index"),
    ],
)
def test_what_stops_the_report(archive: Path, attack, says: str) -> None:
    attack(archive)
    with pytest.raises(VerificationError, match=says):
        series_of(archive).read(lambda _: None, lambda *_: None)


def test_a_signer_who_is_not_trusted(archive: Path) -> None:
    with pytest.raises(VerificationError, match="--trust"):
        series_of(archive, trust=Trust((stranger().certificate,)))


def test_a_period_without_a_bundle(archive: Path) -> None:
    day = PERIOD.first
    with pytest.raises(UsageError, match="no bundle of aws:123456789012 from 2026-09-03"):
        made(archive, Period(day, day))


def test_an_archive_of_several_scopes_asks_which(archive: Path) -> None:
    with pytest.raises(UsageError, match="no bundle of aws-cn"):
        series_of(archive, scope="aws-cn:123456789012")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "No period is given"),
        (("--from", "2026-09-03", "--to", "2026-09-01"), "is none"),
        (("--every", "iam.credential-report"), "not a name and a number"),
        (("--remediation", "severe=3"), "severe"),
        (("--trust", "x", "--integrity-only"), "exclude each other"),
        (("--check", "a.zip", "--from", "2026-09-03"), "no period of its own"),
        (("--check", "a.zip"), "is no file"),
    ],
)
def test_wrong_options(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    done = evidence("period", "--archive", tmp_path, *options)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
