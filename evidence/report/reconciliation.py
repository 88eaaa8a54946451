"""The page of populations and what they reconcile to, as the report and the workbook show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.bundle.reader import Bundle
from evidence.controls.reconciliation import Reconciled, reconcile
from evidence.controls.results import Results, TestResult
from evidence.report.model import moment

TOPIC = "Completeness and accuracy"
MISSING = "—"
AGREES = "none"

SHEET = "Reconciliation"
TITLE = "Populations and the independent figures they reconcile to"
COLUMNS = (
    ("Population", 34), ("Account", 15), ("Item", 30), ("Query with parameters", 60), ("From (UTC)", 20),
    ("To (UTC)", 20), ("By", 50), ("Records", 10), ("Reconciles to", 45), ("Figure", 10), ("Difference", 11),
    ("Cause", 60),
)  # fmt: skip
"""The workbook's columns: (title, width in characters)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One population as printed."""

    population: str
    account: str
    item: str
    query: str
    asked: str
    records: str
    against: str
    figure: str
    difference: str
    cause: str
    attention: bool
    """The two differ, or could not be compared."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page: each population, and what the tests of completeness concluded."""

    lines: tuple[Line, ...]
    by: str
    tests: tuple[TestResult, ...]
    differing: int


def page(bundle: Bundle, results: Results) -> Page:
    """Return the page of a bundle."""
    lines = tuple(_line(found) for found in reconcile(bundle))
    return Page(
        lines=lines,
        by=bundle.run.caller_start.arn,
        tests=tuple(test for test in results.tests if test.topic == TOPIC),
        differing=sum(line.attention for line in lines),
    )


def _line(found: Reconciled) -> Line:
    difference = found.difference
    return Line(
        population=found.population,
        account=found.account,
        item=found.item,
        query=found.query,
        asked=_span(found.first, found.last),
        records=_number(found.records),
        against=found.against,
        figure=_number(found.figure),
        difference=MISSING if difference is None else f"{difference:+,d}" if difference else AGREES,
        cause=found.cause,
        attention=difference != 0,
    )


def _number(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return MISSING
    return f"{moment(first).removesuffix(' UTC')} to {moment(last)[11:]}"


def rows(bundle: Bundle) -> Sequence[tuple[object, ...]]:
    """Return the workbook's rows, in the order of COLUMNS."""
    return [
        (
            found.population, found.account, found.item, found.query, found.first, found.last, found.by,
            found.records, found.against, found.figure, found.difference, found.cause,
        )
        for found in reconcile(bundle)
    ]  # fmt: skip
