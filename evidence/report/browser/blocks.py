"""Packs what the page holds into blocks: compressed (zlib, RFC 1950), in base64, inert until a script asks.

Nothing of a bundle stands in the page as markup: a block has only letters, digits, `+`, `/` and `=`.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LEVEL = 6
MOST_BYTES = 15_000_000
"""Of the whole page."""
MOST_OPENED = 512 * 1024 * 1024
"""Bytes in all blocks of a page: what zlib makes of the largest page could be 11 GB."""
REST = ""
"""The name of what stands around the blocks."""
_BLOCK = re.compile(rb'<script type="application/zlib" id="([a-z0-9]+)">([A-Za-z0-9+/=]*)</script>')
_ANY_BLOCK = b"application/zlib"
_FRAME = 100
"""Bytes around a block, at most."""
_PIECE = 57 * 1024
"""Bytes encoded at once: a multiple of three, so that the pieces join."""


@dataclass(frozen=True, slots=True)
class PageBlock:
    """One block; `name` is of our own making: letters and digits."""

    name: str
    packed: bytes

    def markup(self) -> Iterator[bytes]:
        """Yield the element that holds it."""
        yield f'<script type="application/zlib" id="{self.name}">'.encode()
        for start in range(0, len(self.packed), _PIECE):
            yield base64.b64encode(self.packed[start : start + _PIECE])
        yield b"</script>\n"


@dataclass
class BlockStore:
    """The blocks that fit, in the order in which they were offered."""

    room: int
    """Bytes of the page that are left."""
    opened_room: int = MOST_OPENED
    """Bytes that blocks may still hold."""
    blocks: list[PageBlock] = field(default_factory=list)

    def require(self, name: str, content: Iterable[bytes]) -> None:
        """Take a block without which there is no page, whatever its size."""
        self._take(name, *_compressed(content))

    def add(self, name: str, content: Iterable[bytes]) -> bool:
        """Take a block, unless the page would become too large; say whether it was taken.

        What does not fit is not compressed to its end.
        """
        most = max(0, (self.room - _FRAME) // 4 * 3), self.opened_room
        packed, opened = _compressed(content, most)
        if _size(packed) > self.room or opened > self.opened_room:
            return False
        self._take(name, packed, opened)
        return True

    def _take(self, name: str, packed: bytes, opened: int) -> None:
        self.room -= _size(packed)
        self.opened_room -= opened
        self.blocks.append(PageBlock(name, packed))


def _size(packed: bytes) -> int:
    """Return how many bytes of the page a block takes."""
    return (len(packed) + 2) // 3 * 4 + _FRAME


def open_blocks(page: bytes, most: int = MOST_OPENED) -> Iterator[tuple[str, bytes]]:
    """Yield what a page holds: what stands around the blocks (`REST`), then each block's name and content.

    Raises ValueError for what looks like a block and cannot be opened, for two of one name, and where the
    blocks hold more than `most` bytes: nobody has looked into that.
    """
    rest = _BLOCK.sub(b"", page)
    if _ANY_BLOCK in rest:
        raise ValueError("something in it looks like a block and is none")
    yield REST, rest
    found = _BLOCK.findall(page)
    if len({name for name, _ in found}) < len(found):
        raise ValueError("two of its blocks have one name")
    for name, packed in found:
        content = _opened(name.decode(), base64.b64decode(packed, validate=True), most)
        most -= len(content)
        yield name.decode(), content


def _opened(name: str, packed: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(packed, most + 1)  # 0 would be no limit
    except zlib.error as error:
        raise ValueError(f"its block {name} cannot be opened") from error
    if len(content) > most:
        raise ValueError("its blocks hold more than they may")
    if not stream.eof or stream.unused_data:
        raise ValueError(f"its block {name} cannot be opened")
    return content


def _compressed(content: Iterable[bytes], most: tuple[int, int] | None = None) -> tuple[bytes, int]:
    """Return the whole compressed, and its size before that.

    Where either is more than `most`, more than that of its beginning.
    """
    squeeze = zlib.compressobj(LEVEL)
    packed, opened = bytearray(), 0
    for piece in content:
        packed += squeeze.compress(piece)
        opened += len(piece)
        if most is not None and (len(packed) > most[0] or opened > most[1]):
            break
    return bytes(packed + squeeze.flush()), opened
