"""Says what to look at first: joined facts and the heaviest exceptions, and acceptances that soon lapse."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.controls.declaration import Severity, Verdict
from evidence.controls.results import JoinedFact, Results
from evidence.controls.row_results import RowResult
from evidence.controls.summary import FIX_FIRST
from evidence.report.accounts import first_names
from evidence.report.conclusions import SERIOUS, TestView
from evidence.report.model import plural
from evidence.report.names import SAYS_NOTHING, name_subject, short_subject
from evidence.statements.records import Acceptance

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


def priorities(results: Results, tests: Sequence[TestView]) -> list[Priority]:
    """Return what to mend first: the heaviest first, joined facts before single exceptions of one severity.

    Facts of one kind are one line; so are several critical and high exceptions of one subject, and those of
    one test. Where these are few, exceptions that weigh less stand in. An exception that a joined fact rests
    on is not named twice.
    """
    found = [*_facts(results, tests), *_exceptions(results, tests, SERIOUS)]
    if len(found) < FIX_FIRST:
        found += _exceptions(results, tests, frozenset(Severity) - set(SERIOUS))
    return sorted(found, key=lambda one: -one.severity.weight)


def _facts(results: Results, tests: Sequence[TestView]) -> Iterator[Priority]:
    by_id = {test.result.id: test for test in tests}
    kinds: dict[tuple[str, Severity], list[JoinedFact]] = defaultdict(list)
    for fact in results.joined:
        kinds[fact.id, fact.severity].append(fact)
    for facts in kinds.values():
        yield _of_facts(facts, by_id)


def _of_facts(facts: Sequence[JoinedFact], tests: Mapping[str, TestView]) -> Priority:
    first = facts[0]
    named = dict.fromkeys(test for fact in facts for test in fact.tests if test in tests)
    several = len(facts) > 1
    who = first_names([_name_of(fact, tests) for fact in facts], NAMES_SHOWN)
    return Priority(
        severity=first.severity,
        title=f"{first.title} ({len(facts):,})" if several else first.title,
        subject=who if several else short_subject(first.subject),
        why="" if several else short_subject(first.why),
        remedy=first.remedy.console,
        tests=tuple((test, tests[test].number) for test in named),
        exceptions=sum(len(fact.rows) + fact.more for fact in facts),
        owner=_owner(tests[test] for test in named),
    )


def _name_of(fact: JoinedFact, tests: Mapping[str, TestView]) -> str:
    """Return whom a fact is about: by the name that one of its rows has, else by its subject."""
    for test in fact.tests:
        rows = tests[test].result.rows if test in tests else ()
        found = next((row for row in rows if row.subject == fact.subject), None)
        if found:
            return name_subject(found)
    return short_subject(fact.subject)


def _exceptions(
    results: Results, tests: Sequence[TestView], weights: Collection[Severity | None]
) -> Iterator[Priority]:
    told = {(row.test, row.subject) for fact in results.joined for row in fact.rows}
    by_subject: dict[str, list[tuple[TestView, RowResult]]] = defaultdict(list)
    for test in tests:
        for row in () if test.result.advisory else test.result.rows.with_verdict((Verdict.EXCEPTION,)):
            if row.severity in weights and (test.result.id, row.subject) not in told:
                by_subject[row.subject].append((test, row))
    of_test: dict[tuple[str, Severity | None], list[tuple[TestView, RowResult]]] = defaultdict(list)
    for found in by_subject.values():
        if len({test.number for test, _ in found}) > 1:
            yield _of_subject(found)
        else:
            for test, row in found:
                of_test[test.result.id, row.severity].append((test, row))
    for found in of_test.values():
        yield _of_test(found)


def _of_subject(found: Sequence[tuple[TestView, RowResult]]) -> Priority:
    """Join what several tests say of one user, role or account."""
    test, row = found[0]
    said = dict.fromkeys(f"{one.result.id}: {other.observed}" for one, other in found)
    return Priority(
        severity=max((one.severity for _, one in found if one.severity), key=lambda one: one.weight),
        title=name_subject(row),
        subject="",
        why=short_subject("; ".join(said)),
        remedy=(row.remedy or test.result.remedy).console,
        tests=tuple(dict.fromkeys((one.result.id, one.number) for one, _ in found)),
        exceptions=len(found),
        owner=_owner(one for one, _ in found),
    )


def _of_test(found: Sequence[tuple[TestView, RowResult]]) -> Priority:
    test, row = found[0]
    several = len(found) > 1
    names = first_names(list(dict.fromkeys(name_subject(one) for _, one in found)), NAMES_SHOWN)
    return Priority(
        severity=row.severity or Severity.LOW,
        title=f"{plural(len(found), 'exception')} to “{test.result.title}”"
        if several
        else f"Exception to “{test.result.title}”",
        subject=names,
        why=short_subject(f"{row.observed}; expected: {row.expected}."),
        remedy=(test.result.remedy if several else row.remedy or test.result.remedy).console,
        tests=((test.result.id, test.number),),
        exceptions=len(found),
        owner=row.response.owner if row.response and not several else _owner([test]),
    )


def _owner(tests: Iterable[TestView]) -> str:
    """Return who owns the controls that the first test with an owner looks at, where the entity says so."""
    owned = (control.owner for test in tests for control in test.controls)
    return next(filter(None, owned), "")


def lapses(tests: Sequence[TestView], on: date) -> list[Lapse]:
    """Return the accepted exceptions that expire within 30 days of a day, the soonest first."""
    accepted = (
        (test, row, row.accepted)
        for test in tests
        for row in test.result.rows.with_verdict((Verdict.ACCEPTED,))
        if row.accepted and row.accepted.expires_on - on <= SOON
    )
    found = [
        Lapse(test.result.id, test.number, name_subject(row), said, (said.expires_on - on).days)
        for test, row, said in accepted
    ]
    return sorted(found, key=lambda one: (one.days, one.number))
