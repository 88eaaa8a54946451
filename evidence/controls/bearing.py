"""Holds a statement of management's against the tests that bear on it: their results stand beside it.

A statement that an exception denies stays what it is, management's word, and is shown as contradicted.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, timedelta

from evidence.controls.declaration import Bearing, Conclusion, ControlTest, Verdict
from evidence.controls.results import BearingResult, TestResult
from evidence.controls.row_results import RowResult


def beside_statement(
    stated: TestResult, test: ControlTest, performed: Mapping[str, TestResult], day: date
) -> TestResult:
    """Return the result of an attested test with those that bear on it; `day` is that of the collection."""
    attested = stated.conclusion is Conclusion.ATTESTED
    bearing = tuple(_bearing(test, performed, day, attested))
    denials = "; ".join(f"{one.test}: {one.contradicts}" for one in bearing if one.contradicts)
    reason = f"{stated.reason} Contradicted by {denials}." if denials else stated.reason
    return stated.model_copy(update={"bearing": bearing, "reason": reason})


def _bearing(
    test: ControlTest, performed: Mapping[str, TestResult], day: date, attested: bool
) -> Iterator[BearingResult]:
    for one in test.bearings:
        if result := performed.get(one.test):
            failing = result.rows.with_verdict((Verdict.EXCEPTION, Verdict.ACCEPTED))
            denied = attested and one.denies and any(_denies(one, row, day) for row in failing)
            yield BearingResult(
                test=result.id,
                conclusion=result.conclusion,
                complete=result.complete,
                exceptions=result.exceptions,
                accepted=result.accepted,
                contradicts=one.denies if denied else "",
            )


def _denies(bearing: Bearing, row: RowResult, day: date) -> bool:
    """Say whether a row is an exception that denies what is stated."""
    failing = row.verdict is Verdict.EXCEPTION or (row.verdict is Verdict.ACCEPTED and bearing.when_accepted)
    if not bearing.after_days or not failing:
        return failing
    return row.since is not None and row.since.astimezone(UTC).date() < day - timedelta(bearing.after_days)
