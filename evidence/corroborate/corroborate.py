"""Compares a bundle with CloudTrail and writes the addendum: a signed folder beside the bundle."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from evidence import __version__, storage
from evidence.aws.event_sources import event_sources
from evidence.bundle import Bundle
from evidence.bundle.format import strictjson
from evidence.bundle.format.corroboration import (
    DOCUMENT,
    INFIX,
    PAGE,
    SIGNATURE,
    Corroboration,
    EventOrigin,
    TrailVerdict,
    count,
)
from evidence.bundle.format.models import Caller, CallRecord, Tool
from evidence.clock import Clock
from evidence.corroborate import files, limits
from evidence.corroborate.claims import Claim, claims_of, terms_of
from evidence.corroborate.events import Event
from evidence.corroborate.lookup import RATE, EventHistory, TimeWindow, Told, out_of_reach, window_of
from evidence.corroborate.matching import Absence, EventMatcher
from evidence.settings.model import Settings
from evidence.signing.signer import Signer

SLACK = timedelta(minutes=5)
"""How far beyond the run's own times events are looked for."""
_LIBRARIES = ("boto3", "botocore", "pydantic")


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What a source brought besides the events, which went to the matcher."""

    source: EventOrigin
    unavailable: Callable[[Claim], Absence | None]
    calls: tuple[CallRecord, ...] = ()


_END_OF_FILES = Absence("the newest event of the files is older: what came after it was not read")

Fetch = Callable[[Sequence[Claim], Mapping[str, str], TimeWindow, EventMatcher], SourceOutcome]


@dataclass(frozen=True)
class HistoryFetch:
    """Take events from LookupEvents."""

    settings: Settings
    clock: Clock
    scratch: Path
    rate: float = RATE
    told: Told = field(default=lambda _done, _all, _events: None)

    def __call__(
        self, claims: Sequence[Claim], sources: Mapping[str, str], window: TimeWindow, matcher: EventMatcher
    ) -> SourceOutcome:
        """Ask CloudTrail. Raises TooEarlyError, and what `EventHistory.read` raises."""
        window.require_settled(self.clock.now())
        history = EventHistory(
            self.settings.aws,
            self.clock,
            self.settings.collect.deadline_seconds,
            self.scratch,
            self.rate,
            self.told,
        )
        looked = history.read(claims, sources, window, matcher.feed)
        who = looked.identity
        source = EventOrigin(
            kind="LookupEvents",
            caller=Caller(account=who.account, arn=who.arn, user_id=who.user_id),
            places=looked.places,
            unreadable=looked.unreadable,
        )
        reach = out_of_reach(looked.places, sources, who.account, self.clock.now())
        return SourceOutcome(source, reach, looked.calls)


@dataclass(frozen=True)
class FileFetch:
    """Take events from files."""

    paths: Sequence[Path]
    told: Told = field(default=lambda _done, _all, _events: None)

    def __call__(
        self, claims: Sequence[Claim], sources: Mapping[str, str], window: TimeWindow, matcher: EventMatcher
    ) -> SourceOutcome:
        """Read them. Raises UsageError when there is none."""
        del claims, sources, window
        found = files.find(list(self.paths))
        read = []
        newest = datetime.min.replace(tzinfo=UTC)

        def feed(event: Event) -> None:
            nonlocal newest
            newest = max(newest, event.time)
            matcher.feed(event)

        for name, path in found:
            read.append(files.read(name, path, feed))
            self.told(len(read), len(found), sum(one.events for one in read))
        source = EventOrigin(kind="files", files=tuple(read), unreadable=sum(one.unreadable for one in read))
        beyond = newest + timedelta(seconds=1)  # an event has whole seconds
        return SourceOutcome(source, lambda claim: _END_OF_FILES if claim.moment >= beyond else None)


def compare(bundle: Bundle, fetch: Fetch, clock: Clock) -> Corroboration:
    """Compare a bundle's ledger with the events of a source.

    Raises TooEarlyError as long as CloudTrail may still be about to tell of what the source lacks.
    """
    run = bundle.run
    claims = tuple(claims_of(bundle.calls()))
    sources = event_sources(claim.service for claim in claims)
    terms = terms_of(run, sources)
    matcher = EventMatcher(claims, terms)
    window = window_of(run.started, run.finished, SLACK + terms.skew)
    events = fetch(claims, sources, window, matcher)
    verdicts = tuple(matcher.verdicts(events.unavailable))
    unlisted = matcher.unlisted({call.request_id for call in events.calls})
    made = clock.now()
    if any(one.verdict in (TrailVerdict.MISSING, TrailVerdict.UNAVAILABLE) for one in verdicts):
        window.require_settled(made)
    return Corroboration(
        bundle=bundle.name,
        bundle_digest=bundle.digest,
        tool=_tool(),
        made=made,
        source=events.source,
        window_start=window.start,
        window_end=window.end,
        tolerance_seconds=terms.tolerance.total_seconds(),
        totals=count(verdicts, len(unlisted)),
        verdicts=verdicts,
        unlisted=unlisted,
        limits=tuple(limits.sentences(run, events.source, verdicts)),
        calls=events.calls,
    )


def write(document: Corroboration, parent: Path, signer: Signer) -> Path:
    """Write the addendum, signed, as a folder below `parent`; return it. It appears only when complete.

    Raises StorageError or SigningError; UsageError when its name is taken.
    """
    from evidence.report.pdf.corroboration import render_corroboration
    from evidence.signing.pdf import sign_pdf

    content = strictjson.document(document.model_dump(mode="json"))
    name = f"{document.bundle}{INFIX}{document.made:%Y%m%dT%H%M%SZ}"
    page = render_corroboration(document, content, signer.identity)
    parts = {
        DOCUMENT: content,
        SIGNATURE: signer.seal(content, document.made),
        PAGE: sign_pdf(page, signer, document.made, reason="Seals this addendum to the bundle it names"),
    }
    staging = parent / f".{name}.partial"
    with storage.storage_errors(parent):
        parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        staging.mkdir(storage.FOLDER_MODE)
        try:
            for part, data in parts.items():
                storage.publish(staging / part, data)
            storage.sync_folder(staging)
            storage.publish_folder(staging, parent / name)
        finally:
            storage.remove_tree(staging)
    return parent / name


def _tool() -> Tool:
    return Tool(
        name="evidence",
        version=__version__,
        python=platform.python_version(),
        libraries={library: version(library) for library in _LIBRARIES},
    )
