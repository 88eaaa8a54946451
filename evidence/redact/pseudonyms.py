"""Makes keyed pseudonyms: HMAC-SHA256 of the value, in a form that reads as what it stands for.

Forms that rules depend on are kept: an account id stays 12 digits, an e-mail address stays one, unique ids
and access key ids keep prefix and length, UUIDs and IP addresses stay such. The value is folded first
(spelling.py), as IAM and mail do, so that `Ann` and `ann` are one person.
"""

import base64
import ipaddress
from collections.abc import Container

from evidence.records import ValueKind
from evidence.redact.key import RedactionKey
from evidence.redact.spelling import folded

_DIGITS = 12
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


PREFIXES = {
    ValueKind.LOGIN: "user", ValueKind.NAME: "name", ValueKind.DEVICE: "device", ValueKind.SESSION: "session",
    ValueKind.OWNER: "owner", ValueKind.TITLE: "title", ValueKind.PHONE: "phone",
    ValueKind.ACCOUNT_NAME: "account",
    ValueKind.TERM: "term", ValueKind.MAIL: "mail",
}  # fmt: skip
"""Of pseudonyms that keep no shape."""
SHAPED = frozenset(
    {
        ValueKind.MAIL,
        ValueKind.ACCOUNT,
        ValueKind.ACCESS_KEY,
        ValueKind.UNIQUE_ID,
        ValueKind.ID,
        ValueKind.ORGANIZATION,
    }
)
"""Values that cannot be mistaken for a word."""
WORDS = frozenset({ValueKind.SESSION, ValueKind.OWNER, ValueKind.TITLE, ValueKind.ACCOUNT_NAME})
"""Often words of the trade (`management`, `deployment`): never looked for inside of other words."""


class Pseudonyms:
    """Gives each value its pseudonym, the same for the same key, and never one that is taken."""

    def __init__(self, key: RedactionKey) -> None:
        self._key = key
        self._given: dict[str, str] = {}

    def of(self, kind: ValueKind, value: str, originals: Container[str] = ()) -> str:
        """Return the pseudonym of a value; `originals` are folded values that no pseudonym may equal."""
        fold = folded(value)
        for attempt in range(1000):
            digest = self._key.digest(kind.name, fold if not attempt else f"{fold}\0{attempt}")
            pseudonym = _form(kind, value, digest)
            if self._given.get(pseudonym, fold) == fold and folded(pseudonym) not in originals:
                self._given[pseudonym] = fold
                return pseudonym
        raise RuntimeError(f"no free pseudonym for a value of class {kind}")


def _form(kind: ValueKind, value: str, digest: bytes) -> str:  # noqa: PLR0911 (a table of forms)
    text = base64.b32encode(digest).decode("ascii")
    match kind:
        case ValueKind.ACCOUNT:
            # Never a leading zero, so that an id written as a number stays 12 digits.
            return str(10 ** (_DIGITS - 1) + int.from_bytes(digest) % (9 * 10 ** (_DIGITS - 1)))
        case ValueKind.ACCESS_KEY | ValueKind.UNIQUE_ID:
            return value[:4] + _stretched(digest, _BASE32, len(value) - 4)
        case ValueKind.ID:
            return _reshaped(value, digest)
        case ValueKind.ORGANIZATION:
            return "o-" + text.lower()[: len(value) - 2].ljust(len(value) - 2, "2")
        case ValueKind.ADDRESS:
            return str(ipaddress.IPv6Address(0x20010DB8 << 96 | int.from_bytes(digest[:12])))
        case ValueKind.MAIL:
            return f"mail-{text[:16].lower()}@example.invalid"
    return f"{PREFIXES[kind]}-{text[:16].lower()}"


def _stretched(digest: bytes, alphabet: str, length: int) -> str:
    number = int.from_bytes(digest)
    letters = []
    for _ in range(length):
        number, at = divmod(number, len(alphabet))
        letters.append(alphabet[at])
    return "".join(letters)


def _reshaped(value: str, digest: bytes) -> str:
    """Return text with a digit for each hex digit and a letter for each other letter; the rest stays."""
    drawn = iter(_stretched(digest, "0123456789abcdef", len(value)))
    return "".join(next(drawn) if character.isalnum() else character for character in value)
