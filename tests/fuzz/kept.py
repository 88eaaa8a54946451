"""Inputs that once raised what nobody had documented, or took for ever; each is tried in the tests."""

from collections.abc import Mapping

_DIGITS = b"9" * 5000
"""More than Python makes a number of."""

KEPT: Mapping[str, tuple[bytes, ...]] = {
    "bag-info": (b"a" * 1_000_000,),
    "manifest": ((b"0" * 64 + b"  ") * 20_000,),
    "redaction-policy": (b"a = " + _DIGITS, b"a = " + b"[" * 2000, b'\\"' * 16_000),
    "exceptions": (b"a = " + _DIGITS, b"a = " + b"[" * 2000),
    "attestations": (b"a = " + _DIGITS, b"a = " + b"[" * 2000),
    "settings": (b"a = " + _DIGITS, b"a = " + b"[" * 2000),
    "events-json": (b'{"Events": [1, [], null, "x"]}', b'{"Records": [1, [], null, "x"]}'),
    "policy": (b"[" * 2000, b"%5B" * 2000),
}
