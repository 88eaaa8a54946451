"""Keeps a call ledger: every call of a job, or of a run's start and end, in bounded memory.

Calls are appended to a file as they end, each line with the system at once, should the process be killed.
They are brought into the order of sending when the bundle is sealed.
"""

import os
import re
import threading
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path

from evidence import storage, system
from evidence.aws.calls import Call
from evidence.aws.failures import StoppedError
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import CallRecord, ClockSkew
from evidence.clock import clock_skew
from evidence.collect.encoding import plain
from evidence.collect.meter import Meter
from evidence.errors import StorageError
from evidence.readers.ledger import Tie, count_call

_BUFFER = 1024 * 1024
_SEQ = re.compile(rb'(?<="seq":)\d+(?=,"service":)')
"""A call's number in its line, whose members are sorted; a string has no quote that is not escaped."""


class Ledger:
    """Collects calls from all threads of a job."""

    def __init__(self, path: Path, *, meter: Meter | None = None, first: int = 1) -> None:
        """Append to the file `path`, whose calls so far are counted on; else number them from `first`."""
        self._path = path
        self._meter = meter or Meter()
        self._guard = threading.Lock()
        self.sent = first - 1
        """Number of the last call that was sent."""
        self._calls_of: Counter[str] = Counter()
        self._depth_of: dict[str, int] = {}
        self._fed: dict[str, Counter[tuple[str, bool]]] = {}
        self.deepest = 0
        """The length of the longest chain of calls so far."""
        self.skew = SkewMeasure()
        whole = 0
        for call, line in _whole(path):
            self.sent = max(self.sent, call.seq)
            self._note(call)
            whole += len(line)
        with storage.storage_errors(path):
            handle = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | system.NOFOLLOW, storage.FILE_MODE
            )
            os.ftruncate(handle, whole)  # half a line, where the disk was full or the process died
        self._file = os.fdopen(handle, "ab", buffering=0)

    def next(self) -> int:
        """Return the number of the call that is sent now."""
        with self._guard:
            self.sent += 1
            self._meter.add(calls=1)
            return self.sent

    def throttled(self) -> None:
        """Count an attempt that AWS turned down for its rate."""
        self._meter.add(throttles=1)

    def add(self, call: Call | CallRecord) -> None:
        """Keep a call that has ended. Raises StoppedError once the ledger is closed."""
        members = {name: getattr(call, name) for name in CallRecord.model_fields}
        record = CallRecord(**members | {"parameters": plain(call.parameters)})
        self._append(strictjson.line(record.model_dump(mode="json")))
        with self._guard:
            self._calls_of[call.file] += 1
            self._depth_of[call.file] = max(self._depth_of.get(call.file, 0), call.depth)
            self._count(record)
            self._note(call)

    def _count(self, call: CallRecord) -> None:
        members, asked = count_call(call)
        fed = self._fed.setdefault(call.file, Counter())
        fed[call.operation, False] += members
        fed[call.operation, True] += asked

    def counted(self, file: str, tie: Tie) -> int:
        """Return how much of what ties a file to the ledger its calls counted, of those of this process."""
        fed = self._fed.get(file, Counter())
        return sum(fed[operation, tie.asked] for operation in tie.operations)

    def _note(self, call: Call | CallRecord) -> None:
        self.deepest = max(self.deepest, call.depth)
        self.skew.note(call.aws_date, call.started, call.finished)

    def _append(self, line: bytes) -> None:
        """Write a line; without a lock, as the system appends each in one piece."""
        try:
            with storage.storage_errors(self._path):
                storage.append(self._file, line)
        except ValueError as error:  # closed
            raise StoppedError from error

    def calls_of(self, file: str) -> int:
        """Return how many ended calls fed a file."""
        return self._calls_of.get(file, 0)

    def depth_of(self, file: str) -> int:
        """Return the length of the longest chain of calls that fed a file, 0 when none did."""
        return self._depth_of.get(file, 0)

    def sync(self) -> None:
        """Bring what was added to disk."""
        with storage.storage_errors(self._path):
            storage.sync_file(self._file)

    def close(self) -> None:
        """End writing; a call that ends later is no longer kept."""
        self._file.close()


class SkewMeasure:
    """AWS's Date against the local clock, less what a Date cannot tell."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.largest: float | None = None

    def note(self, told: datetime | None, started: datetime, finished: datetime) -> None:
        """Compare the Date of an answer with the time its request was under way."""
        if told is not None:
            self.merge(told, told, clock_skew(told, started, finished))

    def merge(self, first: datetime | None, last: datetime | None, largest: float | None) -> None:
        """Take up what was measured elsewhere."""
        if first is not None and last is not None:
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)
            self.largest = max(self.largest or 0.0, largest or 0.0)

    @property
    def record(self) -> ClockSkew:
        """How AWS's clock and the local one compared."""
        return ClockSkew(first_aws_date=self.first, last_aws_date=self.last, max_skew_seconds=self.largest)


def free(path: Path, kept: Container[str]) -> None:
    """Have the calls of a file feed nothing but the files that are kept; cut off a line that is not whole.

    Whatever is collected again is fed by the calls of the new attempt alone.
    """
    with storage.replacing(path) as output:
        for call, line in _whole(path):
            fed = not call.file or call.file in kept
            output.write(line if fed else strictjson.line(strictjson.loads(line) | {"file": ""}))


def ordered(path: Path, kept: Container[str], number: int) -> Iterator[bytes]:
    """Yield the lines of a file of calls in the order of sending, numbered from `number` on.

    A call whose file is not among those kept fed none: its unit became a gap. Calls that were under way when
    a process died were never added: those that follow move up. Raises StorageError for what is no call.
    """
    if not path.exists():
        return
    try:
        yield from _ordered(path, kept, number)
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{path} is not what was written.", "Go on with --resume: its job starts again."
        ) from error


def _ordered(path: Path, kept: Container[str], number: int) -> Iterator[bytes]:
    sent: list[int] = []  # any number: who knows what wrote it
    offsets, at = array("q"), 0
    with path.open("rb", _BUFFER) as lines:
        for line in lines:
            sent.append(_number_of(line))
            offsets.append(at)
            at += len(line)
        for place in sorted(range(len(sent)), key=sent.__getitem__):
            lines.seek(offsets[place])
            yield _numbered(lines.readline(), number, kept)
            number += 1


def _number_of(line: bytes) -> int:
    found = _SEQ.findall(line)
    return int(found[0]) if len(found) == 1 else CallRecord.model_validate(strictjson.loads(line)).seq


def _numbered(line: bytes, number: int, kept: Container[str]) -> bytes:
    """Return the line of a call as it is published; not written anew where its number alone changes."""
    call = strictjson.loads(line)
    if not call["file"] or call["file"] in kept:
        anew, count = _SEQ.subn(b"%d" % number, line)
        if count == 1:
            return anew
        return strictjson.line(call | {"seq": number})
    return strictjson.line(call | {"seq": number, "file": ""})


def _whole(path: Path) -> Iterator[tuple[CallRecord, bytes]]:
    """Yield the calls in a file, up to the first line that is not whole; none without a file."""
    if not path.exists():
        return
    with path.open("rb", _BUFFER) as lines:
        for line in lines:
            try:
                call = CallRecord.model_validate(strictjson.loads(line))
            except ValueError:
                return
            if not line.endswith(b"\n"):
                return
            yield call, line
