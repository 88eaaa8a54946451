"""Watches a process and those it starts, each by itself: processor time and peak memory, by Linux's /proc."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY = 0.2
"""Seconds between looks: what a child does after the last one is not seen."""
_TOLD_EVERY = 30.0
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """What one process took."""

    processor: float
    """Seconds."""
    megabytes: int
    """Its peak resident memory."""


class Family:
    """What each process of a command took; `watch` goes to `measure.process`."""

    def __init__(self, told: Callable[[], object] = str) -> None:
        """Have `told` say how far it is, now and then, on stderr."""
        self._told = told
        self._used: dict[int, ProcessUse] = {}
        self._first = 0
        self.seconds = 0.0
        """From its start to its end."""

    @property
    def first(self) -> ProcessUse:
        """The command's own process."""
        return self._used[self._first]

    @property
    def others(self) -> list[ProcessUse]:
        """Those it started, the busiest first."""
        others = (used for pid, used in self._used.items() if pid != self._first)
        return sorted(others, key=lambda used: -used.processor)

    @property
    def busiest(self) -> float:
        """Seconds of processor time of the busiest."""
        return max(used.processor for used in self._used.values())

    def watch(self, first: int) -> None:
        """Look again and again, until the process has ended and waits for its parent."""
        self._first, started, spoken = first, time.monotonic(), 0.0
        while os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            self._look()
            if (elapsed := time.monotonic() - started) > spoken + _TOLD_EVERY:
                spoken = elapsed
                print(f"… {elapsed:.0f} s, {self}, {self._told()}", file=sys.stderr, flush=True)
            time.sleep(_EVERY)
        self.seconds = time.monotonic() - started
        self._look()

    def _look(self) -> None:
        members = {self._first}
        for pid, parent, processor in sorted(_processes()):
            if pid == self._first or parent in members:
                members.add(pid)
                before = self._used.get(pid, ProcessUse(0.0, 0))
                self._used[pid] = ProcessUse(processor, max(before.megabytes, _peak(pid)))

    def __str__(self) -> str:
        return " + ".join(f"{one.processor:.1f} s {one.megabytes} MiB" for one in (self.first, *self.others))


def _processes() -> list[tuple[int, int, float]]:
    """Return id, parent and seconds of processor time of each process; its children's are not in it."""
    found = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # ended just now
            continue
        found.append((int(folder.name), int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS))
    return found


def _peak(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text(errors="replace")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) // 1024 for words in lines), 0)
