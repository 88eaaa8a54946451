"""Judges when an access began and ended: by all that is known, or not at all; and says it in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from evidence.controls.declaration import Verdict
from evidence.period.accesses import HeldAccess
from evidence.period.days import said
from evidence.readers.evidence import joined_names


def gone_by(held: HeldAccess, deadline: datetime) -> Verdict:
    """Say whether an access was gone by a moment: met, not met, or the evidence does not settle it.

    Met where even the latest possible end is no later; an exception where it certainly was there, and even
    the earliest possible end is later. An event can make nobody doubt what a bundle shows.
    """
    span = held.span
    if held.seen and held.seen[1] > deadline:
        return Verdict.EXCEPTION
    if span.doubted:
        return Verdict.NOT_DETERMINED
    if span.end_latest is not None and span.end_latest <= deadline:
        return Verdict.MET
    if held.sure and span.end_earliest is not None and span.end_earliest > deadline:
        return Verdict.EXCEPTION
    return Verdict.NOT_DETERMINED


def not_before(held: HeldAccess, start: datetime) -> Verdict:
    """Say whether an access began no sooner than a moment, likewise."""
    span = held.span
    if held.seen and held.seen[0] < start:
        return Verdict.EXCEPTION
    if span.doubted:
        return Verdict.NOT_DETERMINED
    if span.begin_earliest is not None and span.begin_earliest >= start:
        return Verdict.MET
    if held.sure and span.begin_latest is not None and span.begin_latest < start:
        return Verdict.EXCEPTION
    return Verdict.NOT_DETERMINED


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of something that rests on several."""
    found = set(verdicts)
    order = (Verdict.EXCEPTION, Verdict.NOT_DETERMINED)
    return next((one for one in order if one in found), Verdict.MET)


def how_long(held: Sequence[HeldAccess]) -> str:
    """Return in words which bundles show access."""
    shown = [one for access in held for one in access.shown]
    if not shown:
        return "had access between two bundles, by events alone"
    return f"had access from bundle {min(shown)} to bundle {max(shown)}"


def when_gone(held: HeldAccess, events: Mapping[str, str]) -> str:
    """Return in words when an access ended, as far as is known; `events` are what they are called, by key."""
    span = held.span
    numbers = [events[key] for key in held.ended_by if key in events]
    by = f" (event {joined_names(numbers)})" if numbers else ""
    if span.end_latest is None:
        last = f"bundle {held.shown[-1]}" if held.shown else "the last that is known of it"
        return (
            f"there in {last} of {said(span.end_earliest)}, and not seen gone" if span.end_earliest else last
        )
    if span.end_earliest == span.end_latest:
        return f"gone at {said(span.end_latest)}{by}"
    since = f"gone after {said(span.end_earliest)}, and " if span.end_earliest else "gone "
    return f"{since}by {said(span.end_latest)}{by}"


def when_begun(held: HeldAccess) -> str:
    """Return in words when an access began, as far as is known."""
    span = held.span
    if span.begin_latest is not None and span.begin_earliest == span.begin_latest:
        return f"there since {said(span.begin_latest)}"
    since = f"not before {said(span.begin_earliest)}" if span.begin_earliest else "nobody knows since when"
    return f"{since}, there by {said(span.begin_latest)}" if span.begin_latest else since
