"""Defines between which moments something began and ended, and what follows for two things together."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Between which moments something began and ended; None: nothing tells, or it has not ended."""

    begin_earliest: datetime | None
    begin_latest: datetime | None
    end_earliest: datetime | None
    end_latest: datetime | None
    doubted: bool = False
    """Events and bundles contradict each other about it."""

    def may_touch(self, since: datetime, until: datetime) -> bool:
        """Say whether it may have been there at a moment from `since` until before `until`."""
        begun = self.begin_earliest is None or self.begin_earliest < until
        return begun and (self.end_latest is None or self.end_latest > since)


def both(one: Span, other: Span) -> Span | None:
    """Return when two things were there together; None where they certainly were not."""
    begin_earliest = _latest(one.begin_earliest, other.begin_earliest)
    end_latest = _earliest(one.end_latest, other.end_latest)
    if begin_earliest and end_latest and begin_earliest >= end_latest:
        return None
    begins = (one.begin_latest, other.begin_latest)
    ends = (one.end_earliest, other.end_earliest)
    return Span(
        begin_earliest=begin_earliest,
        begin_latest=None if None in begins else _latest(*begins),
        end_earliest=None if None in ends else _earliest(*ends),
        end_latest=end_latest,
        doubted=one.doubted or other.doubted,
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one), default=None)
