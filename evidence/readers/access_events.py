"""Reads what CloudTrail was asked about changes of access, and the events that it told."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, joined_names, optional_text, require_moment, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, sort_out

EVENTS = "cloudtrail.access-events"


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """An event of CloudTrail's history, of the account and region that were asked."""

    name: str
    time: datetime
    source: str
    id: str
    user: str
    failed: bool
    """The full record, where there is one, has an errorCode."""
    record: str
    """The full record, as text; empty without one."""
    account: str
    region: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class EventLookUp:
    """One question to CloudTrail's history, and whether it was answered."""

    attribute: str
    """`EventName` or `Username`."""
    value: str
    account: str
    region: str
    since: str
    """From when on; empty for the 90 days that AWS keeps."""
    answered: bool
    why: str
    """Why there is no answer; empty where there is one."""
    kept: int
    """How many events of the answer stand in the bundle."""
    pointer: Pointer


def access_events(evidence: Evidence) -> Iterator[AccessEvent | Unreadable]:
    """Yield CloudTrail's events, name after name, the newest first of each."""
    return evidence.each(EVENTS, access_event, kind="Event")


def look_ups(evidence: Evidence) -> Iterator[EventLookUp | Unreadable]:
    """Yield what CloudTrail was asked."""
    return evidence.each(EVENTS, look_up, kind="Asked")


def access_event(located: LocatedRecord) -> AccessEvent:
    """Read a record of an event; raises one of MALFORMED."""
    event = located.value["Event"]
    record = optional_text(event.get("CloudTrailEvent"))
    return AccessEvent(
        name=require_text(event["EventName"]),
        time=require_moment(event["EventTime"]),
        source=optional_text(event.get("EventSource")),
        id=optional_text(event.get("EventId")),
        user=optional_text(event.get("Username")),
        failed=was_refused(json.loads(record or "{}")),
        record=record,
        account=located.target.account,
        region=require_text(located.value["Region"]),
        pointer=pointer_to(located),
    )


def was_refused(record: Mapping[str, Any]) -> bool:
    """Say of an event's full record whether AWS refused what was asked: it then has an errorCode.

    A sign-in that failed has none, and says so in its answer.
    """
    answer = record.get("responseElements")
    signed_in = answer.get("ConsoleLogin") if isinstance(answer, dict) else None
    return record.get("errorCode") is not None or signed_in == "Failure"


def look_up(located: LocatedRecord) -> EventLookUp:
    """Read a record of a question; raises one of MALFORMED."""
    asked = located.value["Asked"]
    attribute = "Username" if "Username" in asked else "EventName"
    if asked["Answered"] not in (True, False):
        raise MalformedEvidenceError(f"{asked['Answered']!r} stands where true or false belongs")
    why = (optional_text(asked.get("Cause")), optional_text(asked.get("ErrorCode")))
    return EventLookUp(
        attribute=attribute,
        value=require_text(asked[attribute]),
        account=located.target.account,
        region=require_text(located.value["Region"]),
        since=optional_text(asked.get("From")),
        answered=asked["Answered"],
        why=" ".join(filter(None, why)),
        kept=_number(asked["Kept"]) if asked["Answered"] else 0,
        pointer=pointer_to(located),
    )


def _number(value: Any) -> int:
    if type(value) is not int:
        raise MalformedEvidenceError(f"{value!r} stands where a number belongs")
    return value


@dataclass(frozen=True, slots=True)
class EventSearch:
    """What CloudTrail tells of events of some names in one region."""

    events: tuple[AccessEvent, ...]
    unanswered: frozenset[str]
    """Names of which there may be events that the bundle does not show."""
    missing: tuple[str, ...]
    """The same in words, with region, account and why."""


def search(evidence: Evidence, names: Collection[str], region: str, owner: str) -> EventSearch:
    """Return the events of these names, and which of the names were not asked for, or not answered.

    Asked must be the account that owns what they are about, if the run covers it, each other one that was
    asked for some of them, and one at least. A record that cannot be read answers nothing.
    """
    events, odd = sort_out(access_events(evidence))
    questions, unread = sort_out(look_ups(evidence))
    told = {
        (one.account, one.value): one
        for one in questions
        if (one.attribute, one.region, one.since) == ("EventName", region, "")
    }
    cut = cut_short(events, questions)
    accounts = {account for account, name in told if name in names}
    accounts |= {owner} if owner in evidence.accounts or not accounts else set()
    spoiled = [one for one in (*odd, *unread) if one.pointer.file.partition("/")[0] in accounts]
    lacking: dict[tuple[str, str], list[str]] = defaultdict(list)
    for account in sorted(accounts):
        for name in sorted(names):
            one = told.get((account, name))
            if one is None or not one.answered:
                lacking[account, one.why if one else "not asked"].append(name)
            elif (account, region) in cut:
                lacking[account, "fewer events stand here than were kept"].append(name)
    return EventSearch(
        events=tuple(
            one for one in events if one.name in names and one.region == region and one.account in accounts
        ),
        unanswered=frozenset(names if spoiled else (name for some in lacking.values() for name in some)),
        missing=(
            *(f"{joined_names(some)} in {region} of {account}: {why}"
              for (account, why), some in lacking.items()),
            *(one.short for one in spoiled),
        ),
    )  # fmt: skip


def cut_short(events: list[AccessEvent], questions: list[EventLookUp]) -> set[tuple[str, str]]:
    """Return the accounts and regions of which fewer events stand in the bundle than answers gave."""
    kept: Counter[tuple[str, str]] = Counter()
    for one in questions:
        kept[one.account, one.region] += one.kept
    found = Counter((one.account, one.region) for one in events)
    return {place for place in kept if kept[place] > found[place]}
