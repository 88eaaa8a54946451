"""Collecting from the tests' AWS server with 50 ms of latency, and the cost of one call."""

import os
import threading
import time
from pathlib import Path

from botocore.httpsession import DEFAULT_CA_BUNDLE

from benchmarks.collection import ORGANIZATION, collected, served
from benchmarks.measure import Row

LATENCY = 0.05
CALLS = 400
WORKERS = 8


def collect_row(scratch: Path) -> Row:
    """One account, 17 regions: wall time over the longest chain of calls, each as long as a bare one."""
    with served(LATENCY, accounts=3, regions=17, processes=2) as environment:
        bare = _bare_call_seconds(environment)
        made = collected(scratch / "account", environment, "--concurrency", "64")
    chain = max(made.depths) * bare
    return Row("collect, 1 account x 17 regions / longest chain", made.wall, chain, 1.3, made.note)


def accounts_row(scratch: Path) -> Row:
    """Fifty accounts in two regions: wall time over calls x latency / workers."""
    with served(LATENCY, accounts=50, regions=2, processes=2) as environment:
        made = collected(scratch / "accounts", environment, *ORGANIZATION, "--workers", str(WORKERS))
    least = made.calls * LATENCY / WORKERS
    return Row(f"collect, 50 accounts / calls x 50 ms / {WORKERS}", made.wall, least, 1.3, made.note)


def tls_row(scratch: Path) -> Row:
    """One account, 17 regions: processor time over TLS over that over HTTP, with botocore's authorities."""
    size = {"accounts": 3, "regions": 17}
    with served(0.0, **size) as environment:
        plain = collected(scratch / "plain", environment)
    with served(0.0, tls=scratch, **size) as environment:
        authorities = scratch / "authorities.pem"
        authorities.write_bytes(Path(DEFAULT_CA_BUNDLE).read_bytes() + (scratch / "ca.pem").read_bytes())
        secure = collected(scratch / "secure", environment | {"AWS_CA_BUNDLE": str(authorities)})
    name = "collect, TLS / HTTP, 1 account x 17 regions"
    return Row(name, secure.used.processor, plain.used.processor, 1.25, secure.note)


def call_row(_scratch: Path) -> Row:
    """One call through gate, checks and ledger over the bare boto3 call, without latency."""
    from evidence.aws.calls import Question

    with served(0.0) as environment:
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


def _caller():  # type: ignore[no-untyped-def]
    from evidence.aws.caller import RequestSender
    from evidence.aws.limits import Limits
    from evidence.aws.retry import Retry
    from evidence.aws.sessions import connect
    from evidence.clock import system_clock
    from evidence.collect.slots import FairSlots
    from evidence.records import Operation

    operation = Operation("iam", "GetAccountSummary", "SummaryMap")
    clock = system_clock()
    connection = connect(profile=None, region=None, operations=[operation], connections=4)
    caller = RequestSender(
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
