"""Makes the year's archive: a pack a week and a bundle a review, in the order of their days.

What is there already is kept, so that an archive that is half made is gone on with: its index tells how far
it is.
"""

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from evidence.demo_account.paperwork import WRITTEN_FOR, paperwork
from tests.year.dates import is_missed, moment_of, weekly
from tests.year.world import World

WITHIN = timedelta(hours=1)
"""No step takes longer; the next one is of a later hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done on a day of the year."""

    day: float
    what: str
    do: Callable[[World], None]
    """Leaves another pack in the archive."""

    def is_done(self, world: World) -> bool:
        """Say whether the archive has what it leaves."""
        begun = moment_of(self.day)
        sealed = (datetime.fromisoformat(entry["sealed"]) for entry in world.entries())
        return any(begun <= one < begun + WITHIN for one in sealed)


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a step took, in seconds."""

    what: str
    wall: float
    processor: float


def steps(weeks: int) -> list[Step]:
    """Return what is to be done in so many weeks, in order."""
    found = [Step(day, "collect", partial(_collect, day)) for day in weekly(weeks) if not is_missed(day)]
    return sorted(found, key=lambda one: one.day)


def make_archive(world: World, weeks: int) -> Iterator[StepCost]:
    """Do what is not done yet; yield what each step took. Raises RuntimeError when a command fails."""
    for step in steps(weeks):
        if step.is_done(world):
            continue
        began, processor = time.monotonic(), _processor_seconds()
        step.do(world)
        name = f"{moment_of(step.day):%Y-%m-%d} {step.what}"
        yield StepCost(name, time.monotonic() - began, _processor_seconds() - processor)


def _processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def stated(folder: Path) -> list[str]:
    """Write what management states into a folder, the same all year; return the flags that name it."""
    folder.mkdir(exist_ok=True)
    return [f"--{Path(name).stem}={path}" for name, path in paperwork(folder, WRITTEN_FOR).items()]


def _collect(day: float, world: World) -> None:
    output = world.scratch / "out"
    with world.served(day) as env:
        world.evidence(
            "run", *world.signing(), "--output", output, *stated(world.scratch / "stated"), "--quiet", env=env
        )
    shutil.rmtree(output)
