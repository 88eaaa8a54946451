"""Which exceptions a report prints: the heaviest; of the others, how many where."""

import pytest

from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult, Rows
from evidence.report.conclusions import (
    ACCOUNTS_COUNTED,
    FEWEST_EXCEPTIONS,
    LINES,
    TestView,
    views,
)
from tests.controls.test_totals import KNOWN, results


def noted(name: str, severity: Severity, *by_account: int) -> TestResult:
    """A test with so many exceptions in each account."""
    rows = [
        RowResult(
            subject=f"{account}/{number}", account=f"{account:012}", region="", verdict=Verdict.EXCEPTION,
            observed="o", expected="e", pointers=(), since=None, note="", attributes={}, severity=severity,
        )
        for account, count in enumerate(by_account) for number in range(count)
    ]  # fmt: skip
    return KNOWN.model_copy(
        update={"id": name, "rows": Rows.of(rows), "exceptions": len(rows), "severity": severity}
    )


def shown(*tests: TestResult) -> dict[str, TestView]:
    made: Results = results(*tests)
    return {view.result.id: view for view in views(made)}


def test_room_that_is_left_is_used() -> None:
    others = [noted(f"KEY-{number}", Severity.MEDIUM, 1) for number in range(32)]
    made = shown(noted("AA-2", Severity.CRITICAL, 4), *others)
    assert (len(made["AA-2"].rows), made["AA-2"].more, made["AA-2"].more_by_account) == (4, 0, "")
    made = shown(noted("AA-2", Severity.CRITICAL, 300))
    assert len(made["AA-2"].rows) == LINES


def test_the_heaviest_go_first_and_no_test_goes_without() -> None:
    made = shown(
        noted("LOW", Severity.LOW, 90),
        noted("CRITICAL", Severity.CRITICAL, 60),
        noted("HIGH", Severity.HIGH, 90),
    )
    assert {name: len(view.rows) for name, view in made.items()} == {
        "LOW": FEWEST_EXCEPTIONS, "CRITICAL": 60, "HIGH": LINES - 60 - FEWEST_EXCEPTIONS,
    }  # fmt: skip


@pytest.mark.parametrize("tests", [40, 70])
def test_alike_tests_share_it(tests: int) -> None:
    made = shown(*(noted(f"KEY-{number}", Severity.HIGH, 9) for number in range(tests)))
    counts = [len(view.rows) for view in made.values()]
    assert sum(counts) == max(LINES, tests * FEWEST_EXCEPTIONS)
    assert max(counts) - min(counts) <= 1


def test_the_others_are_counted_by_account() -> None:
    made = shown(noted("AA-2", Severity.HIGH, 90, 7, 12, 4, 4, 4, 4, 3))["AA-2"]
    assert made.more == 28
    assert len(made.more_by_account.split(", ")) == ACCOUNTS_COUNTED
    assert made.more_by_account.startswith("000000000002 (9), 000000000003 (4), ")
    assert made.more_by_account.endswith("000000000007 (3)")
    many = shown(noted("AA-2", Severity.HIGH, *range(30, 0, -1)))["AA-2"]
    assert many.more_by_account.endswith(" and 21 more accounts (224)")


def test_one_account_is_not_told_apart_by_account() -> None:
    (view,) = views(results(noted("AA-2", Severity.HIGH, LINES + 5)))
    assert (len(view.rows), view.more, view.more_by_account) == (LINES, 5, "")
