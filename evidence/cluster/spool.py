"""Streams a unit's result in segments: written on the worker, put together where the run is."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from evidence.cluster.messages import StreamContent, UnfitResultError, UnitResult

_BLOCK = 256 * 1024
_IN_MEMORY = 1024 * 1024
"""Bytes; what is larger waits in an unnamed file beside the bundle."""


class Spool:
    """Being written: hashes each part and each segment on the way."""

    def __init__(self, path: Path, segment: int) -> None:
        self._file = path.open("xb")
        self._segment = segment
        self._room = segment
        self._hash = hashlib.sha256()
        self.segments: list[str] = []

    def add(self, blocks: Iterable[bytes]) -> StreamContent:
        """Append one part; return its size and hash."""
        whole, size = hashlib.sha256(), 0
        for block in blocks:
            whole.update(block)
            size += len(block)
            self._file.write(block)
            self._cut(memoryview(block))
        return StreamContent(size=size, sha256=whole.hexdigest())

    def _cut(self, block: memoryview) -> None:
        while block:
            self._hash.update(block[: self._room])
            taken = min(self._room, len(block))
            self._room -= taken
            block = block[taken:]
            if not self._room:
                self._end_segment()

    def _end_segment(self) -> None:
        self.segments.append(self._hash.hexdigest())
        self._hash, self._room = hashlib.sha256(), self._segment

    def close(self) -> None:
        """End the last segment."""
        if self._room < self._segment:
            self._end_segment()
        self._file.close()


def blocks_of(path: Path) -> Iterator[bytes]:
    """Yield a file's content."""
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            yield block


def read_segment(path: Path, index: int, segment: int) -> bytes:
    """Return one segment of a file."""
    with path.open("rb") as content:
        content.seek(index * segment)
        return content.read(segment)


class Arrival:
    """What has arrived of a unit's result; every segment is checked before it is kept."""

    def __init__(self, ended: UnitResult, segment: int, folder: Path) -> None:
        if len(ended.segments) != -(-ended.size // segment):
            raise UnfitResultError("the segments are not as many as the parts fill")
        self._ended = ended
        self._segment = segment
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115

    def add(self, index: int, content: bytes) -> None:
        """Keep the next segment. Raises UnfitError when it is not the one that was announced."""
        expected = min(self._segment, self._ended.size - index * self._segment)
        if len(content) != expected or hashlib.sha256(content).hexdigest() != self._ended.segments[index]:
            raise UnfitResultError(f"segment {index} is not what was announced")
        self._file.write(content)

    def check(self) -> None:
        """Raise UnfitError unless each part has the hash that was announced."""
        for number, part in enumerate(self._parts):
            found = hashlib.sha256()
            for block in self.part(number):
                found.update(block)
            if found.hexdigest() != part.sha256:
                raise UnfitResultError("a file is not what was announced")

    @property
    def _parts(self) -> tuple[StreamContent, ...]:
        return (*self._ended.files, self._ended.calls)

    def part(self, number: int) -> Iterator[bytes]:
        """Yield the content of a file, in the order announced; the calls come after the last."""
        self._file.seek(sum(part.size for part in self._parts[:number]))
        left = self._parts[number].size
        while left and (block := self._file.read(min(left, _BLOCK))):
            left -= len(block)
            yield block

    def calls(self) -> Iterator[bytes]:
        """Yield the lines of the calls."""
        left = self._ended.calls.size
        self._file.seek(self._ended.size - left)
        while left > 0 and (line := self._file.readline()):
            left -= len(line)
            yield line

    def close(self) -> None:
        """Forget all of it."""
        self._file.close()
