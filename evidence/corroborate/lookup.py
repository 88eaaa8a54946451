"""Asks CloudTrail's event history: LookupEvents, region by region, through gate and ledger.

AWS keeps the last 90 days of management events, in the region where each was recorded; answers two requests
a second and region; takes one filter at most, and none for the request id. So all events of a service in the
time of the run are read.
"""

import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.aws.caller import RequestSender as AwsCaller
from evidence.aws.calls import Question
from evidence.aws.cause import explain
from evidence.aws.identity import CallerIdentity, identify
from evidence.aws.limits import Limits
from evidence.aws.retry import Retry
from evidence.aws.sessions import Connection, connect
from evidence.bundle.format import strictjson
from evidence.bundle.format.corroboration import DOCUMENT, HistoryLookup
from evidence.bundle.format.models import CallRecord
from evidence.clock import Clock, rfc3339
from evidence.collect.ledger import Ledger, ordered
from evidence.collect.slots import CallSlots
from evidence.collect.workers import DaemonExecutor
from evidence.corroborate.claims import Claim
from evidence.corroborate.events import Event, from_lookup
from evidence.corroborate.matching import Absence
from evidence.errors import TooEarlyError
from evidence.records import Operation
from evidence.settings.model import AwsSettings

LOOKUP = Operation("cloudtrail", "LookupEvents", list_key="Events")
OPERATIONS = (LOOKUP,)
RATE = 2.0
"""Requests a second and region that AWS answers."""
DELIVERY = timedelta(minutes=15)
"""After so long CloudTrail should tell of a request, and so should its log files."""
HISTORY = timedelta(days=90)
HISTORY_REFERENCE = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"
_ITEM = "corroboration"
_CALLS = "calls.jsonl"
_AT_ONCE = 16
"""Regions asked at the same time."""

Feed = Callable[[Event], None]
Told = Callable[[int, int, int], None]
"""Places done, places in all, events read."""


@dataclass(frozen=True, slots=True)
class LookupOutcome:
    """What asking the event history brought, besides the events."""

    identity: CallerIdentity
    places: tuple[HistoryLookup, ...]
    unreadable: int
    calls: tuple[CallRecord, ...]


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The time that is looked at."""

    start: datetime
    end: datetime
    settled: datetime
    """From then on CloudTrail should tell of all of it."""

    def require_settled(self, now: datetime) -> None:
        """Raise TooEarlyError while events may still be on their way: what is not there says nothing."""
        if now < self.settled:
            raise TooEarlyError(
                "Not yet: CloudTrail takes up to 15 minutes to tell of a request, and the run ended since.",
                f"Ask again at {rfc3339(self.settled)} or later. Nothing was written.",
            )


@dataclass(frozen=True)
class EventHistory:
    """Asks one account's event history. `rate` in requests a second and region."""

    aws: AwsSettings
    clock: Clock
    deadline_seconds: float
    scratch: Path
    rate: float = RATE
    told: Told = field(default=lambda _done, _all, _events: None)

    def read(
        self, claims: Sequence[Claim], sources: Mapping[str, str], window: TimeWindow, feed: Feed
    ) -> LookupOutcome:
        """Feed all events of the services and regions that the claims name.

        What cannot be read is an incomplete place. Raises CredentialsError, EndpointError or
        PermissionMissingError when AWS cannot even be asked who is asking, UsageError for the settings.
        """
        connection = connect(
            profile=self.aws.profile, region=self.aws.region, operations=OPERATIONS, connections=_AT_ONCE
        )
        limits = Limits(self.clock, self.clock.monotonic() + self.deadline_seconds)
        with closing(Ledger(self.scratch / _CALLS)) as ledger:
            identity = identify(self._caller(connection, ledger, limits, ""), depth=1)
            caller = self._caller(connection, ledger, limits, identity.account)
            wanted = _wanted(claims, sources, identity.account, connection.known_regions)
            reader = _HistoryPager(caller, limits, self.rate, window, feed)
            places = self._all(reader, wanted, limits)
            lines = [strictjson.loads(line) for line in ordered(self.scratch / _CALLS, {DOCUMENT}, 1)]
        calls = tuple(CallRecord.model_validate(_of(line, identity.account)) for line in lines)
        return LookupOutcome(identity, places, reader.unreadable, calls)

    def _caller(self, connection: Connection, ledger: Ledger, limits: Limits, account: str) -> AwsCaller:
        return AwsCaller(
            connection.account,
            account=account or "0" * 12,
            recorder=ledger,
            limits=limits,
            slots=CallSlots(2 * _AT_ONCE, limits.clock),  # no service gets more than three quarters
            retry=Retry(),
            jitter=random.random,  # spreads retries over time; nothing in a result depends on it
        )

    def _all(
        self, reader: "_HistoryPager", wanted: Sequence[tuple[str, str]], limits: Limits
    ) -> tuple[HistoryLookup, ...]:
        by_region: dict[str, list[str]] = {}
        for region, source in wanted:
            by_region.setdefault(region, []).append(source)
        workers = DaemonExecutor(min(_AT_ONCE, max(1, len(by_region))))
        places: list[HistoryLookup] = []
        try:
            futures = [workers.submit(reader.region, region, names) for region, names in by_region.items()]
            for future in futures:
                places += future.result()
                self.told(len(places), len(wanted), reader.events)
        finally:
            limits.stop.set()
            workers.shutdown(wait=False, cancel_futures=True)
            workers.join(2.0, self.clock)
        return tuple(sorted(places, key=lambda place: (place.region, place.event_source)))


def _wanted(
    claims: Iterable[Claim], sources: Mapping[str, str], account: str, regions: Collection[str]
) -> list[tuple[str, str]]:
    """Return the (region, event source) pairs to read, sorted.

    A call's region in the ledger is the one its request was signed for. A global service's is botocore's for
    the partition, and the one in whose history AWS records it.
    """
    return sorted(
        {
            (claim.region, sources[claim.service])
            for claim in claims
            if claim.account == account and claim.region in regions and claim.service in sources
        }
    )


def window_of(started: datetime, finished: datetime, slack: timedelta) -> TimeWindow:
    """Return the time in which a run's events must lie, in whole seconds."""
    start = (started - slack).replace(microsecond=0)
    end = (finished + slack).replace(microsecond=0) + timedelta(seconds=1)
    return TimeWindow(start, end, settled=(finished + DELIVERY).replace(microsecond=0) + timedelta(seconds=1))


def out_of_reach(
    places: Iterable[HistoryLookup], sources: Mapping[str, str], account: str, now: datetime
) -> Callable[[Claim], Absence | None]:
    """Return what says, of a claim without an event, why the event could not be had; None when it could."""
    asked = {(one.region, one.event_source): one for one in places}

    def of(claim: Claim) -> Absence | None:
        if claim.account != account:
            return Absence(f"made in account {claim.account}; the event history asked is that of {account}")
        if claim.moment < now - HISTORY:
            return Absence("older than the 90 days that the event history keeps", HISTORY_REFERENCE)
        place = asked.get((claim.region, sources.get(claim.service, "")))
        if place is None:
            return Absence("no region and service of AWS's that could be asked")
        if place.complete:
            return None
        return Absence(f"the event history of {place.region} was not read: {place.cause}")

    return of


class _HistoryPager:
    """Reads places, each with as many requests as it has pages; shared by the threads of all regions."""

    def __init__(
        self, caller: AwsCaller, limits: Limits, rate: float, window: TimeWindow, feed: Feed
    ) -> None:
        self._caller = caller
        self._limits = limits
        self._interval = 1.0 / rate
        self._window = window
        self._feed = feed
        self._account = caller.account
        self._guard = threading.Lock()
        self.unreadable = 0
        self.events = 0

    def region(self, region: str, sources: Sequence[str]) -> list[HistoryLookup]:
        """Read all places of one region, one after the other: the rate is the region's."""
        return [self._place(region, source) for source in sources]

    def _place(self, region: str, source: str) -> HistoryLookup:
        read = 0
        try:
            for page in self._pages(region, source):
                self._take(page)
                read += len(page)
        # Whatever fails, the place is incomplete, and its calls are unavailable instead of missing.
        except Exception as error:  # noqa: BLE001
            failure = explain(error, regional=True)
            return HistoryLookup(
                account=self._account,
                region=region,
                event_source=source,
                complete=False,
                events=read,
                cause=str(failure.cause),
                error_code=failure.error_code,
                message=failure.message,
            )
        return HistoryLookup(
            account=self._account, region=region, event_source=source, complete=True, events=read
        )

    def _pages(self, region: str, source: str) -> Iterator[list[Mapping[str, Any]]]:
        question = Question(
            operation=LOOKUP,
            parameters={
                "LookupAttributes": [{"AttributeKey": "EventSource", "AttributeValue": source}],
                "StartTime": self._window.start,
                "EndTime": self._window.end,
            },
            item=_ITEM,
            file=DOCUMENT,
            depth=2,
            region=region,
        )
        self._limits.wait(self._interval)
        for answer in self._caller.pages(question):
            yield (answer.payload or {})["Events"]
            if answer.next_token is not None:
                self._limits.wait(self._interval)

    def _take(self, page: Sequence[Mapping[str, Any]]) -> None:
        with self._guard:
            for item in page:
                self.events += 1
                try:
                    event = from_lookup(item)
                except ValueError:
                    self.unreadable += 1
                    continue
                if event is not None:
                    self._feed(event)


def _of(line: Any, account: str) -> Any:
    """Return a line of the ledger with the account, which the first question was there to find out."""
    return line | {"account": account}
