"""The time-stamp of a bundle's seal: added later, checked always, exchanged never."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.bundle.format import bag, seal
from evidence.bundle.verify.bundle import check_bundle
from evidence.bundle.write.stamping import check_and_stamp, stamp
from evidence.clock import system_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, TimeStampSubject, VerificationReport
from evidence.signatures.trust import Trust
from evidence.signing.authority import HttpAuthority
from tests.support.authority import Authority, kept, make_authority
from tests.support.command import evidence
from tests.support.identity import signer
from tests.support.packs import sealed_bundle

PIN = (signer().certificate,)


def check(root: Path, authority: Authority | None = None, now: datetime | None = None) -> VerificationReport:
    trusted = Trust(PIN, authorities=authority.certificates if authority else ())
    return check_bundle(root, now=now or datetime.now(UTC), trusted=trusted)


def codes(root: Path, authority: Authority | None = None, now: datetime | None = None) -> list[Code]:
    return [finding.code for finding in check(root, authority, now).findings]


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.fixture
def stamped(root: Path, url: str) -> Path:
    stamp(root, HttpAuthority(url, 20, system_clock()), now=datetime.now(UTC))
    return root


def test_command_adds_it_beside_the_seal(root: Path, url: str, authority: Authority) -> None:
    before = files(root)
    done = evidence("timestamp", root, "--timestamp-url", url, "--timestamp-ca", authority.root, "--json")
    assert done.returncode == 0, done.stderr
    after = files(root)
    assert after.keys() - before.keys() == {seal.TIME_STAMP}
    assert {path: after[path] for path in before} == before
    assert json.loads(done.stdout)["authority"] == "CN=Test authority"
    assert [path.name for path in root.parent.iterdir()] == [root.name], "no leftovers"

    again = evidence("timestamp", root, "--timestamp-url", url)
    assert (again.returncode, "has a time-stamp already" in again.stderr) == (2, True)

    pin = ("--trust", signer().fingerprint)
    trusted = evidence("verify", root, *pin, "--trust-tsa", authority.root, "--json")
    document = json.loads(trusted.stdout)
    (shown,) = document["time_stamps"]
    (verdict,) = (one for one in document["verdicts"] if one["property"] == "time-stamped-at")
    assert (trusted.returncode, shown["trusted"], shown["what"]) == (0, True, "seal")
    assert (verdict["state"], "whom you trust" in verdict["sentence"]) == ("ok", True)
    said = evidence("verify", root, *pin).stdout
    assert "Sealed before" in said and "by CN=Test authority, not trusted by you" in said


def test_openssl_accepts_it(stamped: Path, authority: Authority) -> None:
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        seal.SIGNATURE,
        "-in",
        seal.TIME_STAMP,
        "-CAfile",
        authority.root,
    ]
    done = subprocess.run(command, cwd=stamped, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


def test_trusted_by_what_the_reader_brings(stamped: Path, authority: Authority, stranger: Authority) -> None:
    report = check(stamped, authority)
    found = report.time_stamp_of(TimeStampSubject.SEAL)
    assert report.ok and found is not None and found.trusted
    assert check(stamped).time_stamp_of(TimeStampSubject.SEAL).trusted is False  # type: ignore[union-attr]
    assert codes(stamped) == []
    assert codes(stamped, stranger) == [Code.TIME_STAMP_UNTRUSTED]


def test_taken_away(root: Path, authority: Authority) -> None:
    """Without --trust-tsa its absence is told; a reader who expects one is not left in doubt."""
    assert codes(root, authority) == [Code.TIME_STAMP_MISSING]
    assert check(root).ok and "no time-stamp" in " ".join(check(root).notes)


def test_exchanged(root: Path, stamped: Path, url: str, tmp_path: Path) -> None:
    other = sealed_bundle(tmp_path / "other", now=datetime.now(UTC) - timedelta(days=1)).root
    stamp(other, HttpAuthority(url, 20, system_clock()), now=datetime.now(UTC))
    (stamped / seal.TIME_STAMP).write_bytes((other / seal.TIME_STAMP).read_bytes())
    assert codes(stamped) == [Code.TIME_STAMP]


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_does_not_hold(root: Path, content: bytes, url: str) -> None:
    (root / seal.TIME_STAMP).write_bytes(content)
    assert codes(root) == [Code.TIME_STAMP]
    authority = HttpAuthority(url, 20, system_clock())
    with pytest.raises(UsageError, match="not a valid time-stamp") as caught:
        check_and_stamp(root, authority, now=datetime.now(UTC))
    assert "--replace" in caught.value.advice
    check_and_stamp(root, authority, now=datetime.now(UTC), replace=True)
    assert codes(root) == []


def test_bundle_that_does_not_verify_gets_none(root: Path, url: str) -> None:
    (root / "data/run.json").write_bytes(b"{}")
    with pytest.raises(VerificationError):
        check_and_stamp(root, HttpAuthority(url, 20, system_clock()), now=datetime.now(UTC))
    assert not (root / seal.TIME_STAMP).exists()


def test_sealed_after_its_time_stamp(root: Path, authority: Authority) -> None:
    """The signer dates a seal into the future; the authority says otherwise."""
    now = datetime.now(UTC) + timedelta(days=1)
    shutil.rmtree(root / "seal")
    (root / "seal").mkdir()
    (root / seal.SIGNATURE).write_bytes(signer().seal((root / bag.TAG_MANIFEST).read_bytes(), now))
    (root / seal.CHAIN).write_bytes(signer().chain_pem)
    (root / seal.TIME_STAMP).write_bytes(kept(authority.stamp((root / seal.SIGNATURE).read_bytes())))
    assert codes(root, authority, now=now) == [Code.TIME]


def test_time_stamp_from_the_future(stamped: Path, authority: Authority) -> None:
    assert Code.TIME in codes(stamped, authority, now=datetime.now(UTC) - timedelta(hours=1))


def test_authority_that_ended_since(root: Path, tmp_path: Path) -> None:
    """A CA no longer vouches for an authority that ended; the authority's own certificate, pinned, does."""
    short = make_authority(tmp_path / "tsa", days=(-1, 1))
    (root / seal.TIME_STAMP).write_bytes(kept(short.stamp((root / seal.SIGNATURE).read_bytes())))
    later = datetime.now(UTC) + timedelta(days=30)
    assert codes(root, short) == []
    assert codes(root, short, now=later) == [Code.TIME_STAMP_ENDED]
