"""Excerpts Identity Center for the report: people, their source, and their assignments."""

from collections import Counter
from typing import Any

from evidence.bundle.open import Bundle
from evidence.report.model import Column, Fact, Table, excerpt, moment, plural
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
LOCAL = "no issuer recorded (local, or created by API)"


def identity_center(bundle: Bundle) -> tuple[list[Fact], list[Table]]:
    """Return the instance, its people by issuer, and the events that speak of the identity source."""
    facts = _instance(bundle)
    issuers, people = _issuers(bundle)
    if bundle.units("identity-store.users"):
        facts.append(Fact("People in the identity store", f"{people:,}"))
    facts += [
        Fact(name, f"{sum(unit.records for unit in bundle.units(item)):,}")
        for name, item in (
            ("Groups", "identity-store.groups"),
            ("Permission sets", "identity-center.permission-sets"),
            ("Assignments", "identity-center.assignments"),
        )
        if bundle.units(item)
    ]
    tables = []
    if issuers:
        rows = [(name, f"{count:,}") for name, count in sorted(issuers.items(), key=lambda x: (-x[1], x[0]))]
        columns = (Column("Issuer recorded under ExternalIds", "mono"), Column("People", "number", 15))
        pointer = sheet_pointer("identity-store.users")
        note = "The identity source is inferred from these issuers; AWS does not state it."
        tables.append(excerpt("People by issuer", columns, rows, pointer, note=note))
    return facts, [*tables, *_events(bundle)]


def _instance(bundle: Bundle) -> list[Fact]:
    facts = []
    for located in bundle.records("identity-center.instance"):
        instance = {**(located.value.get("Instance") or {}), **(located.value.get("Description") or {})}
        facts += [
            Fact("Instance", _text(instance, "InstanceArn"), mono=True),
            Fact("Home region", str(located.value.get("Region", "—"))),
            Fact("Status", _text(instance, "Status")),
            Fact("Owner account", _text(instance, "OwnerAccountId")),
            Fact("Identity store", _text(instance, "IdentityStoreId"), mono=True),
        ]
    return facts


def _text(record: dict[str, Any], key: str) -> str:
    return str(record.get(key) or "—")


def _issuers(bundle: Bundle) -> tuple[Counter[str], int]:
    issuers: Counter[str] = Counter()
    people = 0
    for located in bundle.records("identity-store.users"):
        people += 1
        entries = [x for x in located.value.get("ExternalIds") or () if isinstance(x, dict)]
        issuers.update({str(entry.get("Issuer") or LOCAL) for entry in entries} or {LOCAL})
    return issuers, people


def _says_nothing_of_the_source(event: dict[str, Any]) -> bool:
    return not any(word in _text(event, "EventName").lower() for word in SOURCE_WORDS)


def _events(bundle: Bundle) -> list[Table]:
    columns = (
        Column("Event", "mono", 33),
        Column("Time", width=20),
        Column("Source", "mono", 22),
        Column("Event id", "mono"),
    )
    events = [located.value.get("Event") or {} for located in bundle.records("identity-center.source-events")]
    events.sort(key=_says_nothing_of_the_source)  # stable: newest first, as AWS lists them
    rows = (
        (
            _text(event, "EventName"),
            moment(event.get("EventTime")),
            _text(event, "EventSource"),
            _text(event, "EventId"),
        )
        for event in events
    )
    title = f"{plural(len(events), 'CloudTrail event')} of 90 days, the identity source's first"
    return [excerpt(title, columns, rows, sheet_pointer("identity-center.source-events"))] if events else []
