"""Reads a logo: a PNG of the plainest kind, looked at to its last byte before anything draws it.

Chunks as in the PNG specification (W3C, third edition), sections 5 and 11. What holds words, times or places
is refused: nobody would see it on the page, and everybody could read it in the pack.
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from typing import Annotated, Self

from pydantic import Field

from evidence.statements.shapes import StatementDocument, StatementModel

MAX_BYTES = 512 * 1024
LEAST, MOST = 16, 2_000
"""Pixels of a side."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by its type of colour: grey, colour, palette, and the first two with transparency."""
_DEPTHS = {0: (1, 2, 4, 8), 2: (8,), 3: (1, 2, 4, 8), 4: (8,), 6: (8,)}
_ORDER = (
    {b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"pHYs"},
    {b"PLTE", b"pHYs"},
    {b"tRNS", b"bKGD", b"pHYs"},
    {b"IDAT"},
)
"""Chunks that may be, by where they stand between the first and the last; each once but the pixels."""
_MAY_BE = frozenset().union(*_ORDER)
_PALETTE = 3

Side = Annotated[int, Field(ge=LEAST, le=MOST)]


class Logo(StatementDocument):
    """What a logo is, as far as anybody asks; its bytes stand beside it."""

    width: Side
    height: Side

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Return a logo's size. Raises ValueError, ValidationError for a size, unless it is a plain PNG."""
        chunks = list(_chunks(content))
        kinds = [kind for kind, _ in chunks]
        if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or chunks[-1][1]:
            raise ValueError("it does not begin and end as a PNG does")
        if others := sorted({*kinds[1:-1]} - _MAY_BE):
            raise ValueError(f"it holds {others[0].decode('latin-1')!r}: save it without metadata")
        header = _header(chunks[0][1])
        pixels = _pixels(*header, palette=b"PLTE" in kinds)
        _require_order(kinds[1:-1])
        _require_sizes(dict(chunks[1:-1]), *header[2:])
        found = cls(width=pixels[0], height=pixels[1])
        _require_pixels(b"".join(data for kind, data in chunks if kind == b"IDAT"), *pixels)
        return found

    def tables(self) -> Iterator[tuple[str, tuple[StatementModel, ...]]]:
        """Yield nothing: a picture has no entries."""
        return iter(())

    @property
    def size(self) -> int:
        """One picture."""
        return 1


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        raise ValueError("it does not begin and end as a PNG does")
    at = len(_SIGNATURE)
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8].ljust(8, b"\0"))
        data, check = content[at + 8 : at + 8 + size], content[at + 8 + size : at + 12 + size]
        if check != struct.pack(">I", zlib.crc32(kind + data)):
            raise ValueError("it is cut off or was changed")
        yield kind, data
        at += 12 + size


def _header(data: bytes) -> tuple[int, int, int, int]:
    """Return width, height, bits of a sample and type of colour."""
    if len(data) != 13:
        raise ValueError("its header is of another size")
    width, height, depth, colour, compression, filtered, interlaced = struct.unpack(">IIBBBBB", data)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtered or interlaced:
        raise ValueError("save it with 8 bits a channel, and not interlaced")
    return width, height, depth, colour


def _pixels(width: int, height: int, depth: int, colour: int, *, palette: bool) -> tuple[int, int, int]:
    """Return width, height and the bytes of a line."""
    if colour == _PALETTE and not palette:
        raise ValueError("its palette is missing")
    return width, height, 1 + (width * _CHANNELS[colour] * depth + 7) // 8


def _require_order(kinds: list[bytes]) -> None:
    """Raise ValueError where chunks stand in another order than theirs, or twice."""
    at = 0
    for kind in kinds:
        at = next((place for place in range(at, len(_ORDER)) if kind in _ORDER[place]), len(_ORDER))
    once = [kind for kind in kinds if kind != b"IDAT"]
    if at == len(_ORDER) or len(set(once)) != len(once):
        raise ValueError("its parts stand in another order than a PNG's, or twice")


def _require_sizes(chunks: dict[bytes, bytes], depth: int, colour: int) -> None:
    """Raise ValueError for a chunk of a size that it cannot have with these bits and this type of colour."""
    entries = len(chunks.get(b"PLTE", b"")) // 3
    fitting: dict[bytes, Collection[int]] = {
        b"PLTE": range(3, 3 * 2**depth + 1, 3) if colour in (2, _PALETTE, 6) else (),
        b"tRNS": {0: (2,), 2: (6,), _PALETTE: range(1, entries + 1)}.get(colour, ()),
        b"sRGB": (1,),
        b"gAMA": (4,),
        b"cHRM": (32,),
        b"pHYs": (9,),
        b"sBIT": (3 if colour == _PALETTE else _CHANNELS[colour],),
        b"bKGD": ({0: 2, 4: 2, _PALETTE: 1}.get(colour, 6),),
    }
    for kind, data in chunks.items():
        if kind in fitting and len(data) not in fitting[kind]:
            raise ValueError(f"its {kind.decode()} is of a size that it cannot have")


def _require_pixels(packed: bytes, _width: int, height: int, line: int) -> None:
    """Raise ValueError unless what is packed is every line of the picture and no more."""
    opened = zlib.decompressobj()
    try:
        lines = opened.decompress(packed, height * line + 1)
    except zlib.error as error:
        raise ValueError("its pixels cannot be read") from error
    if len(lines) != height * line or not opened.eof or opened.unused_data:
        raise ValueError("its pixels are not those of its size")
    if max(lines[::line]) > 4:
        raise ValueError("its pixels cannot be read")
