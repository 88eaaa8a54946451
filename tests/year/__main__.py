"""`make year`: a year of weekly collections, and what `evidence period` says of it against the record."""

import argparse
from pathlib import Path

from tests.year.dates import WEEKS
from tests.year.making import make_archive, steps
from tests.year.world import ROOT, World


def main() -> int:
    """Make the archive; print what each step took."""
    parser = argparse.ArgumentParser(prog="make year", description=__doc__)
    parser.add_argument("--weeks", type=int, default=WEEKS, help="how many of the year's weeks")
    parser.add_argument(
        "--keep", type=Path, default=ROOT / "build" / "year", help="where the archive is kept"
    )
    parser.add_argument("--drawn", action="store_true", help="packs with a blank report: a third of the time")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    with World(given.keep) as world:
        for cost in make_archive(world, steps(range(given.weeks), drawn=given.drawn)):
            print(f"{cost.what:<24} {cost.wall:6.1f} s {cost.processor:6.1f} s of processor", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
