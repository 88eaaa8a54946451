"""Reports over the year's archive with `evidence period`, or as that does it, without drawing anything."""

import shutil
from datetime import date
from pathlib import Path

from evidence.archive.folder import FolderStore
from evidence.period.given import read_given
from evidence.period.make import PeriodRequest, make
from evidence.period.model import PeriodResults
from evidence.period.opened import Period
from evidence.period.source import PackSeries, Reading
from evidence.settings.model import Settings
from evidence.signatures.trust import load_trust
from tests.year.dates import date_of
from tests.year.making import stated
from tests.year.world import CERTIFICATE, World

MADE = "report"
GIVEN = ("people", "exceptions")
"""What of management's statements is stated about a period."""


def report(world: World, first: date, last_day: float) -> PeriodResults:
    """Report with the command, from a day to that of the last collection; it is left in the world's folder.

    Raises RuntimeError when the command fails.
    """
    output = world.folder / MADE
    shutil.rmtree(output, ignore_errors=True)
    world.evidence(
        "period", *world.signing(), "--from", str(first), "--to", str(date_of(last_day)),
        *(f"--{kind}={path}" for kind, path in _given(world, last_day).items()),
        "--trust", CERTIFICATE, "--trust-tsa", world.authority.root, "--output", output, "--quiet",
        ends=(0, 3),
    )  # fmt: skip
    (written,) = output.rglob("period.json")
    return PeriodResults.model_validate_json(written.read_bytes())


def results(world: World, first: date, last_day: float) -> PeriodResults:
    """Return what the command would write into period.json, made in this process."""
    given = read_given(_given(world, last_day), ())
    period, defaults = Period(first, date_of(last_day)), Settings()
    reading = Reading(world.now(), load_trust(CERTIFICATE, None), lambda _text: None)
    series = PackSeries(FolderStore(world.archive), reading, period, None)
    hours = defaults.thresholds.leaver_access_hours
    return make(series, PeriodRequest(period, defaults.period, hours, given)).results


def _given(world: World, last_day: float) -> dict[str, Path]:
    """Write what management states on the day after the last one, and have it be that day."""
    world.on(last_day + 1)
    files = stated(world.scratch / "stated", last_day)
    return {Path(name).stem: path for name, path in files.items() if Path(name).stem in GIVEN}
