"""What more accounts cost: `make scale ACCOUNTS="1 10 100 1000"`, or `python -m benchmarks.scale 1 10 100`.

For each size a generated organization is served by processes of its own, and collected, verified and tested
by the commands as a user would. One account is the caller's own, without an organization. Testing takes
longest and is left out for more accounts than `--tested`.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.collection import ORGANIZATION, collected, served
from benchmarks.measure import Used, process

SEED, PROCESSES = 7, 2
FLAT = 1.3
"""What the largest organization's peak may be, over that of 20 accounts."""
BASE = 20
SMALLEST, FEWEST_REGIONS = 3, 2
"""What the sample server generates at least."""
DEADLINE = 86_400
"""Seconds; what is not read by then would be a gap, and the figures those of another run."""
REPORT = (0, 3)
"""Exit codes: done, or done with gaps."""
HEADER = (
    f"{'accounts':>8} {'files':>9} {'calls':>9} {'MB':>7} | {'wall s':>8} {'CPU s':>8} {'calls/s':>8} "
    f"{'MiB':>6} | {'verify s':>8} {'MiB':>6} | {'test s':>8} {'MiB':>6}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One size, measured."""

    accounts: int
    files: int
    calls: int
    octets: int
    """Bytes of all files."""
    collect: Used
    verify: Used
    test: Used | None
    """None when there were too many accounts."""

    def __str__(self) -> str:
        ours, speed = self.collect, self.calls / self.collect.seconds
        return (
            f"{self.accounts:>8,} {self.files:>9,} {self.calls:>9,} {self.octets / 1e6:>7,.0f} | "
            f"{ours.seconds:>8.1f} {ours.processor:>8.1f} {speed:>8.0f} {ours.megabytes:>6,} | "
            f"{self.verify.seconds:>8.1f} {self.verify.megabytes:>6,} | {self._tested()}"
        )

    def _tested(self) -> str:
        return f"{self.test.seconds:>8.1f} {self.test.megabytes:>6,}" if self.test else f"{'-':>8} {'-':>6}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is served, and how it is collected."""

    regions: int
    latency: float
    """Seconds before each answer."""
    workers: int
    """Calls at once."""
    tested: int
    """The most accounts whose bundle is tested too."""


STAGES: dict[str, Callable[[Point], Used | None]] = {
    "collect": lambda point: point.collect,
    "verify": lambda point: point.verify,
    "test": lambda point: point.test,
}
MEASURES: dict[str, Callable[[Used], float]] = {
    "time": lambda used: used.seconds,
    "processor": lambda used: used.processor,
    "memory": lambda used: used.megabytes,
}


def main() -> None:
    """Measure each size, print the table and what follows from it."""
    sizes, asked = _arguments()
    load = os.getloadavg()[0]
    print(
        f"{asked.regions} regions, latency {asked.latency * 1000:.0f} ms, {asked.workers} workers, ", end=""
    )
    print(f"{os.cpu_count()} processors, load before {load:.1f}\n\n{HEADER}", flush=True)
    points = []
    for accounts in sizes:
        points.append(measured(accounts, asked))
        print(points[-1], flush=True)
    print()
    for line in findings(points):
        print(line)


def measured(accounts: int, asked: Asked) -> Point:
    """Serve an organization, collect it, verify and test the bundle."""
    with tempfile.TemporaryDirectory(prefix="evidence-scale-") as scratch, _served(accounts, asked) as given:
        made = collected(Path(scratch) / "out", given, *_flags(accounts, asked), accepted=REPORT)
        evidence = [sys.executable, "-m", "evidence"]
        files = [path for path in made.folder.rglob("*") if path.is_file()]
        return Point(
            accounts,
            len(files),
            made.calls,
            sum(path.stat().st_size for path in files),
            collect=made.used,
            verify=process([*evidence, "verify", "--integrity-only", "--quiet", made.folder]),
            test=process([*evidence, "test", "--quiet", made.folder], accepted=REPORT)
            if accounts <= asked.tested
            else None,
        )


def findings(points: Sequence[Point]) -> Iterator[str]:
    """Yield how time and memory grow, and whether memory is flat."""
    if len(points) > 1:
        yield "Exponents over accounts (1: in proportion; 0: not at all), by least squares on logarithms:"
        for stage, used in STAGES.items():
            known = [(point.accounts, one) for point in points if (one := used(point))]
            for what, measure in MEASURES.items():
                if len(known) > 1:
                    slope = exponent([(accounts, measure(one)) for accounts, one in known])
                    yield f"  {stage:<8}{what:<12}{slope:5.2f}"
    base = next((point for point in points if point.accounts >= BASE), None)
    if base is not None and base is not points[-1]:
        ratio = points[-1].collect.megabytes / base.collect.megabytes
        verdict = "ok" if ratio <= FLAT else "MISSED"
        yield f"Peak at {points[-1].accounts:,} / at {base.accounts:,}: {ratio:.2f} ({FLAT}: {verdict})"


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of a line through the logarithms: b of y = a·x^b."""
    logarithms = [(math.log(x), math.log(y)) for x, y in points]
    return statistics.linear_regression(*zip(*logarithms, strict=True)).slope


def _served(accounts: int, asked: Asked) -> AbstractContextManager[dict[str, str]]:
    return served(
        asked.latency,
        accounts=max(accounts, SMALLEST),
        regions=max(asked.regions, FEWEST_REGIONS),
        seed=SEED,
        processes=PROCESSES,
    )


def _flags(accounts: int, asked: Asked) -> list[str]:
    flags = ["--deadline", str(DEADLINE), "--workers", str(asked.workers)]
    flags += ORGANIZATION if accounts > 1 else ()
    flags += ("--regions", "us-east-1") if asked.regions < FEWEST_REGIONS else ()
    return flags


def _arguments() -> tuple[list[int], Asked]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", nargs="+", type=int, help="sizes, in rising order")
    parser.add_argument("--regions", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--tested", type=int, default=100)
    given = parser.parse_args()
    sizes = sorted(given.accounts)
    if any(1 < size < SMALLEST for size in sizes):
        parser.error(f"an organization has at least {SMALLEST} accounts")
    return sizes, Asked(given.regions, given.latency, given.workers, given.tested)


if __name__ == "__main__":
    main()
