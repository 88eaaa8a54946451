"""Keeps a run's header on disk: which run it is, the parts it came in, and its opening; and its lock.

`run.jsonl` in the staging folder, outside of the bag. A line cut short by a crash counts as not written. The
file is locked as long as a process works on the run.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from evidence import storage, system
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import Caller, GapRecord
from evidence.bundle.write.payload import WrittenFile
from evidence.errors import StorageError

HEADER = "run.jsonl"


class _HeaderModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunIdentity(_HeaderModel):
    """The first line: which run this is."""

    name: str
    tool: str
    """Version; another one may plan other units."""
    settings: dict[str, Any]
    """Those that decide what is collected, and what is sealed of them."""
    started: datetime
    previous: str | None
    attachments: bool


class PartEntry(_HeaderModel):
    """A process took the run up."""

    part: datetime
    caller: Caller


class OpeningEntry(_HeaderModel):
    """The run's opening was written, or why it could not be time-stamped: before any evidence, and once."""

    opening: dict[str, WrittenFile]
    """Paths below data/."""
    gap: GapRecord | None


class RunHeader:
    """What is known of the run; holds the lock until it is closed."""

    def __init__(self, path: Path, held: ExitStack) -> None:
        self._path = path
        self._held = held
        self._locked: BinaryIO | None = None
        """The file, where the lock is its own."""
        self.identity: RunIdentity | None = None
        """None as long as nobody has said which run it is."""
        self.parts: list[PartEntry] = []
        self.opened: OpeningEntry | None = None
        try:
            self._lock()
        except OSError as error:
            held.close()
            raise StorageError(
                f"{path.parent} is being written by another process.", "Wait for it to end, or stop it."
            ) from error
        with self._file() as file:
            self._read(file)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the header in a staging folder, made if there is none, and lock it.

        Raises StorageError when another process has it.
        """
        return cls(folder / HEADER, ExitStack())

    def _lock(self) -> None:
        if system.LOCKS_OPEN_FILES:
            self._locked = self._held.enter_context(self._opened())
            system.lock_open_file(self._locked.fileno())
        else:  # beside the folder, which is deleted while the lock is held
            self._held.enter_context(system.locked_beside(self._path.parent.with_suffix(".lock")))

    def _opened(self) -> BinaryIO:
        with storage.storage_errors(self._path):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | system.NOFOLLOW | system.BINARY
            return os.fdopen(os.open(self._path, flags, storage.FILE_MODE), "r+b", buffering=0)

    @contextmanager
    def _file(self) -> Iterator[BinaryIO]:
        if self._locked is not None:
            yield self._locked
            return
        with self._opened() as file:
            yield file

    def add(self, line: RunIdentity | PartEntry | OpeningEntry) -> None:
        """Append a line, on disk."""
        with storage.storage_errors(Path(HEADER)), self._file() as file:
            storage.append(file, strictjson.line(line.model_dump(mode="json")))
            storage.sync_file(file)
        self._take(line)

    def close(self) -> None:
        """Let go of the lock."""
        self._held.close()

    def _take(self, line: RunIdentity | PartEntry | OpeningEntry) -> None:
        match line:
            case RunIdentity():
                self.identity = line
            case PartEntry():
                self.parts.append(line)
            case OpeningEntry():
                self.opened = line

    def _read(self, file: BinaryIO) -> None:
        """Take up the lines that are whole; what follows the first that is not was never certain: cut off."""
        whole = 0
        with os.fdopen(os.dup(file.fileno()), "rb") as lines:
            lines.seek(0)
            for line in lines:
                try:
                    self._take(_understood(line))
                except (ValueError, ValidationError):
                    break
                whole += len(line)
        os.ftruncate(file.fileno(), whole)


def _understood(line: bytes) -> RunIdentity | PartEntry | OpeningEntry:
    """Return what a line says; raises ValueError for one that does not belong there."""
    if not line.endswith(b"\n"):
        raise ValueError("cut short")
    value = strictjson.loads(line)
    if "part" in value:
        return PartEntry.model_validate(value)
    return OpeningEntry.model_validate(value) if "opening" in value else RunIdentity.model_validate(value)
