"""Keeps the call ledger: every call of a run, in the order of sending, in bounded memory."""

import os
import tempfile
import threading
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO

from evidence import storage
from evidence.aws.calls import Call
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import CallRecord, ClockSkew
from evidence.clock import clock_skew
from evidence.collect.encoding import plain

_IN_MEMORY = 4 * 1024 * 1024
"""Bytes; a larger ledger goes to an unnamed file beside the bundle."""
_BUFFER = 1024 * 1024
_NOT_ENDED = -1


class Ledger:
    """Collects calls from all threads; eight bytes of memory a call, however long the run."""

    def __init__(self, folder: Path, name: str = "") -> None:
        """Keep calls in `folder`: in a file of that name for a run that can be resumed, or an unnamed one."""
        self._guard = threading.Lock()
        self._path = folder / name if name else None
        self._lines: IO[bytes] = (
            _appending(self._path)
            if self._path
            else tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115
        )
        self._offsets = array("q")
        """Where the call stands that was sent as number 1, 2, 3 …; -1 for one that has not ended."""
        self._size = 0
        self._calls_of: Counter[str] = Counter()
        self._depth_of: dict[str, int] = {}
        self._skew = _SkewMeasure()
        self._deepest = 0
        self.calls = 0
        """Calls sent so far."""
        self.throttles = 0
        """Attempts that AWS turned down for their rate."""

    def next(self) -> int:
        """Return the number of the call that is sent now."""
        with self._guard:
            self.calls += 1
            return self.calls

    def throttled(self) -> None:
        """Count an attempt that AWS turned down for its rate."""
        with self._guard:
            self.throttles += 1

    def add(self, call: Call) -> None:
        """Keep a call that has ended."""
        members = asdict(call) | {"parameters": plain(call.parameters)}
        line = strictjson.line(CallRecord(**members).model_dump(mode="json"))
        with self._guard:
            self._lines.write(line)
            self._note(call, len(line))
            self._calls_of[call.file] += 1
            self._depth_of[call.file] = max(self._depth_of.get(call.file, 0), call.depth)

    def _note(self, call: Call | CallRecord, length: int) -> None:
        while len(self._offsets) < call.seq:
            self._offsets.append(_NOT_ENDED)
        self._offsets[call.seq - 1] = self._size
        self._size += length
        self._deepest = max(self._deepest, call.depth)
        self._skew.note(call.aws_date, call.started, call.finished)

    def resume(self, done: Container[str]) -> None:
        """Take up the calls of a run that died; those of units not done fed nothing, and now say so.

        A last line that was cut short is cut off.
        """
        if self._path is None or not self._path.stat().st_size:
            return
        anew = self._path.with_name(f"{self._path.name}.new")
        anew.unlink(missing_ok=True)
        with storage.storage_errors(anew), os.fdopen(storage.create_file(anew), "wb") as output:
            for call, written in _whole(self._path):
                line = written
                if call.file and call.file not in done:
                    line = strictjson.line(strictjson.loads(line) | {"file": ""})
                output.write(line)
                self._note(call, len(line))
                self.calls = max(self.calls, call.seq)
            storage.sync_file(output)
        self._lines.close()
        anew.replace(self._path)
        self._lines = _appending(self._path)

    def forget(self, file: str) -> None:
        """Drop what is known of the calls that fed a file: its unit has ended."""
        with self._guard:
            self._calls_of.pop(file, None)
            self._depth_of.pop(file, None)

    def sync(self) -> None:
        """Bring what was added to disk."""
        if self._size:
            storage.sync_file(self._lines)

    @property
    def fed(self) -> int:
        """How many files are remembered for the units that are under way."""
        return len(self._calls_of)

    def calls_of(self, file: str) -> int:
        """Return how many ended calls fed a file."""
        return self._calls_of.get(file, 0)

    def depth_of(self, file: str) -> int:
        """Return the length of the longest chain of calls that fed a file, 0 when none did."""
        return self._depth_of.get(file, 0)

    def lines(self, kept: Container[str]) -> Iterator[bytes]:
        """Yield the lines of calls.jsonl, in the order of sending.

        A call whose file is not among those kept fed none: its unit became a gap, or started again. The calls
        that were under way when a run died were never added: those that follow move up.
        """
        number = 0
        with self._reader() as lines:
            for offset in self._offsets:
                if offset == _NOT_ENDED:
                    continue
                number += 1
                lines.seek(offset)
                yield _numbered(lines.readline(), number, kept)

    def _reader(self) -> AbstractContextManager[IO[bytes]]:
        """Return what was written, with a buffer: lines stand nearly in the order of sending."""
        return self._path.open("rb", _BUFFER) if self._path else nullcontext(self._lines)

    @property
    def deepest(self) -> int:
        """The length of the longest chain of calls so far."""
        return self._deepest

    @property
    def skew(self) -> ClockSkew:
        """How AWS's clock and the local one compared over the run."""
        return ClockSkew(
            first_aws_date=self._skew.first,
            last_aws_date=self._skew.last,
            max_skew_seconds=self._skew.largest,
        )

    def close(self) -> None:
        """Drop what is kept."""
        self._lines.close()


def _appending(path: Path) -> IO[bytes]:
    """Open a file for its end; what is written is with the system at once, should the process be killed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.fdopen(os.open(path, flags, storage.FILE_MODE), "ab", buffering=0)


def _whole(path: Path) -> Iterator[tuple[CallRecord, bytes]]:
    """Yield the calls in a file, up to the first line that is not whole."""
    with path.open("rb", _BUFFER) as lines:
        for line in lines:
            try:
                call = CallRecord.model_validate(strictjson.loads(line))
            except ValueError:
                return
            if not line.endswith(b"\n"):
                return
            yield call, line


def _numbered(line: bytes, number: int, kept: Container[str]) -> bytes:
    """Return the line of a call as it is published; its own bytes where nothing about it changes."""
    call = strictjson.loads(line)
    changed: dict[str, object] = {"file": ""} if call["file"] and call["file"] not in kept else {}
    if call["seq"] != number:
        changed["seq"] = number
    return strictjson.line(call | changed) if changed else line


class _SkewMeasure:
    """AWS's Date against the local clock, less what a Date cannot tell."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.largest: float | None = None

    def note(self, told: datetime | None, started: datetime, finished: datetime) -> None:
        if told is None:
            return
        self.first = min(self.first or told, told)
        self.last = max(self.last or told, told)
        skew = clock_skew(told, started, finished)
        self.largest = max(self.largest or 0.0, skew)
