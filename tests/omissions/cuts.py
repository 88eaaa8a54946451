"""What is cut out of a bundle: records, lists, pages, members, files, regions and accounts, one at a time.

Each cut is made in two kinds. (a) `told`: the call ledger still tells of what was cut, as when an operator
took it out after collecting and sealed again. (b) `answered`: AWS never answered it, and the ledger follows.
"""

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from evidence.readers.ledger import ties
from tests.omissions import members, reports, runs
from tests.omissions.following import followed
from tests.omissions.material import Json, Material


class Side(StrEnum):
    """Whether the ledger tells of what was cut."""

    TOLD = "a"
    ANSWERED = "b"


@dataclass(frozen=True)
class Cut:
    """One mutation of a bundle."""

    side: Side
    item: str
    kind: str
    where: str
    """File, line and member, for people."""
    path: str
    """The member within a record, without line and position; empty for records, files and more."""
    make: Callable[[], Material]

    @property
    def name(self) -> str:
        """How reports and tests call it."""
        return f"({self.side.value}) {self.kind} {self.where}"


@dataclass(frozen=True, slots=True)
class Extent:
    """How many of each are tried."""

    records: int
    """Records of a file."""
    members: int
    """Records of an item in which the same member is cut."""
    rows: int
    """Lines of a credential report."""


WHOLE = Extent(records=16, members=3, rows=40)
SAMPLE = Extent(records=1, members=1, rows=2)


def cuts(material: Material, extent: Extent, pointed: Sequence[str] = ()) -> Iterator[Cut]:
    """Yield the cuts of a bundle; `pointed` names the lines (file:line) that matter most: of exceptions."""
    draw = random.Random(material.name)  # noqa: S311  nothing secret
    known = frozenset(pointed)
    for file in sorted(material.units):
        yield from _records(material, file, extent, known, draw)
        yield from _lists(material, file)
    yield from _members(material, extent, known, draw)
    for kind, item, where, make in (*runs.cuts(material), *reports.told(material)):
        yield Cut(Side.TOLD, item, kind, where, "", make)
    for kind, item, where, make in reports.cuts(material, extent.rows, draw):
        yield Cut(Side.ANSWERED, item, kind, where, where.partition(" column ")[2], make)


def _records(
    material: Material, file: str, extent: Extent, pointed: frozenset[str], draw: random.Random
) -> Iterator[Cut]:
    records = material.records(file)
    for index in _spread(len(records), extent.records, file, pointed, draw):
        where = f"{file}:{index + 1}"
        rest = [*records[:index], *records[index + 1 :]]
        yield from _both(material, file, "record", rest, where=where)
        twice = [*records[: index + 1], *records[index:]]
        yield from _both(material, file, "record twice", twice, where=where)
    if records:
        item = material.units[file].item
        untold = material.with_records(file, records[1:], told=False)
        yield Cut(Side.TOLD, item, "record, run.json as it was", f"{file}:1", "", lambda: untold)


def _lists(material: Material, file: str) -> Iterator[Cut]:
    records = material.records(file)
    if records:
        yield from _both(material, file, "every record", [], where=file)
    third = max(2, len(records) // 3)
    pages = {"first page": records[third:], "last page": records[:-third]} if len(records) > third else {}
    for page, rest in pages.items():
        yield from _both(material, file, page, rest, where=file)


def _members(
    material: Material, extent: Extent, pointed: frozenset[str], draw: random.Random
) -> Iterator[Cut]:
    """Yield cuts of members: of each member of an item in some of the records that have it."""
    found: dict[tuple[str, str], list[tuple[str, int, members.Way]]] = {}
    for file in sorted(material.units):
        item = material.units[file].item
        for index, record in enumerate(material.records(file)):
            for path, way in members.ways(record).items():
                found.setdefault((item, path), []).append((file, index, way))
    for (_, path), places in found.items():
        places.sort(key=lambda one: (f"{one[0]}:{one[1] + 1}" not in pointed, draw.random()))
        for rank, (file, index, way) in enumerate(places[: extent.members]):
            yield from _of_member(material, file, index, path, way, plain=rank > 0)


def _of_member(
    material: Material, file: str, index: int, path: str, way: members.Way, *, plain: bool
) -> Iterator[Cut]:
    """Yield what can be cut of a member; of further records (`plain`), the whole member and its list only."""
    records = material.records(file)
    for kind, change in members.changes(records[index], way).items():
        if plain and kind in members.ODD:
            continue
        changed = copy.deepcopy(records[index])
        change(changed)
        rest = [*records[:index], changed, *records[index + 1 :]]
        yield from _both(material, file, kind, rest, where=f"{file}:{index + 1} {path}", path=path)


def _both(
    material: Material, file: str, kind: str, rest: list[Json], *, where: str, path: str = ""
) -> Iterator[Cut]:
    """Yield a cut of a file in both kinds: in the first one where the ledger counted what is gone."""
    item, before = material.units[file].item, material.records(file)
    after = cache(lambda: material.with_records(file, rest))
    if any(sum(map(tie.held, before)) != sum(map(tie.held, rest)) for tie in ties(item)):
        yield Cut(Side.TOLD, item, kind, where, path, after)
    yield Cut(Side.ANSWERED, item, kind, where, path, lambda: followed(material, after(), file))


def _spread(count: int, most: int, file: str, pointed: frozenset[str], draw: random.Random) -> list[int]:
    """Return which records of a file are cut: all of a few, of many those that matter and some more."""
    if count <= most:
        return list(range(count))
    ranked = sorted(range(count), key=lambda one: (f"{file}:{one + 1}" not in pointed, draw.random()))
    half = max(1, most // 2)
    rest = draw.sample(ranked[half:], most - half) if most > half else []
    return sorted({*ranked[:half], *rest})
