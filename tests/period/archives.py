"""Archives of small packs, each of a world as it was on a day, made in process."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.archive.archive import open_archive
from evidence.archive.store import store_at
from evidence.clock import frozen_clock
from evidence.controls.engine import run_tests
from evidence.period.given import NOTHING_GIVEN, GivenFiles
from evidence.period.make import MadePeriod, PeriodRequest, make
from evidence.period.opened import Period
from evidence.period.source import PackSeries, Reading
from evidence.settings.period import PeriodSettings
from evidence.signatures.trust import Trust
from evidence.statements.files import NOTHING_STATED, Statements
from tests.controls.world import ACCOUNT_TARGET, World, good, password
from tests.support.identity import signer
from tests.support.packs import draw

SCOPE = "aws:123456789012"
LATER = datetime(2026, 10, 1, 7, tzinfo=UTC)
"""When reports are made: after every bundle here."""
PERIOD = Period(datetime(2026, 9, 3, tzinfo=UTC).date(), datetime(2026, 10, 1, tzinfo=UTC).date())
Change = Callable[[World], object]


@dataclass(frozen=True)
class Day:
    """What is collected on a day of September 2026."""

    day: int
    changes: tuple[Change, ...] = ()
    statements: Statements = NOTHING_STATED
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def moment(self) -> datetime:
        return datetime(2026, 9, self.day, 6, tzinfo=UTC)


def without_mfa(world: World) -> None:
    """Give a user a password without MFA: an exception of MFA-1."""
    world.report[2] |= password(10, 1, mfa=False)
    world.records["iam.account-summary"][ACCOUNT_TARGET][0]["MFADevicesInUse"] -= 1


def archive_of(folder: Path, days: Iterable[Day]) -> Path:
    """Make an archive of these days below a folder; return its own."""
    archive = folder / "archive"
    for number, one in enumerate(days, 1):
        with open_archive(archive) as opened:
            place = opened.claim(SCOPE)
            pack = _pack(folder / str(number), one, sequence=place.sequence, previous=place.previous)
            opened.add(pack, signer(), frozen_clock(one.moment + timedelta(minutes=5)))
    return archive


def _pack(folder: Path, one: Day, **place: Any) -> Path:
    folder.mkdir(parents=True)
    world = good()
    for change in one.changes:
        change(world)
    world.options.update(signer=signer(), now=one.moment, **place, **dict(one.options))
    bundle = world.written(folder)
    stated = []
    for kind, file in one.statements.given():
        stated.append(folder / kind.file)
        stated[-1].write_bytes(file.content)
    results = run_tests(bundle, statements=one.statements)
    return draw(bundle, results.to_bytes(), folder, now=one.moment).pack(stated=tuple(stated))


def series_of(
    archive: Path, period: Period = PERIOD, *, trust: Trust | None = None, scope: str | None = None
) -> PackSeries:
    """Open an archive whose signer is trusted."""
    trusted = Trust((signer().certificate,)) if trust is None else trust
    return PackSeries(store_at(archive), Reading(LATER, trusted, lambda _: None), period, scope)


def made(
    archive: Path, period: Period = PERIOD, given: GivenFiles = NOTHING_GIVEN, **settings: Any
) -> MadePeriod:
    """Make the report over an archive."""
    return make(series_of(archive, period), PeriodRequest(period, PeriodSettings(**settings), 24, given))
