"""Remembers units that have ended and what they left, for the units that build on them.

In memory are the units of the accounts that are open, and the organization's. All others are on disk: their
own words in the journal, and an index of it (`evidence.collect.units`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any

from evidence.aws.identity import FILE
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import GapRecord, Unit
from evidence.bundle.write.writer import BundleWriter
from evidence.collect.journal import Journal, UnitEntry
from evidence.collect.plan import CALLER_ITEM, Key, PlannedUnit
from evidence.collect.units import EndedUnit, UnitIndex
from evidence.collectors.base import Collector
from evidence.records import Cause, Outcome, Scope, Target

_ORGANIZATION = ""
_RECENT = 1_024
"""Files that calls are taken to feed by turns."""


@dataclass(frozen=True, slots=True)
class UnitEnding:
    """How a unit ended."""

    planned: PlannedUnit
    unit: Unit
    gap: GapRecord | None
    depth: int
    """Calls that had to be answered, one after the other, until it was there."""


@dataclass(slots=True)
class OutcomeTally:
    """What came of all units, in numbers."""

    ended: int = 0
    gaps: int = 0
    """Units that ended as a gap."""
    read: int = 0
    """Units that did not, but for who is asking."""
    causes: Counter[Cause] = field(default_factory=Counter)
    """Of the gaps for which a call was sent."""
    parts: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    """Part of the run to the units that ended in it and are kept, and when the last of them did."""

    def count(self, entry: UnitEntry, part: int) -> None:
        """Count one more."""
        self.ended += 1
        if entry.gap is None:
            self.read += entry.unit.item != CALLER_ITEM
        else:
            self.gaps += 1
            self.causes.update([entry.gap.cause] if entry.gap.operation else [])
        units, last = self.parts.get(part, (0, entry.unit.finished))
        self.parts[part] = units + 1, max(last, entry.unit.finished)


class UnitStore:
    """Filled by the runner's main thread, read by units that build on others."""

    def __init__(self, writer: BundleWriter, journal: Journal, units: UnitIndex, part: int = 0) -> None:
        """`units` has what ended in earlier parts of the run; none have in part 0."""
        self._writer = writer
        self._journal = journal
        self._units = units
        self._part = part
        self._at_hand: dict[str, dict[Key, EndedUnit]] = {_ORGANIZATION: {}}
        self.tally = OutcomeTally()

    def resume(self, collectors: Mapping[str, Collector]) -> None:
        """Keep of the earlier parts the units whose files are still what they were; delete what others left.

        A gap is asked for again. So is a unit that builds on one that is not kept.
        """
        gone = _DroppedUnits()
        for item in _in_order(collectors):
            for ended in list(self._units.of_item(item)):
                entry = self._journal.ended(ended.line)
                whole = entry.gap is None and all(self._writer.has(path) for path in entry.unit.files)
                if whole and not gone.below(collectors[item], ended.target):
                    self.tally.count(entry, ended.part)
                    continue
                self._units.drop(ended.key)
                self._writer.discard(path for path in entry.files if self._writer.has(path))
                gone.add(ended)
        self._at_hand[_ORGANIZATION] = {ended.key: ended for ended in self._units.of_organization()}

    def end(self, ending: UnitEnding) -> EndedUnit:
        """Keep how a unit ended."""
        files = {path: self._writer.finished(path) for path in ending.unit.files}
        entry = UnitEntry(unit=ending.unit, gap=ending.gap, depth=ending.depth, files=files)
        ended = EndedUnit.of(ending.planned.collector, entry, self._part, self._journal.add(entry))
        self._units.put(ended)
        self.tally.count(entry, self._part)
        self._at_hand.setdefault(_place(ended.target), {})[ended.key] = ended
        return ended

    def take_up(self, account: str) -> None:
        """Have the units of an account at hand; those that ended in an earlier part of the run."""
        own = (ended for ended in self._units.of_account(account) if _place(ended.target) == account)
        self._at_hand[account] = {ended.key: ended for ended in own}

    def let_go(self, account: str) -> None:
        """Leave the units of an account to the disk: nothing in it will build on them any more."""
        self._at_hand.pop(account, None)

    @property
    def at_hand(self) -> int:
        """How many units are in memory."""
        return sum(map(len, self._at_hand.values()))

    def find(self, key: Key) -> EndedUnit | None:
        """Return how a unit of any account ended, None when it has not."""
        own = self._at_hand.get(_place(key[1]))
        return self._units.get(key) if own is None else own.get(key)

    def gap(self, ended: EndedUnit) -> GapRecord | None:
        """Return the gap that a unit ended as, None when it did not."""
        return self._journal.ended(ended.line).gap

    def units(self) -> Iterator[dict[str, Any]]:
        """Yield all units as JSON values, by item and target."""
        return (self._journal.value(ended.line)["unit"] for ended in self._units)

    def gaps(self) -> Iterator[GapRecord]:
        """Yield all gaps, by item and target."""
        return (gap for ended in self._units.gaps() if (gap := self.gap(ended)))

    def all_ended(self, unit: PlannedUnit) -> bool:
        """Say whether all that a unit needs has ended."""
        return all(self.find(key) for key in unit.needs)

    def missing(self, unit: PlannedUnit) -> Key | None:
        """Return the first needed unit that ended as a gap."""
        return next(
            (
                ended.key
                for ended in self._needed(unit)
                if ended.outcome is Outcome.GAP and ended.item in unit.collector.needs
            ),
            None,
        )

    def depth(self, unit: PlannedUnit) -> int:
        """Return how deep the calls go that the unit's needs rest on."""
        return max((ended.depth for ended in self._needed(unit)), default=0)

    def records(self, unit: PlannedUnit, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of an item the unit needs, over all targets it needs it of."""
        for path in self.paths(unit, item):
            yield from self.read(path)

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return SHA-256 (hex) of the file of an item the unit needs, which has one target."""
        (path,) = self.paths(unit, item)
        return self._writer.sha256(path)

    def read(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a file that was written."""
        with self._writer.path_of(path).open("rb") as lines:
            for line in lines:
                yield strictjson.loads(line)

    def paths(self, unit: PlannedUnit, item: str) -> list[str]:
        """Return the files, below data/, of an item the unit needs, over all targets it needs it of."""
        if item not in (*unit.collector.needs, *unit.collector.uses):
            raise ValueError(f"{unit.collector.item} does not declare that it needs {item}")
        return [
            ended.path
            for ended in self._needed(unit)
            if ended.item == item and ended.outcome is not Outcome.GAP
        ]

    def _needed(self, unit: PlannedUnit) -> Iterator[EndedUnit]:
        return (ended for key in unit.needs if (ended := self.find(key)))


def _in_order(collectors: Mapping[str, Collector]) -> Iterable[str]:
    """Return items so that each comes after those it builds on."""
    graph = {
        item: [other for other in (*one.needs, *one.uses) if other in collectors]
        for item, one in collectors.items()
    }
    return TopologicalSorter(graph).static_order()


class BundleFiles:
    """The files of the bundle that calls fed: those of units, and the one that tells of the caller."""

    def __init__(self, writer: BundleWriter) -> None:
        self._has = lru_cache(_RECENT)(writer.has)

    def __contains__(self, path: object) -> bool:
        return path == FILE or self._has(str(path))


def _place(target: Target) -> str:
    """Return under which account a unit is at hand; an organization's are for all to build on."""
    return _ORGANIZATION if target.scope is Scope.ORGANIZATION else target.account


class _DroppedUnits:
    """Units of earlier parts that are not kept, and so neither is what builds on them."""

    def __init__(self) -> None:
        self._regions: dict[tuple[str, str], set[str | None]] = {}

    def add(self, ended: EndedUnit) -> None:
        """Note one."""
        self._regions.setdefault((ended.item, _place(ended.target)), set()).add(ended.target.region)

    def below(self, collector: Collector, target: Target) -> bool:
        """Say whether a unit may build on one of them: in its account and region, or the organization's."""
        for item in (*collector.needs, *collector.uses):
            for place in (target.account, _ORGANIZATION):
                regions = self._regions.get((item, place), set())
                if regions and (target.region is None or regions & {None, target.region}):
                    return True
        return False
