"""A year of a company that never was: everything that a report over a period may have to say."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, Severity
from evidence.controls.results import LaxSetting
from evidence.diff.model import EntryKind
from evidence.period.model import (
    Acceptance,
    BundleContent,
    ChangeOverTime,
    ConclusionPoint,
    CoverageHole,
    CoveredDay,
    DayOfEvidence,
    EventDays,
    EventSource,
    ExceptionOverTime,
    ItemOverTime,
    PeriodBundle,
    PeriodEvent,
    PeriodPopulation,
    PeriodResults,
    PopulationMember,
    Presence,
    Remediation,
    TestOverTime,
)
from evidence.settings.period import EVERY_DAYS, PeriodSettings
from evidence.statements.records import EntryProblem, FileFinding, UsedFile
from tests.period.example_tests import over_period, reviews, samples

FIRST, LAST = date(2025, 10, 1), date(2026, 9, 30)
ACCOUNTS = ("111122223333", "123456789012", "210987654321")
LONG_ARN = "arn:aws:iam::123456789012:role/" + "a-path-without-an-end/" * 24 + "deploy"
HOSTILE = (
    '=HYPERLINK("http://x.invalid";"y")',
    "<script>alert(1)</script>",
    "turn\u202eleft",
    "محمد علي",
    "{{ 7 * 7 }}",
    "<r><t>rich</t></r>",
    LONG_ARN,
)
_TITLES = {
    "iam.credential-report": "IAM credential report",
    "iam.authorization-details": "IAM users, groups, roles and policies",
    "access-analyzer.findings": "Access Analyzer findings",
    "config.rule-compliance": "AWS Config rule compliance",
    "identity-store.users": "Identity Center users",
    "identity-center.assignments": "Identity Center account assignments",
    "cloudtrail.access-events": "CloudTrail events about access",
}


def period_results(*, bundles: int = 12, exceptions: bool = True, members: int = 240) -> PeriodResults:
    """Return results over `bundles` collections, one before the period and three reviews where there are several.

    `exceptions`: some tests have some, some items have holes; without, all is well.
    """
    made = tuple(_bundles(bundles))
    days = [one for one in made if one.content is BundleContent.COLLECTION and not one.before]
    events = tuple(_events()) if exceptions else ()
    first_review = next((one for one in made if one.content is BundleContent.REVIEW), None)
    return PeriodResults(
        tool_version="0.7.0",
        libraries={"pydantic": "2.12.4", "weasyprint": "66.0"},
        entity="Northwind <Ledger> & Söhne GmbH" if exceptions else "Northwind",
        scope="aws/111122223333",
        first=FIRST,
        last=LAST,
        settings=PeriodSettings(seed="northwind-2026" if exceptions else None),
        leaver_access_hours=24,
        lax_settings=_lax() if exceptions else (),
        head=made[-1].digest,
        bundles=made,
        people_file=UsedFile(name="people.csv", sha256=digest("people"), entries=218),
        exceptions_file=UsedFile(name="exceptions.toml", sha256=digest("exceptions"), entries=4),
        files=(UsedFile(name="lake-export.json", sha256=digest("lake"), entries=410),) if exceptions else (),
        findings=tuple(_findings()) if exceptions else (),
        unknown=tuple(_unknown()) if exceptions else (),
        coverage=tuple(_coverage(days, exceptions=exceptions)),
        sources=tuple(_sources(days, len(events))),
        events_missing=_events_missing() if exceptions else (),
        events=events,
        tests=tuple(_tests(made, exceptions=exceptions)),
        over_period=over_period(days[-1].number, HOSTILE if exceptions else ()),
        populations=tuple(_populations(made, members, exceptions=exceptions)),
        reviews=reviews(first_review, made, exceptions=exceptions) if first_review else (),
        samples=samples(HOSTILE) if exceptions else (),
    )


def digest(text: str) -> str:
    """Return a digest that is the same each time."""
    return hashlib.sha256(text.encode()).hexdigest()


def _bundles(collections: int) -> Iterator[PeriodBundle]:
    """Yield the bundles in the order of sealing."""
    step = timedelta(days=365 / max(collections, 2))
    start = datetime(2025, 10, 3, 6, 0, tzinfo=UTC)
    moments = [(start + step * at, BundleContent.COLLECTION) for at in range(collections)]
    if collections > 1:
        moments.insert(0, (start - timedelta(days=9), BundleContent.COLLECTION))
        moments += [(datetime(2026, month, 20, 15, tzinfo=UTC), BundleContent.REVIEW) for month in (1, 4, 7)]
    for at, (when, content) in enumerate(sorted(moments), start=1):
        review = content is BundleContent.REVIEW
        name = f"evidence-111122223333-{when:%Y%m%dT%H%M%SZ}"
        yield PeriodBundle(
            number=at, bundle=name, digest=digest(name), pack=f"{name}.zip", pack_sha256=digest(f"pack {name}"),
            content=content, before=collections > 1 and at == 1, sequence=at + 40,
            started=when, finished=when + timedelta(minutes=14),
            signer=digest("signer 2025" if at < collections / 2 else "signer 2026"),
            stamped=when + timedelta(minutes=15) if at % 5 else None, made_with="0.7.0" if at > 4 else "0.6.2",
            accounts=0 if review else 3, left_out=0 if review else 1, gaps=0 if review else at % 4,
            settings_differ=("thresholds.key_max_age_days",) if at == 5 else (),
        )  # fmt: skip


def _lax() -> tuple[LaxSetting, ...]:
    return (
        LaxSetting(
            key="period.remediation_days.high", value="60", default="30", tests=(), changed=(), compared=False,
            effect="Exceptions of high severity may stand longer; it was not performed again.",
        ),
    )  # fmt: skip


def _findings() -> Iterator[FileFinding]:
    for at, subject in enumerate(("Zoë Nobody", *HOSTILE[:2]), start=3):
        yield FileFinding(
            entry=at, test="JML-1", subject=subject, problem=EntryProblem.INCOMPLETE,
            sentence=f"Line {at} has no date on which {subject} started: it counts for nothing.",
        )  # fmt: skip


def _unknown() -> Iterator[str]:
    yield "No event tells what happened from 2026-02-11 to 2026-02-19: no bundle and no file covers these days."
    yield "Changes that the identity provider makes by SCIM are in no event: group members are known at snapshots only."
    yield "Bundle 5 has a gap in iam.authorization-details of account 210987654321: roles there are not known."
    yield "Account 998877665544 was left out of every collection: nothing of it is known."


def _coverage(days: list[PeriodBundle], *, exceptions: bool) -> Iterator[ItemOverTime]:
    for at, (item, title) in enumerate(_TITLES.items()):
        shown = [
            DayOfEvidence(
                day=one.started.date(), bundle=one.number,
                shown=CoveredDay.PART if exceptions and (one.number + at) % 9 == 4 else CoveredDay.WHOLE,
                why="a gap in account 210987654321" if exceptions and (one.number + at) % 9 == 4 else "",
            )
            for one in days
            if not (exceptions and 150 - 6 * at <= (one.started.date() - FIRST).days <= 195)
        ]  # fmt: skip
        asked = EVERY_DAYS.get(item) if at != 5 else None
        ends = [FIRST - timedelta(days=1), *(one.day for one in shown), LAST + timedelta(days=1)]
        pairs = [(a + timedelta(days=1), b - timedelta(days=1)) for a, b in zip(ends, ends[1:], strict=False)]
        lengths = [(b - a).days + 1 for a, b in pairs]
        holes = tuple(
            CoverageHole(first=a, last=b, days=long, why="no bundle")
            for (a, b), long in zip(pairs, lengths, strict=True)
            if asked and long > asked
        )
        yield ItemOverTime(
            item=item, title=title, every_days=asked, days=tuple(shown), holes=holes, longest=max(lengths),
            met=None if asked is None else not holes,
        )  # fmt: skip


def _events_missing() -> tuple[EventDays, ...]:
    return (
        EventDays(first=date(2026, 2, 11), last=date(2026, 2, 19), why="no source covers these days"),
        EventDays(first=date(2026, 9, 28), last=LAST, why="after the last collection"),
    )


def _sources(days: list[PeriodBundle], events: int) -> Iterator[EventSource]:
    for one in days[:: max(1, len(days) // 4)]:
        yield EventSource(
            name="cloudtrail.access-events", bundle=one.number, sha256=None,
            first=one.started - timedelta(days=90), last=one.started, events=events // 5,
            lacking=("The region eu-south-2 did not answer.",) if one.number % 2 else (),
        )  # fmt: skip
    if events:
        yield EventSource(
            name="lake-export.json", bundle=None, sha256=digest("lake"), events=events // 5,
            first=datetime(2026, 2, 20, tzinfo=UTC), last=datetime(2026, 6, 1, tzinfo=UTC),
            lacking=("Not asked for: DisableUser.",),
        )  # fmt: skip


def _events() -> Iterator[PeriodEvent]:
    names = (
        "CreateUser", "CreateAccessKey", "DeleteAccessKey", "AddMemberToGroup", "CreateAccountAssignment",
        "DeleteAccountAssignment", "DisableUser", "UpdateAccessKey", "RemoveMemberFromGroup", "AttachUserPolicy",
    )  # fmt: skip
    rare = {17: "ConsoleLogin", 41: "StopConfigurationRecorder", 42: "DeleteConfigRule", 90: "DeleteAnalyzer",
            91: "CreateArchiveRule", 120: "DeactivateMFADevice", 155: "LeaveOrganization"}  # fmt: skip
    for at in range(1, 181):
        name = rare.get(at, names[at % len(names)])
        when = datetime(2025, 10, 2, 9, 17, 3, tzinfo=UTC) + timedelta(hours=47 * at, seconds=31 * at)
        yield PeriodEvent(
            number=at, time=when, name=name,
            source="signin.amazonaws.com" if name == "ConsoleLogin" else "iam.amazonaws.com",
            account=ACCOUNTS[at % 3], region="us-east-1",
            actor="root" if name == "ConsoleLogin" else HOSTILE[at % 7] if at % 30 == 11 else "priya@northwind.example",
            failed=at in {42, 90}, about=(HOSTILE[at % 7] if at % 25 == 7 else f"AIDA{at:016d}", f"person.{at}"),
            id=digest(f"event {at}")[:36], origin=f"bundle {1 + at % 9}: {ACCOUNTS[at % 3]}/events.jsonl:{at}",
        )  # fmt: skip


def _tests(made: tuple[PeriodBundle, ...], *, exceptions: bool) -> Iterator[TestOverTime]:
    collections = [one for one in made if one.content is BundleContent.COLLECTION]
    for at, (name, test) in enumerate(catalogue().items()):
        attested = name.startswith("ATT-")
        found = tuple(_exceptions(name, at, collections)) if exceptions and at % 4 == 1 and not attested else ()
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
    differs = exceptions and at % 17 == 1 and one.number % 6 == 2
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
        subject = HOSTILE[(at + number) % 7] if number == 1 else f"arn:aws:iam::{ACCOUNTS[number % 3]}:user/user-{at}-{number}"
        yield ExceptionOverTime(
            test=test, subject=subject, account=ACCOUNTS[number % 3], region="eu-central-1" if number == 2 else "",
            severity=(Severity.HIGH, Severity.MEDIUM, Severity.CRITICAL, Severity.LOW)[number % 4],
            observed=f"access key 1 is {97 + at} days old, last used 2026-01-0{1 + number % 9} in s3",
            since=start.started - timedelta(days=3) if number % 2 else None, first=start.number, last=end.number,
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
                Acceptance(first=start.number, last=end.number, approver="Priya Natarajan, CISO",
                           approved_on=date(2025, 11, 2), expires_on=date(2026, 3, 31), lapsed=number % 2 == 0),
            ) if remediation is Remediation.ACCEPTED else (),
            pointers=(f"{ACCOUNTS[number % 3]}/iam/credential-report.csv:{at + number}",),
        )  # fmt: skip


def _populations(made: tuple[PeriodBundle, ...], many: int, *, exceptions: bool) -> Iterator[PeriodPopulation]:
    collections = [one for one in made if one.content is BundleContent.COLLECTION]
    kinds = {
        EntryKind.USER: 40, EntryKind.KEY: 25, EntryKind.ROLE: many // 2, EntryKind.PERSON: many,
        EntryKind.GROUP: 12, EntryKind.MEMBERSHIP: many, EntryKind.PERMISSION_SET: 8, EntryKind.ASSIGNMENT: 30,
    }  # fmt: skip
    for kind, size in kinds.items():
        members = tuple(_member(kind, at, collections, exceptions=exceptions) for at in range(size))
        counts = tuple(
            (one.number, sum(
                any((p.first or 0) <= one.number <= (p.last or 0) for p in member.presences) for member in members
            ))
            for one in collections
        )  # fmt: skip
        whole = not exceptions or kind is not EntryKind.ROLE
        yield PeriodPopulation(
            kind=kind, items=("iam.authorization-details",), whole=whole, counts=counts, members=members,
            lacking=() if whole else ("Bundle 5 has a gap in iam.authorization-details of account 210987654321.",),
        )  # fmt: skip


def _member(kind: EntryKind, at: int, made: list[PeriodBundle], *, exceptions: bool) -> PopulationMember:
    steps = len(made)
    joined = (at * 5) % steps if at % 4 == 1 else 0
    left = max(joined, steps - 1 - (at * 7) % steps) if at % 5 == 2 else steps - 1
    first, last = made[joined], made[left]
    by_event = exceptions and at % 8 == 1
    presence = Presence(
        first=first.number, last=last.number, absent_before=made[joined - 1].number if joined else None,
        absent_after=made[left + 1].number if left + 1 < steps else None,
        began=first.started - timedelta(hours=30) if by_event and joined else None, ended=None,
        began_by=5 if by_event and joined else None, ended_by=None, doubts=(),
    )  # fmt: skip
    changes = (
        ChangeOverTime(old=made[joined].number, new=made[left].number, member="groups", before="engineering",
                       after="engineering; administrators", events=(4,) if exceptions else ()),
    ) if at % 12 == 0 and left > joined else ()  # fmt: skip
    name = HOSTILE[(at // 20) % 7] if exceptions and at % 20 == 1 else f"{kind.value} {at}"
    return PopulationMember(
        id=f"{kind.value[:4].upper()}-{at:08d}", name=name, account=ACCOUNTS[at % 3], region="",
        presences=(presence,), changes=changes, events=(5,) if by_event else (),
        pointer=f"{ACCOUNTS[at % 3]}/iam/authorization-details.jsonl:{at + 1}",
    )  # fmt: skip
