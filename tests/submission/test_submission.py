"""Submissions: several packs under one cover, verified together; what is refused in the making."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.bundle.format.models import Redaction
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.clock import frozen_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code
from evidence.pack import canonical_zip
from evidence.signatures.trust import Trust
from evidence.storage import sha256_of
from evidence.submission import cover
from evidence.submission.layout import is_submission
from evidence.submission.make import make_submission
from evidence.submission.model import Submission
from evidence.submission.verify import SubmissionReport, verify_submission
from tests.support.bundles import NOW
from tests.support.command import evidence
from tests.support.identity import signer, stranger
from tests.support.packs import make_parts
from tests.support.served import ROOT

LATER = NOW + timedelta(days=9)
CLOCK = frozen_clock(NOW + timedelta(days=1))
GOV = signer("GovCloud team", secret=41)
BOTH = Trust((signer().certificate,), (GOV.fingerprint,))
COPY = Redaction(origin="ab" * 32, classes=("people",), policy="cd" * 32, key="0123456789abcdef", tool="e 0")


def a_pack(folder: Path, by=None, **run) -> Path:
    folder.mkdir()
    return make_parts(folder, by or signer(), **run).pack(signer=by)


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return packs of two partitions, each by a signer of its own."""
    scratch = tmp_path_factory.mktemp("packs")
    gov = {"partition": "aws-us-gov", "scope": "aws-us-gov:123456789012", "now": NOW + timedelta(hours=1)}
    return a_pack(scratch / "one"), a_pack(scratch / "two", GOV, **gov)


@pytest.fixture(scope="session")
def made(packs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("submission") / "submission.zip"
    make_submission(packs[::-1], target, signer=signer(), clock=CLOCK)
    return target


def check(path: Path, trusted: Trust | None = BOTH, **options) -> SubmissionReport:
    return verify_submission(path, now=LATER, trusted=trusted, **options)


def test_whole(made: Path, packs: tuple[Path, Path]) -> None:
    report = check(made)
    assert (report.findings, report.word) == ((), OverallVerdict.AUTHENTIC)
    assert {one.judgement.word for one in report.packs} == {OverallVerdict.AUTHENTIC}
    assert {one.report.signer.fingerprint for one in report.packs} == {signer().fingerprint, GOV.fingerprint}
    assert is_submission(made)
    assert not is_submission(packs[0])


def test_packs_are_stored_byte_for_byte(made: Path, packs: tuple[Path, Path], tmp_path: Path) -> None:
    canonical_zip.unpack(made, tmp_path)
    inside = {sha256_of(one) for one in tmp_path.glob("*/packs/*.zip")}
    assert inside == {sha256_of(one) for one in packs}
    assert check(next(tmp_path.iterdir())).word is OverallVerdict.AUTHENTIC


def test_same_input_same_bytes(made: Path, packs: tuple[Path, Path], tmp_path: Path) -> None:
    make_submission(packs, tmp_path / "again.zip", signer=signer(), clock=CLOCK)
    assert sha256_of(tmp_path / "again.zip") == sha256_of(made)


def test_each_signer_has_to_be_trusted(made: Path) -> None:
    assert check(made, None).word is OverallVerdict.INTACT
    report = check(made, Trust((signer().certificate,)))
    assert report.word is OverallVerdict.REFUSED
    refused = [one for one in report.packs if one.judgement.word is OverallVerdict.REFUSED]
    assert [[found.code for found in one.report.findings] for one in refused] == [[Code.UNTRUSTED] * 3]
    assert check(made, Trust((stranger().certificate,))).findings


def test_signed_only_says_so(made: Path) -> None:
    assert check(made, signed_only=True).word is OverallVerdict.UNCHANGED


def test_the_cover_says_what_the_packs_say(made: Path, tmp_path: Path) -> None:
    canonical_zip.unpack(made, tmp_path)
    (root,) = tmp_path.iterdir()
    told = subprocess.run(["pdftotext", "-layout", root / "cover.pdf", "-"], capture_output=True, check=True)
    text = told.stdout.decode()
    index = json.loads((root / "submission.json").read_bytes())
    assert sha256_of(root / "submission.json") in re.sub(r"\s", "", text)
    for entry in index["entries"]:
        pack = entry["pack"]
        assert pack["scope"] in text
        assert pack["digest"] in re.sub(r"\s", "", text)
        for conclusion, count in pack["conclusions"]["controls"].items():
            assert re.search(rf"{count}\s+{conclusion.split()[0]}", text), conclusion
    pages = subprocess.run(["pdfinfo", root / "cover.pdf"], capture_output=True, check=True, text=True).stdout
    assert int(re.search(r"Pages:\s+(\d+)", pages)[1]) <= 2


def test_the_covers_columns_have_widths_of_the_style_sheet(made: Path, tmp_path: Path) -> None:
    """Any other is as wide as what is left, and pushes the text away from its heading."""
    canonical_zip.unpack(made, tmp_path)
    index = Submission.model_validate_json(next(tmp_path.glob("*/submission.json")).read_bytes())
    widths = {one.width for table in cover._tables(index) for one in table.columns}
    known = re.findall(r"\.w(\d+) \{", (ROOT / "templates" / "report.css").read_text())
    assert widths <= {0, *map(int, known)}


def test_by_hand(made: Path, tmp_path: Path) -> None:
    """As VERIFY.md says, with openssl and sha256sum."""
    canonical_zip.unpack(made, tmp_path)
    (root,) = tmp_path.iterdir()
    page = (root / "VERIFY.md").read_text()
    block = page.split("## Linux and macOS")[1].split("## Windows")[0]
    lines = [line[4:] for line in block.splitlines() if line.startswith("    ")]
    steps = [line for line in lines if not line.startswith("python3")]
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(steps)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert signer().fingerprint in done.stdout.replace(":", "").lower()
    assert "Signature is Valid" in done.stdout


def test_twice_the_same_bundle(packs: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copy(packs[0], tmp_path / "again.zip")
    with pytest.raises(UsageError, match="the same bundle"):
        make_submission([*packs, tmp_path / "again.zip"], tmp_path / "s.zip", signer=signer(), clock=CLOCK)
    assert not (tmp_path / "s.zip").exists()


def test_a_redacted_copy_among_originals(packs: tuple[Path, Path], tmp_path: Path) -> None:
    copy = a_pack(tmp_path / "copy", now=NOW + timedelta(hours=2), redacted_from=COPY)
    with pytest.raises(UsageError, match="redacted copy"):
        make_submission([*packs, copy], tmp_path / "s.zip", signer=signer(), clock=CLOCK)


def test_what_does_not_verify(packs: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(packs[1].read_bytes() + b"x")
    with pytest.raises(VerificationError, match=r"bad\.zip does not verify"):
        make_submission([packs[0], tmp_path / "bad.zip"], tmp_path / "s.zip", signer=signer(), clock=CLOCK)


def test_conclusions_that_do_not_follow(packs: tuple[Path, Path], tmp_path: Path) -> None:
    """Signed by its owner, and still not what the evidence says."""
    from evidence.controls.engine import run_tests
    from tests.support.packs import draw, sealed_bundle

    bundle = sealed_bundle(tmp_path, now=NOW + timedelta(hours=3))
    results = run_tests(bundle).to_bytes().replace(b'"considered": 1,', b'"considered": 2,', 1)
    lie = draw(bundle, results, tmp_path, now=NOW + timedelta(hours=3)).pack("lie.zip")
    with pytest.raises(VerificationError, match=r"lie\.zip does not verify: results\.json"):
        make_submission([packs[0], lie], tmp_path / "s.zip", signer=signer(), clock=CLOCK)


@pytest.mark.parametrize("what", ["a bundle", "a file"])
def test_what_is_no_pack(packs: tuple[Path, Path], tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    bundle = next(packs[0].parent.glob("evidence-*/bagit.txt")).parent
    with pytest.raises((UsageError, VerificationError)):
        given = bundle if what == "a bundle" else tmp_path / "file"
        make_submission([packs[0], given], tmp_path / "s.zip", signer=signer(), clock=CLOCK)


def test_the_commands(packs: tuple[Path, Path], made: Path, tmp_path: Path) -> None:
    pins = ("--trust", signer().fingerprint, "--trust", GOV.fingerprint)
    done = evidence("verify", made, *pins, "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["word"], len(document["packs"])) == (0, "authentic", 2), done.stderr
    done = evidence("verify", made, *pins[:2])
    assert (done.returncode, done.stdout.startswith("Does not verify")) == (5, True)
    assert evidence("verify", made, *pins, "--previous", packs[0], "--recompute").returncode == 2
    neither = evidence("submit", packs[0], "--output", tmp_path / "s.zip")
    assert (neither.returncode, "Traceback" in neither.stderr) == (2, False)
