"""The call ledger: keeps every call of a run, in the order of sending, in bounded memory."""

import os
import sys
import tempfile
import threading
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO

from evidence.aws.calls import Call
from evidence.bundle import strictjson
from evidence.bundle.models import CallRecord, ClockSkew
from evidence.clock import clock_skew
from evidence.collect.encoding import plain

_IN_MEMORY = 4 * 1024 * 1024
"""Bytes; a larger ledger goes to an unnamed file beside the bundle."""


class Ledger:
    """Collects calls from all threads; a few dozen bytes of memory a call, however long the run."""

    def __init__(self, folder: Path, name: str = "") -> None:
        """Keep calls in `folder`: in a file of that name for a run that can be resumed, or an unnamed one."""
        self._guard = threading.Lock()
        self._lines: IO[bytes] = (
            (folder / name).open("a+b", buffering=0)
            if name
            else tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115
        )
        self._seqs = array("q")
        self._offsets = array("q")
        self._files: list[str] = []
        self._size = 0
        self._calls_of: Counter[str] = Counter()
        self._depth_of: dict[str, int] = {}
        self._skew = _Skew()
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
            self._note(call.seq, len(line), call.file, call.depth)
            self._skew.note(call.aws_date, call.started, call.finished)

    def _note(self, seq: int, length: int, file: str, depth: int) -> None:
        self._seqs.append(seq)
        self._offsets.append(self._size)
        self._files.append(sys.intern(file))
        self._size += length
        self._calls_of[file] += 1
        self._depth_of[file] = max(self._depth_of.get(file, 0), depth)
        self._deepest = max(self._deepest, depth)

    def resume(self, done: Container[str]) -> None:
        """Take up the calls of a run that died; those of units not done fed nothing.

        A last line that was cut short is cut off.
        """
        self._lines.seek(0)
        for line in iter(self._lines.readline, b""):
            try:
                call = CallRecord.model_validate(strictjson.loads(line))
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            self._note(call.seq, len(line), call.file if call.file in done else "", call.depth)
            self._skew.note(call.aws_date, call.started, call.finished)
            self.calls = max(self.calls, call.seq)
        self._lines.truncate(self._size)

    def sync(self) -> None:
        """Bring what was added to disk."""
        if self._size:
            os.fsync(self._lines.fileno())

    def calls_of(self, file: str) -> int:
        """Return how many ended calls fed a file."""
        return self._calls_of[file]

    def depth_of(self, file: str) -> int:
        """Return the length of the longest chain of calls that fed a file, 0 when none did."""
        return self._depth_of.get(file, 0)

    def lines(self, kept: Container[str]) -> Iterator[bytes]:
        """Yield the lines of calls.jsonl, in the order of sending.

        A call whose file is not among those kept fed none: its unit became a gap, or started again. The calls
        that were under way when a run died were never added: those that follow move up.
        """
        order = sorted(range(len(self._seqs)), key=self._seqs.__getitem__)
        for number, index in enumerate(order, start=1):
            self._lines.seek(self._offsets[index])
            line = self._lines.readline()
            changed: dict[str, object] = {} if self._files[index] in kept else {"file": ""}
            if self._seqs[index] != number:
                changed["seq"] = number
            yield strictjson.line(strictjson.loads(line) | changed) if changed else line

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


class _Skew:
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
