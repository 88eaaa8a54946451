"""Each test over time, of the company that never was, with every kind of exception."""

from collections.abc import Iterator
from datetime import date, timedelta

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import BundleKind, Conclusion, Severity
from evidence.period.model import (
    AcceptedStretch,
    ConclusionPoint,
    ExceptionOverTime,
    PeriodBundle,
    Remediation,
    TestOverTime,
)
from tests.period.example_names import ACCOUNTS, HOSTILE


def lines(made: tuple[PeriodBundle, ...], *, exceptions: bool) -> Iterator[TestOverTime]:
    collections = [one for one in made if one.content is BundleKind.COLLECTION]
    for at, (name, test) in enumerate(catalogue().items()):
        attested = name.startswith("ATT-")
        found = (
            tuple(_exceptions(name, at, collections))
            if exceptions and at % 4 == 1 and at % 13 != 6 and not attested
            else ()
        )
        line = tuple(
            _point(at, one, found, attested=attested, exceptions=exceptions)
            for one in collections
            if not (at == 66 and one.number < 4)
        )
        yield TestOverTime(
            id=name, title=test.title, topic=test.topic.name, criteria=test.criteria, advisory=test.advisory,
            attested=attested, line=line, exceptions=found,
        )  # fmt: skip


def _point(
    at: int, one: PeriodBundle, found: tuple[ExceptionOverTime, ...], *, attested: bool, exceptions: bool
) -> ConclusionPoint:
    standing = [each for each in found if each.first <= one.number <= each.last]
    missing = exceptions and (one.number + at) % 11 == 3
    conclusion = Conclusion.EXCEPTIONS if standing else Conclusion.NO_EXCEPTIONS
    if attested or at % 13 == 6:
        conclusion = Conclusion.ATTESTED if attested else Conclusion.NOT_APPLICABLE
    elif missing and not standing:
        conclusion = Conclusion.NOT_CONCLUDED
    differs = bool(standing) and at % 8 == 1 and one.number % 6 == 2
    return ConclusionPoint(
        bundle=one.number, conclusion=conclusion, complete=not missing, exceptions=len(standing), accepted=0,
        not_determined=2 if missing else 0, population=40 + at, severity=Severity.HIGH if standing else None,
        sealed=Conclusion.NO_EXCEPTIONS if differs else None, sealed_exceptions=0 if differs else None,
    )  # fmt: skip


def _exceptions(test: str, at: int, made: list[PeriodBundle]) -> Iterator[ExceptionOverTime]:
    """Yield some of every kind of remediation, as far as there are bundles enough."""
    last = made[-1]
    for number, remediation in enumerate(tuple(Remediation)[: 3 + at % 4] * (4 if at == 9 else 1)):
        start = made[min(len(made) - 1, (at + 2 * number) % len(made))]
        stands = remediation in (Remediation.OPEN, Remediation.OVERDUE) or start is last
        end = last if stands else made[min(len(made) - 2, made.index(start) + 1 + number % 3)]
        after = None if stands else made[made.index(end) + 1]
        before = made[made.index(start) - 1] if made.index(start) else None
        subject = (
            HOSTILE[(at + number) % 7]
            if number == 1
            else f"arn:aws:iam::{ACCOUNTS[number % 3]}:user/user-{at}-{number}"
        )
        yield ExceptionOverTime(
            test=test, subject=subject, account=ACCOUNTS[number % 3],
            region="eu-central-1" if number == 2 else "",
            severity=(Severity.HIGH, Severity.MEDIUM, Severity.CRITICAL, Severity.LOW)[number % 4],
            observed=f"access key 1 is {97 + at} days old, last used 2026-01-0{1 + number % 9} in s3",
            since=start.started - timedelta(days=3) if number % 2 else None, first=start.number,
            last=end.number,
            absent_before=before.number if before else None, absent_after=after.number if after else None,
            ended=end.finished + timedelta(days=2) if after and number == 0 else None,
            ended_by=3 if after and number == 0 else None,
            doubts=(f"bundle {end.number}: a gap in iam.authorization-details",) if number == 3 else (),
            least_days=float((end.started - start.started).days) if before else None,
            most_days=float((after.started - before.started).days) + 0.5 if before and after else None,
            agreed_days=(30, 90, 7, 180)[number % 4],
            remediation=remediation if not stands or remediation in (Remediation.OPEN, Remediation.OVERDUE)
            else Remediation.NOT_DETERMINED,
            accepted=(
                AcceptedStretch(first=start.number, last=end.number, approver="Priya Natarajan, CISO",
                           approved_on=date(2025, 11, 2), expires_on=date(2026, 3, 31),
                           lapsed=number % 2 == 0),
            ) if remediation is Remediation.ACCEPTED else (),
            pointers=(f"{ACCOUNTS[number % 3]}/iam/credential-report.csv:{at + number}",),
        )  # fmt: skip
