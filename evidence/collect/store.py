"""The units that have ended and what they left; what later units build on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from evidence.bundle import strictjson
from evidence.bundle.models import GapRecord, Unit
from evidence.bundle.writer import BundleWriter
from evidence.collect.journal import Journal, Told, UnitEnded, files_of
from evidence.collect.plan import Key, PlannedUnit
from evidence.collectors.base import Collector
from evidence.records import Outcome, Scope, Target


@dataclass(frozen=True, slots=True)
class Ending:
    """How a unit ended."""

    planned: PlannedUnit
    unit: Unit
    gap: GapRecord | None
    depth: int
    """Calls that had to be answered, one after the other, until it was there."""


class Store:
    """Filled by the runner's main thread, read by units that build on others."""

    def __init__(self, writer: BundleWriter, journal: Journal | None = None) -> None:
        self._writer = writer
        self._journal = journal
        self._part_of: dict[Key, int] = {}
        self._part = 0
        self.endings: dict[Key, Ending] = {}
        self.gaps = 0
        """Units that ended as a gap."""

    def end(self, ending: Ending) -> None:
        """Keep how a unit ended."""
        self._keep(ending, self._part)
        if self._journal is not None:
            files = {path: self._writer.finished(path) for path in ending.unit.files}
            self._journal.add(UnitEnded(unit=ending.unit, gap=ending.gap, depth=ending.depth, files=files))

    def _keep(self, ending: Ending, part: int) -> None:
        self.endings[ending.planned.key] = ending
        self._part_of[ending.planned.key] = part
        self.gaps += ending.gap is not None

    def resume(self, told: Told, collectors: Mapping[str, Collector]) -> None:
        """Take up the units that ended in an earlier part and whose files are still what they were.

        A gap is asked for again. So is a unit that builds on one that is not kept.
        """
        self._part = len(told.parts)
        last = {(entry.unit.item, entry.unit.target.target()): (part, entry) for part, entry in told.units}
        for item in TopologicalSorter({item: one.needs for item, one in collectors.items()}).static_order():
            for (name, target), (part, entry) in last.items():
                if name == item and self._holds(entry, collectors[item], target, last):
                    planned = PlannedUnit(collectors[item], target, needs=(), urgency=0)
                    self._keep(Ending(planned, entry.unit, entry.gap, entry.depth), part)
        kept = {path for ending in self.endings.values() for path in ending.unit.files}
        kept |= set(told.opened.opening) if told.opened else set()
        self._writer.discard([path for path in files_of(told) if self._writer.has(path) and path not in kept])

    def _holds(
        self, entry: UnitEnded, collector: Collector, target: Target, last: Mapping[Key, object]
    ) -> bool:
        """Say whether a unit's files are there, and all units that it may have built on are kept."""
        if entry.gap is not None or not all(self._writer.has(path) for path in entry.unit.files):
            return False
        return all(
            key in self.endings
            for key in last
            if key[0] in collector.needs
            and (key[1].account == target.account or key[1].scope is Scope.ORGANIZATION)
            and (target.region is None or key[1].region in (None, target.region))
        )

    def units_of_part(self, part: int) -> list[Unit]:
        """Return the units that ended in a part of the run and were kept."""
        return [self.endings[key].unit for key, number in self._part_of.items() if number == part]

    def all_ended(self, unit: PlannedUnit) -> bool:
        """Say whether all that a unit needs has ended."""
        return all(key in self.endings for key in unit.needs)

    def missing(self, unit: PlannedUnit) -> Key | None:
        """Return the first needed unit that ended as a gap."""
        return next((key for key in unit.needs if self.endings[key].unit.outcome is Outcome.GAP), None)

    def depth(self, unit: PlannedUnit) -> int:
        """Return how deep the calls go that the unit's needs rest on."""
        return max((self.endings[key].depth for key in unit.needs), default=0)

    def kept(self) -> set[str]:
        """Return the files of all units that are not gaps."""
        return {file for ending in self.endings.values() for file in ending.unit.files}

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
        if item not in unit.collector.needs:
            raise ValueError(f"{unit.collector.item} does not declare that it needs {item}")
        return [self.endings[key].planned.path for key in unit.needs if key[0] == item]
