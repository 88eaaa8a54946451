"""What is sent to a worker and what is believed of its answers, with a worker in this process."""

import errno
import hashlib
import json
import pickle
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from evidence.aws.failures import StoppedError
from evidence.aws.lease import SessionKeys
from evidence.aws.limits import Limits
from evidence.aws.reach import AwsEndpoints
from evidence.clock import Clock, system_clock
from evidence.cluster import archive, dispatch, worker
from evidence.cluster.address import dask_address, warning_of
from evidence.cluster.dispatch import ClusterJobs
from evidence.cluster.fleet import Fleet, JobLostError, WorkersKilledError
from evidence.cluster.messages import Assignment, WorkerReply, versions
from evidence.collect import errand
from evidence.collect.errand import Errand
from evidence.collect.job import JobSettings
from evidence.collect.jobs import JobFolder
from evidence.collect.plan import Job
from evidence.collectors.base import Collector, RawFile
from evidence.demo_account.account.organization import LOG_ACCOUNT
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import RunPausedError, WriteRefusedError
from evidence.records import Operation, Scope
from evidence.settings.model import AggregatorSettings, Sampling, Settings
from tests.collect.collect_support import ACCOUNT, Collected

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")
DELETE = Operation("iam", "DeleteUser")
ADDRESS = "inproc://worker"
GOOD = f"{LOG_ACCOUNT}/test/good.jsonl"
SECRET = "AKIAIOSFODNN7EXAMPLE"
AWS = {
    "accounts": [LOG_ACCOUNT],
    "role": COLLECTOR,
    "external_id": EXTERNAL_ID,
    "regions": ["us-east-1", "eu-west-1"],
}


class Here:
    """Stands for `Fleet`: one worker, in this process."""

    threads = 2

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.sent: list[Assignment] = []
        self.regained = 0
        self.change: Callable[[object], object] = lambda sent: sent
        self.wanted: Callable[[], bool] = lambda: True

    @property
    def errands(self) -> list[Errand]:
        return [pickle.loads(given.errand)[0] for given in self.sent]  # noqa: S301 - written here

    def answer(self, given: Assignment, job: str, moved: Callable[[], None]) -> object:
        assert job == LOG_ACCOUNT
        self.sent.append(given)
        moved()
        return self.change(worker.reply_to(given, ADDRESS, self.folder, self.wanted))

    def regain(self) -> None:
        self.regained += 1


@pytest.fixture
def here(tmp_path: Path):
    there = Here(tmp_path / "worker")
    yield there
    assert not list((tmp_path / "worker").iterdir()), "a worker keeps nothing"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def with_items_there(with_items, monkeypatch):
    """Have run and worker collect these items."""

    def choose(*items: Collector | str) -> None:
        with_items(*items)
        for other in (errand, archive, worker, dispatch):
            monkeypatch.setattr(other, "catalogue", sys.modules["evidence.collect.collect"].catalogue)

    return choose


@pytest.fixture
def collect_there(run_collect, with_items_there, here, said):
    """Collect with these items, the member's account in that worker."""

    def run(*items: Collector | str, **more: Any) -> Collected:
        with_items_there(*items)

        def opened(limits: Limits, members: int):
            assert members == 1
            return nullcontext(ClusterJobs(None, here, said.append))

        worker._clients.cache_clear()
        return run_collect(settings={"aws": AWS}, executor=opened, **more)

    yield run
    worker._clients.cache_clear()


def item(name: str, collect, *, operations=(SUMMARY,), needs=(), scope=Scope.ACCOUNT) -> Collector:
    return Collector(f"test.{name}", name, scope, operations, ("Everything.",), "any", collect, needs)


def good(ctx):
    ctx.call(SUMMARY)
    yield RawFile("good.csv", b"beside")
    yield from ({"n": n, "text": "x" * 50} for n in range(100))


def builds_on_it(ctx):
    yield {"records": sum(1 for _ in ctx.needed("test.good")), "digest": ctx.digest_of("test.good")}


def without_time(value: Any) -> Any:
    """Return a value of run.json or calls.jsonl without times, request ids and the number of a call."""
    gone = {"started", "finished", "aws_date", "request_id", "seq", "clock"}
    if isinstance(value, dict):
        return {name: without_time(member) for name, member in value.items() if name not in gone}
    return [without_time(member) for member in value] if isinstance(value, list) else value


def test_a_member_is_entered_here_and_asked_there(collect_there, here, run_collect, tmp_path) -> None:
    items = (item("good", good), item("later", builds_on_it, operations=(), needs=("test.good",)))
    there = collect_there(*items)
    alone = run_collect(settings={"aws": AWS}, out=tmp_path / "alone")
    assert there.gaps == alone.gaps == []
    (sent,) = here.errands
    assert (sent.job.account, bool(sent.keys.token)) == (LOG_ACCOUNT, True)
    assert there.files() == alone.files()
    for file in sorted(there.files() - {"run.json", "calls.jsonl"}):
        assert there.read(file) == alone.read(file), file
    assert without_time(there.run) == without_time(alone.run)
    asked = [[json.dumps(without_time(call)) for call in made.calls] for made in (there, alone)]
    assert sorted(asked[0]) == sorted(asked[1])
    assert [call["seq"] for call in there.calls] == list(range(1, len(there.calls) + 1))
    times = [call["started"] for call in there.calls if call["account"] == LOG_ACCOUNT]
    assert times == sorted(times), "in the order of sending"


@dataclass
class JobArchive:
    """What a job left, out of its archive, to be changed and packed again."""

    token: str
    record: dict[str, Any]
    calls: list[dict[str, Any]]
    files: dict[str, bytes]
    change: Callable[[bytes], bytes] = bytes
    """What becomes of the archive."""

    @classmethod
    def of(cls, sent: tuple[bytes, bytes]) -> "JobArchive":
        with ZipFile(BytesIO(sent[1])) as packed:
            content = {name: packed.read(name) for name in packed.namelist()}
        record, lines = json.loads(content.pop("job.json")), content.pop("calls.jsonl").splitlines()
        files = {name.removeprefix("data/"): of_it for name, of_it in content.items()}
        return cls(json.loads(sent[0])["token"], record, list(map(json.loads, lines)), files)

    def unit(self, name: str = "test.good") -> dict[str, Any]:
        return next(one for one in self.record["units"] if one["unit"]["item"] == name)

    def write(self, path: str, content: bytes) -> None:
        """Have the unit leave a file, of which the record tells the truth."""
        self.files[path] = content
        self.unit()["files"][path] = [hashlib.sha256(content).hexdigest(), len(content)]

    def sent(self) -> tuple[bytes, bytes]:
        packed = BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr("job.json", json.dumps(self.record))
            archive.writestr("calls.jsonl", "".join(json.dumps(call) + "\n" for call in self.calls))
            for path, content in self.files.items():
                archive.writestr(f"data/{path}", content)
        return sealed(self.token, self.change(packed.getvalue()))


def sealed(token: str, packed: bytes) -> tuple[bytes, bytes]:
    """Return an archive as a worker sends it, with its own hash."""
    told = {"token": token, "worker": ADDRESS, "state": "ended", "sha256": hashlib.sha256(packed).hexdigest()}
    return json.dumps(told).encode(), packed


def test_an_archive_that_is_packed_again_is_believed(collect_there, here, said) -> None:
    """What the lies below start from."""
    here.change = lambda sent: JobArchive.of(sent).sent()
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert (len(here.sent), said) == (1, [])


def lie(change: Callable[[JobArchive], object]) -> Callable[[tuple[bytes, bytes]], object]:
    def told(sent: tuple[bytes, bytes]) -> object:
        left = JobArchive.of(sent)
        change(left)
        return left.sent()

    return told


def altered(change: Callable[[bytes], bytes]) -> Callable[[tuple[bytes, bytes]], object]:
    return lie(lambda left: setattr(left, "change", change))


def call_with(**members: Any) -> Callable[[tuple[bytes, bytes]], object]:
    return lie(lambda left: left.calls[-1].update(members))


def declared(path: str, size: int) -> Callable[[bytes], bytes]:
    """Return what makes an archive declare another size of a file, in both places."""

    def change(packed: bytes) -> bytes:
        with ZipFile(BytesIO(packed)) as archive:
            known = archive.getinfo(path)
        old = struct.pack("<II", known.compress_size, known.file_size)
        assert packed.count(old) == 2
        return packed.replace(old, struct.pack("<II", known.compress_size, size))

    return change


LIES: dict[str, Callable[[tuple[bytes, bytes]], object]] = {
    "no reply": lambda sent: (b"{}", sent[1]),
    "no archive": lambda sent: sent[0],
    "something else": lambda _: {"state": "ended"},
    "of another attempt": lie(lambda left: setattr(left, "token", "other")),
    "another hash": lambda sent: (sent[0], sent[1] + b"x"),
    "another byte": altered(lambda packed: packed[:200] + bytes([packed[200] ^ 1]) + packed[201:]),
    "cut short": altered(lambda packed: packed[:-30]),
    "not an archive": altered(lambda _: b"x" * 1000),
    "an archive larger than is sent": altered(lambda packed: bytes(archive.LARGEST) + packed),
    "more than it declares": altered(declared(f"data/{GOOD}", 10)),
    "more than anybody takes": altered(declared(f"data/{GOOD}", 2**32 - 2)),
    "a record that is a bomb": altered(declared("job.json", 10)),
    "calls that are a bomb": altered(declared("calls.jsonl", 10)),
    "a file that is not told of": lie(lambda left: left.files.update({"extra.jsonl": b"{}\n"})),
    "a file that is not there": lie(lambda left: left.files.pop(GOOD)),
    "a file of another size": lie(lambda left: left.unit()["files"][GOOD].__setitem__(1, 7)),
    "a file of another hash": lie(lambda left: left.unit()["files"][GOOD].__setitem__(0, "0" * 64)),
    "a file of another item": lie(lambda left: left.write(f"{LOG_ACCOUNT}/iam/users.jsonl", b"{}\n")),
    "a file of another account": lie(lambda left: left.write(f"{ACCOUNT}/test/good.csv", b"x")),
    "a file in a folder above": lie(
        lambda left: left.write(f"{LOG_ACCOUNT}/test/good/../../../../{ACCOUNT}/test/good.csv", b"x")
    ),
    "a file with a name that is taken": lie(lambda left: left.write(f"{LOG_ACCOUNT}/test/good.CSV", b"x")),
    "a file with a name that is none": lie(lambda left: left.write(f"{LOG_ACCOUNT}/test/good\n.csv", b"x")),
    "a file with a name that is too long": lie(
        lambda left: left.write(f"{LOG_ACCOUNT}/test/good{'/good' * 80}", b"x")
    ),
    "a file in a file": lie(lambda left: left.write(f"{GOOD}/good.csv", b"x")),
    "no records": lie(lambda left: (left.files.pop(GOOD), left.unit()["files"].pop(GOOD))),
    "a gap with files": lie(lambda left: left.unit().update(gap=a_gap(left))),
    "not whole": lie(lambda left: left.record.update(whole=False)),
    "the same unit twice": lie(lambda left: left.record["units"].append(left.unit("sts.caller"))),
    "a unit of another account": lie(lambda left: instead(left, "test.good", "account", ACCOUNT)),
    "a unit of the organization": lie(
        lambda left: instead(left, "organizations.organization", "organization", LOG_ACCOUNT)
    ),
    "a unit of an item that there is not": lie(
        lambda left: instead(left, "iam.nothing", "account", LOG_ACCOUNT)
    ),
    "calls of another item": call_with(item="sts.caller", file=GOOD),
    "calls of another account": call_with(account=ACCOUNT),
    "calls for another file": call_with(file=f"{LOG_ACCOUNT}/test/other.jsonl"),
    "undeclared calls": call_with(item="test.good", file=GOOD, operation="DeleteUser"),
    "a call twice": lie(lambda left: left.calls.append(left.calls[-1])),
    "calls that are none": call_with(seq="first"),
}  # fmt: skip
LATER: dict[str, Callable[[tuple[bytes, bytes]], object]] = {
    "a unit left out": lie(lambda left: take_out(left, "test.good")),
    "a region left out": lie(lambda left: left.record["regions"].pop()),
}
"""What shows only when the regions are known: the calls stay, and feed nothing."""


def a_gap(left: JobArchive) -> dict[str, Any]:
    target = left.unit()["unit"]["target"]
    told = {"cause": "throttled", "operation": "", "error_code": "", "message": "", "effect": ""}
    return {"item": "test.good", "target": target} | told


def take_out(left: JobArchive, name: str) -> None:
    entry = left.unit(name)
    left.record["units"].remove(entry)
    for path in entry["files"]:
        del left.files[path]
    left.calls = [call for call in left.calls if call["item"] != name]


def instead(left: JobArchive, item: str, scope: str, account: str) -> None:
    """Have another unit in the place of one, with a file of its own and no calls."""
    take_out(left, "test.good")
    moment = left.record["units"][0]["unit"]["started"]
    target = {"scope": scope, "account": account, "region": None}
    folder = "organization" if scope == "organization" else account
    path = f"{folder}/{item.replace('.', '/', 1)}.jsonl"
    told = {"item": item, "target": target, "outcome": "empty", "records": 0, "files": [path], "calls": 0}
    written = {path: [hashlib.sha256(b"").hexdigest(), 0]}
    entry = {"unit": told | {"started": moment, "finished": moment}, "files": written}
    left.record["units"].append(entry | {"gap": None, "depth": 0, "part": 0})
    left.files[path] = b""


class Honest:
    """Stands for `Fleet`: answers as a worker did once, but for a change."""

    def __init__(self, errand: Errand, head: dict[str, Any], packed: bytes) -> None:
        self.errand, self._head, self._packed = errand, head, packed
        self.change: Callable[[tuple[bytes, bytes]], object] = lambda sent: sent

    def answer(self, given: Assignment, *_: object) -> object:
        return self.change((json.dumps(self._head | {"token": given.token}).encode(), self._packed))


@pytest.fixture(scope="module")
def answered() -> list[Honest]:
    return []


@pytest.fixture
def honest(collect_there, with_items_there, here, answered) -> Honest:
    """A worker's answer, asked for by a whole run once."""
    items = (item("good", good), "organizations.organization")
    if answered:
        with_items_there(*items)
    else:
        sent: list[tuple[bytes, bytes]] = []
        here.change = lambda one: sent.append(one) or one
        assert collect_there(*items).gaps == []
        ((head, packed),) = sent
        answered.append(Honest(here.errands[0], json.loads(head), packed))
    return answered[0]


def kept_of(honest: Honest, change: Callable[[tuple[bytes, bytes]], object], jobs: Path, said: list[str]):
    """Take an answer into a job's folder; return whether it was taken, and what lies there."""
    honest.change = change
    jobs.mkdir()
    taken = ClusterJobs(None, honest, said.append).run(honest.errand, JobFolder(jobs, LOG_ACCOUNT), list)
    return taken, {path.name for path in jobs.rglob("*") if path.is_file()}


def test_an_honest_answer_is_kept(honest, said, tmp_path) -> None:
    """So that those below are thrown away for their lie alone."""
    there = {"good.jsonl", "good.csv", "job.json", "calls.jsonl"}
    taken, left = kept_of(honest, lambda sent: sent, tmp_path / "jobs", said)
    assert (taken, there <= left, said) == (True, True, [])
    taken, left = kept_of(honest, lie(lambda _: None), tmp_path / "again", said)
    assert (taken, there <= left, said) == (True, True, [])


@pytest.mark.parametrize("change", LIES.values(), ids=LIES)
def test_of_what_is_not_the_jobs_nothing_is_written(honest, said, tmp_path, change) -> None:
    assert kept_of(honest, change, tmp_path / "jobs", said) == (False, set())
    (text,) = said
    assert text.startswith(f"What a worker sent of {LOG_ACCOUNT} is thrown away: ")


SENT = {name: LIES[name] for name in ("no reply", "a file of another hash", "a call twice")}


@pytest.mark.parametrize("change", (SENT | LATER).values(), ids=SENT | LATER)
def test_what_is_not_the_jobs_is_thrown_away_whole(collect_there, here, change, request) -> None:
    """A run asks again, and then does without: of each way to lie, where one is caught, one."""
    here.change = change
    made = collect_there(item("good", good), "organizations.organization")
    assert len(here.sent) == 2, "sent again, then it ran here"
    assert made.gaps == []
    assert {file for file in made.files() if "test" in file and LOG_ACCOUNT in file} == {
        GOOD, f"{LOG_ACCOUNT}/test/good.csv"
    }  # fmt: skip
    fed = Counter(call["file"] for call in made.calls if call["account"] == LOG_ACCOUNT)
    assert fed[GOOD] == made_unit(made)["calls"] == 1
    assert made_unit(made)["records"] == 100
    if request.node.callspec.id in LIES:
        assert fed[""] == 0, "no call of what was thrown away is in the ledger"


def made_unit(made: Collected, name: str = "test.good") -> dict[str, Any]:
    return next(
        unit
        for unit in made.run["units"]
        if unit["item"] == name and unit["target"]["account"] == LOG_ACCOUNT
    )


def test_what_a_worker_counts_is_counted_again(collect_there, here) -> None:
    """A unit that says it found nothing, or that it is whole, is what its files and calls say."""

    def change(left: JobArchive) -> None:
        left.unit()["unit"].update(records=7, calls=9, outcome="empty", files=[])
        left.record["deepest"] = 900
        left.record["clock"]["max_skew_seconds"] = 1e9

    here.change = lie(change)
    made = collect_there(item("good", good))
    unit = made_unit(made)
    assert (unit["records"], unit["calls"], unit["outcome"], len(unit["files"])) == (100, 1, "collected", 2)
    assert made.run["clock"]["max_skew_seconds"] < 1e9


def test_numbers_of_calls_are_given_here(collect_there, here) -> None:
    here.change = lie(lambda left: [call.update(seq=call["seq"] + 2**60) for call in left.calls])
    made = collect_there(item("good", good))
    assert len(here.sent) == 1
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))


def bad(ctx):
    yield {"first": 1}
    yield RawFile("bad.csv", b"half")
    ctx.call(SUMMARY)
    raise KeyError("Arn")


def test_a_gap_of_a_worker_is_the_gap_of_a_thread(collect_there, run_collect, here, tmp_path) -> None:
    there = collect_there(item("bad", bad))
    alone = run_collect(settings={"aws": AWS}, out=tmp_path / "alone")
    assert len(here.sent) == 1
    assert there.gaps == alone.gaps != []
    assert made_unit(there, "test.bad")["calls"] == made_unit(alone, "test.bad")["calls"] == 1
    assert {call["file"] for call in there.calls if call["item"] == "test.bad"} == {""}


def test_what_a_worker_says_of_a_gap_goes_without_secrets(collect_there, here) -> None:
    here.change = lie(
        lambda left: left.unit("test.bad")["gap"].update(message=f"for {SECRET}", effect=SECRET)
    )
    made = collect_there(item("bad", bad))
    assert len(here.sent) == 1
    assert SECRET not in made.read("gaps.json")
    assert "for [hidden]" in made.read("gaps.json")


def raising(error: type[Exception]) -> Callable[[object], object]:
    def change(_: object) -> object:
        raise error(SECRET)

    return change


def unable(sent: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    told = {"state": "unable", "words": [f"No space left on device, {SECRET}"]}
    return json.dumps({"token": json.loads(sent[0])["token"], "worker": ADDRESS} | told).encode(), b""


@pytest.mark.parametrize(
    ("change", "lost"), [(raising(JobLostError), True), (raising(WorkersKilledError), False), (unable, False)]
)
def test_a_job_that_no_worker_ends_runs_here(collect_there, here, said, change, lost) -> None:
    here.change = change
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert (len(here.sent), here.regained, len(said)) == ((2, 2, 0) if lost else (1, 0, 1))
    assert SECRET not in "".join(said)


def test_so_does_one_that_leaves_too_much(collect_there, here, said, monkeypatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 100)
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert len(here.sent) == 1
    (text,) = said
    assert text == (
        f"{LOG_ACCOUNT} is collected by the run's own process: the worker at {ADDRESS} cannot go on"
        ": The job left more than is sent (ArchiveTooLargeError)."
    )


def test_so_does_one_whose_session_expired(collect_there, here) -> None:
    def change(left: JobArchive) -> None:
        for path in left.unit()["files"]:
            del left.files[path]
        left.unit().update(gap=a_gap(left) | {"cause": "credentials expired"}, files={})

    here.change = lie(change)
    made = collect_there(item("good", good))
    assert made.gaps == []
    assert len(here.sent) == 2, "with another session"


def test_the_gate_is_closed_in_a_worker(collect_there, tmp_path) -> None:
    """It lets through what the job's items declare in the worker's own installation."""

    def writes(ctx):
        if ctx.target.account == LOG_ACCOUNT:
            ctx.call(DELETE, UserName="admin")
        yield {}

    with pytest.raises(WriteRefusedError, match="iam:DeleteUser"):
        collect_there(item("bad", writes))
    assert not list((tmp_path / "out").glob("*"))


def test_a_job_that_is_not_wanted_any_more_stops(collect_there, here) -> None:
    stopped = []

    def patient(ctx):
        try:
            while ctx.target.account == LOG_ACCOUNT and not stopped:
                ctx.wait(0.05)
        except StoppedError:
            stopped.append(threading.current_thread().name)
            raise
        yield {"n": 1}

    here.wanted = lambda: False
    made = collect_there(item("patient", patient))
    assert stopped
    assert here.regained >= 1, "as one that was lost"
    assert made.gaps == []


def test_a_worker_with_other_versions_pauses_the_run(collect_there, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(worker, "versions", lambda: versions() | {"boto3": "1.2.3"})
    with pytest.raises(RunPausedError) as raised:
        collect_there(item("good", good))
    assert raised.value.message == (
        f"The worker at {ADDRESS} has boto3 1.2.3, this process {versions()['boto3']}."
    )
    assert "--resume" in raised.value.advice
    assert [path.name.startswith(".evidence-") for path in (tmp_path / "out").iterdir()] == [True]


@pytest.fixture
def assignment() -> Assignment:
    settings = JobSettings(
        sampling=Sampling(), aggregator=AggregatorSettings(), concurrency=1, unit_seconds=60.0, regions=(),
        region="us-east-1", known_regions=frozenset({"us-east-1"}), caller=ACCOUNT, part=0,
    )  # fmt: skip
    job = Job(LOG_ACCOUNT, ("sts.caller", "account.regions"), Scope.ACCOUNT)
    keys = SessionKeys("AKIAACCESS", "very-secret", "very-token")
    given = Errand(job, settings, 2, ("us-east-1",), 60.0, 2, keys)
    for text in (repr(given), str(given)):
        assert "AKIA" not in text
        assert "very" not in text
    return Assignment("token", versions(), pickle.dumps((given, AwsEndpoints())))


def test_no_secret_shows_where_dask_prints_what_it_was_given(assignment) -> None:
    for text in (repr(assignment), str(assignment)):
        assert "AKIA" not in text
        assert "very" not in text


def test_a_worker_with_other_versions_reads_no_further(assignment, tmp_path) -> None:
    other = replace(assignment, versions=versions() | {"boto3": "1.2.3"}, errand=b"in another language")
    head, left = worker.reply_to(other, ADDRESS, tmp_path, lambda: True)
    reply = WorkerReply.model_validate_json(head)
    assert (reply.state, reply.words, left) == (
        "versions", (f"boto3 {versions()['boto3']}, this process 1.2.3",), b""
    )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_what_a_worker_cannot_do_is_told_without_secrets(assignment, tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, f"No space left for {SECRET}")

    monkeypatch.setattr(worker, "perform", full)
    reply = WorkerReply.model_validate_json(worker.reply_to(assignment, ADDRESS, tmp_path, lambda: True)[0])
    assert reply.state == "unable"
    assert reply.words == ("No space left on device (OSError).",)
    assert not list(tmp_path.iterdir())


class Scripted:
    """Stands for Dask's client."""

    status = "running"
    workers = 3

    def nthreads(self) -> dict[str, int]:
        if self.status != "running":
            raise ConnectionRefusedError(errno.ECONNREFUSED, SECRET)
        return dict.fromkeys(map(str, range(self.workers)), 8)


@pytest.fixture
def watched():
    """A fleet whose time passes when a test says so."""
    now, client = [0.0], Scripted()
    limits = Limits(Clock(system_clock().now, lambda: now[0], lambda _: None), 1e6)
    return Fleet(client, "tcp://127.0.0.1:8786", limits), client, now


def test_as_many_jobs_can_be_under_way_as_there_are_threads(watched) -> None:
    there, client, _ = watched
    jobs = ClusterJobs(None, there, pytest.fail)
    assert jobs.room() == 24
    client.workers = 4
    there.look()
    assert jobs.room() == 32


def test_a_cluster_without_workers_gets_a_minute(watched) -> None:
    there, client, now = watched
    client.workers = 0
    now[0] += 59
    there.look()
    there.check()
    now[0] += 2
    there.look()
    with pytest.raises(RunPausedError, match=r"has no workers\.") as raised:
        there.check()
    assert "go on with --resume" in raised.value.advice


def test_so_does_a_scheduler_that_is_silent_unless_dask_has_given_it_up(watched) -> None:
    there, client, now = watched
    client.status = "connecting"
    now[0] += 59
    there.look()
    there.check()
    now[0] += 2
    with pytest.raises(RunPausedError, match="is gone: The connection was refused"):
        there.check()
    now[0] -= 2
    there.check()
    client.status = "closed"
    with pytest.raises(RunPausedError, match="is gone: The connection was refused"):
        there.check()


def test_nothing_is_waited_for_when_the_run_has_ended(watched) -> None:
    there, _, _ = watched
    there._limits.stop.set()
    with pytest.raises(StoppedError):
        there.regain()


ADDRESSES = {
    "dask://scheduler": "tcp://scheduler:8786",
    "dask://10.0.0.5:1234": "tcp://10.0.0.5:1234",
    "dask+tls://[2001:db8::1]:8786": "tls://[2001:db8::1]:8786",
}


@pytest.mark.parametrize(("given", "dask"), ADDRESSES.items())
def test_addresses(given: str, dask: str) -> None:
    assert Settings.model_validate({"collect": {"executor": given}}).collect.executor == given
    assert dask_address(given) == dask


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
    assert "not encrypted" in warning_of("dask://10.0.0.5:8786")
    for quiet in ("dask://127.0.0.1:8786", "dask://localhost", "dask://[::1]:8786", "dask+tls://10.0.0.5"):
        assert warning_of(quiet) == ""
