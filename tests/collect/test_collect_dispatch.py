"""What is sent to a worker and what is believed of its answers, with a worker in this process."""

import hashlib
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.aws.failures import StoppedError
from evidence.aws.lease import SessionKeys
from evidence.aws.reach import AwsEndpoints
from evidence.clock import Clock, system_clock
from evidence.cluster import dispatch, state, worker
from evidence.cluster.address import SchedulerAddress
from evidence.cluster.dispatch import Dispatcher
from evidence.cluster.fleet import Fleet, WorkerLostError, WorkersKilledError
from evidence.cluster.messages import (
    Heartbeat,
    UnitAssignment,
    UnitResult,
    WorkerBounds,
    WorkerReply,
    decode,
    encode,
)
from evidence.collect.progress import ProgressState
from evidence.collectors.base import Collector, RawFile
from evidence.demo_account.account.organization import LOG_ACCOUNT
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import ClusterError, WriteRefusedError
from evidence.records import Cause, Operation, Scope, Target
from evidence.settings.model import Settings
from tests.collect.collect_support import ACCOUNT, Collected

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
DELETE = Operation("iam", "DeleteUser")
ADDRESS = "inproc://worker"


class Here:
    """Stands for `Fleet`: one worker, in this process."""

    run = "run"
    share = WorkerBounds(4, 4)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = worker.versions()
        self.sent: list[Any] = []
        self.brought = 0
        self.fetched = 0
        self.change: Callable[[int, bytes], bytes] = lambda _, reply: reply
        self.lose_segment: set[int] = set()
        self._threads = ThreadPoolExecutor(4)

    def finish(self) -> None:
        self._threads.shutdown()

    def submit(self, given, prefer):
        del prefer
        self.sent.append(given)
        number = len(self.sent)
        work = self._threads.submit(worker.perform, given, ADDRESS, self.folder)
        return Pending(work, lambda reply: self.change(number, reply))

    def segment(self, reply: WorkerReply, index: int, size: int) -> bytes:
        self.fetched += 1
        if self.fetched in self.lose_segment:
            raise WorkerLostError
        return worker.segment(self.run, reply.spool, index, size)

    def bring(self, _: str, sha256: str, offset: int, content: bytes) -> None:
        self.brought += 1
        worker.take(self.run, worker.FileSegment(sha256, offset, content))

    def settle(self, _: str, sha256: str) -> None:
        worker.settle(self.run, sha256)

    def renew(self, token: str, keys: SessionKeys) -> None:
        worker.renew(self.run, token, keys)

    def taken(self, token: str) -> None:
        worker.alive(Heartbeat(self.run, self.share, 60.0, (token,)))

    def until(self, deadline: float) -> None: ...

    def check(self) -> None: ...

    def compare_again(self) -> None: ...

    def reassured(self, _: float) -> bool:
        return True


class Pending:
    def __init__(self, work, change) -> None:
        self._work = work
        self._change = change

    def wait(self, seconds: float) -> bool:
        try:
            self._work.exception(seconds)
        except TimeoutError:
            return False
        return True

    def result(self) -> bytes:
        return self._change(self._work.result())

    def drop(self) -> None: ...


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "RUNS", state.WorkerRuns(system_clock()))
    there = Here(tmp_path / "worker")
    yield there
    worker.end(Here.run)
    there.finish()
    assert not list((tmp_path / "worker").glob("*/*")), "a worker keeps nothing"


@pytest.fixture
def collect_there(run_collect, with_items, monkeypatch, fleet):
    """Collect with these items in that worker."""

    def run(*items: Collector | str, settings: dict[str, Any] | None = None, **more: Any) -> Collected:
        with_items(*items)
        chosen = sys.modules["evidence.collect.collect"].catalogue
        for other in (dispatch, worker, state):
            monkeypatch.setattr(other, "catalogue", chosen)
        monkeypatch.setattr(state, "_gates", {})
        dispatcher = Dispatcher(Settings.model_validate(settings or {}), fleet, system_clock())
        return run_collect(run=dispatcher.run_unit, settings=settings, **more)

    return run


def item(name: str, collect, *, operations=(SUMMARY,), needs=()) -> Collector:
    return Collector(f"test.{name}", name, Scope.ACCOUNT, operations, ("Everything.",), "any", collect, needs)


def good(ctx):
    ctx.call(SUMMARY)
    yield RawFile("good.csv", b"beside")
    yield from ({"n": n, "text": "x" * 50} for n in range(100))


def test_large_files_go_and_come_in_segments_and_a_worker_may_be_lost_over_it(
    collect_there, fleet, monkeypatch
) -> None:
    monkeypatch.setattr(dispatch, "SEGMENT", 1000)
    fleet.lose_segment = {3}

    def builds_on_it(ctx):
        yield {"records": sum(1 for _ in ctx.needed("test.good")), "digest": ctx.digest_of("test.good")}

    made = collect_there(item("good", good), item("later", builds_on_it, operations=(), needs=("test.good",)))
    records = made.read("123456789012/test/good.jsonl").encode()
    assert json.loads(made.read("123456789012/test/later.jsonl")) == {
        "records": 100, "digest": hashlib.sha256(records).hexdigest()
    }  # fmt: skip
    assert made.read("123456789012/test/good.csv") == "beside"
    assert fleet.fetched >= len(records) // 1000
    assert fleet.brought == -(-len(records) // 1000), "once"
    assert [given.item for given in fleet.sent].count("test.good") == 2
    assert [call["item"] for call in made.calls].count("test.good") == 1


LIES: dict[str, Callable[[WorkerReply, bytes], bytes | object]] = {
    "another byte": lambda reply, first: encode(reply, first.replace(b"x", b"y", 1)),
    "cut short": lambda reply, first: encode(reply, first[:-1]),
    "one byte more": lambda reply, first: encode(reply, first + b"\n"),
    "no bytes": lambda *_: "reply",
    "no reply": lambda _, first: b"{}\n" + first,
    "of another attempt": lambda reply, first: encode(reply.model_copy(update={"token": "other"}), first),
    "without an ending": lambda reply, first: encode(reply.model_copy(update={"ended": None}), first),
    "a file of another item": lambda *sent: with_paths(*sent, "iam/users.jsonl"),
    "a file of another account": lambda *sent: with_paths(*sent, "../210987654321/test/good.jsonl"),
    "a file in a folder above": lambda *sent: with_paths(*sent, "test/../../good.jsonl"),
    "the same file twice": lambda *sent: with_paths(*sent, "test/good.jsonl"),
    "calls of another item": lambda *sent: with_calls(*sent, b"test.good\"", b"test.goop\""),
    "calls of another account": lambda *sent: with_calls(*sent, b"123456789012", b"210987654321"),
    "undeclared calls": lambda *sent: with_calls(*sent, b"GetAccountSummary", b"DeleteAccountSumm"),
    "calls that are none": lambda *sent: with_calls(*sent, b'"seq"', b'"qes"'),
}  # fmt: skip


def with_paths(reply: WorkerReply, first: bytes, name: str) -> bytes:
    csv, records = reply.ended.files
    lie = csv.model_copy(update={"path": f"123456789012/{name}"})
    ended = reply.ended.model_copy(update={"files": (lie, records)})
    return encode(reply.model_copy(update={"ended": ended}), first)


def with_calls(reply: WorkerReply, first: bytes, old: bytes, new: bytes) -> bytes:
    """Change the ledger's lines, and every hash with them."""
    start = sum(file.size for file in reply.ended.files)
    lines = first[start:].replace(old, new)
    first = first[:start] + lines
    calls = reply.ended.calls.model_copy(update={"sha256": hashlib.sha256(lines).hexdigest()})
    segments = (hashlib.sha256(first).hexdigest(),)
    ended = reply.ended.model_copy(update={"calls": calls, "segments": segments})
    return encode(reply.model_copy(update={"ended": ended}), first)


def of_good(sent: bytes) -> bool:
    reply, _ = decode(sent)
    return bool(reply.ended and any("good" in file.path for file in reply.ended.files))


def test_an_answer_that_is_not_the_units_is_thrown_away_whole(collect_there, fleet, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "_ATTEMPTS", len(LIES) + 2)
    monkeypatch.setattr(dispatch, "_TRIPS", len(LIES) + 2)
    told: list[str] = []

    def change(_: int, sent: bytes) -> bytes | object:
        if not of_good(sent) or len(told) == len(LIES):
            return sent
        told.append(list(LIES)[len(told)])
        return LIES[told[-1]](*decode(sent))

    fleet.change = change
    made = collect_there(item("good", good))
    assert told == list(LIES), "the last one told was believed"
    assert made.gaps == []
    assert {file for file in made.files() if "test" in file} == {
        "123456789012/test/good.csv",
        "123456789012/test/good.jsonl",
    }
    assert [call["item"] for call in made.calls].count("test.good") == 1, "it ran again, once in the ledger"
    assert made.unit("test.good")["calls"] == 1
    assert made.unit("test.good")["records"] == 100


@pytest.mark.parametrize(("error", "times"), [(WorkerLostError, 3), (WorkersKilledError, 1)])
def test_a_unit_that_no_worker_ends_runs_in_this_process(collect_there, fleet, error, times) -> None:
    def change(_: int, sent: bytes) -> bytes:
        if of_good(sent):
            raise error
        return sent

    fleet.change = change
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert [given.item for given in fleet.sent].count("test.good") == times
    assert made.unit("test.good")["calls"] == 1


def test_a_gap_of_a_worker_is_the_gap_of_a_thread(collect_there, run_collect, tmp_path) -> None:
    def bad(ctx):
        yield {"first": 1}
        yield RawFile("bad.csv", b"half")
        ctx.call(SUMMARY)
        raise KeyError("Arn")

    there = collect_there(item("bad", bad))
    here = run_collect(out=tmp_path / "threads")
    assert there.gaps == here.gaps != []
    assert there.unit("test.bad")["calls"] == here.unit("test.bad")["calls"] == 1
    assert [call["file"] for call in there.calls if call["item"] == "test.bad"] == [""]


def test_other_accounts_are_entered_here_and_asked_there(collect_there, fleet) -> None:
    other = {"accounts": [LOG_ACCOUNT], "role": COLLECTOR, "external_id": EXTERNAL_ID}
    made = collect_there("iam.account-summary", settings={"aws": other})
    assert made.gaps == []
    assert [call["operation"] for call in made.calls].count("AssumeRole") == 1
    (who,) = made.read(f"{LOG_ACCOUNT}/sts/caller.jsonl").splitlines()
    assert f"assumed-role/{COLLECTOR}/" in json.loads(who)["Arn"]
    lent = {(given.account, bool(given.keys.token)) for given in fleet.sent}
    assert lent == {(ACCOUNT, False), (LOG_ACCOUNT, True)}


def test_a_worker_asks_the_aggregator_that_the_settings_name(collect_there) -> None:
    collecting = {"config_source": "aggregator", "aggregator": {"name": "other", "region": "eu-west-1"}}
    made = collect_there("config.aggregators", settings={"collect": collecting})
    (gap,) = made.gaps
    assert "no AWS Config aggregator named other" in gap["message"]
    assert {call["region"] for call in made.calls if call["item"] == "config.aggregators"} == {"eu-west-1"}


def test_the_gate_is_closed_in_a_worker(collect_there, fleet, tmp_path) -> None:
    def bad(ctx):
        ctx.call(DELETE, UserName="admin")
        yield {}

    with pytest.raises(WriteRefusedError, match="iam:DeleteUser"):
        collect_there(item("bad", bad))
    assert not list((tmp_path / "out").glob("*"))


def test_expired_credentials_are_renewed_and_the_unit_asked_again(collect_there, fleet, monkeypatch) -> None:
    """Dask may run a unit late, or again: what was lent has ended by then."""
    renewed: list[SessionKeys] = []
    real = dispatch.keys_of

    def keys_of(session) -> SessionKeys:
        return replace(real(session), token="newer") if renewed else real(session)

    def change(_: int, sent: bytes) -> bytes:
        reply, _ = decode(sent)
        if not of_good(sent) or renewed:
            return sent
        renewed.append(SessionKeys("", "", ""))
        why = {"cause": Cause.CREDENTIALS_EXPIRED, "operation": "", "error_code": "", "message": ""}
        empty = hashlib.sha256(b"").hexdigest()
        told = {"files": (), "calls": {"size": 0, "sha256": empty}, "segments": (), "why": why}
        ended = UnitResult.model_validate(reply.ended.model_dump() | told)
        return encode(reply.model_copy(update={"ended": ended}))

    monkeypatch.setattr(dispatch, "keys_of", keys_of)
    fleet.change = change
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert [given.keys.token for given in fleet.sent if given.item == "test.good"] == [None, "newer"]


def test_a_unit_that_goes_on_gets_newer_credentials(collect_there, fleet, monkeypatch) -> None:
    seen: list[str | None] = []
    real = dispatch.keys_of
    monkeypatch.setattr(dispatch, "_NAP", 0.01)
    monkeypatch.setattr(dispatch, "_RENEWAL", 0.02)
    monkeypatch.setattr(
        dispatch, "keys_of", lambda session: replace(real(session), token=f"token-{len(seen)}")
    )

    def patient(ctx):
        for _ in range(200):
            frozen = ctx._services.caller.session.credentials.get_frozen_credentials()
            seen.append(frozen.token)
            if len(set(seen)) > 2:
                break
            ctx.wait(0.02)
        yield {"tokens": len(set(seen))}

    made = collect_there(item("patient", patient))
    assert made.read("123456789012/test/patient.jsonl") == '{"tokens":3}\n'


def test_an_interrupted_run_stops_its_workers_and_can_be_resumed(
    collect_there, run_collect, fleet, monkeypatch
) -> None:
    stopped: list[bool] = []

    class Interrupt:
        def update(self, told: ProgressState) -> None:
            if told.units_done >= 2 and not stopped:
                raise KeyboardInterrupt

    def patient(ctx):
        try:
            while not stopped:
                ctx.wait(0.05)
        except StoppedError:
            stopped.append(True)
            raise
        yield {"n": 1}

    with pytest.raises(KeyboardInterrupt):
        collect_there(item("patient", patient), progress=Interrupt())
    worker.end(Here.run)
    fleet.finish()
    assert stopped
    made = run_collect(resume=True)
    assert made.gaps == []
    assert [part["units"] for part in made.run["parts"]] == [2, 1]


def test_a_worker_that_cannot_go_on_ends_the_run_and_what_it_had_stays(
    collect_there, fleet, tmp_path
) -> None:
    def change(_: int, sent: bytes) -> bytes:
        if not of_good(sent):
            return sent
        told = {"state": "unable", "words": ("No space left on device.",), "ended": None}
        return encode(decode(sent)[0].model_copy(update=told))

    fleet.change = change
    with pytest.raises(ClusterError, match="cannot go on: No space left"):
        collect_there(item("good", good))
    assert [path.name.startswith(".evidence-") for path in (tmp_path / "out").iterdir()] == [True]


@pytest.fixture
def assignment() -> UnitAssignment:
    return UnitAssignment(
        run="run", token="token", versions=worker.versions(), item="sts.caller",
        target=Target(Scope.ACCOUNT, "123456789012"), urgency=0, depth=0, account="123456789012",
        region="us-east-1", regions=(), regions_depth=0, sampling="{}", aggregator="{}", unit_seconds=60.0,
        seconds_left=1e6,
        items=("sts.caller",), reach=AwsEndpoints(), share=WorkerBounds(1, 1), segment=1000, needs=(),
        keys=SessionKeys("AKIAACCESS", "very-secret", "very-token"),
    )  # fmt: skip


def test_no_secret_shows_where_dask_prints_what_it_was_given(assignment) -> None:
    for text in (repr(assignment), str(assignment), repr(assignment.keys)):
        assert "AKIA" not in text
        assert "very" not in text


def test_another_version_takes_no_unit(assignment, tmp_path) -> None:
    other = replace(assignment, versions=worker.versions() | {"boto3": "1.2.3"})
    assert decode(worker.perform(other, ADDRESS, tmp_path))[0].state == "versions"
    assert not list(tmp_path.iterdir())


def test_workers_stop_when_nobody_is_heard(assignment, tmp_path) -> None:
    now = [0.0]
    runs = state.WorkerRuns(Clock(system_clock().now, lambda: now[0], lambda _: None))
    known = runs.of(assignment, tmp_path)
    now[0] = state.SILENCE - 1
    runs.heard(Heartbeat("run", WorkerBounds(1, 1), 1e6, ()))
    now[0] += state.SILENCE - 1
    known.limits.check()
    assert known.folder.is_dir()
    now[0] += 2
    with pytest.raises(StoppedError):
        known.limits.check()
    runs.tidy()
    assert not known.folder.exists()


class Scripted:
    """Stands for Dask's client: answers signs of life."""

    status = "running"

    def __init__(self) -> None:
        self.workers = 3

    def run(self, *_, **__) -> dict[str, None]:
        if self.status != "running":
            raise OSError("Connection refused")
        return dict.fromkeys(map(str, range(self.workers)))


@pytest.fixture
def beating():
    """A fleet whose time passes when a test says so."""
    now, client = [0.0], Scripted()
    clock = Clock(system_clock().now, lambda: now[0], lambda _: None)
    fleet = Fleet(
        client, SchedulerAddress.of("dask://127.0.0.1"), clock, lambda n: WorkerBounds(64 // n, 16 // n)
    )
    return fleet, client, now


def test_each_worker_gets_its_part_of_the_bounds(beating) -> None:
    fleet, client, _ = beating
    fleet.beat()
    assert fleet.share == WorkerBounds(21, 5)
    client.workers = 4
    fleet.beat()
    assert fleet.share == WorkerBounds(16, 4)


def test_a_cluster_without_workers_gets_a_minute(beating) -> None:
    fleet, client, now = beating
    fleet.beat()
    client.workers = 0
    now[0] += 59
    fleet.beat()
    fleet.check()
    now[0] += 2
    fleet.beat()
    with pytest.raises(ClusterError, match="has no workers any more"):
        fleet.check()


def test_so_does_a_scheduler_that_is_silent_unless_dask_has_given_it_up(beating) -> None:
    fleet, client, now = beating
    fleet.beat()
    client.status = "connecting"
    now[0] += 59
    fleet.beat()
    fleet.check()
    client.status = "closed"
    fleet.beat()
    with pytest.raises(ClusterError, match="is gone: Connection refused") as raised:
        fleet.check()
    assert "--resume" in raised.value.advice


ADDRESSES = {
    "dask://scheduler": "tcp://scheduler:8786",
    "dask://10.0.0.5:1234": "tcp://10.0.0.5:1234",
    "dask+tls://[2001:db8::1]:8786": "tls://[2001:db8::1]:8786",
}


@pytest.mark.parametrize(("given", "dask"), ADDRESSES.items())
def test_addresses(given: str, dask: str) -> None:
    assert Settings.model_validate({"collect": {"executor": given}}).collect.executor == given
    assert SchedulerAddress.of(given).dask == dask


@pytest.mark.parametrize(
    "wrong",
    [
        "dask",
        "tcp://host:1",
        "dask://",
        "dask://host/path",
        "dask://me@host",
        "dask://host:0",
        "dask://host:99999",
    ],
)
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(ValueError, match="executor"):
        Settings.model_validate({"collect": {"executor": wrong}})


def test_credentials_in_the_clear_are_warned_of() -> None:
    assert "not encrypted" in SchedulerAddress.of("dask://10.0.0.5:8786").warning
    for quiet in ("dask://127.0.0.1:8786", "dask://localhost", "dask://[::1]:8786", "dask+tls://10.0.0.5"):
        assert SchedulerAddress.of(quiet).warning == ""
