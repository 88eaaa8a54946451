"""Gathers the events of CloudTrail about access: sealed into bundles, and from files that were given.

The same event stands in several bundles, as CloudTrail's history goes back 90 days; it counts once, by its
id.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from evidence.collectors._access_events import TABLE
from evidence.corroborate.events import parse_moment
from evidence.diff.model import EntryKind
from evidence.period.event_facts import (
    EventDetails,
    EventEffect,
    EventTarget,
    members_of,
    root_id,
    targets_of,
    text_of,
)
from evidence.readers.access_events import AccessEvent, was_refused

ROOT_TYPE = "Root"
_WANTED = {(source, name) for row in TABLE for source in row.sources for name in row.names}


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event, as one source tells it."""

    id: str
    time: datetime
    name: str
    source: str
    account: str
    region: str
    actor: str
    failed: bool
    by_root: bool
    targets: tuple[EventTarget, ...]
    origin: str
    """Where it stands, in words: `bundle 3: PATH:LINE`, or a file's name and the event's place in it."""
    bundle: int | None
    place: int
    """Its line, or its place in the file."""
    content: str
    """SHA-256 of its full record; empty without one."""

    @property
    def key(self) -> str:
        """Names it among all events."""
        return (
            self.id
            or hashlib.sha256(
                f"{self.time.isoformat()} {self.source} {self.name} {self.account} {self.content}".encode()
            ).hexdigest()
        )

    @property
    def about(self) -> tuple[str, ...]:
        """Ids and names of what it is about."""
        return tuple(dict.fromkeys(word for one in self.targets for word in one.about))

    @property
    def words(self) -> str:
        """Name and time."""
        return f"{self.name} at {self.time:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def order(self) -> tuple[datetime, str, str]:
        """What events are sorted by."""
        return self.time, self.name, self.key

    def differs(self, other: "ToldEvent") -> bool:
        """Say whether another one of the same id says something else."""
        mine = (self.time, self.name, self.source, self.region, self.failed)
        others = (other.time, other.name, other.source, other.region, other.failed)
        return mine != others or ("" not in (self.content, other.content) and self.content != other.content)


def from_bundle(event: AccessEvent, bundle: int) -> ToldEvent:
    """Return an event that is sealed into a bundle. Its full record tells more, where there is one."""
    record = _record(event.record)
    told = _told(
        record, name=event.name, source=event.source, account=event.account, region=event.region,
        failed=event.failed, time=event.time,
    )  # fmt: skip
    line = event.pointer.line or 0
    return replace(
        told, id=event.id or told.id, actor=_actor(record) or event.user,
        by_root=told.by_root or (event.user == "root" and "userIdentity" not in record),
        origin=f"bundle {bundle}: {event.pointer}", bundle=bundle, place=line,
    )  # fmt: skip


def _record(text: str) -> Mapping[str, Any]:
    try:
        return members_of(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return {}


def _told(
    record: Mapping[str, Any],
    *,
    name: str,
    source: str,
    account: str,
    region: str,
    failed: bool,
    time: datetime,
) -> ToldEvent:
    account = text_of(record, "recipientAccountId") or account
    by_root = text_of(record, "userIdentity", "type") == ROOT_TYPE
    details = EventDetails(
        name, account, region,
        members_of(record.get("requestParameters")), members_of(record.get("responseElements")),
    )  # fmt: skip
    targets = targets_of(source, details)
    root = EventTarget(EntryKind.MFA, EventEffect.CHANGED, root_id(account))
    if by_root and root not in targets:
        targets = (*targets, root)
    content = json.dumps(record, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return ToldEvent(
        id=text_of(record, "eventID"), time=time.astimezone(UTC), name=name, source=source, account=account,
        region=region, actor=_actor(record), failed=failed, by_root=by_root, targets=targets, origin="",
        bundle=None, place=0, content=hashlib.sha256(content).hexdigest() if record else "",
    )  # fmt: skip


def _actor(record: Mapping[str, Any]) -> str:
    who = members_of(record.get("userIdentity"))
    return next(
        (found for name in ("arn", "userName", "principalId", "type") if (found := text_of(who, name))), ""
    )


def of_record(record: Any) -> ToldEvent | None:
    """Return the event of a record of a log file; None for one that is not about access.

    Raises ValueError for one without name, service or time.
    """
    members = members_of(record)
    name, source = text_of(members, "eventName"), text_of(members, "eventSource")
    if not name or not source:
        raise ValueError("it has no name, or no service")
    by_root = text_of(members, "userIdentity", "type") == ROOT_TYPE and members.get("readOnly") is not True
    if (source, name) not in _WANTED and not by_root:
        return None
    identity = members_of(members.get("userIdentity"))
    return _told(
        members, name=name, source=source, account=text_of(identity, "accountId"),
        region=text_of(members, "awsRegion"), failed=was_refused(members),
        time=parse_moment(text_of(members, "eventTime")),
    )  # fmt: skip


def of_lookup(item: Any) -> ToldEvent | None:
    """Return the event of a member of LookupEvents' answer; as `of_record`."""
    text = members_of(item).get("CloudTrailEvent")
    if not isinstance(text, str):
        raise ValueError("it has no CloudTrailEvent")  # noqa: TRY004
    return of_record(_record(text))


def of_row(row: Mapping[str, str]) -> ToldEvent | None:
    """Return the event of a row of a query's result; what was asked for only where it has that column.

    Raises ValueError without the column errorCode: what was refused would count as done.
    """
    if "errorcode" not in row:
        raise ValueError("its file does not tell whether it failed")
    record: dict[str, Any] = {
        "eventID": row["eventid"], "eventName": row["eventname"], "eventSource": row["eventsource"],
        "eventTime": row["eventtime"], "awsRegion": row["awsregion"],
        "recipientAccountId": row["recipientaccountid"], "errorCode": _null(row.get("errorcode", "")),
        "userIdentity": {
            "arn": row["useridentityarn"],
            "type": ROOT_TYPE if row["useridentityarn"].endswith(":root") else "",
        },
        "readOnly": row.get("readonly", "").casefold() == "true",
        "requestParameters": _record(row.get("requestparameters", "")),
        "responseElements": _record(row.get("responseelements", "")),
    }  # fmt: skip
    told = of_record(record)
    return replace(told, content="") if told else None


def _null(text: str) -> str | None:
    return None if text.casefold() in ("", "null") else text
