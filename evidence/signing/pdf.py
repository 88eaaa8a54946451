"""Signs the report: PAdES B-B or B-T, certified, no changes allowed. `signatures.pdf` checks the same."""

import asyncio
import hashlib
import io
from datetime import datetime
from typing import Any

from evidence.bundle.format.seal import TimeStampAuthority
from evidence.errors import AuthorityError, SigningError
from evidence.signatures import cms, timestamps
from evidence.signatures.pdf import only_signature, signed_parts
from evidence.signing.signer import Signer

FIELD = "EvidenceSignature"
_SPOKEN = "Digital signature of this report, not visible on the page"
_REASON = "Seals this report and the evidence bundle it names"
_RESERVED = 32 * 1024
"""Bytes kept for the CMS; eight certificates and an RSA-4096 signature fit."""


def sign_pdf(
    pdf: bytes,
    signer: Signer,
    moment: datetime,
    *,
    authority: TimeStampAuthority | None = None,
    reason: str = _REASON,
) -> bytes:
    """Return the PDF with an invisible certification signature; equal input gives equal bytes.

    `moment` is the signer's claimed time; an authority adds its own. Raises SigningError when the bytes are
    not a PDF, AuthorityError when the authority gives no time-stamp.
    """
    from pyhanko.pdf_utils.misc import PdfError as BadPdf

    try:
        signed = asyncio.run(_sign(pdf, signer, moment.replace(microsecond=0), reason))
    except BadPdf as error:
        raise SigningError("The report cannot be signed: it is not a PDF.", "Render it again.") from error
    return signed if authority is None else _time_stamp(signed, authority)


def _time_stamp(signed: bytes, authority: TimeStampAuthority) -> bytes:
    """Put a time-stamp of the signature's value into the room left for the CMS, which nothing signs."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    embedded = only_signature(PdfFileReader(io.BytesIO(signed)))
    der, content = signed_parts(signed, embedded)
    answer = authority.stamp(cms.check(der, content).value)
    stamped = cms.add_time_stamp_token(der, timestamps.granted(answer))
    _, end, start, _ = (int(number) for number in embedded.byte_range)
    room = (start - end - 2) // 2
    if len(stamped) > room:
        raise AuthorityError(f"The time-stamp is too large for the report: {len(stamped)} of {room} bytes.")
    return signed[: end + 1] + stamped.ljust(room, b"\0").hex().upper().encode() + signed[start - 1 :]


async def _sign(pdf: bytes, signer: "Signer | _SignatureReplay", moment: datetime, reason: str) -> bytes:
    from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession

    class GivenTimeSigner(PdfSigner):
        """Signs at the time that is passed in, not at the machine's."""

        def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
            session = super().init_signing_session(*args, **options)
            session.system_time = moment
            return session

    class MetadataKeepingWriter(IncrementalPdfFileWriter):
        """Leaves the report's metadata alone, where pyHanko would stamp the machine's time and itself."""

        def _update_meta(self) -> None:
            pass

    writer = MetadataKeepingWriter(io.BytesIO(pdf))
    # pyHanko draws the second half of the file identifier at random; ours follows from the content.
    second = ByteStringObject(hashlib.sha256(pdf).digest()[:16])
    writer._document_id = ArrayObject([writer._document_id[0], second])
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=signer.digest,
        reason=reason,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    pdf_signer = GivenTimeSigner(
        metadata, signer.pyhanko, new_field_spec=SigFieldSpec(FIELD, readable_field_name=_SPOKEN)
    )
    signed = await pdf_signer.async_sign_pdf(writer, bytes_reserved=_RESERVED)
    return bytes(signed.getbuffer())


def apply_signature(pdf: bytes, signed: bytes) -> bytes:
    """Return an unsigned PDF as it comes out when it gets the signature that `signed` carries.

    Equal to `signed` exactly when that is this PDF, signed by this program, and nothing else. `signed` has
    verified before.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    embedded = only_signature(PdfFileReader(io.BytesIO(signed)))
    der, _ = signed_parts(signed, embedded)
    moment = embedded.self_reported_timestamp
    if moment is None:
        return pdf
    return asyncio.run(_sign(pdf, _SignatureReplay(der), moment, _REASON))


class _SignatureReplay:
    """A signer without a key: whatever it is asked to sign, it answers with a signature made before."""

    def __init__(self, der: bytes) -> None:
        self._der = der

    @property
    def digest(self) -> str:
        """The digest algorithm of that signature."""
        name: str = self._content()["content"]["signer_infos"][0]["digest_algorithm"]["algorithm"].native
        return name

    @property
    def pyhanko(self) -> Any:
        """As pyHanko takes it."""
        from asn1crypto import cms as asn1
        from pyhanko.sign.signers import Signer as PdfSigner

        content = self._content()

        class ReplaySigner(PdfSigner):
            async def async_sign(self, *_: Any, **__: Any) -> asn1.ContentInfo:
                return content

            async def async_sign_raw(self, *_: Any, **__: Any) -> bytes:
                raise NotImplementedError

        return ReplaySigner(signing_cert=content["content"]["certificates"][0].chosen)

    def _content(self) -> Any:
        from asn1crypto import cms as asn1

        return asn1.ContentInfo.load(self._der, strict=True)
