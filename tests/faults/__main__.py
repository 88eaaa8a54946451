"""`make faults`: the whole matrix of faults, on all cores.

`python -m tests.faults WORD …` plays only the cells whose names hold every word. Ends with 1 when any cell is
wrong: another gap than expected, a test that concludes without its evidence.
"""

import os
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.faults.kinds import KINDS
from tests.faults.play import Played, play, stage, summary

CHUNK = 12


def main() -> int:
    """Play, print what is wrong as it comes, print the table."""
    matrix = stage().matrix()
    wanted = [n for n, cell in enumerate(matrix) if all(word in cell.name for word in sys.argv[1:])]
    chunks = [wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)]
    print(f"{len(wanted)} of {len(matrix)} cells", flush=True)
    played: dict[str, list[Played]] = defaultdict(list)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for done in pool.map(play, chunks):
            for one in done:
                played[one.kind].append(one)
                for sentence in one.wrong:
                    print(f"WRONG {one.cell}: {sentence}", flush=True)
            print(f"{sum(map(len, played.values()))} of {len(wanted)} played", file=sys.stderr, flush=True)
    print(summary({kind.name: played[kind.name] for kind in KINDS if kind.name in played}))
    return any(one.wrong for every in played.values() for one in every)


if __name__ == "__main__":
    sys.exit(main())
