"""Holds every test over the bundles, and every stretch in which an exception stood, against the record."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.period.model import ExceptionOverTime, PeriodResults, Remediation, TestOverTime
from tests.year.check import Comparison, Timeline, timeline
from tests.year.dates import moment_of
from tests.year.exceptions import AcceptedLife, ExceptionLife, accepted, exceptions

AGAIN_AND_AGAIN = ("CFG-3",)
"""Tests whose exception of the demo account is three days old in each week, and so another one each time."""
SLACK = 0.02
"""Days, of what a bundle tells of a moment: reports of AWS's are some minutes old."""


def check_exceptions(results: PeriodResults, compared: Comparison) -> None:
    """Hold counts by bundle, and each stretch, against the record."""
    line = timeline(results)
    recorded: dict[str, list[ExceptionLife]] = defaultdict(list)
    for one in exceptions():
        recorded[one.test].append(one)
    tests = {one.id for one in results.tests}
    for test in recorded:
        compared.holds("tests", test, test in tests, "the report does not have it")
    for test in results.tests:
        _check_line(test, recorded[test.id], line, compared)
        _check_stretches(test, recorded[test.id], line, compared)


def _check_line(
    test: TestOverTime, recorded: list[ExceptionLife], line: Timeline, compared: Comparison
) -> None:
    by_number = dict(zip(line.numbers, line.days, strict=True))
    compared.same("lines", test.id, [one.bundle for one in test.line], list(line.numbers))
    by = list(accepted())
    for point in test.line:
        day = by_number[point.bundle]
        stands = {one.subject for one in recorded if one.stands(day)}
        let = {one for one in stands if _accepted(by, test.id, one, day)}
        of = f"{test.id} in bundle {point.bundle}"
        told = point.exceptions, point.accepted
        compared.same("exceptions by bundle", of, told, (len(stands) - len(let), len(let)))
        compared.same("sealed conclusions", of, (point.sealed, point.sealed_exceptions), (None, None))


def _accepted(by: Iterable[AcceptedLife], test: str, subject: str, day: float) -> bool:
    return any(one.holds(test, subject, day) for one in by)


def _check_stretches(
    test: TestOverTime, recorded: list[ExceptionLife], line: Timeline, compared: Comparison
) -> None:
    expected: dict[tuple[str, tuple[int | None, ...]], _Stood] = {}
    for subject in sorted({one.subject for one in recorded}):
        some = [one for one in recorded if one.subject == subject]
        for first, last in line.stretches(lambda day, some=some: any(one.stands(day) for one in some)):
            start = min(one.start for one in some if one.stands(line.days[first]))
            end = max(one.end for one in some if one.stands(line.days[last]))
            said = tuple(line.number(one) for one in (first, last, first - 1, last + 1))
            expected[subject, said] = _Stood(test.id, subject, start, end, line)
    told = {(one.subject, (one.first, one.last, one.absent_before, one.absent_after)): one
            for one in test.exceptions}  # fmt: skip
    compared.same_sets(f"exceptions of {test.id}", list(told), list(expected))
    for key in told.keys() & expected.keys():
        _check_one(told[key], expected[key], compared)


@dataclass(frozen=True)
class _Stood:
    """How long an exception stood, by the record, in days of the script."""

    test: str
    subject: str
    start: float
    end: float
    line: Timeline

    @property
    def open(self) -> bool:
        """It stands in the last bundle."""
        return self.end > self.line.days[-1]

    @property
    def until(self) -> float:
        """The last day of it that the report can know of."""
        return min(self.end, self.line.days[-1])

    @property
    def days(self) -> float:
        """How long."""
        return self.until - self.start

    def unaccepted(self, known_from: float) -> list[float]:
        """Return how many days it stood each time that nobody accepted it, as far back as is known."""
        edges = [one.days() for one in accepted() if one.is_of(self.test, self.subject)]
        found, begin = [], max(self.start, known_from)
        for first, after in sorted(edges):
            if first < self.until and after > begin:
                found.append(first - begin)
                begin = after
        return [one for one in (*found, self.until - begin) if one > 0]


def _check_one(told: ExceptionOverTime, stood: _Stood, compared: Comparison) -> None:
    """Hold what is said of how long it stood against how long it stood."""
    of = f"{stood.test} {stood.subject}"
    if stood.test in AGAIN_AND_AGAIN:
        return
    if told.ended:
        compared.same("exception ended", of, told.ended, moment_of(stood.end))
    if told.since and not math.isinf(stood.start):
        late = (told.since - moment_of(stood.start)).total_seconds() / 86_400
        compared.holds("exception since", of, abs(late) <= SLACK, f"{told.since}, {late:.2f} days late")
    least, most = told.least_days or 0, math.inf if told.most_days is None else told.most_days
    good = least <= stood.days + SLACK and stood.days <= most + SLACK
    compared.holds("days that it stood", of, good, f"{least} to {most}, and it stood {stood.days}")
    _check_remediation(told, stood, compared)
    _check_acceptance(told, stood, compared)


def _check_remediation(told: ExceptionOverTime, stood: _Stood, compared: Comparison) -> None:
    nobody_knows = told.since is None and told.absent_before is None and told.accepted
    times = stood.unaccepted(stood.line.days[0] if nobody_knows else -math.inf)
    longest = max(times, default=0)
    by = list(accepted())
    bare = stood.open and not _accepted(by, stood.test, stood.subject, stood.until)
    late = longest > told.agreed_days
    near = abs(longest - told.agreed_days) <= SLACK
    good = {
        Remediation.IN_TIME: not bare and not late,
        Remediation.LATE: not bare and late,
        Remediation.OPEN: bare and not late,
        Remediation.OVERDUE: bare and late,
        Remediation.ACCEPTED: not times,
        Remediation.NOT_DETERMINED: True,
    }[told.remediation]
    said = f"{told.remediation} of {told.agreed_days} days, and nobody accepted it for {times}"
    compared.holds("remediation", f"{stood.test} {stood.subject}", good or near, said)


def _check_acceptance(told: ExceptionOverTime, stood: _Stood, compared: Comparison) -> None:
    by, line = list(accepted()), stood.line
    expected = {
        number
        for number, day in zip(line.numbers, line.days, strict=True)
        if told.first <= number <= told.last and _accepted(by, stood.test, stood.subject, day)
    }
    found = {number for one in told.accepted for number in line.numbers if one.first <= number <= one.last}
    compared.same("acceptance", f"{stood.test} {stood.subject}", sorted(found), sorted(expected))
