"""A sample of `make kills`: what a killed command left is whole or has no name, and the command goes on."""

from collections.abc import Iterator

import pytest

from tests.kills.commands import COMMANDS
from tests.kills.stage import Stage
from tests.kills.traps import ANY
from tests.kills.trials import play

SAMPLED = [
    ("collect", "mkdir", 2, "began anew"),
    ("collect", "rename", 4, "went on"),
    ("collect", "unlink", 12, "went on"),
    ("timestamp", ANY, 4, "began anew"),
    ("verify of .age", "mkdir", 6, "began anew"),
]
"""Commands, and where they are killed."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.close()


@pytest.mark.parametrize(("command", "kind", "number", "end"), SAMPLED)
def test_what_a_kill_leaves(stage: Stage, command: str, kind: str, number: int, end: str) -> None:
    trial = play(stage, COMMANDS[command], f"{kind} {number}", kind, number)
    assert (trial.end, trial.wrong) == (end, ())
