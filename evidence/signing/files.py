"""Reads the files of a signing identity, with errors that name them."""

from pathlib import Path

from cryptography import x509

from evidence import storage
from evidence.errors import SigningError

_MAX_BYTES = 1024 * 1024


def read(file: Path) -> bytes:
    """Return the bytes of a key or a certificate; raises SigningError."""
    return storage.read_named(file, _MAX_BYTES, error=SigningError, pipes=True)


def load_certificates(file: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM or DER file; raises SigningError when there is none."""
    data = read(file)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise SigningError(f"{file} is not a certificate in PEM or DER.") from error


def open_error(file: Path, what: str, encrypted: bool) -> SigningError:
    """Return the error of a file that does not open."""
    wrong = "the pass phrase is wrong, or it is not" if encrypted else "it is not"
    return SigningError(f"{file} cannot be opened: {wrong} a {what}.")
