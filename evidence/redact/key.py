"""Makes and reads the redaction key: 32 random bytes in a file of the owner's, as 64 hex digits."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from evidence import storage
from evidence.errors import UsageError

_BYTES = 32
_FORM = re.compile(rb"[0-9a-f]{64}\n?")


@dataclass(frozen=True, slots=True)
class RedactionKey:
    """A key; the same one gives the same pseudonyms in every pack, so that quarters can be compared."""

    secret: bytes = field(repr=False)

    def digest(self, purpose: str, text: str) -> bytes:
        """Return HMAC-SHA256 of a text for one purpose."""
        return hmac.digest(self.secret, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)

    def name(self) -> str:
        """Return 16 hex digits that tell keys apart and tell nothing about them."""
        return self.digest("key", "").hex()[:16]


def generate(path: Path) -> RedactionKey:
    """Write a new key, 0600. Raises UsageError when the name is taken: a lost key is lost for ever."""
    secret = secrets.token_bytes(_BYTES)
    storage.publish(path, secret.hex().encode() + b"\n")
    return RedactionKey(secret)


def load(path: Path) -> RedactionKey:
    """Read a key. Raises UsageError for a file that cannot be read or is none."""
    advice = "Make one, once, with `evidence redact keygen`, and keep it."
    data = storage.read_named(path, _BYTES * 4, called="The redaction key", advice=advice, pipes=True)
    if not _FORM.fullmatch(data):
        raise UsageError(f"{path} is not a redaction key.", advice)
    return RedactionKey(bytes.fromhex(data.decode("ascii")))
