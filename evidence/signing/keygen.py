"""Makes a signing identity for a team that has none: an encrypted key and a self-signed certificate."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from evidence import storage
from evidence.bundle import cms
from evidence.errors import SigningError, UsageError
from evidence.signing.signer import PrivateKey

ALGORITHMS = ("rsa-3072", "p-256")
KEY_FILE = "signer.key"
CERTIFICATE_FILE = "signer.pem"
MIN_PASSPHRASE = 12
"""Characters; the key file may be copied and attacked without limit."""
_MAX_YEARS = 10
_SKEW = timedelta(minutes=5)
"""The certificate is valid from a little earlier, for verifiers whose clock runs behind."""


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """Where a new identity was written, and the fingerprint to hand to the auditor."""

    key: Path
    certificate: Path
    subject: str
    fingerprint: str
    """SHA-256 of the certificate (DER), 64 hex digits."""
    not_after: datetime

    def document(self) -> dict[str, str]:
        """Return this as JSON members."""
        return {
            "key": str(self.key),
            "certificate": str(self.certificate),
            "subject": self.subject,
            "fingerprint_sha256": self.fingerprint,
            "not_after": self.not_after.isoformat(),
        }


def generate(
    folder: Path,
    passphrase: bytes,
    *,
    name: str,
    organization: str,
    algorithm: str,
    years: int,
    now: datetime,
) -> NewIdentity:
    """Write `signer.key` (PKCS#8 PEM, encrypted, 0600) and `signer.pem` into a folder.

    Raises UsageError for an unknown algorithm or term or a file that exists, SigningError for a short pass
    phrase, StorageError when a file cannot be written.
    """
    if algorithm not in ALGORITHMS:
        raise UsageError(f"The algorithm {algorithm!r} is not offered.", f"Choose {' or '.join(ALGORITHMS)}.")
    if not 1 <= years <= _MAX_YEARS:
        raise UsageError(f"A term of {years} years is not offered.", f"Choose 1 to {_MAX_YEARS}.")
    if len(passphrase.decode("utf-8", "replace")) < MIN_PASSPHRASE:
        raise SigningError(
            f"The pass phrase is shorter than {MIN_PASSPHRASE} characters.", "Choose a longer one."
        )
    key = _new_key(algorithm)
    certificate = self_signed(key, _subject(name, organization), years=years, now=now)
    key_file, certificate_file = folder / KEY_FILE, folder / CERTIFICATE_FILE
    with storage.storage_errors(folder):
        folder.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        for file in (key_file, certificate_file):
            if os.path.lexists(file):
                raise UsageError(f"{file} exists already.", "Choose another folder with --output.")
        _write(key_file, _encrypted(key, passphrase))
        try:
            _write(certificate_file, cms.pem([certificate]))
        except OSError:
            key_file.unlink()
            raise
    return NewIdentity(
        key_file,
        certificate_file,
        certificate.subject.rfc4514_string(),
        cms.fingerprint(certificate),
        certificate.not_valid_after_utc,
    )


def self_signed(key: PrivateKey, subject: x509.Name, *, years: int, now: datetime) -> x509.Certificate:
    """Return a self-signed certificate for signing documents only, valid from now (RFC 5280)."""
    public = key.public_key()
    usage = x509.KeyUsage(
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
    start = now.replace(microsecond=0)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject)
        .public_key(public)
        .serial_number(_serial(public, start))
        .not_valid_before(start - _SKEW)
        .not_valid_after(start + timedelta(days=365 * years + years // 4))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=_deterministic(key))
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
    if algorithm == "p-256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _subject(name: str, organization: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name)]
    try:
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    except ValueError as error:
        raise UsageError(
            f"The name cannot stand in a certificate: {error}.", "Use 1 to 64 characters."
        ) from error


def _encrypted(key: PrivateKey, passphrase: bytes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(storage.create_file(path), "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
