"""The time-stamp inside the report's signature (PAdES B-T): that one addition, and no other."""

import io
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from evidence.clock import system_clock
from evidence.findings import Code, TimeStampSubject, VerificationReport
from evidence.signatures.pdf import verify_pdf
from evidence.signatures.trust import Trust
from evidence.signing.authority import HttpAuthority
from evidence.signing.pdf import sign_pdf
from tests.support.authority import Authority
from tests.support.identity import signer
from tests.support.packs import blank_pdf

DIGEST = "ab" * 32
PIN = (signer().certificate,)


@pytest.fixture(scope="module")
def stamped(url: str) -> bytes:
    authority = HttpAuthority(url, 20, system_clock())
    return sign_pdf(blank_pdf(DIGEST), signer(), datetime.now(UTC), authority=authority)


def check(data: bytes, *authorities: Authority) -> VerificationReport:
    trusted = Trust(PIN, authorities=tuple(one for named in authorities for one in named.certificates))
    return verify_pdf(data, name="report.pdf", now=datetime.now(UTC), trusted=trusted)


def codes(data: bytes, *authorities: Authority) -> list[Code]:
    return [finding.code for finding in check(data, *authorities).findings]


def with_attributes(data: bytes, *attributes: asn1.CMSAttribute) -> bytes:
    """Return the PDF with these unsigned attributes, in the place of those that it has."""
    start = data.index(b"/Contents <") + len(b"/Contents <")
    end = data.index(b">", start)
    info = asn1.ContentInfo.load(bytes.fromhex(data[start:end].decode()))
    own = info["content"]["signer_infos"][0]
    if attributes:
        own["unsigned_attrs"] = asn1.CMSAttributes(attributes)
    else:
        del own["unsigned_attrs"]
    room = info.dump().ljust((end - start) // 2, b"\0")
    return data[:start] + room.hex().upper().encode() + data[end:]


def attributes_of(data: bytes) -> list[asn1.CMSAttribute]:
    start = data.index(b"/Contents <") + len(b"/Contents <")
    info = asn1.ContentInfo.load(bytes.fromhex(data[start : data.index(b">", start)].decode()))
    return list(info["content"]["signer_infos"][0]["unsigned_attrs"])


def test_accepted(stamped: bytes, authority: Authority, stranger: Authority) -> None:
    report = check(stamped, authority)
    found = report.time_stamp_of(TimeStampSubject.REPORT)
    assert report.ok and found is not None and found.trusted
    assert abs(found.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert codes(stamped) == []
    assert codes(stamped, stranger) == [Code.TIME_STAMP_UNTRUSTED]


def test_expected_by_a_reader_who_brings_an_authority(authority: Authority) -> None:
    plain = sign_pdf(blank_pdf(DIGEST), signer(), datetime.now(UTC))
    assert codes(plain) == []
    assert codes(plain, authority) == [Code.TIME_STAMP_MISSING]


def test_pdfsig_accepts(stamped: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(stamped)
    command = ["pdfsig", "-nocert", tmp_path / "report.pdf"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said


def test_pyhanko_accepts(stamped: bytes, authority: Authority) -> None:
    """Another reading of the same standard sees a B-T signature, the time-stamp under the CA."""
    pins = (*PIN, *authority.certificates)
    roots = [Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in pins]
    status = validate_pdf_signature(
        PdfFileReader(io.BytesIO(stamped)).embedded_signatures[0],
        ValidationContext(trust_roots=roots, allow_fetching=False),
    )
    assert status.intact and status.valid and status.timestamp_validity.intact
    assert status.timestamp_validity.trusted


def test_time_stamp_of_another_signature(stamped: bytes, url: str) -> None:
    authority = HttpAuthority(url, 20, system_clock())
    other = sign_pdf(blank_pdf("cd" * 32), signer(), datetime.now(UTC), authority=authority)
    assert codes(with_attributes(stamped, *attributes_of(other))) == [Code.TIME_STAMP]


def test_taken_out(stamped: bytes, authority: Authority) -> None:
    """Then it is a B-B signature again; a reader who expects the time notices."""
    assert codes(with_attributes(stamped)) == []
    assert codes(with_attributes(stamped), authority) == [Code.TIME_STAMP_MISSING]


def test_anything_else_unsigned(stamped: bytes) -> None:
    moment = asn1.Time({"utc_time": datetime.now(UTC)})
    other = asn1.CMSAttribute({"type": "signing_time", "values": [moment]})
    for attributes in ([other], [*attributes_of(stamped), other], attributes_of(stamped) * 2):
        assert codes(with_attributes(stamped, *attributes)) == [Code.PDF_SIGNATURE]


@settings(max_examples=40, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_flipped_byte(stamped: bytes, where: float, mask: int) -> None:
    start = stamped.index(b"/Contents <")
    flipped = bytearray(stamped)
    flipped[start + int(where * (len(stamped) - start))] ^= mask
    assert check(bytes(flipped)).findings
