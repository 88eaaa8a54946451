"""The call ledger: keeps every call of a run, in the order of sending, in bounded memory."""

import tempfile
import threading
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from evidence.aws.calls import Call
from evidence.bundle import strictjson
from evidence.bundle.models import CallRecord, ClockSkew
from evidence.clock import clock_skew
from evidence.collect.encoding import plain

_IN_MEMORY = 4 * 1024 * 1024
"""Bytes; a larger ledger goes to an unnamed file beside the bundle."""


class Ledger:
    """Collects calls from all threads; a few dozen bytes of memory a call, however long the run."""

    def __init__(self, folder: Path) -> None:
        self._guard = threading.Lock()
        self._lines = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self._seqs = array("q")
        self._offsets = array("q")
        self._files: list[str] = []
        self._size = 0
        self._calls_of: Counter[str] = Counter()
        self._depth_of: dict[str, int] = {}
        self._skew = _Skew()
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
            self._seqs.append(call.seq)
            self._offsets.append(self._size)
            self._files.append(call.file)
            self._size += len(line)
            self._calls_of[call.file] += 1
            self._depth_of[call.file] = max(self._depth_of.get(call.file, 0), call.depth)
            self._skew.note(call)

    def calls_of(self, file: str) -> int:
        """Return how many ended calls fed a file."""
        return self._calls_of[file]

    def depth_of(self, file: str) -> int:
        """Return the length of the longest chain of calls that fed a file, 0 when none did."""
        return self._depth_of.get(file, 0)

    def lines(self, kept: Container[str]) -> Iterator[bytes]:
        """Yield the lines of calls.jsonl, in the order of sending.

        A call whose file is not among those kept fed none: its unit became a gap.
        """
        for index in sorted(range(len(self._seqs)), key=self._seqs.__getitem__):
            self._lines.seek(self._offsets[index])
            line = self._lines.readline()
            if self._files[index] not in kept:
                line = strictjson.line(strictjson.loads(line) | {"file": ""})
            yield line

    @property
    def deepest(self) -> int:
        """The length of the longest chain of calls so far."""
        with self._guard:
            return max(self._depth_of.values(), default=0)

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

    def note(self, call: Call) -> None:
        if call.aws_date is None:
            return
        self.first = min(self.first or call.aws_date, call.aws_date)
        self.last = max(self.last or call.aws_date, call.aws_date)
        skew = clock_skew(call.aws_date, call.started, call.finished)
        self.largest = max(self.largest or 0.0, skew)
