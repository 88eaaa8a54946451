"""Reads a logo: a PNG of the plainest kind, looked at to its last byte before anything draws it.

Chunks as in the PNG specification (W3C, third edition), sections 5 and 11. What holds words, times or places
is refused: nobody would see it on the page, and everybody could read it in the pack.
"""

import struct
import zlib
from collections.abc import Iterator
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
_MAY_BE = {b"PLTE", b"tRNS", b"IDAT", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"sBIT", b"bKGD"}
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
        pixels = _pixels(*_header(chunks[0][1]), palette=b"PLTE" in kinds)
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
