"""Reads what the lines of an archive's lists have in common: one form, and bytes in base64."""

import base64
import binascii
from typing import Any

from evidence.bundle.format import strictjson


def parse_line(raw: bytes) -> Any:
    """Return the value of a line of JSON; raises ValueError, one clause, where its form is another."""
    value = strictjson.loads(raw)
    if strictjson.line(value) != raw:
        raise ValueError("is not written in the canonical form")
    return value


def decode(text: str, what: str) -> bytes:
    """Return the bytes of base64; raises ValueError, one clause, which calls them `what`."""
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"has {what} that is not base64") from error
    if base64.b64encode(found).decode() != text:  # its last digit has bits that nobody reads
        raise ValueError(f"has {what} that is not written in the canonical form")
    return found
