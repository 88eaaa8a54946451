"""Runs `evidence period` over the year's archive, and reads what it says."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from evidence.period.model import PeriodResults
from tests.year.dates import moment_of
from tests.year.making import stated
from tests.year.world import CERTIFICATE, World

MADE = "report"


@dataclass(frozen=True, slots=True)
class YearReport:
    """What the command left."""

    folder: Path
    results: PeriodResults


def report(world: World, first: date, last_day: float) -> YearReport:
    """Report from a day on to the day of the last collection, an hour after it.

    Raises RuntimeError when the command fails.
    """
    files = stated(world.scratch / "stated", last_day)
    output = world.folder / MADE
    shutil.rmtree(output, ignore_errors=True)
    world.set(moment_of(last_day + 1))
    flags = [f"--{kind}={path}" for name, path in files.items() if (kind := Path(name).stem) in GIVEN]
    world.evidence(
        "period", *world.signing(), "--from", str(first), "--to", str(moment_of(last_day).date()), *flags,
        "--trust", CERTIFICATE, "--trust-tsa", world.authority.root, "--output", output, "--quiet",
        ends=(0, 3),
    )  # fmt: skip
    (written,) = output.rglob("period.json")
    return YearReport(written.parent, PeriodResults.model_validate_json(written.read_bytes()))


GIVEN = ("people", "exceptions")
"""What of management's statements is stated about a period."""
