"""The signed report: accepted whole, refused with anything added, changed or signed by others."""

import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from evidence.errors import SigningError
from evidence.findings import Code, VerificationReport
from evidence.signatures.trust import Trust
from evidence.signing.pdf import sign_pdf
from tests.support.bundles import NOW
from tests.support.identity import signer, stranger
from tests.support.packs import blank_pdf
from tests.support.verdicts import both_on_report

DIGEST = "ab" * 32
PIN = Trust((signer().certificate,))
CERTIFIED = {"certify": True, "docmdp_permissions": MDPPerm.NO_CHANGES}


def check(data: bytes, trust: Trust | None = PIN) -> VerificationReport:
    return both_on_report(data, trust)


def codes(data: bytes) -> set[Code]:
    return {finding.code for finding in check(data).findings}


def by_pyhanko(data: bytes, **options) -> bytes:
    """Sign with pyHanko as others would."""
    metadata = PdfSignatureMetadata(
        **{"field_name": "Other", "md_algorithm": "sha256", "subfilter": SigSeedSubFilter.PADES} | options
    )
    pdf_signer = PdfSigner(metadata, signer().pyhanko, new_field_spec=SigFieldSpec("Other"))
    return pdf_signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data))).getvalue()


def test_signed_report(signed: bytes) -> None:
    report = check(signed)
    assert report.findings == ()
    assert report.digest == DIGEST
    assert report.signer and report.signer.trusted and report.signer.claimed == NOW


def test_pdfsig_accepts(signed_file: Path) -> None:
    command = ["pdfsig", "-nocert", signed_file]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_same_input_same_bytes(signed: bytes) -> None:
    assert sign_pdf(blank_pdf(DIGEST), signer(), NOW) == signed


def test_signing_what_is_no_pdf() -> None:
    with pytest.raises(SigningError):
        sign_pdf(b"nothing", signer(), NOW)


@pytest.mark.parametrize("tail", [b"\n", b"% comment\n", b"\x00"])
def test_anything_appended(signed: bytes, tail: bytes) -> None:
    assert codes(signed + tail) == {Code.PDF_CHANGED}


def test_incremental_update(signed: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Lang"] = writer.root["/Type"]
    writer.update_root()
    updated = io.BytesIO()
    writer.write(updated)
    assert updated.getvalue().startswith(signed)
    assert codes(updated.getvalue()) == {Code.PDF_CHANGED}


def test_second_signature(signed: bytes) -> None:
    # pyHanko refuses to sign a document certified against changes, so the ban is lifted first.
    assert codes(by_pyhanko(signed.replace(b"/P 1\n", b"/P 2\n"))) == {Code.PDF_SIGNATURE}


def test_foreign_signature() -> None:
    assert codes(sign_pdf(blank_pdf(DIGEST), stranger(), NOW)) == {Code.UNTRUSTED}


def test_unsigned() -> None:
    assert codes(blank_pdf(DIGEST)) == {Code.PDF_SIGNATURE}


@pytest.mark.parametrize(
    "options",
    [
        {"certify": False},
        {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS},
        {**CERTIFIED, "subfilter": SigSeedSubFilter.ADOBE_PKCS7_DETACHED},
    ],
    ids=["approval", "forms may be filled", "not PAdES"],
)  # fmt: skip
def test_weaker_kinds_of_signature(options: dict) -> None:
    assert codes(by_pyhanko(blank_pdf(DIGEST), **options)) == {Code.PDF_SIGNATURE}


def test_padding_used(signed: bytes) -> None:
    """The bytes behind the CMS are not signed: they must be zeros."""
    end = signed.index(b">", signed.index(b"/Contents <"))
    assert codes(signed[: end - 1] + b"1" + signed[end:]) == {Code.PDF_CHANGED}


def test_signature_written_otherwise(signed: bytes) -> None:
    """The same signature in small letters: nobody may change even that."""
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    assert codes(signed[:start] + signed[start : start + 40].lower() + signed[start + 40 :]) == {
        Code.PDF_CHANGED
    }


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"[" * 100_000])
def test_broken_pdf(data: bytes) -> None:
    assert codes(data) == {Code.PDF}


@settings(max_examples=40, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_flipped_byte(signed: bytes, where: float, mask: int) -> None:
    flipped = bytearray(signed)
    flipped[int(where * len(signed))] ^= mask
    assert check(bytes(flipped)).findings
