"""Runs the commands of the README as they stand there, in order, in one folder, against the demo account.

`python -m tests.guides.readme_steps` prints how long each takes, everything collected.
"""

import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.review.filling import REVIEWER, fill_in
from tests.support.command import clean_environment
from tests.support.served import serving

README = Path(__file__).parents[2] / "README.md"
FIRST = "## A real account, step by step"
LAST = "### And then"
PROFILE = """[profile audit]
region = us-east-1
aws_access_key_id = AKIADEMODEMODEMODEMO
aws_secret_access_key = any
"""
PEOPLE = """id,name,email,started,left,manager,contractor
ingrid.solheim,Ingrid Solheim,ingrid.solheim@northwind.example,2021-04-01,,,no
tomas.lindqvist,Tomas Lindqvist,tomas.lindqvist@northwind.example,2022-09-01,,ingrid.solheim,no
"""


@dataclass(frozen=True)
class EndedStep:
    """A command of the README, and how it ended."""

    command: str
    code: int
    said: str
    seconds: float
    processor: float
    """Seconds of it; the rest was waited for, or had by others."""


def commands() -> list[str]:
    """Return every line of the code blocks between the two headings."""
    steps = README.read_text(encoding="utf-8").partition(FIRST)[2].partition(LAST)[0]
    return [line for block in re.findall(r"```\n(.*?)```", steps, re.DOTALL) for line in block.splitlines()]


def prepare(folder: Path, url: str) -> dict[str, str]:
    """Lay out what a newcomer has: a profile, a screenshot, a list of people, the command.

    Returns the environment.
    """
    (folder / "idp.png").write_bytes(b"\x89PNG a screenshot")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / ".aws").write_text(PROFILE, encoding="utf-8")
    command = folder / ".bin" / "evidence"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m evidence "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return clean_environment() | {
        "AWS_CONFIG_FILE": str(folder / ".aws"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": url,
        "EVIDENCE_PASSPHRASE": "in the place of whoever is asked",
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(README.parent),
    }


def run_all(folder: Path, url: str, afterwards: Callable[[str], None] | None = None) -> Iterator[EndedStep]:
    """Run each command, by a shell, as whoever copies it does; `afterwards` is called when it has ended."""
    environment = prepare(folder, url)
    for command in commands():
        typed = in_this_year(command)
        began, before = time.monotonic(), _processor()
        done = subprocess.run(
            ["/bin/bash", "-c", typed], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds, busy = time.monotonic() - began, _processor() - before
        if command.startswith("evidence review open "):
            decide(folder / "review")
        if afterwards:
            afterwards(command)
        yield EndedStep(command, done.returncode, done.stdout + done.stderr, seconds, busy)


def in_this_year(command: str) -> str:
    """Return a command about a period with the year in which it is run, which is that of the packs."""
    return command.replace("2026-", f"{datetime.now(UTC):%Y}-") if " period " in command else command


def decide(review: Path) -> None:
    """Do what reviewers do before a review is closed: keep everything, as somebody who has no access."""
    for workbook in sorted(review.glob("*.xlsx")):
        fill_in(workbook, REVIEWER, datetime.now(UTC).date())


def _processor() -> float:
    """Return the seconds of processors that all children took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch, serving() as address:
        for step in run_all(Path(scratch), address):
            took = f"{step.seconds:6.1f} s, {step.processor:5.1f} s of processors"
            print(f"{took}  exit {step.code:<3} {step.command}", flush=True)
