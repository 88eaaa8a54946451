"""Sums up the tests' conclusions for the first pages: in total, by criterion, and what needs a look."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from evidence.controls.declaration import Conclusion, Family, Verdict
from evidence.controls.row_results import RowResult
from evidence.controls.totals import NOT_COMPLETE, TestsTotal, totals
from evidence.report.conclusions import MARKS, SERIOUS, ConclusionMark, TestView, lightness, mark
from evidence.report.model import plural
from evidence.report.names import name_subject

NAMED = 3
"""Serious exceptions named beside a criterion."""

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
                key=lambda test: lightness(test.result),
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
    count = 0

    def counted() -> Iterator[tuple[TestView, RowResult]]:
        nonlocal count
        for test in members:
            for row in () if test.result.advisory else test.result.rows.with_verdict((Verdict.EXCEPTION,)):
                if row.severity in SERIOUS:
                    count += 1
                    yield test, row

    found = nsmallest(NAMED, counted(), key=lambda one: (lightness(one[1]), one[0].number))
    del found[NAMED - members[0].among_accounts :]  # names with accounts are longer
    named = [
        f"{name_subject(row, among_accounts=test.among_accounts)} ({test.result.id})" for test, row in found
    ]
    more = count - len(found)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


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
