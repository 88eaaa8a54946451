"""Excerpts Identity Center for the report: people, their source, and their assignments."""

from collections import Counter

from evidence.bundle.open import Bundle
from evidence.readers import access_events
from evidence.readers import identity_center as center
from evidence.readers import identity_store as store
from evidence.readers.access_events import AccessEvent
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.identity_center import InstanceDescription
from evidence.readers.identity_store import Person
from evidence.readers.unreadable import Unreadable, sort_out
from evidence.report.accounts import first_names
from evidence.report.gaps import over_gaps
from evidence.report.model import Column, Fact, Table, counted, excerpt, moment, plural
from evidence.report.names import sheet_pointer

# Words in the names of events that tell where identities come from, rather than what they were assigned.
SOURCE_WORDS = (
    "externalidp",
    "identitysource",
    "identityprovider",
    "provisioningtenant",
    "bearertoken",
    "directory",
)
SOURCES = ("sso", "identitystore")
"""How the sources of Identity Center's events begin."""
LOCAL = "no issuer recorded (local, or created by API)"
NONE = "—"


def identity_center(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return the instance, its people by issuer, and the events that speak of the identity source."""
    evidence = Evidence.whole(bundle)
    facts = _instance(evidence)
    people, unread = _people(evidence)
    if bundle.units(store.USERS):
        facts += over_gaps(
            bundle, store.USERS, [counted("People in the identity store", len(people), unread)]
        )
    for name, item, read in (
        ("Groups", store.GROUPS, store.group),
        ("Permission sets", center.SETS, center.permission_set),
        ("Assignments", center.ASSIGNMENTS, center.assignment),
    ):
        if bundle.units(item):
            known, unknown = sort_out(evidence.each(item, read))
            facts += over_gaps(bundle, item, [counted(name, len(known), unknown)])
    return [*facts, *_look_ups(evidence)], [*_issuers(people, unread), *_events(evidence)]


def _instance(evidence: Evidence) -> list[Fact]:
    facts = []
    for one, told in zip(center.instances(evidence), center.instance_descriptions(evidence), strict=True):
        if isinstance(one, Unreadable):
            facts.append(Fact("Instance", one.short, one.why))
            continue
        facts += [
            Fact("Instance", one.arn, mono=True),
            Fact("Home region", one.region),
            Fact("Status", one.status),
            Fact("Owner account", one.owner),
            Fact("Identity store", one.store or NONE, mono=True),
            *_described(told),
        ]
    return facts


def _described(told: InstanceDescription | Unreadable) -> list[Fact]:
    """Return what AWS tells of an instance beyond listing it."""
    if isinstance(told, Unreadable):
        return [Fact("Description", told.short, told.why)]
    enabled = {True: "yes", False: "no", None: NONE}[told.permission_sets]
    return [
        Fact("Permission sets enabled", enabled),
        Fact("Encryption key", told.key or NONE, told.key_status, mono=True),
        Fact("Regions", joined_names(told.regions) or NONE),
    ]


def _people(evidence: Evidence) -> tuple[list[Person], list[Unreadable]]:
    """Return the users, and those that cannot be read."""
    return sort_out(store.people(evidence))


def _issuers(people: list[Person], unread: list[Unreadable]) -> list[Table]:
    count: Counter[str] = Counter()
    for one in people:
        count.update({issuer or LOCAL for issuer in one.issuers} or {LOCAL})
    rows = [(name, f"{number:,}") for name, number in sorted(count.items(), key=lambda x: (-x[1], x[0]))]
    if unread:
        rows = [(name, unread[0].short) for name, _ in rows] or [(unread[0].short, unread[0].short)]
    if not rows:
        return []
    columns = (Column("Issuer recorded under ExternalIds", "mono"), Column("People", "number", 15))
    note = "The identity source is inferred from these issuers; AWS does not state it."
    return [excerpt("People by issuer", columns, rows, sheet_pointer(store.USERS), note=note)]


def _says_nothing_of_the_source(event: AccessEvent) -> bool:
    return not any(word in event.name.lower() for word in SOURCE_WORDS)


def _look_ups(evidence: Evidence) -> list[Fact]:
    """Return how many of the questions to CloudTrail were answered, and which were not."""
    asked, unread = sort_out(access_events.look_ups(evidence))
    if not (asked or unread):
        return []
    open_ = [one for one in asked if not one.answered]
    named = first_names([f"{one.value} in {one.region} of {one.account} ({one.why})" for one in open_])
    remark = f"not answered: {named}" if open_ else "event names in one region of one account each, 90 days"
    answered = f"{len(asked) - len(open_):,} of {len(asked):,} answered"
    return [Fact("CloudTrail look-ups", unread[0].short if unread else answered, remark)]


def _events(evidence: Evidence) -> list[Table]:
    columns = (
        Column("Event", "mono", 33),
        Column("Time", width=20),
        Column("Source", "mono", 22),
        Column("Event id", "mono"),
    )
    events, unread = sort_out(access_events.access_events(evidence))
    events = [one for one in events if one.source.startswith(SOURCES) or not one.source]
    events.sort(key=_says_nothing_of_the_source)  # stable: newest first, as AWS lists them
    rows = [(one.short, *["not readable"] * 3) for one in unread]
    rows += [(one.name, moment(one.time), one.source or NONE, one.id or NONE) for one in events]
    counts = (
        f"CloudTrail events {unread[0].short}"
        if unread
        else plural(
            len(events), "CloudTrail event of Identity Center", "CloudTrail events of Identity Center"
        )
    )
    title = f"{counts} of 90 days, the identity source's first"
    return [excerpt(title, columns, rows, sheet_pointer(access_events.EVENTS))] if rows else []
