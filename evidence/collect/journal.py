"""Keeps a run's progress on disk: whoever kills the run, `--resume` goes on from here.

Two files in the staging folder, outside of the bag and deleted before it is published. `journal.jsonl` has
one line for each thing that is certain (the run's start, each part's start, each unit's end with the hashes
of its files), written once the calls that fed the unit are in `ledger.jsonl`. A line cut short by a crash
counts as not written. The journal is locked as long as a process works on it.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from evidence import storage
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import Caller, GapRecord, Unit
from evidence.bundle.write.writer import JOURNAL
from evidence.errors import StorageError

Files = dict[str, tuple[str, int]]
"""Path below data/ to SHA-256 (hex) and size in bytes."""


class _JournalModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JournalHeader(_JournalModel):
    """The first line: which run this is."""

    name: str
    tool: str
    """Version; another one may plan other units."""
    settings: dict[str, Any]
    """Those that decide what is collected, and what is sealed of them."""
    started: datetime
    previous: str | None
    attachments: bool


class PartEntry(_JournalModel):
    """A process took the run up."""

    part: datetime
    caller: Caller


class OpeningEntry(_JournalModel):
    """The run's opening was written, or why it could not be time-stamped: before any evidence, and once."""

    opening: Files
    gap: GapRecord | None


class UnitEntry(_JournalModel):
    """A unit ended, and all it left is on disk."""

    unit: Unit
    gap: GapRecord | None
    depth: int
    files: Files


@dataclass
class JournalSummary:
    """What a journal says."""

    header: JournalHeader
    parts: list[PartEntry] = field(default_factory=list)
    opened: OpeningEntry | None = None


@dataclass(frozen=True, slots=True)
class LinePosition:
    """Where a line stands, in bytes."""

    at: int
    length: int


class Journal:
    """Appends lines and reads them again; holds the lock until it is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.dirty = False
        """Something was added that is not certain yet."""

    @classmethod
    def open(cls, folder: Path) -> "Journal":
        """Open the journal in a staging folder, made if there is none, and lock it.

        Raises StorageError when another process has it.
        """
        path = folder / JOURNAL
        with storage.storage_errors(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, storage.FILE_MODE)
        file = os.fdopen(handle, "r+b", buffering=0)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise StorageError(
                f"{folder} is being written by another process.", "Wait for it to end, or stop it."
            ) from error
        return cls(file)

    def read(self) -> JournalSummary | None:
        """Return what the journal says of the run so far; None when it has no beginning.

        What follows the first line that cannot be read is cut off: it was never certain.
        """
        told: JournalSummary | None = None
        whole = 0
        for line in self._lines():
            taken = _understood(line, told)
            if taken is None:
                break
            told = taken
            whole += len(line)
        os.ftruncate(self._file.fileno(), whole)
        self._size = whole
        return told

    def units(self) -> Iterator[tuple[int, LinePosition, UnitEntry]]:
        """Yield how units ended, in that order: in which part, from 0, and the line that says so.

        Whatever there was to cut off was cut off by `read`.
        """
        part, at = -1, 0
        for line in self._lines():
            value = strictjson.loads(line)
            part += "part" in value
            if "unit" in value:
                yield part, LinePosition(at, len(line)), UnitEntry.model_validate(value)
            at += len(line)

    def add(self, line: JournalHeader | PartEntry | OpeningEntry | UnitEntry) -> LinePosition:
        """Append a line; it is certain after `flush`."""
        written = strictjson.line(line.model_dump(mode="json"))
        with storage.storage_errors(Path(JOURNAL)):
            self._file.write(written)
        place = LinePosition(self._size, len(written))
        self._size += len(written)
        self.dirty = True
        return place

    def value(self, line: LinePosition) -> dict[str, Any]:
        """Return what a line says, as JSON values."""
        with storage.storage_errors(Path(JOURNAL)):
            data = os.pread(self._file.fileno(), line.length, line.at)
        value: dict[str, Any] = strictjson.loads(data)
        return value

    def ended(self, line: LinePosition) -> UnitEntry:
        """Return how the unit ended that a line tells of."""
        return UnitEntry.model_validate(self.value(line))

    def flush(self) -> None:
        """Bring what was added to disk."""
        if self.dirty:
            with storage.storage_errors(Path(JOURNAL)):
                storage.sync_file(self._file)
            self.dirty = False

    def close(self) -> None:
        """Let go of the lock."""
        self._file.close()

    def _lines(self) -> Iterator[bytes]:
        """Yield the whole lines."""
        with os.fdopen(os.dup(self._file.fileno()), "rb") as lines:
            lines.seek(0)
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                yield line


def _understood(line: bytes, told: JournalSummary | None) -> JournalSummary | None:
    """Take a line up; return None for one that does not belong there."""
    try:
        value = strictjson.loads(line)
        if told is None:
            return JournalSummary(JournalHeader.model_validate(value))
        if "part" in value:
            told.parts.append(PartEntry.model_validate(value))
        elif "opening" in value:
            told.opened = OpeningEntry.model_validate(value)
        else:
            UnitEntry.model_validate(value)
    except (ValueError, ValidationError, TypeError):
        return None
    return told
