"""Derives the columns of evidence items from their records: one for each member, as AWS names it."""

from collections.abc import Iterable, Mapping
from typing import Any

from evidence.readers.evidence import KINDS
from evidence.report.workbook.sheets import SheetColumn

MOST_COLUMNS = 60
DEPTH = 3
KIND = "Kind"
REST = "Further members (JSON)"
_WIDEST, _NARROWEST = 60, 12


def flatten(record: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """Return a record with one entry for each leaf, `Source.SourceIdentifier`; lists stay whole."""
    flat: dict[str, Any] = {}
    for key, member in record.items():
        name = f"{prefix}{key}"
        if isinstance(member, Mapping) and member and depth < DEPTH:
            flat.update(flatten(member, f"{name}.", depth + 1))
        else:
            flat[name] = member
    return flat


def members(item: str, record: object) -> dict[str, Any]:
    """Return a record as flat members; of one that is no object none, which its row says.

    Where an item has records of several kinds, the kind is a member, and what its records hold stands beside
    it, so that users and roles share the columns that they share.
    """
    if not isinstance(record, Mapping):
        return {}
    kind = next((name for name in KINDS.get(item, ()) if isinstance(record.get(name), Mapping)), None)
    if kind is None:
        return flatten(record)
    beside = {KIND: kind.removesuffix("Detail")}
    beside |= flatten({name: member for name, member in record.items() if name != kind})
    inner = flatten(record[kind])
    return beside | {f"{kind}.{name}" if name in beside else name: inner[name] for name in inner}


class RecordLayout:
    """The columns of a sheet of records, in the order first seen; those past the limit share one."""

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        """`records` are flat members of every record that the sheet will have."""
        seen: dict[str, None] = {}
        for record in records:
            seen.update(dict.fromkeys(record))
        self._names = list(seen)[:MOST_COLUMNS]
        self._rest = frozenset(list(seen)[MOST_COLUMNS:])
        titles = [*self._names, *([REST] if self._rest else [])]
        self.columns = tuple(
            SheetColumn(title, 22 if title == KIND else min(_WIDEST, max(_NARROWEST, len(title) + 4)))
            for title in titles
        )

    def values(self, record: Mapping[str, Any]) -> list[Any]:
        """Return how one record fills the columns."""
        found = list(map(record.get, self._names))
        if self._rest:
            rest = {name: member for name, member in record.items() if name in self._rest}
            found.append(rest or None)
        return found
