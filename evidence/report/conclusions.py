"""Prepares the tests' conclusions for printing: in total, by criterion, and test by test."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain

from evidence.controls import topics as control_topics
from evidence.controls.declaration import Conclusion, Family, Severity, Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowRemedy, RowResult
from evidence.controls.totals import NOT_COMPLETE, TestsTotal, beside, totals
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
NAMED = 3
"""Serious exceptions named beside a criterion."""

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

# In our own words; the criteria themselves are the AICPA's (TSC 2017, points of focus revised in 2022).
CRITERIA = {
    "CC4.1": "Management evaluates whether its controls are present and working",
    "CC5.2": "General controls over technology support the objectives",
    "CC6.1": "Logical access is restricted by software and architecture",
    "CC6.2": "Credentials go to authorised people and are removed when no longer needed",
    "CC6.3": "Access follows roles, least privilege and segregation of duties",
    "CC6.4": "Physical access to protected assets is restricted",
    "CC6.6": "The boundary is protected against access from outside",
    "CC7.1": "Configurations are watched for change to something weaker",
    "CC7.2": "Anomalies are watched for and evaluated",
}
OTHER_CRITERION = "As mapped in the settings of this run"


@dataclass(frozen=True, slots=True)
class ConclusionMark:
    """A conclusion as printed: word, symbol, style."""

    word: str
    symbol: str
    style: str
    beside: str = ""
    """`not complete`, where other evidence is missing; `contradicted by ROOT-3`, of a statement."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion and what the tests mapped to it concluded."""

    id: str
    meaning: str
    counts: dict[str, int]
    """By conclusion's word."""
    overall: ConclusionMark
    tests: tuple[int, ...]
    """Positions of the mapped tests."""
    serious: str
    """Critical and high exceptions by subject: `user/anna (USER-1), role/ci (TRUST-1) and 3 more`."""

    @property
    def without_serious(self) -> str:
        """What stands where none is known: a test that did not conclude may hide some."""
        unknown = self.counts[Conclusion.NOT_CONCLUDED.value]
        return f"none found; {plural(unknown, 'test')} not concluded" if unknown else "none"


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


@dataclass(frozen=True, slots=True)
class SummaryTiles:
    """How the tests of one family ended, a tile each."""

    name: str
    tests: int
    tiles: tuple[tuple[ConclusionMark, int], ...]
    """Of every conclusion, in the order of MARKS."""


@dataclass(frozen=True, slots=True)
class ExecutiveSummary:
    """The executive summary."""

    headlines: tuple[str, ...]
    """Controls and the reliability of the evidence: two sums, never added up."""
    sums: tuple[SummaryTiles, ...]
    criteria: tuple[Criterion, ...]
    open: tuple[TestView, ...]
    """Tests that did not see all the evidence, whether exceptions are known or not."""
    noted: tuple[TestView, ...]
    """Tests with exceptions, the heaviest first."""
    contradicted: tuple[TestView, ...]
    """Statements of management that exceptions deny."""
    unreliable: tuple[TestView, ...]
    """Tests of the reliability of the evidence that found something, or could not look."""

    @property
    def headline(self) -> str:
        """Both sums in one line."""
        return " ".join(self.headlines)


def mark(conclusion: Conclusion, beside: str = "") -> ConclusionMark:
    """Return how a conclusion is printed."""
    symbol, style = MARKS[conclusion]
    return ConclusionMark(conclusion.value, symbol, style, beside)


def _mark(result: TestResult) -> ConclusionMark:
    """Return how a test's conclusion is printed; a statement that tests deny never as one that holds."""
    made = mark(result.conclusion, beside(result))
    return replace(made, style=DENIED) if result.contradicted_by else made


def views(results: Results) -> list[TestView]:
    """Return every test, in the order of the results, with the heaviest exceptions of all."""
    tests = results.tests
    found = [_heaviest(test, LINES) for test in tests]
    room = _shared([[_order(row) for row in one.rows] for one in found], FEWEST_EXCEPTIONS)
    found = [replace(one, rows=one.rows[:most]) for one, most in zip(found, room, strict=True)]
    missing = _shared([[()] * len(test.holes) for test in tests], FEWEST_MISSING)
    return [
        _view(number, results, *one)
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
    return _PRINTED.index(row.verdict), _lightness(row)


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


def _view(number: int, results: Results, result: TestResult, found: _HeaviestRows, missing: int) -> TestView:
    return TestView(
        number=number,
        result=result,
        mark=_mark(result),
        rows=tuple(map(_row, found.rows)),
        more=found.left.total(),
        more_by_account=found.left_in_words,
        missing_shown=missing,
        elsewhere=population_pointer(result.topic, result.id),
        controls=results.controls_of(result.id),
        requests=results.requests_of(result.id),
    )


def _lightness(found: RowResult | TestResult) -> int:
    """Sort by this to have the heaviest exceptions first."""
    return -found.severity.weight if found.severity else 0


def _row(row: RowResult) -> ExceptionRow:
    name, short = name_subject(row), short_subject(row.subject)
    pointers = ", ".join(map(str, row.pointers[:3]))
    pointers += f" and {len(row.pointers) - 3} more" if len(row.pointers) > 3 else ""
    subject = short if name in short else f"{name} ({short})"
    return ExceptionRow(
        subject=subject,
        where=" ".join(
            part for part in (row.account, row.region) if part and part not in f"{subject} {pointers}"
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


def summary(tests: Sequence[TestView]) -> ExecutiveSummary:
    """Return totals, criteria and what a partner must look at."""
    sums = totals(test.result for test in tests)
    return ExecutiveSummary(
        headlines=tuple(_headline(total) for total in sums),
        sums=tuple(SummaryTiles(total.name, total.tests, _tiles(total)) for total in sums),
        criteria=tuple(criteria(tests)),
        open=tuple(test for test in tests if not test.result.complete),
        noted=tuple(
            sorted(
                (test for test in tests if test.result.conclusion is Conclusion.EXCEPTIONS),
                key=lambda test: _lightness(test.result),
            )
        ),
        contradicted=tuple(test for test in tests if test.result.contradicted_by),
        unreliable=tuple(
            test
            for test in tests
            if test.result.family is Family.RELIABILITY
            and (test.result.exceptions or not test.result.complete)
        ),
    )


_ALWAYS = [conclusion.value for conclusion in tuple(MARKS)[:3]]


def _tiles(total: TestsTotal) -> tuple[tuple[ConclusionMark, int], ...]:
    beside = f"{total.not_complete} of them {NOT_COMPLETE}" if total.not_complete else ""
    return tuple(
        (mark(conclusion, beside if conclusion is Conclusion.EXCEPTIONS else ""), total.counts[conclusion])
        for conclusion in MARKS
    )


def _headline(total: TestsTotal) -> str:
    parts = [
        f"{mark.word} in {count}{f' ({mark.beside})' if mark.beside else ''}"
        for mark, count in _tiles(total)
        if count or mark.word in _ALWAYS
    ]
    return f"{total.name}: {plural(total.tests, 'test')}, {', '.join(parts)}."


def criteria(tests: Iterable[TestView]) -> list[Criterion]:
    """Return each criterion that any test serves, with the tests' conclusions."""
    mapped: dict[str, list[TestView]] = {}
    for test in tests:
        for criterion in test.result.criteria:
            mapped.setdefault(criterion, []).append(test)
    return [_criterion(name, members) for name, members in sorted(mapped.items())]


def _criterion(name: str, members: list[TestView]) -> Criterion:
    counts = Counter(test.result.conclusion.value for test in members)
    return Criterion(
        id=name,
        meaning=CRITERIA.get(name, OTHER_CRITERION),
        counts={conclusion.value: counts[conclusion.value] for conclusion in MARKS},
        overall=_overall(members),
        tests=tuple(test.number for test in members),
        serious=_serious(members),
    )


def _serious(members: Sequence[TestView]) -> str:
    """Name the critical and high exceptions, the heaviest first, each with its test."""
    found = sorted(
        (
            (_lightness(row), test.number, name_subject(row), test.result.id)
            for test in members
            for row in test.result.rows.with_verdict((Verdict.EXCEPTION,))
            if row.severity in SERIOUS and not test.result.advisory
        ),
        key=lambda entry: entry[:2],
    )
    named = [f"{subject} ({test})" for *_, subject, test in found[:NAMED]]
    return ", ".join(named) + (f" and {len(found) - NAMED:,} more" if len(found) > NAMED else "")


def _overall(members: list[TestView]) -> ConclusionMark:
    """Return the weightiest conclusion; exceptions of advisory tests weigh nothing against a criterion.

    A statement that other tests deny is no better than what is not concluded.
    """
    found = {
        Conclusion.NO_EXCEPTIONS
        if test.result.advisory and test.result.conclusion is Conclusion.EXCEPTIONS
        else test.result.conclusion
        for test in members
    }
    order = (
        Conclusion.EXCEPTIONS,
        Conclusion.NOT_CONCLUDED,
        Conclusion.NO_EXCEPTIONS,
        Conclusion.ATTESTED,
        Conclusion.NOT_APPLICABLE,
    )
    weightiest = next(conclusion for conclusion in order if conclusion in found)
    denied = next((test.mark for test in members if test.result.contradicted_by), None)
    return denied if denied and weightiest not in order[:2] else mark(weightiest)
