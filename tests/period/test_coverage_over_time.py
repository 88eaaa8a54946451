"""Which days have evidence: what counts, and where there are too few."""

from datetime import date, timedelta

import pytest

from evidence.bundle.format.models import AccountState
from evidence.period.coverage import CoverageGatherer
from evidence.period.model import CoveredDay, ItemOverTime
from evidence.period.opened import Period
from evidence.period.unknown import BundleFacts
from tests.period.opened_packs import FIRST, pack, world_with
from tests.support.bundles import ACCOUNT, gap

REPORT = "iam.credential-report"
MEMBER = "222222222222"


def _day(number: int) -> date:
    return (FIRST + timedelta(days=number)).date()


YEAR = Period(_day(0), _day(99))


def _denied(world) -> None:
    del world.records[REPORT]
    world.options["gaps"] = [gap(REPORT)]


def _member(in_scope: bool):
    def change(world) -> None:
        state = AccountState(account=MEMBER, state="ACTIVE", in_scope=in_scope, reason="told so")
        own = AccountState(account=ACCOUNT, state="ACTIVE", in_scope=True, reason="asked")
        world.options["account_states"] = (own, state)
        world.options["accounts"] = (ACCOUNT, MEMBER) if in_scope else (ACCOUNT,)

    return change


def _over(*days: int | tuple[int, object], every: int | None = 10) -> ItemOverTime:
    """Return what bundles of these days, each perhaps changed, show; a negative day lies before."""
    gatherer = CoverageGatherer(YEAR, {REPORT: every} if every else {})
    for number, one in enumerate(days, 1):
        day, *changes = one if isinstance(one, tuple) else (one,)
        made = pack(number, world_with(changes), day=day, before=day < 0, tests=())
        gatherer.add(made)
    return next(one for one in gatherer.finish() if one.item == REPORT)


def _holes(found: ItemOverTime) -> list[tuple[int, int]]:
    return [((one.first - _day(0)).days, (one.last - _day(0)).days) for one in found.holes]


EVERY_TEN = tuple(range(0, 100, 10))


def test_as_often_as_asked() -> None:
    found = _over(*EVERY_TEN)
    assert (found.met, found.longest, found.holes) == (True, 9, ())


@pytest.mark.parametrize(
    ("days", "holes"),
    [
        ((*range(0, 50, 10), *range(51, 100, 9)), [(41, 50)]),
        ((10, *range(20, 100, 10)), [(0, 9)]),
        ((-1, 9, *range(19, 100, 10)), []),
        ((-3, 9, *range(19, 100, 10)), [(0, 8)]),
        (tuple(range(0, 90, 10)), [(81, 99)]),
        (tuple(range(0, 91, 10)), []),
        ((), [(0, 99)]),
    ],
    ids=["between", "beginning", "covered from before", "from before, too long", "end", "to the end", "none"],
)  # fmt: skip
def test_where_holes_are(days: tuple[int, ...], holes: list[tuple[int, int]]) -> None:
    found = _over(*days)
    assert (_holes(found), found.met) == (holes, not holes)


def test_a_gap_is_no_evidence_and_a_hole_says_so() -> None:
    found = _over(*EVERY_TEN[:4], (40, _denied), *EVERY_TEN[5:])
    assert _holes(found) == [(31, 49)]
    assert "bundle 5 shows nothing: iam.credential-report of 123456789012" in found.holes[0].why
    assert len(found.days) == 9


def test_a_part_does_not_count() -> None:
    """One bundle leaves out an account that the others cover; their own accounts' evidence is a gap there."""
    days = [(day, _member(True)) for day in EVERY_TEN]
    found = _over(*days[:4], (40, _member(False)), *days[5:])
    assert {one.shown for one in found.days} == {CoveredDay.PART}
    assert found.days[4].why == f"1 account that other bundles cover left out: {MEMBER}"
    assert _holes(found) == [(0, 99)]


def test_an_account_that_none_covers_takes_nothing_away() -> None:
    assert _over(*((day, _member(False)) for day in EVERY_TEN)).met is True


def test_an_account_that_is_closed_is_not_left_out() -> None:
    """Nor is the reason for it one of those that are told."""

    def closed(world) -> None:
        state = AccountState(account="3" * 12, state="SUSPENDED", in_scope=False, reason="nobody gets in")
        world.options["account_states"] += (state,)

    facts = BundleFacts()
    facts.add(pack(1, world_with([_member(False), closed]), day=0, tests=()))
    (said,) = (one.sentence for one in facts.unknown(YEAR, ()) if "leave out" in one.sentence)
    assert said.endswith("up to 1 (told so): nothing here is about these.")


def test_nothing_is_asked_of_what_the_settings_do_not_name() -> None:
    found = _over(0, every=None)
    assert (found.every_days, found.met, found.holes, found.longest) == (None, None, (), 99)


def test_an_item_that_no_bundle_has() -> None:
    gatherer = CoverageGatherer(YEAR, {"config.rules": 200})
    gatherer.add(pack(1, world_with([lambda world: world.records.pop("config.rules")]), day=0, tests=()))
    found = gatherer.finish()[0]
    assert (found.item, found.met, found.days) == ("config.rules", False, ())
    assert found.holes[0].why == "bundle 1 shows nothing: config.rules is not part of this bundle"
