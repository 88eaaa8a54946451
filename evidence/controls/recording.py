"""Writes down what the rule of a test gives, row by row, and notes beside it what is asked of all rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.controls.counts import most_frequent_first, why_out_of_scope
from evidence.controls.declaration import ControlTest, Row, Verdict
from evidence.controls.doubts import Doubt, doubt_of
from evidence.controls.inspection import Inspection
from evidence.controls.remedies import arns_of, remedy_of
from evidence.controls.row_results import RowFile, RowResult, Rows


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """An inspection that is over."""

    inspection: Inspection
    rows: Rows
    why_outside: Mapping[str, int]
    """Why rows are out of scope, each reason with its number."""
    doubts: tuple[Doubt, ...]
    """The contradictions that the rows show, of a test that reconciles."""
    nameable: tuple[Row, ...]
    """All rows, where entries of management's may name them; else none, as they are on disk."""


def record(inspection: Inspection, file: RowFile, *, named: bool = False) -> InspectionRecord:
    """Run the rule of an inspection and write its rows into a file; `named` where entries name the test."""
    test = inspection.test
    why: Counter[str] = Counter()
    doubts: list[Doubt] = []
    nameable: list[Row] = []

    def results() -> Iterator[RowResult]:
        for row in inspection.rows():
            if reason := why_out_of_scope(row):
                why[reason] += 1
            if doubt := doubt_of(test, row):
                doubts.append(doubt)
            if named:
                nameable.append(row)
            yield _result(test, row)

    rows = Rows.of(results(), file)
    return InspectionRecord(inspection, rows, most_frequent_first(why), tuple(doubts), tuple(nameable))


def _result(test: ControlTest, row: Row) -> RowResult:
    """Return a rule's row as a result; exceptions have a severity, their own or the test's."""
    failing = row.verdict in (Verdict.EXCEPTION, Verdict.ACCEPTED)
    return RowResult(
        subject=row.subject,
        account=row.account,
        region=row.region,
        verdict=row.verdict,
        observed=row.observed,
        expected=row.expected,
        pointers=row.pointers,
        since=row.since,
        note=row.note,
        attributes=dict(row.attributes),
        severity=(row.severity or test.severity) if failing else None,
        arns=arns_of(row),
        remedy=remedy_of(test.remedy, row) if failing else None,
    )
