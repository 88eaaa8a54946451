"""One collection from the tests' AWS server by the command, as a process of its own, and what it left."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.measure import Used, process
from evidence.demo_account.demo import demo_environment
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from tests.support.make_samples import PASSPHRASE, SIGNER
from tests.support.served import serving

ORGANIZATION = ("--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID)
"""Flags that collect every account of the demo organization."""


@dataclass(frozen=True)
class Collected:
    """A bundle, and what its collection took."""

    folder: Path
    used: Used
    """By the whole process, imports and sealing included."""

    @property
    def ledger(self) -> Path:
        """The list of its calls."""
        return self.folder / "data/calls.jsonl"

    @cached_property
    def calls(self) -> int:
        """Calls in the ledger."""
        with self.ledger.open("rb") as lines:
            return sum(1 for _ in lines)

    @property
    def wall(self) -> float:
        """Seconds from the start to the end that run.json names."""
        run = json.loads((self.folder / "data/run.json").read_bytes())
        started, finished = (datetime.fromisoformat(run[name]) for name in ("started", "finished"))
        return (finished - started).total_seconds()

    @property
    def note(self) -> str:
        """The figures behind a ratio."""
        used = self.used
        whole = f"process {used.seconds:.2f} s, {used.processor:.2f} s CPU, peak {used.megabytes} MiB"
        return f"{self.calls} calls, {whole}"


def collected(
    out: Path,
    environment: dict[str, str],
    *flags: str | Path,
    accepted: Sequence[int] = (0,),
    watch: Callable[[int], object] = id,
) -> Collected:
    """Collect into `out`, a folder that does not exist yet; raise RuntimeError for another exit code."""
    command = [sys.executable, "-m", "evidence", "collect", "--quiet", "--output", out, *SIGNER, *flags]
    used = process(command, env=environment, accepted=accepted, watch=watch)
    (folder,) = out.glob("evidence-*")
    return Collected(folder, used)


@contextmanager
def served(latency: float, **options: Any) -> Iterator[dict[str, str]]:
    """Run the tests' AWS server with these options; yield the environment for a collection."""
    given = {"latency": latency, **options}
    with serving(*(word for name, value in given.items() for word in (f"--{name}", str(value)))) as url:
        yield demo_environment(url) | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()}
