"""`make year`: a year of weekly collections, and what `evidence period` says of it against the record.

Makes the archive, or goes on with it where it is half made; reports over the whole year with the command; and
holds what period.json says against the script. Ends with 1 when anything differs.
"""

import argparse
from pathlib import Path

from tests.year.comparing import compare
from tests.year.dates import FIRST, WEEKS, collected
from tests.year.making import StepCost, make_archive, steps, timed
from tests.year.reporting import MADE, report
from tests.year.world import ROOT, World


def main() -> int:
    """Make, report and compare; print what each step took, and what differs."""
    parser = argparse.ArgumentParser(prog="make year", description=__doc__)
    parser.add_argument("--weeks", type=int, default=WEEKS, help="how many of the weeks")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "year", help="where all of it is kept")
    parser.add_argument("--drawn", action="store_true", help="packs with a blank report: half of the time")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    days = collected(range(given.weeks))
    with World(given.keep) as world:
        for cost in make_archive(world, steps(days, drawn=given.drawn)):
            _say(cost)
        results, cost = timed("period", lambda: report(world, FIRST, days[-1]))
        _say(cost)
    compared = compare(results, days)
    for one in compared.differences:
        print(one)
    for about, number in sorted(compared.statements.items()):
        if number:
            print(f"{number:7,} {about}")
    print(f"{compared.statements.total():7,} statements, of which {len(compared.differences)} differ")
    print(f"The report: {given.keep / MADE}")
    return 1 if compared.differences else 0


def _say(cost: StepCost) -> None:
    print(f"{cost.what:<26} {cost.wall:6.1f} s, {cost.processor:6.1f} s of processor", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
