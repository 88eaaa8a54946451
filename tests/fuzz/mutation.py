"""Changes bytes the way that hurts parsers: odd values in the place of values, and much of the same."""

import re
from random import Random

LARGEST = 32 * 1024

_VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[A-Za-z_][\w.-]*|[\[\]{}()=:,]')
_ODD = (
    b"null", b"true", b"0", b"-1", b"1", b"1e999", b"9" * 5000, b'""', b"[]", b"{}", b"[1]",
    b'["x"]', b'{"a":1}', b"[[]]", b"[" * 1500, b'{"a":' * 500, b'"\\ud800"', b'"\\u0000"', b'"\xff"',
b"\x00",
    b"\xef\xbb\xbf", b'"' + b"x" * 4000 + b'"', b'"*"', b'"' + b"*a" * 500 + b'"', b'"${aws:username', b'"%"',
    b"\r\n", b"\r", b"\n\n", b"''" + b"'", b'""' + b'"', b"a.b.c = 1\n", b"[a]\n[a]\n", b"[[x]]\n",
    b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59", b"07:32:00", b"../", b"\xe2\x80\xae",
    b"-----BEGIN CERTIFICATE-----",
)  # fmt: skip


def mutated(data: bytes, random: Random) -> bytes:
    """Return the bytes with one to four changes."""
    for _ in range(random.randint(1, 4)):
        data = random.choice(_CHANGES)(data, random)[:LARGEST]
    return data


def _slice(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice((1, 2, 4, 16, 64, 256, 4096)))


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    start, end = _slice(data, random)
    return data[:start] + data[end:]


def _end(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _repeat(data: bytes, random: Random) -> bytes:
    start, end = _slice(data, random)
    return data[:start] + data[start:end] * random.choice((2, 3, 50, 5000)) + data[end:]


def _put_in(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(_ODD) + data[at:]


def _exchange(data: bytes, random: Random) -> bytes:
    """Put an odd value, or another one of these bytes, in the place of a value."""
    values = list(_VALUE.finditer(data))
    if not values:
        return data
    gone, other = random.choice(values), random.choice(values)
    odd = random.choice((other[0], random.choice(_ODD), random.choice(_ODD)))
    return data[: gone.start()] + odd + data[gone.end() :]


_CHANGES = (_flip, _cut, _end, _repeat, _put_in, _exchange, _exchange, _exchange)
