"""Verifies the signature of a report strictly: PAdES B-B or B-T, certified, no changes allowed.

Profile: ETSI EN 319 142-1 baseline B-B, or B-T with a time-stamp of the signature's value inside the CMS; one
certification signature with DocMDP permission 1 (ISO 32000-2 §12.8.2.2) over the entire file. B-LT and B-LTA
append revisions, which this profile refuses (docs/format.md §3 says why).
"""

import io
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evidence.findings import Code, Finding, TimeStampSubject, VerificationReport
from evidence.signatures import cms, timestamps, trust

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

MAX_BYTES = 256 * 1024 * 1024
_SUB_FILTER = "/ETSI.CAdES.detached"
_DIGEST = re.compile(r"\bsha256:([0-9a-f]{64})\b")


class PdfError(ValueError):
    """The PDF is not one to rely on; the message says why, one clause."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _PdfSignature:
    signature: cms.Signature
    claimed: datetime | None
    keywords: str
    """What the PDF says that it is of: signed, like all of it."""

    @property
    def digest(self) -> str:
        """The bundle's digest; empty when none is named."""
        found = _DIGEST.search(self.keywords)
        return found[1] if found else ""


def verify_pdf(
    data: bytes, *, name: str, now: datetime, trusted: trust.Trust | None = None, alone: bool = True
) -> VerificationReport:
    """Verify a signed report: exactly one signature, over the whole file, allowing no change, byte-canonical.

    The report's digest is that of the bundle the PDF says it belongs to. `alone`: nothing else shows when it
    was signed, so that a reader who trusts a time-stamping authority expects a time-stamp inside.
    """
    try:
        signed = _check(data)
    except PdfError as error:
        return VerificationReport("pdf", name, (Finding(error.code, name, str(error)),))
    token = signed.signature.token
    stamped, findings = trust.check_time_stamp(
        None if token is None else timestamps.response(token),
        signed.signature.value,
        TimeStampSubject.REPORT,
        trusted,
        now=now,
        subject=name,
        expected=alone,
    )
    signed_by, against = trust.judge(
        signed.signature, trusted, now=now, claimed=signed.claimed, subject=name, stamped=stamped
    )
    stamps = (stamped,) if stamped else ()
    findings += against
    notes = trust.notes_on(signed_by, stamps, now)
    return VerificationReport(
        "pdf", name, tuple(findings), signed.digest, signed_by, notes, stamps, keywords=signed.keywords
    )


def _check(data: bytes) -> _PdfSignature:
    if len(data) > MAX_BYTES:
        raise PdfError(Code.PDF, f"is larger than {MAX_BYTES} bytes")
    try:
        return _inspect(data)
    except PdfError:
        raise
    except cms.CmsError as error:
        raise PdfError(Code.PDF_SIGNATURE, f"does not have a valid signature: {error}") from error
    # Over hostile bytes pyHanko raises whatever its parsers raise, under no common class. Whatever it was:
    # the PDF does not verify.
    except Exception as error:
        raise PdfError(Code.PDF, "is not a well-formed PDF") from error


def _inspect(data: bytes) -> _PdfSignature:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(data))
    if reader.encrypted:
        raise PdfError(Code.PDF, "is encrypted")
    embedded = only_signature(reader)
    der, content = signed_parts(data, embedded)
    signature = cms.check(der, content, stamped=True)
    _check_coverage(reader, embedded)
    return _PdfSignature(signature, embedded.self_reported_timestamp, _keywords(reader))


def only_signature(reader: "PdfFileReader") -> "EmbeddedPdfSignature":
    """Return the one signature of a PDF; raises PdfError for none, several, or one of another kind."""
    from pyhanko.sign.fields import enumerate_sig_fields

    fields = list(enumerate_sig_fields(reader))
    if len(fields) != 1 or len(reader.embedded_signatures) != 1:
        raise PdfError(Code.PDF_SIGNATURE, "does not have exactly one signature")
    embedded: EmbeddedPdfSignature = reader.embedded_signatures[0]
    if embedded.sig_object.get("/SubFilter") != _SUB_FILTER:
        raise PdfError(Code.PDF_SIGNATURE, "does not have a PAdES signature")
    return embedded


def signed_parts(data: bytes, embedded: "EmbeddedPdfSignature") -> tuple[bytes, bytes]:
    """Return the CMS and the signed bytes; everything but the CMS and zero padding must be signed."""
    byte_range = [int(number) for number in embedded.byte_range]
    if len(byte_range) != 4 or byte_range[0] != 0:
        raise PdfError(Code.PDF_SIGNATURE, "has a signature that does not begin at its first byte")
    _, end, start, length = byte_range
    if start + length != len(data) or not 0 < end < start:
        raise PdfError(Code.PDF_CHANGED, "has something appended, or its signature does not cover it all")
    reserved = embedded.pkcs7_content
    der = reserved[: _der_length(reserved)]
    padding = bytes(len(reserved) - len(der))
    if data[end:start] != b"<" + (der + padding).hex().upper().encode() + b">":
        raise PdfError(Code.PDF_CHANGED, "has something besides the signature in the place of the signature")
    return der, data[:end] + data[start:]


def _der_length(data: bytes) -> int:
    """Return the length of the first DER element (X.690 §8.1.3)."""
    if len(data) < 2 or data[1] < 0x80:
        raise PdfError(Code.PDF_SIGNATURE, "does not have a signature in DER")
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")


def _check_coverage(reader: "PdfFileReader", embedded: "EmbeddedPdfSignature") -> None:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation.pdf_embedded import read_certification_data
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    certified = read_certification_data(reader)
    if certified is None or certified.permission is not MDPPerm.NO_CHANGES:
        raise PdfError(Code.PDF_SIGNATURE, "is not certified against all changes")
    embedded.compute_integrity_info()  # type: ignore[no-untyped-call]
    if embedded.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise PdfError(Code.PDF_CHANGED, "is not covered by its signature entirely")
    if getattr(embedded.diff_result, "modification_level", None) is not ModificationLevel.NONE:
        raise PdfError(Code.PDF_CHANGED, "was changed after it was signed")


def _keywords(reader: "PdfFileReader") -> str:
    trailer = reader.trailer
    if "/Info" not in trailer:
        return ""
    info = _from_object_stream(reader, trailer.raw_get("/Info")) or trailer["/Info"]
    return str(info["/Keywords"]) if "/Keywords" in info else ""


def _from_object_stream(reader: "PdfFileReader", reference: Any) -> Any:
    """Return an object that lies in a stream with others; None for one that does not.

    As the reader does, but for the table before the objects, which has tens of thousands of numbers in a
    tagged report, and of which the reader makes an object each.
    """
    from pyhanko.pdf_utils.generic import IndirectObject, Reference, read_object
    from pyhanko.pdf_utils.xref import ObjStreamRef

    place = reader.xrefs[reference.reference] if isinstance(reference, IndirectObject) else None
    if not isinstance(place, ObjStreamRef):
        return None
    stream: Any = Reference(place.obj_stream_id, 0, reader).get_object()
    data: bytes = stream.data
    first = int(stream["/First"])
    table = [int(number) for number in data[:first].split()]
    number, offset = table[2 * place.ix_in_stream : 2 * place.ix_in_stream + 2]
    if number != reference.idnum or stream["/Type"] != "/ObjStm":
        raise PdfError(Code.PDF, "has an object where another should be")
    return read_object(io.BytesIO(data[first + offset :]), Reference(number, 0, reader))


def named_digest(report: VerificationReport, what: str) -> str:
    """Return the digest that a verified PDF's keywords give for something; empty when they name none."""
    found = re.search(rf"\b{re.escape(what)} {_DIGEST.pattern[2:]}", report.keywords)
    return found[1] if found else ""
