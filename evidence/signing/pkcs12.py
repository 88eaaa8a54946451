"""Reads a private key and its certificates from one PKCS#12 file."""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from evidence.errors import SigningError
from evidence.signing import files
from evidence.signing.keys import PrivateKey, supported
from evidence.signing.passphrase import Prompt, passphrase


def open_pkcs12(
    file: Path, passphrase_file: Path | None, prompt: Prompt
) -> tuple[PrivateKey, list[x509.Certificate]]:
    """Return key and certificates; raises SigningError for what does not open or is not complete."""
    data = files.read(file)
    secret = passphrase(str(file), passphrase_file, prompt)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise files.open_error(file, "PKCS#12 file", True) from error
    if key is None or certificate is None:
        raise SigningError(f"{file} does not hold a private key with its certificate.")
    return supported(key), [certificate, *others]
