"""Runs the command as a user would, and finds what the demonstration left."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import prepared

COSTLY = (
    "iam.sample-role-policies",
    "iam.last-accessed",
    "iam.user-credentials",
    "cloudtrail.access-events",
    "identity-center.instance",
)
FEW = [word for item in COSTLY for word in ("--exclude-item", item)]
"""Leaves out four of five calls, where a test is not about what is asked; those of tests/e2e ask all."""


@dataclass(frozen=True)
class Demo:
    """What `evidence demo` left in a folder."""

    folder: Path

    @property
    def bundle(self) -> Path:
        (marker,) = self.folder.glob("evidence-*/bagit.txt")
        return marker.parent

    @property
    def pack(self) -> Path:
        (pack,) = self.folder.glob("evidence-*.zip")
        return pack

    @property
    def report(self) -> Path:
        return self.folder / "report.pdf"

    @property
    def workbook(self) -> Path:
        return self.folder / "appendices.xlsx"

    @property
    def certificate(self) -> Path:
        return self.folder / "signer.pem"

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def pack_before(self) -> Path:
        (pack,) = self.folder.glob("quarter-before/evidence-*.zip")
        return pack

    @property
    def results(self) -> dict:
        return json.loads((self.folder / "results.json").read_text())

    @property
    def run(self) -> dict:
        return json.loads((self.bundle / "data/run.json").read_text())


def clean_environment() -> dict[str, str]:
    """Return this process's environment without anything that points at AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "EVIDENCE_"))}


def evidence(
    *arguments: str | Path,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    **options,
) -> subprocess.CompletedProcess:
    """Run the command in a process of its own, forked from a prepared one where that is the same."""
    words, env = list(map(str, arguments)), env or clean_environment()
    if not options and prepared.can_run(env):
        return prepared.run(words, env, cwd=cwd, timeout=timeout)
    return evidence_anew(*words, env=env, cwd=cwd, timeout=timeout, **options)


def evidence_anew(
    *arguments: str | Path, env: dict[str, str] | None = None, **options
) -> subprocess.CompletedProcess:
    """Run the command as a user does, from nothing."""
    return subprocess.run(
        [sys.executable, "-m", "evidence", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=env or clean_environment(), **options,
    )  # fmt: skip
