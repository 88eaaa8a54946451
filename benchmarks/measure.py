"""Timing of whole processes and of functions: medians, ratios within one run, peak memory."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ours against the peer, in the same run."""

    what: str
    ours: float
    peer: float
    goal: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.ours / self.peer

    def __str__(self) -> str:
        verdict = "ok" if self.ratio <= self.goal else "MISSED"
        figures = f"{self.ours:9.3f} {self.peer:9.3f} {self.ratio:7.2f} {self.goal:6.2f}"
        return f"{self.what:<44} {figures}  {verdict:<6} {self.note}"


HEADER = f"{'what':<44} {'ours':>9} {'peer':>9} {'ratio':>7} {'goal':>6}"


def pairwise(ours: Callable[[], object], peer: Callable[[], object], runs: int = 5) -> tuple[float, float]:
    """Return the median seconds of each, taken in turn so that a drifting machine favours neither."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for function, seconds in zip((ours, peer), times, strict=True):
            started = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


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
) -> Used:
    """Run a command to its end, silently. Raises RuntimeError for an exit code that is not accepted."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in accepted:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise RuntimeError(f"{command[0]} ended with {child.returncode}: {words}")
    return Used(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
