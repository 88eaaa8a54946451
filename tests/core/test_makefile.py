"""The documented `make` commands start what the docs say, with the sizes that the docs name."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["rehearsal"], "-m tests.rehearsal --accounts 200 --regions 2"),
        (["rehearsal", "ACCOUNTS=5"], "-m tests.rehearsal --accounts 5 --regions 2"),
        (["scale"], "-m benchmarks.scale 1 10 100 1000 --regions 2"),
        (["scale", "ACCOUNTS=20 2000", "REGIONS=1"], "-m benchmarks.scale 20 2000 --regions 1"),
    ],
)
def test_each_target_has_its_own_sizes(words: list[str], command: str) -> None:
    own = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}  # not `make test`'s
    done = subprocess.run(
        ["make", "-n", *words], cwd=ROOT, env=own, capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith(command)
