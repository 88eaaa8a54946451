"""`make omissions`: cut whatever can be cut out of a bundle, one by one; nothing may become better.

`python -m tests.omissions WORD …` plays only the cuts whose names hold every word. Prints the cuts by item
and kind, each conclusion that became better without a class that explains it, and the classes that explained
some. Ends with 1 when anything is unexplained.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context

from tests.omissions.classes import explained
from tests.omissions.cuts import WHOLE, Cut, Side, cuts
from tests.omissions.judge import Judge
from tests.omissions.material import Material, demo_material, organization_material

SOURCES: tuple[Callable[[], Material], ...] = (demo_material, organization_material)
CHUNK = 8


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a cut."""

    number: int
    better: tuple[tuple[str, str], ...]
    """What became better, in words, and the class that explains it; empty without one."""
    fewer: tuple[str, ...]


_staged: list[tuple[str, Judge, Cut]] = []
"""Made before the pool forks: its processes share it."""


def main() -> int:
    """Play, print what is unexplained as it comes, print the tables."""
    began = time.monotonic()
    for source in SOURCES:
        material = source()
        judge = Judge(material)
        found = cuts(material, WHOLE, judge.pointed())
        _staged.extend((material.name, judge, cut) for cut in found if _wanted(material.name, cut))
    print(f"{len(_staged)} cuts", flush=True)
    played: dict[int, Played] = {}
    with get_context("fork").Pool(os.cpu_count()) as pool:
        for one in pool.imap_unordered(_play, range(len(_staged)), chunksize=CHUNK):
            played[one.number] = one
            for words, name in one.better:
                if not name:
                    print(f"UNEXPLAINED {_name(one.number)}: {words}", flush=True)
            if len(played) % 500 == 0:
                print(f"{len(played)} of {len(_staged)}", file=sys.stderr, flush=True)
    print("\n".join(_tables(played)))
    print(f"{time.monotonic() - began:.0f} s")
    return any(not name for one in played.values() for _, name in one.better)


def _wanted(source: str, cut: Cut) -> bool:
    return all(word in f"{source} {cut.item} {cut.name}" for word in sys.argv[1:])


def _name(number: int) -> str:
    source, _, cut = _staged[number]
    return f"{source} {cut.item} {cut.name}"


def _play(number: int) -> Played:
    _, judge, cut = _staged[number]
    found = judge.changes(cut.make(), cut.item)
    return Played(
        number,
        tuple((str(one), explained(cut, one)) for one in found if one.better),
        tuple(str(one) for one in found if not one.better),
    )


def _tables(played: dict[int, Played]) -> Iterator[str]:
    """Yield the lines of the tables: by item and kind, and by class."""
    figures = ("cuts", "better", "unexplained", "fewer")
    head = "".join(f"{f'({side.value}) {one}':>18}" for side in Side for one in figures)
    yield f"{'item':<42}{head}"
    by_item: dict[str, Counter[tuple[Side, str]]] = {}
    classes: Counter[str] = Counter()
    for number, one in played.items():
        cut = _staged[number][2]
        for item in (cut.item, "all"):
            counted = by_item.setdefault(item, Counter())
            counted[cut.side, "cuts"] += 1
            counted[cut.side, "better"] += bool(one.better)
            counted[cut.side, "unexplained"] += any(not name for _, name in one.better)
            counted[cut.side, "fewer"] += bool(one.fewer)
        classes.update({name for _, name in one.better if name})
    for item in sorted(by_item, key=lambda name: (name == "all", name)):
        cells = "".join(f"{by_item[item][side, one]:>18}" for side in Side for one in figures)
        yield f"{item:<42}{cells}"
    yield from (f"{count:>6}  {name}" for name, count in sorted(classes.items()))


if __name__ == "__main__":
    sys.exit(main())
