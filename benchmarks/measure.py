"""Timing of whole processes and of functions: medians, ratios within one run, peak memory."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ours against the peer, in the same run."""

    what: str
    ours: float
    peer: float | None
    """None for a figure that is compared with nothing but its goal."""
    goal: float
    note: str = ""

    @property
    def figure(self) -> float:
        """Ours over the peer's, or ours."""
        return self.ours if self.peer is None else self.ours / self.peer

    def __str__(self) -> str:
        verdict = "met" if self.figure <= self.goal else "MISSED"
        peer = "" if self.peer is None else f"{self.peer:.3f}"
        figures = f"{self.ours:9.3f} {peer:>9} {self.figure:8.2f} {self.goal:8.2f}"
        return f"{self.what:<52} {figures}  {verdict:<6} {self.note}"


HEADER = f"{'what':<52} {'ours':>9} {'peer':>9} {'figure':>8} {'goal':>8}"


def pairwise(ours: Callable[[], object], peer: Callable[[], object], runs: int = 5) -> tuple[float, float]:
    """Return the median seconds of each, taken in turn so that a drifting machine favours neither."""
    return medians(partial(seconds_of, ours), partial(seconds_of, peer), runs)


def medians(ours: Callable[[], float], peer: Callable[[], float], runs: int = 5) -> tuple[float, float]:
    """Return the median of what each returns, called in turn."""
    taken = [(ours(), peer()) for _ in range(runs)]
    return statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken)


def seconds_of(function: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long a call takes, by this clock."""
    started = clock()
    function()
    return clock() - started


@dataclass(frozen=True, slots=True)
class Used:
    """What a process took."""

    seconds: float
    processor: float
    """Seconds of processor time, its children's included."""
    megabytes: int
    """Its peak resident memory."""


def process(
    command: Sequence[str | Path],
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    accepted: Sequence[int] = (0,),
    watch: Callable[[int], object] = id,
) -> Used:
    """Run a command to its end, silently; `watch` is given its process id, and may look until it ends.

    Raises RuntimeError for an exit code that is not accepted.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=said
        )
        watch(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in accepted:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise RuntimeError(f"{command[0]} ended with {child.returncode}: {words}")
    return Used(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
