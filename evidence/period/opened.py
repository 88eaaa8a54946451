"""Defines what the parts of a period report are given of one bundle while its pack lies open.

A part that keeps anything (`Gatherer`) keeps only what it will say, so that memory does not grow with the
number of bundles.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from evidence.bundle import Bundle
from evidence.controls.results import Results
from evidence.diff import Snapshot
from evidence.period.model import PeriodBundle
from evidence.statements.files import Statements


@dataclass(frozen=True, slots=True)
class OpenedPack:
    """One verified pack of a collection, in the order of sealing. Nothing of it may be kept open."""

    number: int
    about: PeriodBundle
    bundle: Bundle
    results: Results
    """By today's rules, with the statements of the pack."""
    sealed: Results | None
    """What the pack itself concludes."""
    statements: Statements
    snapshot: Snapshot
    """What it shows of all that is compared, and what not: `snapshot.readings`."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are reported on, both included, in UTC."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.start <= moment < self.end


class Gatherer(Protocol):
    """A part of the report that looks at one bundle after another."""

    def add(self, pack: OpenedPack) -> None:
        """Take what is needed of the next bundle."""
