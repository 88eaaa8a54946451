"""Whom the verifier trusts: a certificate that comes from outside of what is verified."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence.bundle import cms
from evidence.bundle.findings import Code, Finding, SignedBy
from evidence.errors import UsageError

_MAX_BYTES = 1024 * 1024
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_SKEW = timedelta(minutes=10)
"""How far the signer's clock may run ahead of the verifier's."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What was got from the signer by another way than the pack: a pin of its certificate, or a CA."""

    certificates: tuple[x509.Certificate, ...]
    """The signer's own, or those of certificate authorities."""
    fingerprint: str = ""
    """SHA-256 of the signer's certificate (DER), 64 hex digits, as told in a call; empty for none."""

    def vouches_for(self, certificate: x509.Certificate) -> str:
        """Return what pins this very certificate, in words; empty when nothing does."""
        if certificate in self.certificates:
            return "this certificate itself, which you passed with --trust"
        if self.fingerprint == cms.fingerprint(certificate):
            return "its fingerprint, which you passed with --trust"
        return ""


def load_trust(given: str | Path) -> Trust:
    """Return the trust in what `--trust` names: a file of certificates (PEM or DER), or a fingerprint.

    A fingerprint is the SHA-256 of the signer's certificate: 64 hex digits, with or without colons. Raises
    UsageError for a file without certificates.
    """
    digits = str(given).replace(":", "").lower()
    if _FINGERPRINT.fullmatch(digits):
        return Trust((), digits)
    file = Path(given)
    try:
        with file.open("rb") as source:
            data = source.read(_MAX_BYTES)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.",
            "Pass a certificate's file, or the SHA-256 fingerprint of the signer's certificate.",
        ) from error
    try:
        if b"-----BEGIN" in data:
            return Trust(tuple(x509.load_pem_x509_certificates(data)))
        return Trust((x509.load_der_x509_certificate(data),))
    except ValueError as error:
        raise UsageError(
            f"{file} is not a certificate in PEM or DER.", "Pass the signer's certificate or its CA's."
        ) from error


def judge(
    signature: cms.Signature, trust: Trust | None, *, now: datetime, claimed: datetime | None, subject: str
) -> tuple[SignedBy, list[Finding]]:
    """Return who signed, and the findings against that certificate.

    A pinned certificate must have been valid at the claimed time of signing: the pin stands for the key
    itself, so that a bundle verifies after the certificate's end too. A certificate under a trusted CA must
    be valid now (RFC 5280 §6): without a time-stamp nothing shows that it signed before its end.
    """
    certificate = signature.certificate
    findings = []
    if claimed is not None and not _valid_at(certificate, claimed):
        findings.append(_finding(subject, "was signed at a time at which its certificate was not valid"))
    if claimed is not None and claimed > now + _SKEW:
        findings.append(_finding(subject, "claims to have been signed in the future"))
    vouched = _vouched(signature, trust, now) if trust is not None else ""
    if trust is not None and not vouched:
        sentence = "is not signed by, nor under, the certificate given with --trust"
        findings.append(Finding(Code.UNTRUSTED, subject, sentence))
    signed_by = SignedBy(
        fingerprint=cms.fingerprint(certificate),
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
        claimed=claimed,
        trusted=bool(vouched),
        trusted_by=vouched,
    )
    return signed_by, findings


def _vouched(signature: cms.Signature, trust: Trust, now: datetime) -> str:
    """Return what of the reader's trust covers a signature's certificate, in words."""
    pinned = trust.vouches_for(signature.certificate)
    if pinned or not _under_ca(signature, trust, now):
        return pinned
    names = " or ".join(one.subject.rfc4514_string() for one in trust.certificates if _is_ca(one))
    return f"the certificate authority {names}, which you passed with --trust"


def _finding(subject: str, sentence: str) -> Finding:
    return Finding(Code.CERTIFICATE, subject, sentence)


def _valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _under_ca(signature: cms.Signature, trust: Trust, now: datetime) -> bool:
    authorities = [one for one in trust.certificates if _is_ca(one)]
    return bool(authorities) and asyncio.run(_validate(signature, authorities, now))


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


async def _validate(signature: cms.Signature, authorities: list[x509.Certificate], now: datetime) -> bool:
    """Validate the path by RFC 5280; revocation is not asked for, as verification is offline."""
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

    own, *above = (asn1.Certificate.load(_der(one)) for one in signature.chain)
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(_der(one)) for one in authorities],
        other_certs=above,
        moment=now,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    try:
        await CertificateValidator(own, above, validation_context=context).async_validate_path()
    except (PathBuildingError, PathValidationError, ValidationError):
        return False
    return True


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
