"""Says what to look at first: joined facts and the heaviest exceptions, and acceptances that soon lapse."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import JoinedFact, JoinedRow, Results, TestResult
from evidence.controls.row_results import RowResult
from evidence.controls.summary import FIX_FIRST
from evidence.report.conclusions import SERIOUS
from evidence.report.model import plural
from evidence.report.names import SAYS_NOTHING, name_subject, short_subject
from evidence.statements.records import Acceptance

_Subject = tuple[str, str, str]
"""Account, region and subject."""

SOON = timedelta(days=30)
NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Priority:
    """One thing to mend first: a joined fact, or the exceptions of one subject, or of one test."""

    severity: Severity
    title: str
    subject: str
    """Who or what, the first of them by name."""
    why: str
    remedy: str
    tests: tuple[tuple[str, int], ...]
    """(test, its position in the report)."""
    exceptions: int
    """How many stand behind it."""
    owner: str = ""

    @property
    def named(self) -> bool:
        """The subject says more than the reason does."""
        return self.subject not in self.why and not SAYS_NOTHING.fullmatch(self.subject)


@dataclass(frozen=True, slots=True)
class Lapse:
    """An accepted exception that soon counts no more."""

    test: str
    number: int
    subject: str
    accepted: Acceptance
    days: int
    """Left on the day on which collecting finished."""


def priorities(results: Results, *, among_accounts: bool = False) -> list[Priority]:
    """Return what to mend first: the heaviest first, joined facts before single exceptions of one severity.

    Facts of one kind are one line; so are several critical and high exceptions of one subject, and those of
    one test. Where these are few, exceptions that weigh less stand in. An exception that a joined fact rests
    on is not named twice.
    """
    found = [*_facts(results), *_exceptions(results, SERIOUS, among_accounts=among_accounts)]
    if len(found) < FIX_FIRST:
        found += _exceptions(results, frozenset(Severity) - set(SERIOUS), among_accounts=among_accounts)
    return sorted(found, key=lambda one: -one.severity.weight)


def _facts(results: Results) -> Iterator[Priority]:
    kinds: dict[tuple[str, Severity], list[JoinedFact]] = defaultdict(list)
    for fact in results.joined:
        kinds[fact.id, fact.severity].append(fact)
    for facts in kinds.values():
        yield _of_facts(facts, results)


def _of_facts(facts: Sequence[JoinedFact], results: Results) -> Priority:
    first, several = facts[0], len(facts) > 1
    tests = _tests(results, (test for fact in facts for test in fact.tests))
    who = [_name_of(fact, results) for fact in facts[:NAMES_SHOWN]] if several else []
    return Priority(
        severity=first.severity,
        title=f"{first.title} ({len(facts):,})" if several else first.title,
        subject=_named(who, len(facts)) if several else short_subject(first.subject),
        why="" if several else short_subject(first.why),
        remedy=first.remedy.console,
        tests=tests,
        exceptions=sum(len(fact.rows) + fact.more for fact in facts),
        owner=_owner(results, tests),
    )


def _name_of(fact: JoinedFact, results: Results) -> str:
    """Return whom a fact is about: by the name that one of its rows has, else by its subject."""
    rows = (row for test in results.tests if test.id in fact.tests for row in test.rows)
    found = next((row for row in rows if row.subject == fact.subject), None)
    return name_subject(found) if found else short_subject(fact.subject)


@dataclass(slots=True)
class _ExceptionGroup:
    """Exceptions that are one line: of them all, no more is kept than is printed."""

    test: TestResult
    row: RowResult
    """The first."""
    severity: Severity
    among_accounts: bool
    """The report is about several accounts: a subject says of which it is."""
    count: int = 0
    names: dict[str, None] = field(default_factory=dict)
    """Of the first of them."""
    subjects: set[_Subject] = field(default_factory=set)
    said: dict[str, None] = field(default_factory=dict)
    """`USER-1: has a console password`, of each test."""
    tests: dict[str, None] = field(default_factory=dict)

    def add(self, test: TestResult, row: RowResult, severity: Severity) -> None:
        """Count an exception."""
        self.count += 1
        self.severity = max(self.severity, severity, key=lambda one: one.weight)
        self.subjects.add(_subject_of(row))
        if len(self.names) < NAMES_SHOWN:
            self.names[self.name(row)] = None
        if test.id not in self.tests:
            self.said[f"{test.id}: {row.observed}"] = None
        self.tests[test.id] = None

    def name(self, row: RowResult) -> str:
        """Return who or what a row is about."""
        return name_subject(row, among_accounts=self.among_accounts)


def _subject_of(row: RowResult | JoinedRow) -> _Subject:
    """Return what tells a subject from one of the same name elsewhere."""
    return row.account, row.region, row.subject


def _exceptions(
    results: Results, weights: Collection[Severity], *, among_accounts: bool
) -> Iterator[Priority]:
    in_tests: dict[_Subject, set[str]] = defaultdict(set)
    for test, row, _ in _weighing(results, weights):
        in_tests[_subject_of(row)].add(test.id)
    of_subject: dict[_Subject, _ExceptionGroup] = {}
    of_test: dict[tuple[str, Severity], _ExceptionGroup] = {}
    for test, row, severity in _weighing(results, weights):
        new = _ExceptionGroup(test, row, severity, among_accounts)
        if len(in_tests[_subject_of(row)]) > 1:
            group = of_subject.setdefault(_subject_of(row), new)
        else:
            group = of_test.setdefault((test.id, severity), new)
        group.add(test, row, severity)
    yield from (_of_subject(group, results) for group in of_subject.values())
    yield from (_of_test(group, results) for group in of_test.values())


def _weighing(
    results: Results, weights: Collection[Severity]
) -> Iterator[tuple[TestResult, RowResult, Severity]]:
    """Yield the exceptions of these weights that no joined fact rests on, but for those of advisory tests."""
    told = {(part.test, _subject_of(part)) for fact in results.joined for part in fact.rows}
    for test in results.tests:
        for row in () if test.advisory else test.rows.with_verdict((Verdict.EXCEPTION,)):
            if row.severity and row.severity in weights and (test.id, _subject_of(row)) not in told:
                yield test, row, row.severity


def _of_subject(group: _ExceptionGroup, results: Results) -> Priority:
    """Join what several tests say of one user, role or account."""
    tests = _tests(results, group.tests)
    return Priority(
        severity=group.severity,
        title=group.name(group.row),
        subject="",
        why=short_subject("; ".join(group.said)),
        remedy=(group.row.remedy or group.test.remedy).console,
        tests=tests,
        exceptions=group.count,
        owner=_owner(results, tests),
    )


def _of_test(group: _ExceptionGroup, results: Results) -> Priority:
    test, row, several = group.test, group.row, group.count > 1
    tests = _tests(results, group.tests)
    number = f"{plural(group.count, 'exception')}" if several else "Exception"
    answered = row.response if not several else None
    return Priority(
        severity=group.severity,
        title=f"{number} to “{test.title}”",
        subject=_named(list(group.names), len(group.subjects)),
        why=short_subject(f"{row.observed}; expected: {row.expected}."),
        remedy=(test.remedy if several else row.remedy or test.remedy).console,
        tests=tests,
        exceptions=group.count,
        owner=answered.owner if answered else _owner(results, tests),
    )


def _named(names: Sequence[str], count: int) -> str:
    """Return the names there are, and how many there are besides."""
    return ", ".join(names) + (f" and {count - len(names):,} more" if count > len(names) else "")


def _tests(results: Results, wanted: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return tests with their positions in the report, each once, in the order in which they are wanted."""
    numbers = {test.id: number for number, test in enumerate(results.tests, start=1)}
    return tuple((test, numbers[test]) for test in dict.fromkeys(wanted) if test in numbers)


def _owner(results: Results, tests: Iterable[tuple[str, int]]) -> str:
    """Return who owns the controls that the first test with an owner looks at, where the entity says so."""
    owned = (control.owner for test, _ in tests for control in results.controls_of(test))
    return next(filter(None, owned), "")


def lapses(results: Results, on: date) -> list[Lapse]:
    """Return the accepted exceptions that expire within 30 days of a day, the soonest first."""
    found = [
        Lapse(test.id, number, name_subject(row), said, (said.expires_on - on).days)
        for number, test in enumerate(results.tests, start=1)
        for row in test.rows.with_verdict((Verdict.ACCEPTED,))
        if (said := row.accepted) and said.expires_on - on <= SOON
    ]
    return sorted(found, key=lambda one: (one.days, one.number))
