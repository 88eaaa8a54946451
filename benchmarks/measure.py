"""Timing of whole processes and of functions: medians, ratios within one run, peak memory."""

import os
import statistics
import subprocess
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


def process(command: Sequence[str | Path], cwd: Path | None = None, env: dict[str, str] | None = None) -> int:
    """Run a command to its end, silently; return its peak resident memory in MiB."""
    child = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    words = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}: {words.decode(errors='replace')}")
    return usage.ru_maxrss // 1024
