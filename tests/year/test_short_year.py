"""Three weeks of the year, collected and reported on: `make year` does it with all 53, and draws each."""

from collections.abc import Iterator

import pytest

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
