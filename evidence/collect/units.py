"""Indexes ended units on disk: how each ended, how deep its calls went, and its line in the journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.bundle.write.scratch import Row, ScratchTables
from evidence.collect.journal import LinePosition, UnitEntry
from evidence.collect.plan import Key
from evidence.collectors.base import Collector
from evidence.records import Outcome, Scope, Target

_TABLES = """
    CREATE TABLE units (
        item TEXT, scope TEXT, account TEXT, region TEXT,
        path TEXT, outcome TEXT, depth INTEGER, part INTEGER, at INTEGER, length INTEGER,
        PRIMARY KEY (item, scope, account, region)
    ) WITHOUT ROWID;
    CREATE INDEX of_account ON units (account);
"""


@dataclass(frozen=True, slots=True)
class EndedUnit:
    """What is kept at hand of a unit that has ended."""

    item: str
    target: Target
    path: str
    """Its records' file below data/."""
    outcome: Outcome
    depth: int
    """Calls that had to be answered, one after the other, until it was there."""
    part: int
    """The part of the run in which it ended, from 0."""
    line: LinePosition
    """Where the journal tells the rest."""

    @property
    def key(self) -> Key:
        """What names the unit in a run."""
        return self.item, self.target

    @classmethod
    def of(cls, collector: Collector, entry: UnitEntry, part: int, line: LinePosition) -> "EndedUnit":
        """Return what is kept of a line of the journal."""
        target = entry.unit.target.target()
        path = collector.path(target)
        return cls(collector.item, target, path, entry.unit.outcome, entry.depth, part, line)


class UnitIndex:
    """All of them: an organization has a hundred thousand."""

    def __init__(self, table: Path) -> None:
        self._table = ScratchTables(table, _TABLES)

    def put(self, ended: EndedUnit) -> None:
        """Keep a unit, in the place of an earlier word on it."""
        row = (ended.path, ended.outcome, ended.depth, ended.part, ended.line.at, ended.line.length)
        change = "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._table.change(change, *_named(ended.key), *row)

    def get(self, key: Key) -> EndedUnit | None:
        """Return a unit, None when it has not ended."""
        query = "SELECT * FROM units WHERE item = ? AND scope = ? AND account = ? AND region = ?"
        row = self._table.one(query, *_named(key))
        return None if row is None else _ended(row)

    def drop(self, key: Key) -> None:
        """Forget a unit."""
        change = "DELETE FROM units WHERE item = ? AND scope = ? AND account = ? AND region = ?"
        self._table.change(change, *_named(key))

    def of_account(self, account: str) -> Iterator[EndedUnit]:
        """Yield the units of an account, those of an organization that is asked in it too."""
        return self._rows("SELECT * FROM units WHERE account = ?", account)

    def of_item(self, item: str) -> Iterator[EndedUnit]:
        """Yield the units of an item."""
        return self._rows("SELECT * FROM units WHERE item = ?", item)

    def of_organization(self) -> Iterator[EndedUnit]:
        """Yield the units of an organization, wherever it was asked."""
        return self._rows("SELECT * FROM units WHERE scope = ?", Scope.ORGANIZATION)

    def gaps(self) -> Iterator[EndedUnit]:
        """Yield those that ended as a gap, by item and target."""
        query = "SELECT * FROM units WHERE outcome = ? ORDER BY item, scope, account, region"
        return self._rows(query, Outcome.GAP)

    def __iter__(self) -> Iterator[EndedUnit]:
        """Yield all units, by item and target: as run.json lists them."""
        return self._rows("SELECT * FROM units ORDER BY item, scope, account, region")

    def close(self) -> None:
        """Forget all."""
        self._table.close()

    def _rows(self, query: str, *values: object) -> Iterator[EndedUnit]:
        return map(_ended, self._table.rows(query, *values))


def _named(key: Key) -> tuple[str, str, str, str]:
    item, target = key
    return item, target.scope, target.account, target.region or ""


def _ended(row: Row) -> EndedUnit:
    item, scope, account, region, path, outcome, depth, part, at, length = row
    target = Target(Scope(scope), account, region or None)
    return EndedUnit(item, target, path, Outcome(outcome), depth, part, LinePosition(at, length))
