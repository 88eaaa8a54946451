"""Loads a signing identity from PEM files or PKCS#12, and refuses one that is not fit to sign."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from evidence.bundle import cms
from evidence.errors import SigningError
from evidence.settings import Signing
from evidence.signing.passphrase import Prompt, passphrase
from evidence.signing.signer import PrivateKey, Signer

_MAX_BYTES = 1024 * 1024


def load_signer(settings: Signing, prompt: Prompt, *, now: datetime) -> Signer:
    """Return the signing identity that the settings name, checked.

    The pass phrase comes from the file the settings name, else from EVIDENCE_PASSPHRASE, else from `prompt`;
    never from an argument. Raises SigningError for an unreadable file, a wrong pass phrase, a key that is
    weak or not the certificate's, and a certificate that may not sign or is not valid now.
    """
    if settings.pkcs12 is not None:
        if settings.key or settings.certificate:
            raise SigningError(
                "A PKCS#12 file and a separate key or certificate are both given.", "Give one."
            )
        key, certificates = _from_pkcs12(settings.pkcs12, settings, prompt)
    elif settings.key is not None and settings.certificate is not None:
        key, certificates = _from_pem(settings.key, settings.certificate, settings, prompt)
    else:
        raise SigningError(
            "No signing identity is given.",
            "Name --key and --certificate, or --pkcs12; `evidence keygen` makes an identity.",
        )
    signer = Signer(_supported(key), _ordered(key, certificates))
    _check_fit(signer, now)
    return signer


def _from_pem(
    key_file: Path, certificate_file: Path, settings: Signing, prompt: Prompt
) -> tuple[object, list[x509.Certificate]]:
    data = _read(key_file)
    encrypted = b"ENCRYPTED" in data
    secret = passphrase(str(key_file), settings.passphrase_file, prompt) if encrypted else None
    try:
        key = serialization.load_pem_private_key(data, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_opened(key_file, "PEM private key", encrypted) from error
    return key, load_certificates(certificate_file)


def _from_pkcs12(file: Path, settings: Signing, prompt: Prompt) -> tuple[object, list[x509.Certificate]]:
    data = _read(file)
    secret = passphrase(str(file), settings.passphrase_file, prompt)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_opened(file, "PKCS#12 file", True) from error
    if key is None or certificate is None:
        raise SigningError(f"{file} does not hold a private key with its certificate.")
    return key, [certificate, *others]


def load_certificates(file: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM or DER file; raises SigningError when there is none."""
    data = _read(file)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise SigningError(f"{file} is not a certificate in PEM or DER.") from error


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SigningError(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > _MAX_BYTES:
        raise SigningError(f"{file} is too large for a key or a certificate.")
    return data


def _not_opened(file: Path, what: str, encrypted: bool) -> SigningError:
    wrong = "the pass phrase is wrong, or it is not" if encrypted else "it is not"
    return SigningError(f"{file} cannot be opened: {wrong} a {what}.")


def _supported(key: object) -> PrivateKey:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SigningError("The private key is neither RSA nor ECDSA.")
    unfit = cms.unfit_key(key.public_key())
    if unfit:
        raise SigningError(f"The private key is too weak: {unfit}.")
    return key


def _ordered(key: object, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the key's certificate and those above it, in order; others are left out."""
    public = _supported(key).public_key()
    own = next((c for c in certificates if c.public_key() == public), None)
    if own is None:
        raise SigningError("The certificate does not belong to the private key.")
    chain, rest = [own], [c for c in certificates if c != own]
    while len(chain) < cms.MAX_CERTIFICATES and (above := cms.issuer_of(chain[-1], rest)):
        chain.append(above)
        rest.remove(above)
    return tuple(chain)


def _check_fit(signer: Signer, now: datetime) -> None:
    certificate = signer.certificate
    if now > certificate.not_valid_after_utc:
        raise SigningError(f"The certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if now < certificate.not_valid_before_utc:
        raise SigningError(f"The certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}.")
    if not cms.may_sign(certificate):
        raise SigningError("The certificate's key usage does not allow signing documents.")
