"""Decides whom the verifier trusts: by a certificate that comes from outside of what is verified."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence import storage
from evidence.errors import UsageError
from evidence.findings import Code, Finding, TimeStampSubject, VerifiedSigner, VerifiedTimeStamp
from evidence.signatures import cms, timestamps

_MAX_BYTES = 1024 * 1024
_PRINTED = re.compile(r"(?i)\Asha-?256(?: fingerprint)?[=:]")
"""What openssl, and others, print before a fingerprint."""
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
SKEW = timedelta(minutes=10)
"""How far the signer's clock may run ahead of the verifier's."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What came by another way than what it vouches for: pins of certificates, or certificates of CAs."""

    certificates: tuple[x509.Certificate, ...] = ()
    """The signer's own, or those of certificate authorities."""
    fingerprints: tuple[str, ...] = ()
    """SHA-256 of signers' certificates (DER), 64 hex digits each, as told in a call."""
    authorities: tuple[x509.Certificate, ...] = ()
    """The time-stamping authority's own certificates, or those of its CAs."""
    successors: tuple[str, ...] = ()
    """Fingerprints of those whom a trusted signer named as the next, in an archive that was read."""
    existed: datetime | None = None
    """A trusted time-stamp, of an archive's renewal, shows that what is verified was there by then."""

    @property
    def names_signer(self) -> bool:
        """Whether the reader said who may have signed."""
        return bool(self.certificates or self.fingerprints)

    def vouches_for(self, certificate: x509.Certificate) -> str:
        """Return what pins this very certificate, in words; empty when nothing does."""
        if certificate in self.certificates:
            return "this certificate itself, which you passed with --trust"
        if (found := cms.fingerprint(certificate)) in self.fingerprints:
            return "its fingerprint, which you passed with --trust"
        return "a hand-over in the archive, from a signer whom you trust" if found in self.successors else ""

    def moment(self, now: datetime) -> datetime:
        """Return the time as of which a certificate has to be valid: now, or when it was shown to be."""
        return min(now, self.existed or now)


def load_trust(given: str | Path | Sequence[str] | None, authority: Path | None = None) -> Trust:
    """Return the trust in what `--trust` and `--trust-tsa` name, which may be nothing.

    `given`, one or several: a file of one certificate (PEM or DER), or a fingerprint, the SHA-256 of the
    signer's certificate: 64 hex digits, with or without colons. `authority`: a file of certificates. Raises
    UsageError for a file without certificates, or, of `given`, with several.
    """
    authorities = load_certificates(authority, "--trust-tsa") if authority else ()
    named = (given,) if isinstance(given, str | Path) else given or ()
    fingerprints, certificates = [], []
    for one in named:
        digits = _PRINTED.sub("", str(one)).replace(":", "").lower()
        if _FINGERPRINT.fullmatch(digits):
            fingerprints.append(digits)
        else:
            certificates.append(_certificate(one))
    return Trust(tuple(certificates), tuple(fingerprints), authorities)


def _certificate(given: str | Path) -> x509.Certificate:
    """Return the one certificate of a file given with --trust; raises UsageError for any other."""
    if not Path(given).exists():
        raise UsageError(
            f"{given} is neither a file nor a fingerprint, which has 64 hex digits.",
            "Pass --trust what `openssl x509 -noout -fingerprint -sha256` prints of the signer's "
            "certificate, or its file.",
        )
    certificates = load_certificates(Path(given), "--trust")
    if len(certificates) > 1:  # whoever added one would be trusted as well
        raise UsageError(
            f"{given} holds {len(certificates)} certificates.",
            "Name a file with the one that you trust; --trust may be repeated.",
        )
    return certificates[0]


def load_certificates(file: Path, option: str) -> tuple[x509.Certificate, ...]:
    """Read the certificates of a PEM or DER file, given by that option; raises UsageError for none."""
    data = storage.read_named(file, _MAX_BYTES, advice=f"Pass a certificate's file with {option}.")
    try:
        if b"-----BEGIN" in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except ValueError as error:
        raise UsageError(
            f"{file} is not a certificate in PEM or DER.",
            f"Pass a certificate, or that of its CA, after {option}.",
        ) from error


def judge(
    signature: cms.Signature,
    trust: Trust | None,
    *,
    now: datetime,
    subject: str,
    claimed: datetime | None,
    stamped: VerifiedTimeStamp | None = None,
) -> tuple[VerifiedSigner, list[Finding]]:
    """Return who signed, and the findings against that certificate.

    A pinned certificate must have been valid at the claimed time of signing: the pin stands for the key
    itself, so that a bundle verifies after the certificate's end too. The path of a certificate under a
    trusted CA must be valid (RFC 5280 §6) at the time of a trusted time-stamp of the signature, if that lies
    inside the certificate's validity: it shows that the signature was made by then. Without one it must be
    valid now, or at the time of a renewal of the archive (`Trust.existed`), as nothing else shows that it
    signed before its end.
    """
    certificate = signature.certificate
    findings: list[Finding] = []
    if claimed is not None:
        findings += (_finding(subject, one) for one in _against(certificate, claimed, now))
        if stamped is not None and claimed > stamped.time + SKEW:
            sentence = "claims to have been signed after its time-stamp was made"
            findings.append(Finding(Code.TIME, subject, sentence))
    at = trust.moment(now) if trust is not None else now
    if stamped is not None and stamped.trusted and _valid_at(certificate, stamped.time):
        at = min(at, stamped.time)
    vouched = _vouched(signature, trust, at) if trust is not None else ""
    if trust is not None and trust.names_signer and not vouched:
        sentence = "is not signed by, nor under, the certificate given with --trust"
        findings.append(Finding(Code.UNTRUSTED, subject, sentence))
    signed_by = VerifiedSigner(
        fingerprint=cms.fingerprint(certificate),
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
        claimed=claimed,
        trusted=bool(vouched),
        trusted_by=vouched,
    )
    return signed_by, findings


def _vouched(signature: cms.Signature, trust: Trust, at: datetime) -> str:
    """Return what of the reader's trust covers a signature's certificate, in words."""
    pinned = trust.vouches_for(signature.certificate)
    if pinned or not _under_ca(signature.chain, trust.certificates, at):
        return pinned
    names = " or ".join(one.subject.rfc4514_string() for one in trust.certificates if _is_ca(one))
    return f"the certificate authority {names}, which you passed with --trust"


def check_time_stamp(
    answer: bytes | None,
    content: bytes,
    what: TimeStampSubject,
    trust: Trust | None,
    *,
    now: datetime,
    subject: str,
    expected: bool = True,
) -> tuple[VerifiedTimeStamp | None, list[Finding]]:
    """Return whose time-stamp the content of a .tsr file is, and the findings against it.

    None for `answer` stands for no such file. Where one is expected, that is a finding for a reader who
    brought an authority along: whoever sends the bundle could have taken the time-stamp away.
    """
    if answer is None:
        missing = Finding(Code.TIME_STAMP_MISSING, subject, "is missing: nothing shows when it was made")
        return None, [missing] if expected and trust and trust.authorities else []
    try:
        return judge_time_stamp(timestamps.check(answer, content), what, trust, now=now, subject=subject)
    except timestamps.TimeStampError as error:
        return None, [Finding(Code.TIME_STAMP, subject, f"is not a valid time-stamp: {error}")]


def judge_time_stamp(
    stamp: timestamps.TimeStamp, what: TimeStampSubject, trust: Trust | None, *, now: datetime, subject: str
) -> tuple[VerifiedTimeStamp, list[Finding]]:
    """Return whose time-stamp it is, and the findings against it.

    A pinned authority counts for the time at which it stamped. The path of one under a trusted CA must be
    valid now, or when a renewal of the archive showed that the stamp was there (`Trust.existed`), as nothing
    else shows that it stamped before its end.
    """
    findings = []
    pins = trust.authorities if trust else ()
    if stamp.time > now + SKEW:
        findings.append(Finding(Code.TIME, subject, "was made in the future"))
    at = trust.moment(now) if trust else now
    if trust and trust.existed and stamp.time > trust.existed + SKEW:
        findings.append(Finding(Code.TIME, subject, "was made after the renewal that covers it"))
    trusted = stamp.certificate in pins or _under_ca(stamp.chain, pins, at, usage="time_stamping")
    if pins and not trusted:
        findings.append(_not_vouched(stamp, pins, subject))
    stamped = VerifiedTimeStamp(
        what=what,
        time=stamp.time,
        authority=stamp.certificate.subject.rfc4514_string(),
        fingerprint=cms.fingerprint(stamp.certificate),
        trusted=trusted,
        ends=end_of(stamp.chain),
    )
    return stamped, findings


def _not_vouched(stamp: timestamps.TimeStamp, pins: Sequence[x509.Certificate], subject: str) -> Finding:
    if _under_ca(stamp.chain, pins, stamp.time, usage="time_stamping"):
        sentence = (
            f"is made under a certificate that ended on {end_of(stamp.chain):%Y-%m-%d}, and no renewal shows "
            "that it was made before"
        )
        return Finding(Code.TIME_STAMP_ENDED, subject, sentence)
    sentence = "is not made by, nor under, the authority given with --trust-tsa"
    return Finding(Code.TIME_STAMP_UNTRUSTED, subject, sentence)


def end_of(chain: Sequence[x509.Certificate]) -> datetime:
    """Return when the first of some certificates ends."""
    return min(one.not_valid_after_utc for one in chain)


def _against(certificate: x509.Certificate, claimed: datetime, now: datetime) -> Iterator[str]:
    if not _valid_at(certificate, claimed):
        yield "was signed at a time at which its certificate was not valid"
    if claimed > now + SKEW:
        yield "claims to have been signed in the future"


def _finding(subject: str, sentence: str) -> Finding:
    return Finding(Code.CERTIFICATE, subject, sentence)


def _valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _under_ca(
    chain: Sequence[x509.Certificate], pins: Sequence[x509.Certificate], at: datetime, usage: str = ""
) -> bool:
    authorities = [one for one in pins if _is_ca(one)]
    return bool(authorities) and asyncio.run(_validate(chain, authorities, at, usage))


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


async def _validate(
    chain: Sequence[x509.Certificate], authorities: Sequence[x509.Certificate], at: datetime, usage: str
) -> bool:
    """Validate the path by RFC 5280; revocation is not asked for, as verification is offline."""
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

    own, *above = (asn1.Certificate.load(_der(one)) for one in chain)
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(_der(one)) for one in authorities],
        other_certs=above,
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(own, above, validation_context=context)
    try:
        if usage:
            await validator.async_validate_usage(set(), {usage})  # type: ignore[no-untyped-call]
        else:
            await validator.async_validate_path()
    except (PathBuildingError, PathValidationError, ValidationError):
        return False
    return True


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def notes_on(
    signer: VerifiedSigner | None, stamps: Sequence[VerifiedTimeStamp], now: datetime
) -> tuple[str, ...]:
    """Return what a reader has to know of the times of a signature that holds."""
    if signer is None:
        return ()
    notes = [stamp.sentence for stamp in stamps]
    if not stamps:
        notes.append("The time of signing is the signer's claim: there is no time-stamp.")
    if now > signer.not_after:
        notes.append(f"The signer's certificate ended on {signer.not_after:%Y-%m-%d}.")
    return tuple(notes)
