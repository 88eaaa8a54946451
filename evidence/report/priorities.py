"""Says what to look at first: joined facts and the heaviest exceptions, and statements that soon lapse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import JoinedFact, Results
from evidence.controls.row_results import RowResult
from evidence.controls.summary import FIX_FIRST
from evidence.report.conclusions import SERIOUS, TestView
from evidence.report.names import SAYS_NOTHING, name_subject, short_subject
from evidence.statements.records import Acceptance

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Priority:
    """One thing to mend first."""

    severity: Severity
    title: str
    subject: str
    why: str
    remedy: str
    tests: tuple[tuple[str, int], ...]
    """(test, its position in the report)."""
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


def priorities(results: Results, tests: Sequence[TestView]) -> list[Priority]:
    """Return the joined facts, up to seven; where they are fewer, the heaviest other exceptions after them.

    The heaviest come first. An exception that a joined fact rests on is not named twice.
    """
    by_id = {test.result.id: test for test in tests}
    found = [_of_fact(fact, by_id) for fact in results.joined[:FIX_FIRST]]
    told = {(row.test, row.subject) for fact in results.joined for row in fact.rows}
    others = sorted(_others(tests, told), key=lambda one: -one.severity.weight)
    return sorted([*found, *others[: FIX_FIRST - len(found)]], key=lambda one: -one.severity.weight)


def _of_fact(fact: JoinedFact, tests: Mapping[str, TestView]) -> Priority:
    return Priority(
        severity=fact.severity,
        title=fact.title,
        subject=short_subject(fact.subject),
        why=short_subject(fact.why),
        remedy=fact.remedy.console,
        tests=tuple((test, tests[test].number) for test in fact.tests if test in tests),
        owner=next(filter(None, (_owner(tests[test]) for test in fact.tests if test in tests)), ""),
    )


def _others(tests: Sequence[TestView], told: set[tuple[str, str]]) -> Iterator[Priority]:
    for test in tests:
        if test.result.advisory:
            continue
        for row in test.result.rows.with_verdict((Verdict.EXCEPTION,)):
            if row.severity in SERIOUS and (test.result.id, row.subject) not in told:
                yield _of_row(test, row, row.severity)


def _of_row(test: TestView, row: RowResult, severity: Severity) -> Priority:
    return Priority(
        severity=severity,
        title=f"Exception to “{test.result.title}”",
        subject=name_subject(row),
        why=short_subject(f"{row.observed}; expected: {row.expected}."),
        remedy=(row.remedy or test.result.remedy).console,
        tests=((test.result.id, test.number),),
        owner=row.response.owner if row.response else _owner(test),
    )


def _owner(test: TestView) -> str:
    """Return who owns the controls that a test looks at, where the entity says so."""
    return ", ".join(dict.fromkeys(control.owner for control in test.controls if control.owner))


def lapses(tests: Sequence[TestView], on: date) -> list[Lapse]:
    """Return the accepted exceptions that expire within 30 days of a day, the soonest first."""
    found = [
        Lapse(
            test.result.id, test.number, name_subject(row), row.accepted, (row.accepted.expires_on - on).days
        )
        for test in tests
        for row in test.result.rows.with_verdict((Verdict.ACCEPTED,))
        if row.accepted and row.accepted.expires_on - on <= SOON
    ]
    return sorted(found, key=lambda one: (one.days, one.number))
