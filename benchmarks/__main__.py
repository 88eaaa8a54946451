"""Prints the table of ratios; `python -m benchmarks NAME …` (`make bench ROWS="NAME …"`) some rows only."""

import sys
import tempfile
from pathlib import Path

from benchmarks import collecting, rendering, serving, starting, testing, verifying
from benchmarks.measure import HEADER

ROWS = {
    "help": starting.help_row,
    "collect": collecting.collect_row,
    "call": collecting.call_row,
    "workbook": rendering.workbook_row,
    "organization": rendering.organization_row,
    "verify": verifying.verify_row,
    "test": testing.testing_row,
    "sample": serving.processes_row,
    "sample-size": serving.size_row,
}


def main() -> None:
    """Measure the rows asked for, or all."""
    names = sys.argv[1:] or list(ROWS)
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        sys.exit(f"No row {', '.join(unknown)}; there are {', '.join(ROWS)}.")
    print(HEADER)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="evidence-bench-") as scratch:
            print(ROWS[name](Path(scratch)), flush=True)


main()
