"""Reads a private key from a PEM file."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from evidence.signing import files
from evidence.signing.keys import PrivateKey, supported
from evidence.signing.passphrase import Prompt, passphrase


def open_pem(file: Path, passphrase_file: Path | None, prompt: Prompt) -> PrivateKey:
    """Return the key; raises SigningError for a file or pass phrase that does not open, and a weak key."""
    data = files.read(file)
    encrypted = b"ENCRYPTED" in data
    secret = passphrase(str(file), passphrase_file, prompt) if encrypted else None
    try:
        key = serialization.load_pem_private_key(data, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise files.open_error(file, "PEM private key", encrypted) from error
    return supported(key)
