"""Three weeks of the year, collected and reported on: `make year` does it with all 53, and draws each."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from evidence.controls.declaration import Verdict
from evidence.period.happened import PopulationMember
from evidence.period.model import PeriodResults
from tests.year.comparing import compare
from tests.year.dates import collected, date_of
from tests.year.making import make_archive, steps
from tests.year.reporting import results
from tests.year.world import World

WEEKS = (13, 20, 21)
"""In the first a recorder stands still; then comes a hole, in which keys turn and people join and leave; in
the second somebody who left still has access, and in the third no more."""
DAYS = collected(WEEKS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeriodResults]:
    with World(tmp_path_factory.mktemp("year")) as world:
        for _ in make_archive(world, steps(DAYS, drawn=True)):
            pass
        yield results(world, date_of(DAYS[0]), DAYS[-1])


def test_the_report_says_what_the_script_planted_and_nothing_else(told: PeriodResults) -> None:
    compared = compare(told, DAYS)
    assert not compared.differences, "\n".join(compared.differences)
    assert compared.statements.total() > 1000


def without_an_event(told: PeriodResults) -> PeriodResults:
    return told.model_copy(update={"events": told.events[1:]})


def later_by_a_second(told: PeriodResults) -> PeriodResults:
    """Move the end of what ended first."""
    moved = [
        population.model_copy(update={"members": tuple(map(_moved, population.members))})
        for population in told.populations
    ]
    return told.model_copy(update={"populations": tuple(moved)})


def _moved(member: PopulationMember) -> PopulationMember:
    presences = [
        one.model_copy(update={"ended": one.ended + timedelta(seconds=1)}) if one.ended else one
        for one in member.presences
    ]
    return member.model_copy(update={"presences": tuple(presences)})


def nobody_late(told: PeriodResults) -> PeriodResults:
    tests = [
        one.model_copy(
            update={"rows": tuple(row for row in one.rows if row.verdict is not Verdict.EXCEPTION)}
        )
        for one in told.over_period
    ]
    return told.model_copy(update={"over_period": tuple(tests)})


def an_exception_less(told: PeriodResults) -> PeriodResults:
    tests = [
        one.model_copy(update={"exceptions": one.exceptions[1:]}) if one.id == "CFG-1" else one
        for one in told.tests
    ]
    return told.model_copy(update={"tests": tuple(tests)})


@pytest.mark.parametrize(
    ("change", "about"),
    [
        (without_an_event, "events: the record alone has"),
        (later_by_a_second, "ended: key"),
        (nobody_late, "JML-2 over the period: the record alone has"),
        (an_exception_less, "exceptions of CFG-1: the record alone has"),
    ],
)
def test_a_report_that_says_otherwise_is_found_out(
    told: PeriodResults, change: Callable[[PeriodResults], PeriodResults], about: str
) -> None:
    assert any(one.startswith(about) for one in compare(change(told), DAYS).differences)
