"""Prepares the tests' conclusions for printing, test by test; `executive_summary` has them in total."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain

from evidence.controls import topics as control_topics
from evidence.controls.declaration import Conclusion, Severity, Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowRemedy, RowResult
from evidence.controls.totals import beside
from evidence.report.model import day, plural
from evidence.report.names import name_subject, population_pointer, short_subject
from evidence.statements.records import Response
from evidence.statements.shapes import StatedControl

LINES = 100
"""Exceptions printed over all tests, and lines of what is missing: pages do not grow with the account."""
FEWEST_EXCEPTIONS = 2
"""Of each test, though the others' are heavier."""
ACCOUNTS_COUNTED = 6
"""Of those whose exceptions are not printed."""
FEWEST_MISSING = 3
# Symbol and style of each conclusion. The symbol carries the meaning where colour is lost.
MARKS = {
    Conclusion.NO_EXCEPTIONS: ("✓", "ok"),
    Conclusion.EXCEPTIONS: ("▲", "exception"),
    Conclusion.NOT_CONCLUDED: ("?", "open"),
    Conclusion.NOT_APPLICABLE: ("–", "none"),
    Conclusion.ATTESTED: ("◆", "attested"),
}

DENIED = "open"
"""The style of a statement that tests contradict."""
SERIOUS = (Severity.CRITICAL, Severity.HIGH)


@dataclass(frozen=True, slots=True)
class ConclusionMark:
    """A conclusion as printed: word, symbol, style."""

    word: str
    symbol: str
    style: str
    beside: str = ""
    """`not complete`, where other evidence is missing; `contradicted by ROOT-3`, of a statement."""


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One exception, accepted or not, or one member the evidence does not settle, as printed."""

    subject: str
    where: str
    observed: str
    expected: str
    since: str
    pointers: str
    note: str
    determined: bool
    severity: str
    """Of an exception; empty otherwise."""
    accepted: str
    """Who accepted it and until when; empty for nobody."""
    response: Response | None
    remedy: RowRemedy | None


@dataclass(frozen=True, slots=True)
class TestView:
    """One test of controls, ready to print."""

    __test__ = False  # not a pytest class

    number: int
    result: TestResult
    among_accounts: bool
    """The report is about several accounts: a subject says of which it is."""
    mark: ConclusionMark
    rows: tuple[ExceptionRow, ...]
    more: int
    more_by_account: str
    """How many of those that are not printed each account has; empty for a bundle of one account."""
    missing_shown: int
    elsewhere: str
    controls: tuple[StatedControl, ...]
    """The entity's own controls that it looks at."""
    requests: tuple[str, ...]
    """Numbers of the auditor's requests that it answers."""

    @property
    def counted(self) -> str:
        """`Considered 40, out of scope 6 (why), population 34, inspected 34`."""
        words = self.result.population_in_words
        return words[0].upper() + words[1:]

    @property
    def attested(self) -> bool:
        """Concluded from management's word alone: there is no population."""
        return self.result.topic == control_topics.ATTESTED.name

    @property
    def in_full(self) -> bool:
        """It has a part of a page of its own: exceptions, accepted or not, or something that stays open."""
        return not self.attested and (bool(self.rows) or not self.result.complete)

    @property
    def expected(self) -> str:
        """What is expected of every row; empty where rows differ in it."""
        said = {row.expected for row in self.rows}
        return said.pop() if len(said) == 1 else ""

    @property
    def remedy(self) -> RowRemedy | None:
        """What to do about its exceptions, once; with the names filled in where there is one alone."""
        if not self.result.exceptions:
            return None
        alone = self.rows[0].remedy if self.result.exceptions == 1 and self.rows else None
        return alone or self.result.remedy


@dataclass(frozen=True, slots=True)
class Topic:
    """Tests under one heading."""

    number: int
    name: str
    tests: tuple[TestView, ...]


def mark(conclusion: Conclusion, beside: str = "") -> ConclusionMark:
    """Return how a conclusion is printed."""
    symbol, style = MARKS[conclusion]
    return ConclusionMark(conclusion.value, symbol, style, beside)


def _mark(result: TestResult) -> ConclusionMark:
    """Return how a test's conclusion is printed; a statement that tests deny never as one that holds."""
    made = mark(result.conclusion, beside(result))
    return replace(made, style=DENIED) if result.contradicted_by else made


def views(results: Results, *, among_accounts: bool = False) -> list[TestView]:
    """Return every test, in the order of the results, with the heaviest exceptions of all."""
    tests = results.tests
    found = [_heaviest(test, LINES) for test in tests]
    room = _shared([[_order(row) for row in one.rows] for one in found], FEWEST_EXCEPTIONS)
    found = [replace(one, rows=one.rows[:most]) for one, most in zip(found, room, strict=True)]
    missing = _shared([[()] * len(test.holes) for test in tests], FEWEST_MISSING)
    return [
        _view(number, results, *one, among_accounts=among_accounts)
        for number, one in enumerate(zip(tests, found, missing, strict=True), start=1)
    ]


@dataclass(frozen=True, slots=True)
class _HeaviestRows:
    """What a test has to print of its members: the heaviest, and how many each account has."""

    rows: Sequence[RowResult]
    by_account: Counter[str]

    @property
    def left(self) -> Counter[str]:
        """How many are not among them, by account."""
        return self.by_account - Counter(row.account for row in self.rows)

    @property
    def left_in_words(self) -> str:
        """`111122223333 (20) and 5 more accounts (7)`; empty where all are of one account."""
        if sum(map(bool, self.by_account)) < 2:
            return ""
        ranked = sorted(self.left.items(), key=lambda entry: (-entry[1], entry[0]))
        named, others = ranked[:ACCOUNTS_COUNTED], ranked[ACCOUNTS_COUNTED:]
        shown = ", ".join(f"{account or 'of no one account'} ({count:,})" for account, count in named)
        more = f" and {plural(len(others), 'more account')} ({sum(count for _, count in others):,})"
        return shown + (more if others else "")


_PRINTED = (Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED)


def _heaviest(test: TestResult, most: int) -> _HeaviestRows:
    by_account: Counter[str] = Counter()

    def counted() -> Iterator[RowResult]:
        for row in chain.from_iterable(test.rows.with_verdict((verdict,)) for verdict in _PRINTED):
            by_account[row.account] += 1
            yield row

    return _HeaviestRows(nsmallest(most, counted(), key=_order), by_account)


def _order(row: RowResult) -> tuple[int, int]:
    """Sort by this to have exceptions first, the heaviest of them before others."""
    return _PRINTED.index(row.verdict), lightness(row)


def _shared(lines: Sequence[Sequence[tuple[int, ...]]], fewest: int) -> list[int]:
    """Return how many lines of each test there is room for: the fewest of each, then those first in order."""
    ranked = sorted(
        (rank >= fewest, order, rank, number)
        for number, orders in enumerate(lines)
        for rank, order in enumerate(orders)
    )
    needed = sum(not further for further, *_ in ranked)
    shown = Counter(number for *_, number in ranked[: max(LINES, needed)])
    return [shown[number] for number in range(len(lines))]


def _view(
    number: int,
    results: Results,
    result: TestResult,
    found: _HeaviestRows,
    missing: int,
    *,
    among_accounts: bool,
) -> TestView:
    return TestView(
        number=number,
        result=result,
        among_accounts=among_accounts,
        mark=_mark(result),
        rows=tuple(_row(row, among_accounts=among_accounts) for row in found.rows),
        more=found.left.total(),
        more_by_account=found.left_in_words,
        missing_shown=missing,
        elsewhere=population_pointer(result.topic, result.id),
        controls=results.controls_of(result.id),
        requests=results.requests_of(result.id),
    )


def lightness(found: RowResult | TestResult) -> int:
    """Sort by this to have the heaviest exceptions first."""
    return -found.severity.weight if found.severity else 0


def _row(row: RowResult, *, among_accounts: bool) -> ExceptionRow:
    name, short = name_subject(row), short_subject(row.subject)
    pointers = ", ".join(map(str, row.pointers[:3]))
    pointers += f" and {len(row.pointers) - 3} more" if len(row.pointers) > 3 else ""
    subject = short if name in short else f"{name} ({short})"
    return ExceptionRow(
        subject=subject,
        where=" ".join(
            part
            for part in (row.account, row.region)
            if part and part not in subject and (among_accounts or part not in pointers)
        ),
        observed=row.observed,
        expected=row.expected,
        since=day(row.since) if row.since else "",
        pointers=pointers,
        note=row.note,
        determined=row.verdict is not Verdict.NOT_DETERMINED,
        severity=row.severity.value if row.severity else "",
        accepted=_accepted(row),
        response=row.response,
        remedy=row.remedy,
    )


def _accepted(row: RowResult) -> str:
    if row.accepted is None:
        return ""
    return f"Accepted by {row.accepted.approver} until {row.accepted.expires_on}."


def topics(tests: Sequence[TestView]) -> list[Topic]:
    """Return the tests that have a part of a page, under their headings, in the order of the results."""
    grouped: dict[str, list[TestView]] = {}
    for test in tests:
        if test.in_full:
            grouped.setdefault(test.result.topic, []).append(test)
    return [
        Topic(number, name, tuple(members)) for number, (name, members) in enumerate(grouped.items(), start=1)
    ]
