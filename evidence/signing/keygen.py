"""Makes a signing identity: a new key or one that exists, and its certificate or a request for one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from evidence import storage
from evidence.errors import SigningError, UsageError
from evidence.signatures import cms
from evidence.signing.keys import PrivateKey, digest_of

ALGORITHMS = ("rsa-3072", "p-256", "p-384")
KEY_FILE = "signer.key"
CERTIFICATE_FILE = "signer.pem"
REQUEST_FILE = "signer.csr"
MIN_PASSPHRASE = 12
"""Characters; the key file may be copied and attacked without limit."""
_MAX_YEARS = 10
_CURVES = {"p-256": ec.SECP256R1, "p-384": ec.SECP384R1}
_SKEW = timedelta(minutes=5)
"""The certificate is valid from a little earlier, for verifiers whose clock runs behind."""


@dataclass(frozen=True, slots=True)
class CertificateSubject:
    """What the certificate is to say."""

    name: str
    """Who signs: a team or a person; 1 to 64 characters."""
    organization: str
    """Whom they sign for; may be empty."""
    years: int
    """How long a self-signed certificate is valid."""
    request: bool = False
    """Make a request for a CA (PKCS #10) in place of a certificate; the CA then decides on the time."""


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """Where a new identity was written, and the fingerprint to hand to the auditor."""

    subject: str
    key: Path | None = None
    """None for a key that lives elsewhere."""
    certificate: Path | None = None
    request: Path | None = None
    """The request for a CA; then there is no certificate yet."""
    fingerprint: str = ""
    """SHA-256 of the certificate (DER), 64 hex digits."""
    not_after: datetime | None = None

    def document(self) -> dict[str, str]:
        """Return this as JSON members; what there is not is left out."""
        members = {
            "key": self.key,
            "certificate": self.certificate,
            "request": self.request,
            "subject": self.subject,
            "fingerprint_sha256": self.fingerprint,
            "not_after": self.not_after.isoformat() if self.not_after else None,
        }
        return {name: str(value) for name, value in members.items() if value}


def generate(
    folder: Path, passphrase: bytes, subject: CertificateSubject, *, algorithm: str, now: datetime
) -> NewIdentity:
    """Make a key; write it (`signer.key`, PKCS#8 PEM, encrypted, 0600) and what `certify` writes.

    Raises UsageError for an unknown algorithm or term or a file that exists, SigningError for a short pass
    phrase, StorageError when a file cannot be written.
    """
    if algorithm not in ALGORITHMS:
        raise UsageError(f"The algorithm {algorithm!r} is not offered.", f"Choose {' or '.join(ALGORITHMS)}.")
    if len(passphrase.decode("utf-8", "replace")) < MIN_PASSPHRASE:
        raise SigningError(
            f"The pass phrase is shorter than {MIN_PASSPHRASE} characters.", "Choose a longer one."
        )
    key = _new_key(algorithm)
    made, files = _certified(folder, key, subject, now)
    files = {folder / KEY_FILE: _encrypted(key, passphrase)} | files
    _write(folder, files)
    return replace(made, key=folder / KEY_FILE)


def certify(folder: Path, key: PrivateKey, subject: CertificateSubject, *, now: datetime) -> NewIdentity:
    """Write `signer.pem`, a self-signed certificate of a key that exists, or `signer.csr`, a request.

    Raises UsageError for an unknown term or a file that exists, SigningError when the key does not sign,
    StorageError when a file cannot be written.
    """
    made, files = _certified(folder, key, subject, now)
    _write(folder, files)
    return made


def _certified(
    folder: Path, key: PrivateKey, subject: CertificateSubject, now: datetime
) -> tuple[NewIdentity, dict[Path, bytes]]:
    """Return what there will be, and the files to write."""
    if not 1 <= subject.years <= _MAX_YEARS:
        raise UsageError(f"A term of {subject.years} years is not offered.", f"Choose 1 to {_MAX_YEARS}.")
    name = _subject(subject.name, subject.organization)
    if subject.request:
        asked = request(key, name)
        file = folder / REQUEST_FILE
        made = NewIdentity(name.rfc4514_string(), request=file)
        return made, {file: asked.public_bytes(serialization.Encoding.PEM)}
    certificate = self_signed(key, name, years=subject.years, now=now)
    file = folder / CERTIFICATE_FILE
    made = NewIdentity(
        name.rfc4514_string(),
        certificate=file,
        fingerprint=cms.fingerprint(certificate),
        not_after=certificate.not_valid_after_utc,
    )
    return made, {file: cms.pem([certificate])}


def _write(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Write all files or none."""
    with storage.storage_errors(folder):
        folder.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        for file in files:
            if os.path.lexists(file):
                raise UsageError(f"{file} exists already.", "Choose another folder with --output.")
        written: list[Path] = []
        try:
            for file, content in files.items():
                _write_file(file, content)
                written.append(file)
        except OSError:
            for file in written:
                file.unlink()
            raise


def request(key: PrivateKey, subject: x509.Name) -> x509.CertificateSigningRequest:
    """Return a request for a certificate that signs documents only (PKCS #10), signed by the key."""
    return (
        x509.CertificateSigningRequestBuilder(subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .sign(key, digest_of(key.public_key()), ecdsa_deterministic=_deterministic(key))
    )


def self_signed(key: PrivateKey, subject: x509.Name, *, years: int, now: datetime) -> x509.Certificate:
    """Return a self-signed certificate for signing documents only, valid from now (RFC 5280)."""
    public = key.public_key()
    start = now.replace(microsecond=0)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject)
        .public_key(public)
        .serial_number(_serial(public, start))
        .not_valid_before(start - _SKEW)
        .not_valid_after(start + timedelta(days=365 * years + years // 4))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, digest_of(public), ecdsa_deterministic=_deterministic(key))
    )


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _serial(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, start: datetime) -> int:
    """Derive the serial from key and time: one per certificate, the same bytes for the same input."""
    encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(encoded + start.isoformat().encode())
    return int.from_bytes(digest.finalize()[:16], "big") >> 1 | 1


def _deterministic(key: PrivateKey) -> bool | None:
    return True if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _new_key(algorithm: str) -> PrivateKey:
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm]())
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _subject(name: str, organization: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name)]
    try:
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    except ValueError as error:
        raise UsageError(
            "The name or the organization cannot stand in a certificate.", "Use 1 to 64 characters."
        ) from error


def _encrypted(key: PrivateKey, passphrase: bytes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def _write_file(path: Path, content: bytes) -> None:
    with os.fdopen(storage.create_file(path), "wb") as target:
        target.write(content)
        storage.sync_file(target)
