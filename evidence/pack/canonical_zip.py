"""Writes and reads the one form of zip file that is accepted (APPNOTE.TXT 6.3): nothing is optional.

Entries are files only, sorted by name, stored without compression, dated 1980-01-01, mode 0644, without
comments. Zip64 stands exactly where a figure does not fit otherwise, and no other extra field does. So the
same files give the same bytes on every machine, no entry can be larger than the zip, and a reader can
demand every single byte instead of repairing what it finds.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from evidence import storage
from evidence.bundle.format import names
from evidence.errors import StorageError
from evidence.findings import Code

MAX_ENTRIES = 1_000_000
MAX_FILE = 0xFFFFFFFE
"""Bytes of one file."""
_SHORT, _LONG = 0xFFFF, 0xFFFFFFFF
"""All ones: the figure is too large for two or four bytes, and stands where Zip64 has it."""
_BLOCK = 1024 * 1024
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_OFFSET64 = struct.Struct("<2HQ")
_VERSION, _VERSION64 = 20, 45
_UNIX = 3 << 8
_MODE = 0o100644 << 16
_MIDNIGHT, _FIRST_DAY = 0, (1 << 5) | 1
"""1980-01-01 00:00 in DOS form."""


class ZipError(ValueError):
    """A zip that is not in the one form; the message says why, one clause."""

    def __init__(self, code: Code, subject: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.subject = subject


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One file to be packed, as measured."""

    source: Path | bytes
    size: int
    crc: int
    sha256: str

    def blocks(self) -> Iterator[bytes]:
        """Yield the content."""
        if isinstance(self.source, bytes):
            yield self.source
            return
        with self.source.open("rb") as content:
            while block := content.read(_BLOCK):
                yield block


def measure(source: Path | bytes) -> ZipMember:
    """Return a file or some bytes with their size and checksums."""
    unmeasured = ZipMember(source, 0, 0, "")
    size = crc = 0
    digest = hashlib.sha256()
    for block in unmeasured.blocks():
        size += len(block)
        crc = zlib.crc32(block, crc)
        digest.update(block)
    return ZipMember(source, size, crc, digest.hexdigest())


def write(target: IO[bytes], members: Mapping[str, ZipMember]) -> None:
    """Write a zip; raises StorageError when the files are too many or too large for one."""
    largest = max((member.size for member in members.values()), default=0)
    if len(members) > MAX_ENTRIES or largest > MAX_FILE:
        raise StorageError(
            f"The pack would hold {len(members)} files, one of {largest} bytes: more than readers take.",
            "Collect fewer accounts or regions at a time.",
        )
    directory = _ZipDirectory()
    for name in sorted(members):
        member = members[name]
        target.write(directory.add(name, member.crc, member.size))
        digest = hashlib.sha256()
        for block in member.blocks():
            target.write(block)
            digest.update(block)
        if digest.hexdigest() != member.sha256:
            raise StorageError(f"{name} changed while it was being packed.", "Pack again.")
    target.write(directory.close())


class _ZipDirectory:
    """Makes each entry's header, and at the end the directory that must agree with them."""

    def __init__(self) -> None:
        self._central: list[bytes] = []
        self._offset = 0

    def add(self, name: str, crc: int, size: int) -> bytes:
        """Return the local header of the next entry."""
        encoded, far = name.encode("ascii"), self._offset >= _LONG
        extra = _OFFSET64.pack(1, 8, self._offset) if far else b""
        version = _VERSION64 if far else _VERSION
        common = (version, 0, 0, _MIDNIGHT, _FIRST_DAY, crc, size, size, len(encoded))
        local = _LOCAL.pack(b"PK\x03\x04", *common, 0) + encoded
        rest = (len(extra), 0, 0, 0, _MODE, min(self._offset, _LONG))
        central = _CENTRAL.pack(b"PK\x01\x02", _UNIX | version, *common, *rest)
        self._central.append(central + encoded + extra)
        self._offset += len(local) + size
        return local

    def close(self) -> bytes:
        """Return everything behind the last entry."""
        central = b"".join(self._central)
        count, size, start = len(self._central), len(central), self._offset
        if count >= _SHORT or max(size, start) >= _LONG:
            made_by = _UNIX | _VERSION64
            figures = (count, count, size, start)
            central += _END64.pack(b"PK\x06\x06", _END64.size - 12, made_by, _VERSION64, 0, 0, *figures)
            central += _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
        few = min(count, _SHORT)
        return central + _END.pack(b"PK\x05\x06", 0, 0, few, few, min(size, _LONG), min(start, _LONG), 0)


def unpack(archive: Path, folder: Path) -> None:
    """Extract a zip into an empty folder, demanding every byte of it.

    Raises ArchiveError for whatever `write` would not have written: hostile or repeated names, links,
    devices, compression, encryption, comments, data before, between or after. Files extracted up to there
    remain; the caller discards the folder.
    """
    with storage.open_regular(archive) as source:
        _unpack(source, folder)


def _unpack(source: BinaryIO, folder: Path) -> None:
    directory = _ZipDirectory()
    previous = ""
    seen: set[str] = set()
    while (head := source.read(_LOCAL.size))[:4] == b"PK\x03\x04" and len(head) == _LOCAL.size:
        if len(seen) >= MAX_ENTRIES:
            raise ZipError(Code.ZIP, _behind(previous), "holds too many files")
        fields = _LOCAL.unpack(head)
        name = _name(source.read(fields[9]))
        _check_name(name, previous, seen)
        _check_header(name, head, fields, directory)
        _extract(source, folder, name, size=fields[7], crc=fields[6])
        previous = name
    expected = directory.close()
    if head + source.read(len(expected) + 1) != expected:
        raise ZipError(
            Code.ZIP,
            _behind(previous),
            "is not a directory of just these files (links, devices, comments, or data before or after?)",
        )


def _behind(previous: str) -> str:
    """Return how to call the part behind an entry."""
    return f"what follows {previous}" if previous else "its beginning"


def _name(encoded: bytes) -> str:
    return encoded.decode("utf-8", "backslashreplace")


def _check_name(name: str, previous: str, seen: set[str]) -> None:
    problem = names.problem_of(name)
    if problem:
        raise ZipError(Code.HOSTILE_PATH, name, problem)
    above = {names.fold_case(str(parent)) for parent in PurePosixPath(name).parents}
    if names.fold_case(name) in seen or above & seen:
        raise ZipError(
            Code.DUPLICATE,
            name,
            "stands in the zip twice, or as file and folder, or differs in case only",
        )
    if name < previous:
        raise ZipError(Code.ZIP, name, "is not in its place in the order of names")
    seen.add(names.fold_case(name))


def _check_header(name: str, head: bytes, fields: tuple[int, ...], directory: _ZipDirectory) -> None:
    flags, method, extra = fields[2], fields[3], fields[10]
    checks: tuple[tuple[bool, str], ...] = (
        (bool(flags & 1), "is encrypted"),
        (method != 0, "is compressed, where packs store"),
        (extra != 0, "has an extra field"),
        (directory.add(name, fields[6], fields[7]) != head + name.encode(), "has an unusual header"),
    )
    for wrong, message in checks:
        if wrong:
            raise ZipError(Code.ZIP, name, message)


def _extract(source: BinaryIO, folder: Path, name: str, *, size: int, crc: int) -> None:
    target = folder / name
    with storage.storage_errors(target):
        storage.make_folders(folder, target.parent)
        with _created(target) as sink:
            found, left = _copy(source, sink.write, size)
    if left or found != crc:
        raise ZipError(Code.ZIP, name, "is cut off or damaged")


def _created(target: Path) -> BinaryIO:
    return os.fdopen(storage.create_file(target), "wb")


def _copy(source: BinaryIO, write_block: Callable[[bytes], object], size: int) -> tuple[int, int]:
    crc, left = 0, size
    while left and (block := source.read(min(_BLOCK, left))):
        crc = zlib.crc32(block, crc)
        left -= len(block)
        write_block(block)
    return crc, left
