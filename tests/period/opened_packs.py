"""Bundles in memory as a report over a period is given them, without packs: for what looks at many."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import BundleKind
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.diff import SealedResults, take_snapshot
from evidence.period.model import PeriodBundle
from evidence.period.opened import OpenedPack
from evidence.readers.organizations import accounts_left_out
from evidence.statements.files import NOTHING_STATED, Statements
from tests.controls.world import World, good

FIRST = datetime(2026, 1, 1, 6, tzinfo=UTC)
Change = Any


def pack(
    number: int,
    world: World,
    *,
    day: int,
    tests: Iterable[str] = ("MFA-1",),
    before: bool = False,
    statements: Statements = NOTHING_STATED,
    sealed: Results | None = None,
) -> OpenedPack:
    """Return a pack of a world, collected so many days after the year began."""
    moment = FIRST + timedelta(days=day)
    world.options.setdefault("now", moment)
    bundle = world.bundle()
    results = run_tests(bundle, [catalogue()[one] for one in tests], statements)
    about = PeriodBundle(
        number=number, bundle=bundle.name, digest=bundle.digest, pack="a.zip", pack_sha256="0" * 64,
        content=BundleKind.COLLECTION, before=before, sequence=number, started=bundle.run.started,
        finished=bundle.run.finished, signer="1" * 64, stamped=None, made_with="1", accounts=1,
        left_out=len(accounts_left_out(bundle)), gaps=len(bundle.gaps), settings_differ=(),
    )  # fmt: skip
    snapshot = take_snapshot(bundle, results, SealedResults(sealed, "0" * 64) if sealed else None)
    return OpenedPack(number, about, bundle, results, sealed, statements, snapshot)


def world_with(changes: Sequence[Change] = ()) -> World:
    """Return the account in good order, changed."""
    world = good()
    for change in changes:
        change(world)
    return world
