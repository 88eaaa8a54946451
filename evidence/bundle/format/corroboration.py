"""Defines the files of a corroboration, which compares a bundle's call ledger with CloudTrail.

A folder `BUNDLE-corroboration-TIME` beside the bundle: corroboration.json, its detached CMS signature in the
form of docs/format.md §2, and the same for people as a signed PDF. The bundle itself is not touched.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from evidence.bundle.format.models import AccountId, BundleModel, Caller, CallRecord, Sha256, Tool

DOCUMENT = "corroboration.json"
SIGNATURE = f"{DOCUMENT}.p7s"
PAGE = "corroboration.pdf"
FILES = (DOCUMENT, SIGNATURE, PAGE)
INFIX = "-corroboration-"
"""Between the bundle's name and the time, in the folder's name."""


class TrailVerdict(StrEnum):
    """What CloudTrail says of one call of the ledger."""

    AGREES = "agrees"
    """Recorded, with the same caller, time, source, name, region and outcome."""
    DIFFERS = "differs"
    """Recorded, but not as the ledger says: evidence against the ledger."""
    MISSING = "missing"
    """Not among the events, which were read completely where the call should be."""
    UNAVAILABLE = "unavailable"
    """Not among the events, but those where it should be could not be read, or not completely."""
    NOT_EXPECTED = "not expected"
    """Not among the events, and CloudTrail does not record such a request."""


class Difference(BundleModel):
    """One member in which the ledger and CloudTrail do not say the same."""

    member: str
    ledger: str
    cloudtrail: str


class CallVerdict(BundleModel):
    """One line of the ledger, and what CloudTrail says of it."""

    seq: int
    """The line of the bundle's data/calls.jsonl."""
    operation: str
    """`service:Operation`."""
    account: AccountId
    region: str
    request_id: str
    verdict: TrailVerdict
    events: tuple[str, ...] = ()
    """CloudTrail's ids of the events with this request id, sorted."""
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """Why it is not expected or unavailable, one clause."""
    reference: str = ""
    """Where AWS documents that reason."""


class UnlistedEvent(BundleModel):
    """A request that CloudTrail has of this caller and this tool during the run, and the ledger has not."""

    event_id: str
    request_id: str
    time: datetime
    operation: str
    """`eventSource eventName`."""
    region: str


class HistoryLookup(BundleModel):
    """One part of an event history that was asked, and how that went."""

    account: AccountId
    region: str
    event_source: str
    complete: bool
    events: int
    """Events read."""
    cause: str = ""
    error_code: str = ""
    message: str = ""


class SourceFile(BundleModel):
    """One file of events that was given."""

    name: str
    """Path below the folder given."""
    sha256: Sha256
    bytes: int
    events: int
    unreadable: int
    """Records that are not events; they were passed over."""
    problem: str = ""
    """Why the rest of the file was not read; empty when all of it was."""


class EventOrigin(BundleModel):
    """Where the events came from."""

    kind: Literal["LookupEvents", "files"]
    caller: Caller | None = None
    """Who asked CloudTrail (sts GetCallerIdentity); none for files."""
    places: tuple[HistoryLookup, ...] = ()
    files: tuple[SourceFile, ...] = ()
    unreadable: int = 0
    """Events that could not be read as such, in all places and files."""


class Totals(BundleModel):
    """The verdicts, counted; `expected` is all but those not expected."""

    calls: int
    expected: int
    agree: int
    differ: int
    missing: int
    unavailable: int
    not_expected: int
    unlisted: int


class Corroboration(BundleModel):
    """`corroboration.json`."""

    format_version: Literal["1"] = "1"
    kind: Literal["corroboration"] = "corroboration"
    bundle: str
    bundle_digest: Sha256
    """SHA-256 of the bundle's tagmanifest-sha256.txt."""
    tool: Tool
    made: datetime
    source: EventOrigin
    window_start: datetime
    window_end: datetime
    """Events from the one to the other were looked at."""
    tolerance_seconds: Annotated[float, Field(ge=0)]
    """How far an event's time may lie from the call's."""
    totals: Totals
    verdicts: tuple[CallVerdict, ...]
    """One for each line of the ledger, in its order."""
    unlisted: tuple[UnlistedEvent, ...]
    limits: tuple[str, ...]
    """What this does not show, one sentence each."""
    calls: tuple[CallRecord, ...]
    """The requests that were sent to AWS for this comparison: a ledger of its own."""


def count(verdicts: Sequence[CallVerdict], unlisted: int) -> Totals:
    """Count verdicts."""
    counted = Counter(one.verdict for one in verdicts)
    return Totals(
        calls=len(verdicts),
        expected=len(verdicts) - counted[TrailVerdict.NOT_EXPECTED],
        agree=counted[TrailVerdict.AGREES],
        differ=counted[TrailVerdict.DIFFERS],
        missing=counted[TrailVerdict.MISSING],
        unavailable=counted[TrailVerdict.UNAVAILABLE],
        not_expected=counted[TrailVerdict.NOT_EXPECTED],
        unlisted=unlisted,
    )
