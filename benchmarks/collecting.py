"""Collecting from the sample account with 50 ms of latency, and the cost of one call."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.measure import Row, process
from evidence.sample.demo import SETTINGS, sample_environment
from tests.support.make_samples import DATA, PASSPHRASE
from tests.support.served import serving

LATENCY = 0.05
CALLS = 400


def collect_row(scratch: Path) -> Row:
    """Wall time of collecting over the longest chain of dependent calls, each as long as a bare one."""
    with _environment(LATENCY) as environment:
        bare = _bare_call_seconds(environment)
        started = time.perf_counter()
        memory = process(
            [
                *(sys.executable, "-m", "evidence", "collect", "--quiet", "--config", SETTINGS),
                *("--output", scratch / "out", "--concurrency", "64"),
                *("--key", DATA / "sample-signer.key", "--certificate", DATA / "sample-signer.pem"),
            ],
            env=environment | {"EVIDENCE_PASSPHRASE": PASSPHRASE.decode()},
        )
        whole = time.perf_counter() - started
    (run,) = (scratch / "out").glob("evidence-*/data")
    calls = [json.loads(line) for line in (run / "calls.jsonl").read_text().splitlines()]
    document = json.loads((run / "run.json").read_text())
    wall = (_moment(document["finished"]) - _moment(document["started"])).total_seconds()
    chain = max(call["depth"] for call in calls)
    note = f"{len(calls)} calls, chain of {chain}, process {whole:.2f} s, peak {memory} MiB"
    return Row("collect / longest chain of calls at 50 ms", wall, chain * bare, 1.5, note)


def call_row(_scratch: Path) -> Row:
    """One call through gate, checks and ledger over the bare boto3 call, without latency."""
    from evidence.aws.calls import Question

    with _environment(0.0) as environment:
        os.environ.update(environment)
        caller, operation = _caller()
        bare = _client()
        question = Question(operation, {}, item="iam.account-summary", file="", depth=1)
        ours, theirs = [], []
        for _ in range(CALLS):
            ours.append(_seconds(lambda: caller.ask(question)))
            theirs.append(_seconds(bare.get_account_summary))
    return Row(
        "one call / bare boto3 (ms)", sorted(ours)[CALLS // 2] * 1e3, sorted(theirs)[CALLS // 2] * 1e3, 1.25
    )


@contextmanager
def _environment(latency: float) -> Iterator[dict[str, str]]:
    with serving("--latency", str(latency)) as endpoint:
        yield sample_environment(endpoint)


def _caller():  # type: ignore[no-untyped-def]
    from evidence.aws.caller import Caller
    from evidence.aws.limits import Limits
    from evidence.aws.retry import Retry
    from evidence.aws.sessions import connect
    from evidence.clock import system_clock
    from evidence.collect.slots import FairSlots
    from evidence.records import Operation

    operation = Operation("iam", "GetAccountSummary", "SummaryMap")
    clock = system_clock()
    connection = connect(profile=None, region=None, operations=[operation], connections=4)
    caller = Caller(
        connection.account, account="123456789012", recorder=_Forgetful(), limits=Limits(clock, float("inf")),
        slots=FairSlots(in_all=4, per_account=4, clock=clock).of("123456789012"),
        retry=Retry(), jitter=lambda: 0.0,
    )  # fmt: skip
    return caller, operation


class _Forgetful:
    """A recorder that keeps the number alone."""

    def __init__(self) -> None:
        self._seq = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        with self._lock:
            self._seq += 1
            return self._seq

    def add(self, call: object) -> None:
        del call

    def throttled(self) -> None:
        pass


def _client():  # type: ignore[no-untyped-def]
    import boto3

    return boto3.client("iam")


def _bare_call_seconds(environment: dict[str, str]) -> float:
    os.environ.update(environment)
    client = _client()
    client.get_account_summary()
    return sorted(_seconds(client.get_account_summary) for _ in range(15))[7]


def _seconds(function) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
