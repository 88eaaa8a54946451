"""Reads one CloudTrail event, from the three forms in which it comes; every member is hostile.

Members: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity
events".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evidence.bundle.format import strictjson

MAX_EVENT = 1024 * 1024
"""Bytes; CloudTrail's own limit is 256 KB, and 1 MB for those it enriches."""
_LONGEST = 2_000
API_CALL = "AwsApiCall"
COLUMNS = (
    "requestid", "eventid", "eventtime", "eventsource", "eventname", "awsregion", "recipientaccountid",
    "useridentityarn",
)  # fmt: skip
"""Columns that a CSV must have, in any case and with or without `_`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One request as CloudTrail recorded it."""

    event_id: str
    request_id: str
    time: datetime
    """When the request was completed, UTC, whole seconds."""
    source: str
    name: str
    region: str
    account: str
    caller_arn: str
    principal_id: str
    error_code: str
    user_agent: str


def from_lookup(item: Any) -> Event | None:
    """Return the event of one member of LookupEvents' answer; None for what is no API call.

    Raises ValueError when it cannot be read.
    """
    text = item.get("CloudTrailEvent") if isinstance(item, dict) else None
    if not isinstance(text, str):
        raise ValueError("it has no CloudTrailEvent")  # noqa: TRY004
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_EVENT:
        raise ValueError(f"it is larger than {MAX_EVENT} bytes")
    return from_record(strictjson.loads(data))


def from_record(record: Any) -> Event | None:
    """Return the event of one record of a log file; None for what is no API call.

    Raises ValueError when a member that an event has is absent or is no text.
    """
    if not isinstance(record, dict):
        raise ValueError("it is no object")  # noqa: TRY004
    if record.get("eventType", API_CALL) != API_CALL or not record.get("requestID"):
        return None
    identity = record.get("userIdentity")
    who: Mapping[str, Any] = identity if isinstance(identity, dict) else {}
    return Event(
        event_id=_text(record, "eventID"),
        request_id=_text(record, "requestID"),
        time=parse_moment(_text(record, "eventTime")),
        source=_text(record, "eventSource"),
        name=_text(record, "eventName"),
        region=_text(record, "awsRegion"),
        account=_text(record, "recipientAccountId") or _text(who, "accountId"),
        caller_arn=_text(who, "arn"),
        principal_id=_text(who, "principalId"),
        error_code=_text(record, "errorCode"),
        user_agent=_text(record, "userAgent"),
    )


def from_row(row: Mapping[str, str]) -> Event | None:
    """Return the event of one row of a query's result (CloudTrail Lake, Athena), by normalised column.

    Raises ValueError for a time that is none.
    """
    if not row.get("requestid") or row.get("eventtype", API_CALL) not in ("", API_CALL):
        return None
    return Event(
        event_id=_capped(row["eventid"]),
        request_id=_capped(row["requestid"]),
        time=parse_moment(row["eventtime"]),
        source=_capped(row["eventsource"]),
        name=_capped(row["eventname"]),
        region=_capped(row["awsregion"]),
        account=_capped(row["recipientaccountid"]),
        caller_arn=_capped(row["useridentityarn"]),
        principal_id=_capped(row.get("useridentityprincipalid", "")),
        error_code=_capped(_null(row.get("errorcode", ""))),
        user_agent=_capped(row.get("useragent", "")),
    )


def column(name: str) -> str:
    """Return a column's name without case, `_` and `.`: `userIdentity.arn` is `useridentityarn`."""
    return name.strip().casefold().replace("_", "").replace(".", "")


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"its {name} is no text")  # noqa: TRY004
    return _capped(value)


def _capped(text: str) -> str:
    # a lone surrogate can stand in JSON, and in no file we write
    return text[:_LONGEST].encode("utf-8", "replace").decode()


def _null(text: str) -> str:
    return "" if text.casefold() == "null" else text


def parse_moment(text: str) -> datetime:
    """Return RFC 3339 or SQL's form of it (`2026-10-01 06:00:00.000`) as UTC."""
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("its eventTime is no time") from error
