"""The archive's own bytes: each of the structure's, many of the contents', cut short, made longer."""

import struct
from collections.abc import Iterator

from evidence.findings import Code
from tests.attacks.material import a_file, flipped, original, positions
from tests.attacks.model import Attack, attack

_REFUSED = (Code.ZIP, Code.HOSTILE_PATH, Code.DUPLICATE)
_MASKS = (0x01, 0x20)
"""The lowest bit; and the one that turns a capital into a small letter."""


def attacks() -> Iterator[Attack]:
    """Yield bytes flipped, removed, repeated, appended and put before."""
    data = original().archive
    structure = set(_structure(data))
    for position in sorted(structure):
        for mask in _MASKS:
            yield _flip(data, position, mask)
    for position in positions(data, 5_000):
        if position not in structure:
            yield _flip(data, position, 1 << position % 8)
    yield from _cut(data)
    yield from _grown(data)


def _flip(data: bytes, position: int, mask: int) -> Attack:
    def content() -> bytes:
        return flipped(data, position, mask)

    return attack(f"byte {position} ^ {mask:#x}", a_file("pack.zip", content), *_REFUSED)


def _structure(data: bytes) -> Iterator[int]:
    """Yield the positions of all headers, names and the directory."""
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        size, name = struct.unpack("<I4xH", data[at + 18 : at + 28])
        yield from range(at, at + 30 + name)
        at += 30 + name + size
    yield from range(at, len(data))


def _cut(data: bytes) -> Iterator[Attack]:
    for length in positions(data, 1_500):
        yield attack(f"cut to {length}", a_file("pack.zip", lambda n=length: data[:n]), *_REFUSED)
    for length in range(len(data) - 400, len(data)):
        yield attack(f"cut to {length}", a_file("pack.zip", lambda n=length: data[:n]), *_REFUSED)
    for start in positions(data, 500):
        yield attack(
            f"byte {start} removed", a_file("pack.zip", lambda n=start: data[:n] + data[n + 1 :]), *_REFUSED
        )


def _grown(data: bytes) -> Iterator[Attack]:
    for start in positions(data, 500):
        yield attack(
            f"byte {start} repeated",
            a_file("pack.zip", lambda n=start: data[: n + 1] + data[n:]),
            *_REFUSED,
        )
    for more in (b"\0", b"\n", b"PK", b"PK\x05\x06" + bytes(18), data[-22:], data, bytes(65_536)):
        yield attack(f"{len(more)} bytes behind", a_file("pack.zip", lambda m=more: data + m), *_REFUSED)
        yield attack(f"{len(more)} bytes before", a_file("pack.zip", lambda m=more: m + data), *_REFUSED)
