"""Makes the year's archive: a pack a week and a bundle a review, in the order of their days.

What is there already is kept, so that an archive that is half made is gone on with: its index tells how far
it is.
"""

import math
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from evidence.archive.archive import open_archive
from evidence.archive.folder import FolderStore
from evidence.bundle import open_bundle
from evidence.clock import shifted_clock
from evidence.controls.engine import run_tests
from evidence.demo_account.paperwork import WRITTEN_FOR, paperwork
from evidence.demo_account.people_list import NAME as PEOPLE
from evidence.demo_account.people_list import people_csv
from evidence.statements.files import read_statements
from tests.support.make_samples import sample_signer
from tests.support.packs import draw
from tests.year import reviewing
from tests.year.dates import date_of, moment_of
from tests.year.reviewing import reviews
from tests.year.world import World

Done = TypeVar("Done")
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


def steps(days: Sequence[float], *, drawn: bool) -> list[Step]:
    """Return what is to be done: collections on these days, and the reviews that lie between them.

    With `drawn`, packs have a blank report in the place of the one that takes most of a run's time.
    """
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
        _, cost = timed(f"{moment_of(step.day):%Y-%m-%d} {step.what}", partial(step.do, world))
        yield cost


def timed(what: str, do: Callable[[], Done]) -> tuple[Done, StepCost]:
    """Do something; return what comes of it, and what it took."""
    began, processor = time.monotonic(), _processor_seconds()
    done = do()
    return done, StepCost(what, time.monotonic() - began, _processor_seconds() - processor)


def _processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def stated(folder: Path, day: float) -> dict[str, Path]:
    """Write what management states into a folder, and the list of people as of a day; return files by name.

    All but the list is the same all year: acceptances begin and end by their own dates.
    """
    folder.mkdir(exist_ok=True)
    files = paperwork(folder, WRITTEN_FOR)
    files[PEOPLE].write_bytes(people_csv(date_of(day), math.floor(day)))
    return files


def _run(day: float, world: World) -> None:
    flags = [f"--{Path(name).stem}={path}" for name, path in stated(world.scratch / "stated", day).items()]
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
    bundle, files = open_bundle(sealed, now=world.now()), stated(world.scratch / "stated", day)
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
    with open_archive(FolderStore(world.archive)) as archive:
        archive.add(pack, sample_signer(), shifted_clock(world.now()))
    shutil.rmtree(output)
