"""The units that have ended and what they left; what later units build on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evidence.bundle import strictjson
from evidence.bundle.models import GapRecord, Unit
from evidence.bundle.writer import BundleWriter
from evidence.collect.plan import Key, PlannedUnit
from evidence.records import Outcome


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

    def __init__(self, writer: BundleWriter) -> None:
        self._writer = writer
        self.endings: dict[Key, Ending] = {}
        self.gaps = 0
        """Units that ended as a gap."""

    def end(self, ending: Ending) -> None:
        """Keep how a unit ended."""
        self.endings[ending.planned.key] = ending
        self.gaps += ending.gap is not None

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
        for path in self._paths(unit, item):
            yield from self.read(path)

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return SHA-256 (hex) of the file of an item the unit needs, which has one target."""
        (path,) = self._paths(unit, item)
        return self._writer.sha256(path)

    def read(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a file that was written."""
        with self._writer.path_of(path).open("rb") as lines:
            for line in lines:
                yield strictjson.loads(line)

    def _paths(self, unit: PlannedUnit, item: str) -> list[str]:
        if item not in unit.collector.needs:
            raise ValueError(f"{unit.collector.item} does not declare that it needs {item}")
        return [self.endings[key].planned.path for key in unit.needs if key[0] == item]
