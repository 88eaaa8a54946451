"""Makes the year's archive: a pack a week and a bundle a review, in the order of their days.

What is there already is kept, so that an archive that is half made is gone on with: its index tells how far
it is.
"""

import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from evidence.bundle import open_bundle
from evidence.clock import shifted_clock
from evidence.controls.engine import run_tests
from evidence.demo_account.paperwork import WRITTEN_FOR, paperwork
from evidence.statements.files import read_statements
from tests.support.make_samples import sample_signer
from tests.support.packs import draw
from tests.year import reviewing
from tests.year.dates import is_missed, moment_of, weekly
from tests.year.reviewing import reviews
from tests.year.world import World

NEED_A_REPORT = ("controls.toml", "requests.toml", "logo.png")
"""Statements from which pages of the report are made, and lists of those pages."""
WITHIN = timedelta(hours=1)
"""No step takes longer; the next one is of a later hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done on a day of the year."""

    day: float
    what: str
    do: Callable[[World], None]
    done: Callable[[World], bool]


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a step took, in seconds."""

    what: str
    wall: float
    processor: float


def steps(weeks: Sequence[int], *, drawn: bool) -> list[Step]:
    """Return what is to be done in these weeks, in order.

    With `drawn`, packs have a blank report in the place of the one that takes most of a run's time.
    """
    days = [day for week, day in enumerate(weekly()) if week in weeks and not is_missed(day)]
    collect = _collect_and_draw if drawn else _run
    found = [Step(day, "collect", partial(collect, day), partial(_is_sealed, day)) for day in days]
    for one in reviews():
        if days[0] <= one.opening and one.closing <= days[-1]:
            opening, sealed = partial(reviewing.open_review, one), partial(_is_sealed, one.closing)
            found.append(Step(one.opening, "review open", opening, partial(reviewing.is_open, one)))
            found.append(Step(one.closing, "review close", partial(reviewing.close_review, one), sealed))
    return sorted(found, key=lambda one: one.day)


def _is_sealed(day: float, world: World) -> bool:
    """Say whether the archive has what a step of a day leaves."""
    begun = moment_of(day)
    sealed = (datetime.fromisoformat(entry["sealed"]) for entry in world.entries())
    return any(begun <= one < begun + WITHIN for one in sealed)


def make_archive(world: World, wanted: Sequence[Step]) -> Iterator[StepCost]:
    """Do what is not done yet; yield what each step took. Raises RuntimeError when a command fails."""
    for step in wanted:
        if step.done(world):
            continue
        began, processor = time.monotonic(), _processor_seconds()
        step.do(world)
        name = f"{moment_of(step.day):%Y-%m-%d} {step.what}"
        yield StepCost(name, time.monotonic() - began, _processor_seconds() - processor)


def _processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def stated(folder: Path) -> dict[str, Path]:
    """Write what management states into a folder, the same all year; return the files by name."""
    folder.mkdir(exist_ok=True)
    return paperwork(folder, WRITTEN_FOR)


def _run(day: float, world: World) -> None:
    flags = [f"--{Path(name).stem}={path}" for name, path in stated(world.scratch / "stated").items()]
    output = world.scratch / "out"
    with world.served(day) as env:
        world.evidence("run", *world.signing(), "--output", output, *flags, "--quiet", env=env)
    shutil.rmtree(output)


def _collect_and_draw(day: float, world: World) -> None:
    output = world.scratch / "out"
    output.mkdir()
    with world.served(day) as env:
        world.evidence("collect", *world.signing(), "--output", output, "--quiet", env=env)
    (sealed,) = output.glob("evidence-*")
    bundle, files = open_bundle(sealed), stated(world.scratch / "stated")
    files = {name: path for name, path in files.items() if name not in NEED_A_REPORT}
    statements = read_statements({Path(name).stem: path for name, path in files.items()})
    results = run_tests(bundle, statements=statements).to_bytes()
    parts = draw(bundle, results, output, sample_signer(), world.now())
    pack = parts.pack(
        f"{bundle.name}.zip",
        sample_signer(),
        stated=tuple(files.values()),
        clock=shifted_clock(world.now()),
    )
    world.evidence("archive", "add", pack, *world.keeping(), "--quiet")
    shutil.rmtree(output)
