"""What collecting costs: beside botocore alone, over TLS, with latency, for a call, in sealing, in lines."""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import boto3

from benchmarks.collection import ORGANIZATION, Collected, collected, served
from benchmarks.measure import Row, medians, process, seconds_of
from benchmarks.replaying import replaying
from tests.support.make_samples import SIGNER

LATENCY = 0.05
CALLS = 400
WORKERS = 8
RUNS = 5
AT_ONCE = 16
"""Calls under way, as `evidence collect` has them unless told otherwise."""
ONE_ACCOUNT = {"accounts": 3, "regions": 17}
"""What is served; the caller's own account alone is collected."""
ACCOUNT = "123456789012"
FOLDERS = ("evidence/collect", "evidence/cluster")


def collect_row(scratch: Path) -> Row:
    """One account, 17 regions: processor time over that of botocore alone, which sends the same calls."""
    with replaying(scratch, **ONE_ACCOUNT) as server:
        ours = _Collections(scratch)
        ledger = ours.collect(server.plain).ledger
        bare = [sys.executable, "-m", "benchmarks.bare", ledger, str(AT_ONCE)]
        with server.cost() as cost:
            taken = medians(
                lambda: ours.collect(server.plain).used.processor,
                lambda: process(bare, env=server.plain).processor,
                RUNS,
            )
    return Row("collect / bare botocore, same calls (s CPU)", *taken, 1.6, *cost)


def tls_row(scratch: Path) -> Row:
    """One account, 17 regions: processor time over TLS over that over HTTP, with botocore's authorities."""
    with replaying(scratch, **ONE_ACCOUNT) as server:
        ours = _Collections(scratch)
        with server.cost() as cost:
            taken = medians(
                lambda: ours.collect(server.secure).used.processor,
                lambda: ours.collect(server.plain).used.processor,
                RUNS,
            )
    return Row("collect, TLS / HTTP, 1 account x 17 regions (s CPU)", *taken, 1.25, *cost)


@dataclass
class _Collections:
    """Collections one after the other, each into a folder of its own."""

    scratch: Path
    made: int = 0

    def collect(self, environment: dict[str, str]) -> Collected:
        self.made += 1
        return collected(self.scratch / str(self.made), environment)


def accounts_row(scratch: Path) -> Row:
    """Fifty accounts in two regions: wall time over calls x latency / workers."""
    with served(LATENCY, accounts=50, regions=2, processes=2) as environment:
        made = collected(scratch / "accounts", environment, *ORGANIZATION, "--workers", str(WORKERS))
    least = made.calls * LATENCY / WORKERS
    return Row(f"collect, 50 accounts / calls x 50 ms / {WORKERS}", made.wall, least, 1.3, made.note)


def call_row(scratch: Path) -> Row:
    """One call through gate, checks and the run's ledger over the bare boto3 call: processor time."""
    with replaying(scratch, **ONE_ACCOUNT) as server:
        os.environ.update(server.plain)
        ours, bare = _ours(scratch), boto3.client("iam").get_account_summary
        with server.cost() as cost:
            taken = medians(
                partial(seconds_of, ours, time.thread_time),
                partial(seconds_of, bare, time.thread_time),
                CALLS,
            )
    return Row("one call / bare boto3 (ms CPU)", *(1e3 * one for one in taken), 1.25, *cost)


def _ours(scratch: Path) -> Callable[[], object]:
    """Return what sends the call as a collection does, and puts it on record."""
    from evidence.aws.caller import RequestSender
    from evidence.aws.calls import Question
    from evidence.aws.limits import Limits
    from evidence.aws.retry import Retry
    from evidence.aws.sessions import connect
    from evidence.clock import system_clock
    from evidence.collect.ledger import Ledger
    from evidence.collect.slots import CallSlots
    from evidence.records import Operation

    operation, clock = Operation("iam", "GetAccountSummary", "SummaryMap"), system_clock()
    connection = connect(profile=None, region=None, operations=[operation], connections=4)
    caller = RequestSender(
        connection.account, account=ACCOUNT, recorder=Ledger(scratch / "calls.jsonl"),
        limits=Limits(clock, float("inf")),
        slots=CallSlots(4, clock),
        retry=Retry(), jitter=lambda: 0.0,
    )  # fmt: skip
    question = Question(operation, {}, item="iam.account-summary", file="summary.jsonl", depth=1)
    return partial(caller.ask, question)


def seal_row(scratch: Path) -> Row:
    """The demo account: processor time of the seal in a collection, beyond hashing the same files once."""
    times = scratch / "times.json"

    def sealed() -> list[float]:
        out = tempfile.mkdtemp(dir=scratch)
        words = [sys.executable, "-m", "benchmarks.sealing", times, "collect", "--quiet", "--output", out]
        process([*words, *SIGNER], env=server.plain)
        taken: list[float] = json.loads(times.read_bytes())
        return taken

    with replaying(scratch) as server:
        seal, hashing, wall = (
            statistics.median(one) for one in zip(*(sealed() for _ in range(RUNS)), strict=True)
        )
    note = f"hashing {hashing:.3f} s; wall {wall:.3f} s in all"
    return Row("seal of the demo account beyond hashing (s CPU)", seal - hashing, None, 0.15, note)


def lines_row(_scratch: Path) -> Row:
    """Lines of what orders, runs and keeps the work, comments included."""
    files = [file for folder in FOLDERS for file in sorted(Path(folder).rglob("*.py"))]
    lines = sum(len(file.read_bytes().splitlines()) for file in files)
    return Row(f"lines of {' and '.join(FOLDERS)}", lines, None, 3600, f"{len(files)} files")
