"""What more accounts cost: `make scale ACCOUNTS="1 10 100 1000"`, or `python -m benchmarks.scale 1 10 100`.

For each size a generated organization is served by processes of its own; then it is collected, verified,
tested and reported by the commands as a user would. One account is the caller's own, without an organization.
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
from tests.support.make_samples import SIGNER

SEED, PROCESSES = 7, 2
FLAT = 1.3
"""What the largest organization's peak may be, over that of 20 accounts."""
BASE = 20
SMALLEST, FEWEST_REGIONS = 3, 2
"""What `tests.aws_server` generates at least."""
DEADLINE = 86_400
"""Seconds; what is not read by then would be a gap, and the figures those of another run."""
REPORT = (0, 3)
"""Exit codes: done, or done with gaps."""
HEADER = (
    f"{'accounts':>8} {'files':>9} {'calls':>9} {'MB':>7} | collect {'wall s':>8} {'CPU s':>8} {'MiB':>6} "
    + " ".join(f"| {stage} {'CPU s':>{13 - len(stage)}} {'MiB':>6}" for stage in ("verify", "test", "report"))
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
    test: Used
    report: Used

    def __str__(self) -> str:
        ours = self.collect
        read = " ".join(
            f"| {used.processor:>14.1f} {used.megabytes:>6,}"
            for used in (self.verify, self.test, self.report)
        )
        return (
            f"{self.accounts:>8,} {self.files:>9,} {self.calls:>9,} {self.octets / 1e6:>7,.0f} | "
            f"{ours.seconds:>16.1f} {ours.processor:>8.1f} {ours.megabytes:>6,} {read}"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What is served, and how it is collected."""

    regions: int
    latency: float
    """Seconds before each answer."""
    workers: int
    """Calls at once."""


STAGES: dict[str, Callable[[Point], Used]] = {
    "collect": lambda point: point.collect,
    "verify": lambda point: point.verify,
    "test": lambda point: point.test,
    "report": lambda point: point.report,
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
    """Serve an organization, collect it; verify, test and report the bundle."""
    with tempfile.TemporaryDirectory(prefix="evidence-scale-") as scratch, _served(accounts, asked) as given:
        made = collected(Path(scratch) / "out", given, *_flags(accounts, asked), accepted=REPORT)
        files = [path for path in made.folder.rglob("*") if path.is_file()]

        def used(*words: str | Path) -> Used:
            evidence = [sys.executable, "-m", "evidence", *words, "--quiet", made.folder]
            return process(evidence, env=given, accepted=REPORT)

        return Point(
            accounts,
            len(files),
            made.calls,
            sum(path.stat().st_size for path in files),
            collect=made.used,
            verify=used("verify", "--integrity-only"),
            test=used("test"),
            report=used("report", *SIGNER, "--output", Path(scratch) / "report"),
        )


def findings(points: Sequence[Point]) -> Iterator[str]:
    """Yield how time and memory grow, and whether memory is flat."""
    if len(points) > 1:
        yield "Exponents over accounts (1: in proportion; 0: not at all), by least squares on logarithms:"
        for stage, used in STAGES.items():
            for what, measure in MEASURES.items():
                slope = exponent([(point.accounts, measure(used(point))) for point in points])
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
    given = parser.parse_args()
    sizes = sorted(given.accounts)
    if any(1 < size < SMALLEST for size in sizes):
        parser.error(f"an organization has at least {SMALLEST} accounts")
    return sizes, Asked(given.regions, given.latency, given.workers)


if __name__ == "__main__":
    main()
