"""Prepares the tests for printing: those over the whole period, and each over time with its exceptions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evidence.controls.declaration import Conclusion, Severity, Verdict
from evidence.period.model import (
    ConclusionPoint,
    ExceptionOverTime,
    PeriodPointer,
    PeriodResults,
    PeriodRow,
    PeriodTestResult,
    Remediation,
    TestOverTime,
)
from evidence.period.render.words import WEIGHT, PeriodWords, along, days, differs
from evidence.report.conclusions import ConclusionMark, mark

MOST_EXCEPTIONS, FEWEST, MOST_OF_ONE = 150, 3, 12
"""Printed over all tests, of each one though others' are heavier, and of one though there is room; the
workbook has every one."""
MOST_ROWS, MOST_SEALED, MOST_POINTERS, MOST_NAMES = 25, 6, 3, 60
_OPEN = (Verdict.EXCEPTION, Verdict.NOT_DETERMINED)
STYLES = {
    Remediation.OVERDUE: ("▲", "exception"), Remediation.LATE: ("▲", "exception"),
    Remediation.OPEN: ("○", "open"), Remediation.NOT_DETERMINED: ("?", "open"),
    Remediation.ACCEPTED: ("◆", "attested"), Remediation.IN_TIME: ("✓", "ok"),
}  # fmt: skip
"""Symbol and style of what became of an exception; the word stands beside them."""


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A member that fails or is not determined, as printed."""

    row: PeriodRow
    name: str
    """What people call it; empty where the subject says that."""
    pointers: tuple[PeriodPointer, ...]
    more_pointers: int


@dataclass(frozen=True, slots=True)
class AcceptedRows:
    """Members that one statement of management's accepts, together."""

    approver: str
    note: str
    severity: Severity | None
    names: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class PeriodTestView:
    """A test over the whole period, ready to print."""

    result: PeriodTestResult
    mark: ConclusionMark
    rows: tuple[PrintedRow, ...]
    more: int
    accepted: tuple[AcceptedRows, ...]

    @property
    def counted(self) -> str:
        """`Considered 240, out of scope 22, population 218, inspected 218`."""
        one = self.result
        return (
            f"Considered {one.considered:,}, out of scope {one.out_of_scope:,}, "
            f"population {one.population_size:,}, inspected {one.inspected:,}"
        )


@dataclass(frozen=True, slots=True)
class PrintedException:
    """One stretch in which an exception stood, as printed."""

    stretch: ExceptionOverTime
    mark: ConclusionMark
    began: str
    ended: str
    seen: str
    days: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """A test over time, ready to print."""

    number: int
    test: TestOverTime
    along: tuple[tuple[str, str], ...]
    sealed: tuple[ConclusionPoint, ...]
    more_sealed: int
    exceptions: tuple[PrintedException, ...]
    more: int

    @property
    def quiet(self) -> bool:
        """Nothing is to be said of it beyond its line."""
        return not (self.test.exceptions or self.sealed)


def over_period(results: PeriodResults) -> tuple[PeriodTestView, ...]:
    """Return the tests over the whole period with what fails, is not determined, or is accepted."""
    return tuple(map(_view, results.over_period))


def _view(one: PeriodTestResult) -> PeriodTestView:
    beside = "not complete" if one.conclusion is Conclusion.EXCEPTIONS and not one.complete else ""
    rows = sorted((row for row in one.rows if row.verdict in _OPEN), key=_rank)
    return PeriodTestView(
        one, mark(one.conclusion, beside), tuple(map(_row, rows[:MOST_ROWS])), max(0, len(rows) - MOST_ROWS),
        tuple(_accepted(one.rows)),
    )  # fmt: skip


def _name(row: PeriodRow) -> str:
    return row.attributes.get("name", "") or row.attributes.get("person", "")


def _row(row: PeriodRow) -> PrintedRow:
    name = _name(row)
    shown = "" if name and name in row.subject else name
    return PrintedRow(row, shown, row.pointers[:MOST_POINTERS], max(0, len(row.pointers) - MOST_POINTERS))


def _accepted(rows: Iterable[PeriodRow]) -> Iterator[AcceptedRows]:
    """Yield what is accepted, alike together: one statement may accept many."""
    found: dict[tuple[str, str, Severity | None], list[str]] = {}
    for row in rows:
        if row.verdict is Verdict.ACCEPTED:
            found.setdefault((row.approver, row.note, row.severity), []).append(_name(row) or row.subject)
    for (approver, note, severity), names in found.items():
        yield AcceptedRows(approver, note, severity, tuple(sorted(names)[:MOST_NAMES]), len(names))


def _rank(row: PeriodRow) -> tuple[int, int]:
    return _OPEN.index(row.verdict), -row.severity.weight if row.severity else 0


def lines(results: PeriodResults) -> tuple[LineView, ...]:
    """Return every test over time; of its exceptions as many as there is room for, the heaviest first."""
    words = PeriodWords(results)
    room = _room(results.tests)
    return tuple(
        _line(number, test, room[test.id], words) for number, test in enumerate(results.tests, start=1)
    )


def _room(tests: Sequence[TestOverTime]) -> Counter[str]:
    """Return how many exceptions of each test are printed: some of each, then the heaviest of all."""
    room = Counter({test.id: min(FEWEST, len(test.exceptions)) for test in tests})
    others = sorted(
        (order(one), test.id)
        for test in tests
        for one in sorted(test.exceptions, key=order)[FEWEST:MOST_OF_ONE]
    )
    room.update(test for _, test in others[: max(0, MOST_EXCEPTIONS - room.total())])
    return room


def order(one: ExceptionOverTime) -> tuple[int, int, int]:
    """Return what exceptions are sorted by: what became of them, how heavy they are, when they began."""
    return WEIGHT[one.remediation], -one.severity.weight, one.first


def _line(number: int, test: TestOverTime, room: int, words: PeriodWords) -> LineView:
    sealed = [point for point in test.line if differs(point)]
    shown = sorted(test.exceptions, key=order)[:room]
    return LineView(
        number, test, tuple(along(test.line)), tuple(sealed[:MOST_SEALED]), max(0, len(sealed) - MOST_SEALED),
        tuple(_printed(one, words) for one in shown), len(test.exceptions) - len(shown),
    )  # fmt: skip


def _printed(one: ExceptionOverTime, words: PeriodWords) -> PrintedException:
    began, ended = words.stood(one)
    symbol, style = STYLES[one.remediation]
    span = f"bundle {one.first}" if one.first == one.last else f"bundles {one.first} to {one.last}"
    return PrintedException(
        one, ConclusionMark(one.remediation.value, symbol, style), began, ended, span,
        days(one.least_days, one.most_days), tuple(map(words.accepted, one.accepted)),
    )  # fmt: skip
