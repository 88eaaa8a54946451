"""Holds all that a report over the year says against the record."""

from collections.abc import Sequence

from evidence.period.model import PeriodResults
from tests.year.check import Comparison, check_bundles, check_events
from tests.year.check_exceptions import check_exceptions
from tests.year.check_people import check_people
from tests.year.check_populations import check_populations


def compare(results: PeriodResults, days: Sequence[float]) -> Comparison:
    """Return what a report over collections of these days says otherwise than the record."""
    compared = Comparison()
    check_bundles(results, compared, days)
    check_events(results, compared)
    check_populations(results, compared)
    check_exceptions(results, compared)
    check_people(results, compared)
    return compared
