"""`make attacks`: carry out the whole corpus, print a table, end with 1 when anything went wrong."""

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import islice

from evidence.findings import Code
from tests.attacks.model import Attack
from tests.attacks.runner import FAMILIES, attacks_of, by_command, run, table, untouched

MINIMUM = 50_000
BY_COMMAND = 8
"""Attacks of each family, about, that `evidence verify` refuses in a process of its own."""


def main() -> int:
    """Run the families named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("families", nargs="*", default=list(FAMILIES), help=", ".join(FAMILIES))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every n-th attack")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    given = parser.parse_args()
    if not untouched():
        print("The pack does not verify before it is attacked.", file=sys.stderr)
        return 1
    results = run(given.families, workers=given.workers, every=given.every)
    print(table(results))
    count = sum(tally.count for tally in results.values())
    by_hand = [attack for family in given.families for attack in _some(family)]
    wrong = by_command(iter(by_hand))
    print(
        f"by the command: {len(by_hand)}, of which {len(wrong)} did not end with 5 and plain words",
        *wrong,
        sep="\n",
    )
    whole = set(given.families) == set(FAMILIES) and given.every == 1
    if whole and count < MINIMUM:
        print(f"Only {count} attacks, fewer than {MINIMUM}.", file=sys.stderr)
        return 1
    return 0 if all(tally.clean for tally in results.values()) and not wrong else 1


def _some(family: str) -> Iterator[Attack]:
    """Yield a few attacks of a family, spread evenly; none that only the time of the corpus tells."""
    every = max(1, sum(1 for _ in attacks_of(family)) // BY_COMMAND)
    some = islice(attacks_of(family), every // 2, None, every)
    timed = {Code.CERTIFICATE, Code.TIME}
    return (attack for attack in some if attack.examine is None and not timed <= attack.expected)


if __name__ == "__main__":
    sys.exit(main())
