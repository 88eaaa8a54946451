"""How long the command takes to say anything at all."""

import sys
from pathlib import Path

from benchmarks.measure import Row, pairwise, process


def help_row(_scratch: Path) -> Row:
    """`evidence --help` over importing Typer."""
    ours = [sys.executable, "-m", "evidence", "--help"]
    peer = [sys.executable, "-c", "import typer"]
    memory = process(ours).megabytes
    seconds = pairwise(lambda: process(ours), lambda: process(peer), runs=9)
    return Row("evidence --help / import typer", *seconds, 2.0, f"peak {memory} MiB")
