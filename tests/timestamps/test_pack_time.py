"""Time-stamps in a pack: of the seal, the report and the pack, and VERIFY.md's commands as they stand."""

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from evidence.bundle import open_bundle
from evidence.bundle.write.stamping import stamp
from evidence.clock import system_clock
from evidence.findings import Code, TimeStampSubject
from evidence.pack import layout
from evidence.pack.verify import verify_pack
from evidence.signatures.trust import Trust
from evidence.signing.authority import HttpAuthority
from evidence.signing.pdf import sign_pdf
from evidence.signing.signer import Signer
from evidence.storage import sha256_of
from tests.support.authority import Authority
from tests.support.identity import signer
from tests.support.packs import Parts, blank_pdf, make_parts


def packed(folder: Path, url: str, identity: Signer) -> tuple[Parts, Path]:
    """Return a pack made now, with all its time-stamps."""
    authority, now = HttpAuthority(url, 20, system_clock()), datetime.now(UTC).replace(microsecond=0)
    parts = make_parts(folder, identity, now=now)
    stamp(parts.bundle.root, authority, now=now)
    named = parts.bundle.digest, sha256_of(parts.results)
    parts.report.write_bytes(sign_pdf(blank_pdf(*named), identity, now, authority=authority))
    opened = replace(parts, bundle=open_bundle(parts.bundle.root))
    pack = opened.pack(signer=identity, clock=system_clock(), authority=authority)
    return parts, pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, url: str) -> Path:
    return packed(tmp_path_factory.mktemp("pack"), url, signer())[1]


def codes(pack: Path, trusted: Trust, now: datetime | None = None) -> list[Code]:
    report = verify_pack(pack, now=now or datetime.now(UTC), trusted=trusted)
    return [finding.code for finding in report.findings]


def test_all_three(pack: Path, authority: Authority) -> None:
    trusted = Trust((signer().certificate,), authorities=authority.certificates)
    report = verify_pack(pack, now=datetime.now(UTC), trusted=trusted)
    assert report.findings == ()
    assert {one.what: one.trusted for one in report.time_stamps} == {
        TimeStampSubject.SEAL: True, TimeStampSubject.REPORT: True, TimeStampSubject.PACK: True,
    }  # fmt: skip


def test_commands_of_verify_md(pack: Path, authority: Authority, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path)
    (page,) = tmp_path.glob("*/VERIFY.md")
    (page.parent / "tsa.pem").write_bytes(authority.root.read_bytes())
    commands = re.findall(r"^    (openssl ts (?:\\\n|.)*)$", page.read_text(), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert "Verification: OK" in shell(command, page.parent), command
    # authority.pem is what came along; it serves as well, for integrity.
    (page.parent / "tsa.pem").write_bytes((page.parent / layout.AUTHORITY).read_bytes())
    assert "Verification: OK" in shell(commands[0], page.parent)


def shell(command: str, folder: Path) -> str:
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("program", [[sys.executable, "verify.py", "."], ["sh", "verify.sh"]])
def test_programs_in_the_pack(pack: Path, program: list[str], tmp_path: Path) -> None:
    """They take the time-stamps for what they are, and leave judging them to openssl."""
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path)
    (page,) = tmp_path.glob("*/VERIFY.md")
    command = [*program, signer().fingerprint]
    done = subprocess.run(command, cwd=page.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    stamp = page.parent / layout.TIME_STAMP
    stamp.rename(stamp.with_suffix(".txt"))
    assert subprocess.run(command, cwd=page.parent, capture_output=True, check=False).returncode == 5


def test_pack_without_time_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(make_parts(tmp_path).pack()) as archive:
        (page,) = (name for name in archive.namelist() if name.endswith("VERIFY.md"))
        assert "there is no time-stamp" in archive.read(page).decode()
        assert not any(name.endswith((layout.AUTHORITY, ".tsr")) for name in archive.namelist())


def issued(days: int) -> tuple[Signer, x509.Certificate]:
    """Return an identity under a company CA, valid for so many days, and the CA."""
    now = datetime.now(UTC)
    root_key, key = (ec.derive_private_key(secret, ec.SECP256R1()) for secret in (7, 8))
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("Root", "Team")]

    def certificate(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, end: int, ca: bool
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder(names[0], subject, public, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=end))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(root_key, hashes.SHA256())
        )

    root = certificate(names[0], root_key.public_key(), 9000, True)
    return Signer(key, (certificate(names[1], key.public_key(), days, False), root)), root


def test_after_the_end_of_the_certificate(tmp_path: Path, url: str, authority: Authority) -> None:
    """That is what time-stamps are for: a signature made in time goes on counting, and only so."""
    identity, root = issued(30)
    _, pack = packed(tmp_path, url, identity)
    later = datetime.now(UTC) + timedelta(days=400)
    trusted = Trust((root,), authorities=authority.certificates)
    assert codes(pack, trusted) == []
    assert codes(pack, trusted, later) == []
    assert set(codes(pack, replace(trusted, authorities=()), later)) == {Code.UNTRUSTED}
