"""Prints the table of ratios; `python -m benchmarks NAME …` (`make bench ROWS="NAME …"`) some rows only."""

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import (
    collecting,
    organizations,
    peers,
    period,
    rendering,
    serving,
    shapes,
    starting,
    testing,
    verifying,
)
from benchmarks.measure import HEADER

ROWS = {
    "help": starting.help_row,
    "collect": collecting.collect_row,
    "tls": collecting.tls_row,
    "processes": organizations.processes_row,
    "seal": collecting.seal_row,
    "memory": organizations.memory_row,
    "lines": collecting.lines_row,
    "accounts": collecting.accounts_row,
    "call": collecting.call_row,
    "workbook": rendering.workbook_row,
    "organization": rendering.organization_row,
    "verify": verifying.verify_row,
    "archive": verifying.archive_row,
    "test": testing.testing_row,
    "period": period.period_row,
    "shapes": shapes.shapes_row,
    "aws-server": serving.processes_row,
    "aws-server-size": serving.size_row,
    "aws-cli": peers.cli_row,
    "prowler": peers.prowler_row,
}
PEERS = {"aws-cli": peers.AWS, "prowler": peers.PROWLER}
"""Rows that need a program of their own: measured where it is installed, or when they are asked for."""


def main() -> None:
    """Measure the rows asked for, or all."""
    names = sys.argv[1:] or [name for name in ROWS if name not in PEERS or PEERS[name].exists()]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        sys.exit(f"No row {', '.join(unknown)}; there are {', '.join(ROWS)}.")
    missing = [str(PEERS[name]) for name in names if name in PEERS and not PEERS[name].exists()]
    if missing:
        sys.exit(f"{' and '.join(missing)} missing: `make peers` installs both.")
    with tempfile.TemporaryDirectory(prefix="evidence-bench-") as compiled:
        # An installed program is compiled once, whatever this environment says; and so are its peers.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        sys.exit(not measure(names))


def measure(names: Iterable[str]) -> bool:
    """Print the rows; return whether all could be measured."""
    print(HEADER)
    measured = True
    for name in names:
        with tempfile.TemporaryDirectory(prefix="evidence-bench-") as scratch:
            try:
                print(ROWS[name](Path(scratch)), flush=True)
            except RuntimeError as error:  # takes nothing away from the others
                measured = False
                print(f"{name}: not measured: {error}", flush=True)
    return measured


main()
