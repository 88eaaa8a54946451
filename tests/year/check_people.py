"""Holds what is said of people, reviews and samples over the period against the record."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from evidence.controls.declaration import Verdict
from evidence.controls.people_access import NEEDS
from evidence.demo_account.account import identity_center
from evidence.demo_account.people_list import RENEWED, WITHOUT_END
from evidence.demo_account.planted import person
from evidence.demo_account.script import FORMER_AUDITOR, ScriptedFact, ScriptedKind, of_kind
from evidence.diff.model import EntryKind
from evidence.period.model import AccessReview, PeriodResults, PeriodRow, PeriodTestResult
from evidence.settings.period import MONTHLY
from tests.year.check import Comparison, Timeline, timeline
from tests.year.dates import date_of, moment_of
from tests.year.exceptions import LEAVER_ACCESS, NOON, exceptions
from tests.year.record import access_ends, lives, user_arn
from tests.year.reviewing import Review, reviews

_GONE = re.compile(r"gone (?:at|after .*?, and by) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
_FAILS = (Verdict.EXCEPTION, Verdict.ACCEPTED)
REVOCATION_DAYS = 7
"""By the settings."""


def check_people(results: PeriodResults, compared: Comparison) -> None:
    """Hold JML-1 to JML-4, REV-1 to REV-3, the reviews and the sizes of the samples against the record."""
    line, tests = timeline(results), {one.id: one for one in results.over_period}
    held = [one for one in reviews() if line.days[0] <= one.opened and one.closed <= line.days[-1]]
    over_hole = any(
        one.holes or (one.every_days is None and one.longest >= MONTHLY)
        for one in results.coverage
        if one.item in NEEDS
    )
    for test in tests.values():
        known = bool(held) if test.id.startswith("REV") else not over_hole
        compared.same("tests over the period", test.id, (test.complete, test.missing == ()), (known, known))
    _check_listed(tests["JML-1"], line, compared)
    _check_leavers(tests["JML-2"], line, compared)
    _check_joiners(tests["JML-3"], line, compared)
    _check_contractors(tests["JML-4"], line, compared)
    _check_quarters(tests["REV-1"], held, compared)
    _check_reviews(tests["REV-2"], results, held, compared)
    _check_revocations(tests["REV-3"], results, held, compared)
    _check_samples(results, line, compared)


def _failing(test: PeriodTestResult) -> set[str]:
    """Return who fails; one user may have several rows, one for each access."""
    return {one.subject for one in test.rows if one.verdict in _FAILS}


def _rows(test: PeriodTestResult, *verdicts: Verdict) -> Iterator[PeriodRow]:
    return (one for one in test.rows if one.verdict in verdicts)


def _check_listed(test: PeriodTestResult, line: Timeline, compared: Comparison) -> None:
    of_year = {one.subject for one in exceptions() if one.test == "JML-1"
               if any(one.stands(day) for day in line.days)}  # fmt: skip
    compared.same_sets("JML-1 over the period", _failing(test), of_year)


def _leavers(line: Timeline) -> dict[str, ScriptedFact]:
    """Return who left, by what names their user, and had access in the period after their last day began."""
    return {
        user_arn(*one.subject): one
        for one in of_kind(ScriptedKind.EMPLOYED)
        if one.end <= line.days[-1] and access_ends(*one.subject) > line.days[0]
    }


def _check_leavers(test: PeriodTestResult, line: Timeline, compared: Comparison) -> None:
    """Every leaver of the period is there, gone to the second; those alone fail who kept access."""
    leavers = _leavers(line)
    late = [
        who for who, one in leavers.items()
        if access_ends(*one.subject) > one.end + NOON + LEAVER_ACCESS
    ]  # fmt: skip
    compared.same_sets("JML-2 over the period", _failing(test), late)
    rows = list(_rows(test, Verdict.MET, Verdict.EXCEPTION))
    compared.same_sets("JML-2 leavers", {one.subject for one in rows}, leavers)
    for row in rows:
        if row.subject in leavers:
            told, end = _GONE.search(row.observed), access_ends(*leavers[row.subject].subject)
            gone = datetime.fromisoformat(told[1]).replace(tzinfo=UTC) if told else None
            of = f"{row.subject} {row.attributes.get('access', '')}"
            compared.same("leavers' access ended", of, gone, moment_of(end))


def _check_joiners(test: PeriodTestResult, line: Timeline, compared: Comparison) -> None:
    compared.same_sets("JML-3 over the period", _failing(test), ())
    joined = [person(*one.subject) for one in of_kind(ScriptedKind.PERSON)
              if line.in_period(one.start) and one.start <= line.days[-1]]  # fmt: skip
    compared.same_sets("JML-3 joiners", {one.subject for one in _rows(test, Verdict.MET)}, joined)


def _check_contractors(test: PeriodTestResult, line: Timeline, compared: Comparison) -> None:
    fails = [person(WITHOUT_END)]
    if access_ends(FORMER_AUDITOR) > line.days[0]:
        fails.append(user_arn(FORMER_AUDITOR))
    compared.same_sets("JML-4 over the period", _failing(test), fails)
    met = [one.subject for one in _rows(test, Verdict.MET)]
    compared.same_sets("JML-4 contractors", met, [person(RENEWED)])


def _check_quarters(test: PeriodTestResult, held: list[Review], compared: Comparison) -> None:
    told = [(one.subject.replace(" ", "-"), one.verdict) for one in test.rows]
    ended = [one for one in told if one[1] is not Verdict.OUT_OF_SCOPE]
    compared.same_sets("REV-1", ended, [(one.quarter, Verdict.MET) for one in held])


def _check_reviews(
    test: PeriodTestResult, results: PeriodResults, held: list[Review], compared: Comparison
) -> None:
    told = {_day(one.closed): one for one in results.reviews}
    compared.same_sets("reviews", told, [date_of(one.closed) for one in held])
    for review in held:
        found = told.get(date_of(review.closed))
        if found:
            compared.same("reviews", f"{review.quarter} opened", _day(found.opened), date_of(review.opened))
            compared.same("reviews", f"{review.quarter} complete", found.complete, review.complete)
            undecided = found.rows - found.decided
            compared.holds(
                "reviews", review.quarter, (undecided == 0) is review.complete, f"{undecided} left"
            )
            name = results.bundle(found.bundle).bundle
            (verdict,) = [one.verdict for one in test.rows if one.subject == name] or [None]
            expected = Verdict.MET if review.complete else Verdict.EXCEPTION
            compared.same("REV-2", review.quarter, verdict, expected)


def _day(moment: datetime) -> object:
    return moment.date()


def _accesses(group: str) -> list[tuple[str, str]]:
    """Return what a group gives: permission set and account."""
    return [
        (given, account)
        for given, kind, principal, accounts in identity_center.ASSIGNMENTS
        if (kind, principal) == ("GROUP", group)
        for account in accounts
    ]


def _check_revocations(
    test: PeriodTestResult, results: PeriodResults, held: list[Review], compared: Comparison
) -> None:
    expected, late = {}, []
    for review in held:
        for one in review.revoked():
            group, name = one.subject
            for given, account in _accesses(group):
                expected[f"{name}@northwind.example", f"{given} through group {group}", account] = one
                if one.end - one.start > REVOCATION_DAYS + 1:
                    late.append(f"{person(name)} {given} {account}")
    told = {(one.subject, one.access, one.account): one for one in _decisions(results.reviews)}
    compared.same_sets("revocations", told, expected)
    for key in told.keys() & expected.keys():
        fact, said = expected[key], told[key]
        compared.same("revocations", f"{key} decided", said.decided_on, date_of(fact.start))
        gone = moment_of(fact.end) if fact.end <= timeline(results).days[-1] else None
        compared.same("revocations", f"{key} gone", said.gone, gone)
    compared.same_sets("REV-3", _failing(test), late)


def _decisions(some: tuple[AccessReview, ...]) -> Iterator[object]:
    return (decision for one in some for decision in one.decisions)


def _check_samples(results: PeriodResults, line: Timeline, compared: Comparison) -> None:
    """Hold how many things each sample is drawn from against how many happened."""

    def moments(kind: ScriptedKind, *, ends: bool = True) -> int:
        days = [one.start for one in of_kind(kind)]
        days += [one.end for one in of_kind(kind)] if ends else []
        return sum(not math.isinf(day) and _within(day, line) for day in days)

    changes = moments(ScriptedKind.MEMBERSHIP) + moments(ScriptedKind.ASSIGNMENT)
    left = sum(_within(one.end, line) for one in of_kind(ScriptedKind.EMPLOYED))
    recorded = {
        "joiners": sum(_within(one.start, line) for one in of_kind(ScriptedKind.EMPLOYED)),
        "leavers": left,
        "changes of access": changes,
        "uses of root": moments(ScriptedKind.ROOT, ends=False),
        "new keys": sum(_within(one.start, line) for one in lives()[EntryKind.KEY]),
    }
    for sample in results.samples:
        compared.same("samples", sample.of, sample.population, recorded.get(sample.of))


def _within(day: float, line: Timeline) -> bool:
    return line.in_period(day) is not None and day <= line.days[-1]
