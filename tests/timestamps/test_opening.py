"""From one time-stamp to the other: a run as a user starts it, opened, sealed and reported with its times."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.bundle.format import bag, seal, strictjson
from evidence.bundle.verify import opening
from evidence.bundle.verify.bundle import check_bundle
from evidence.bundle.verify.contents import Contents
from evidence.bundle.verify.inventory import hash_files, take_inventory
from evidence.demo_account.demo import demo_environment
from evidence.findings import Code, TimeStampSubject
from evidence.pack import canonical_zip
from evidence.signatures.trust import Trust
from evidence.signing.keygen import CertificateSubject, generate
from tests.support.authority import Authority
from tests.support.command import FEW, evidence
from tests.support.served import serving

PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("identity")
    subject = CertificateSubject("Test", "Northwind Ledger", 2)
    made = generate(folder, PASSPHRASE.encode(), subject, algorithm="p-256", now=datetime.now(UTC))
    return ["--key", str(made.key), "--certificate", str(made.certificate)]


def collected(demo_url: str, key: list[str], output: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    environment = demo_environment(demo_url) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
    command = ["collect", "--output", output, "--regions", "us-east-1", *FEW, "--json", "--quiet"]
    return evidence(*command, *key, *flags, env=environment, timeout=300)


@pytest.fixture(scope="module")
def made(
    demo_url: str, key: list[str], url: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    flags = ("--timestamp-url", url, "--timestamp-ca", str(authority.root))
    done = collected(demo_url, key, tmp_path_factory.mktemp("run"), *flags)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["unstamped"] == [] and document["time_stamp"]
    return Path(document["bundle"])


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / made.name))


def test_from_one_to_the_other(made: Path, authority: Authority) -> None:
    report = check_bundle(made, now=datetime.now(UTC), trusted=Trust(authorities=authority.certificates))
    assert report.findings == ()
    opened, sealed = (
        report.time_stamp_of(TimeStampSubject.OPENING),
        report.time_stamp_of(TimeStampSubject.SEAL),
    )
    assert opened is not None and sealed is not None and opened.trusted and sealed.trusted
    run = json.loads((made / "data/run.json").read_text())
    # An authority's time has whole seconds.
    assert opened.time <= datetime.fromisoformat(run["finished"]) <= sealed.time + timedelta(seconds=1)
    statement = json.loads((made / opening.STATEMENT).read_text())
    assert (statement["bundle"], statement["caller"]) == (made.name, run["caller_start"])
    assert len(set(statement["random"])) > 4


def test_openssl_accepts_both(made: Path, authority: Authority) -> None:
    for data, stamp in ((opening.STATEMENT, opening.TIME_STAMP), (seal.SIGNATURE, seal.TIME_STAMP)):
        command = ["openssl", "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", str(authority.root)]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr


def standalone(root: Path) -> int:
    program = Path(canonical_zip.__file__).parent / "standalone" / "verify.py"
    command = [sys.executable, program, root, "--integrity-only"]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_single_file_verifier_accepts_it(root: Path) -> None:
    assert standalone(root) == 0
    (root / opening.TIME_STAMP).write_bytes(b"of something else")
    assert standalone(root) == 5


def inconsistencies(root: Path) -> list[Code]:
    """Return findings of the contents alone, as after a signer's own change."""
    listed = take_inventory(root / bag.PAYLOAD)
    files = hash_files(root / bag.PAYLOAD, listed.sizes)
    found = Contents(root / bag.PAYLOAD, files).check(root.name)  # type: ignore[arg-type]
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("bundle", "evidence-123456789012-20200101T000000Z", Code.INCONSISTENT),
        ("previous", "ab" * 32, Code.INCONSISTENT),
        ("started", "2020-01-01T00:00:00Z", Code.INCONSISTENT),
        ("items", [], Code.INCONSISTENT),
        ("random", "short", Code.SCHEMA),
        ("more", 1, Code.SCHEMA),
    ],
)
def test_statement_of_another_run(root: Path, member: str, value: object, code: Code) -> None:
    """A signer cannot open a bundle with a statement that was stamped for another."""
    file = root / opening.STATEMENT
    file.write_bytes(strictjson.document(json.loads(file.read_text()) | {member: value}))
    assert inconsistencies(root) == [code]


@pytest.mark.parametrize("gone", [opening.STATEMENT, opening.TIME_STAMP])
def test_half_an_opening(root: Path, gone: str) -> None:
    (root / gone).unlink()
    assert Code.MISSING in inconsistencies(root)


def test_opened_after_it_was_sealed(root: Path) -> None:
    """Stamped today, sealed years ago: one of the two is wrong."""
    early = datetime.now(UTC) - timedelta(days=700)
    stamped, findings = opening.check_time(root, None, now=datetime.now(UTC), sealed=None, claimed=early)
    assert stamped is not None and [one.code for one in findings] == [Code.TIME]


def test_silent_authority_ends_no_run(demo_url: str, key: list[str], tmp_path: Path) -> None:
    done = collected(demo_url, key, tmp_path / "out", "--timestamp-url", "http://127.0.0.1:9/")
    document = json.loads(done.stdout)
    assert done.returncode == 3, done.stderr
    (gap,) = (one for one in document["gaps"] if one["item"] == opening.ITEM)
    assert "cannot be reached" in gap["message"] and gap["cause"] == "no time-stamp from the authority"
    assert document["time_stamp"] is None and len(document["unstamped"]) == 1
    report = check_bundle(Path(document["bundle"]), now=datetime.now(UTC))
    assert report.findings == () and report.time_stamps == ()
