"""A year of a company that never was: everything that a report over a period may have to say."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from evidence.controls.declaration import BundleKind
from evidence.controls.results import LaxSetting
from evidence.diff.model import EntryKind
from evidence.period.happened import (
    ChangeOverTime,
    EventDays,
    EventSource,
    PeriodEvent,
    PeriodPopulation,
    PopulationMember,
    Presence,
)
from evidence.period.model import (
    CoverageHole,
    CoveredDay,
    DayOfEvidence,
    ItemOverTime,
    PeriodBundle,
    PeriodResults,
)
from evidence.settings.period import EVERY_DAYS, PeriodSettings
from evidence.statements.records import EntryProblem, FileFinding, UsedFile
from tests.period.example_lines import lines
from tests.period.example_names import ACCOUNTS, HOSTILE
from tests.period.example_tests import over_period, reviews, samples

FIRST, LAST = date(2025, 10, 1), date(2026, 9, 30)
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
    """Return results over `bundles` collections, with one before the period and three reviews.

    `exceptions`: some tests have some, some items have holes; without, all is well.
    """
    made = tuple(_bundles(bundles))
    days = [one for one in made if one.content is BundleKind.COLLECTION and not one.before]
    events = tuple(_events()) if exceptions else ()
    first_review = next((one for one in made if one.content is BundleKind.REVIEW), None)
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
        tests=tuple(lines(made, exceptions=exceptions)),
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
    moments = [(start + step * at, BundleKind.COLLECTION) for at in range(collections)]
    if collections > 1:
        moments.insert(0, (start - timedelta(days=9), BundleKind.COLLECTION))
        moments += [(datetime(2026, month, 20, 15, tzinfo=UTC), BundleKind.REVIEW) for month in (1, 4, 7)]
    for at, (when, content) in enumerate(sorted(moments), start=1):
        review = content is BundleKind.REVIEW
        name = f"evidence-111122223333-{when:%Y%m%dT%H%M%SZ}"
        yield PeriodBundle(
            number=at, bundle=name, digest=digest(name), pack=f"{name}.zip",
            pack_sha256=digest(f"pack {name}"),
            content=content, before=collections > 1 and at == 1, sequence=at + 40,
            started=when, finished=when + timedelta(minutes=14),
            signer=digest("signer 2025" if at < collections / 2 else "signer 2026"),
            stamped=when + timedelta(minutes=15) if at % 5 else None,
            made_with="0.7.0" if at > 4 else "0.6.2",
            accounts=0 if review else 3, left_out=0 if review else 1, gaps=0 if review else at % 4,
            settings_differ=("thresholds.key_max_age_days",) if at == 5 else (),
        )  # fmt: skip


def _lax() -> tuple[LaxSetting, ...]:
    return (
        LaxSetting(
            key="period.remediation_days.high", value="60", default="30", tests=(), changed=(),
            compared=False,
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
    yield "No event tells what happened from 2026-02-11 to 2026-02-19: nothing covers these days."
    yield "Changes that the identity provider makes by SCIM are in no event: bundles alone show members."
    yield "Bundle 5 has a gap in iam.authorization-details of account 210987654321: its roles are not known."
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
        pairs = [(a + timedelta(days=1), b - timedelta(days=1)) for a, b in pairwise(ends)]
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
        "DeleteAccountAssignment", "DisableUser", "UpdateAccessKey", "RemoveMemberFromGroup",
        "AttachUserPolicy",
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
            actor="root" if name == "ConsoleLogin" else HOSTILE[at % 7] if at % 30 == 11 else "priya@nw",
            failed=at in {42, 90},
            about=(HOSTILE[at % 7] if at % 25 == 7 else f"AIDA{at:016d}", f"person.{at}"),
            id=digest(f"event {at}")[:36],
            origin=f"bundle {1 + at % 9}: {ACCOUNTS[at % 3]}/events.jsonl:{at}",
        )  # fmt: skip


def _populations(
    made: tuple[PeriodBundle, ...], many: int, *, exceptions: bool
) -> Iterator[PeriodPopulation]:
    collections = [one for one in made if one.content is BundleKind.COLLECTION]
    kinds = {
        EntryKind.USER: 40, EntryKind.KEY: 25, EntryKind.ROLE: many // 2, EntryKind.PERSON: many,
        EntryKind.GROUP: 12, EntryKind.MEMBERSHIP: many, EntryKind.PERMISSION_SET: 8,
        EntryKind.ASSIGNMENT: 30,
    }  # fmt: skip
    for kind, size in kinds.items():
        members = tuple(_member(kind, at, collections, exceptions=exceptions) for at in range(size))
        counts = tuple(
            (one.number, sum(_there(member, one.number) for member in members)) for one in collections
        )
        whole = not exceptions or kind is not EntryKind.ROLE
        yield PeriodPopulation(
            kind=kind, items=("iam.authorization-details",), whole=whole, counts=counts, members=members,
            lacking=() if whole else ("Bundle 5 has a gap in iam.authorization-details.",),
        )  # fmt: skip


def _there(member: PopulationMember, number: int) -> bool:
    return any((one.first or 0) <= number <= (one.last or 0) for one in member.presences)


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
