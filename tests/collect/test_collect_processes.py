"""Members' accounts in processes of their own: the same bundle, and nothing left of them whatever happens."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

import pytest

from evidence.aws.lease import SessionKeys
from evidence.aws.limits import Limits
from evidence.clock import system_clock
from evidence.collect.errand import Errand
from evidence.collect.job import JobSettings
from evidence.collect.jobs import JobFolder
from evidence.collect.meter import Meter
from evidence.collect.plan import Job
from evidence.collect.process import JobProcess
from evidence.collect.processes import STOP, LocalProcesses, ProcessSetup, fitting
from evidence.demo_account.account.organization import STAGING_ACCOUNT
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import WriteRefusedError
from evidence.records import Scope
from evidence.settings.model import AggregatorSettings, Sampling
from tests.aws_server.faults import Fault
from tests.collect.collect_support import PASSPHRASE, SECRET, environment
from tests.support.command import FEW, clean_environment

FLAGS = ["--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--regions", "us-east-1"]
MOST = ["--exclude-item", "iam.last-accessed", "--exclude-item", "access-analyzer.policy-validation"]
OF_ONE_RUN = {"calls.jsonl", "run.json"}
"""Times, request ids and numbers of calls differ from run to run."""


@pytest.fixture
def start(serve, identity, tmp_path):
    """Start `evidence collect` over the demo organization; returns the process and where it writes."""
    running: list[subprocess.Popen[str]] = []

    def run(*flags: str | Path, items: list[str] = FEW, out: str = "out", url: str = "", **more):
        command = [
            sys.executable,
            "-m",
            "evidence",
            "collect",
            *identity,
            "-o",
            tmp_path / out,
            *FLAGS,
            *items,
            *flags,
        ]
        env = clean_environment() | environment(url or serve(**more)) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
        process = subprocess.Popen(command, env=env, stdout=-1, stderr=-1, text=True)
        running.append(process)
        return process, tmp_path / out

    yield run
    for process in running:
        process.kill()
        process.communicate()


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children]


def wait_for_workers(process: subprocess.Popen[str], out: Path, count: int) -> list[int]:
    """Wait until so many are there and one of them has a job half done."""
    while process.poll() is None:
        found = workers_of(process)
        half_done = [
            one for one in out.glob(".evidence-*/jobs/[0-9]*.partial/data/*/iam/*") if one.stat().st_size
        ]
        if len(found) == count and half_done:
            return found
        time.sleep(0.01)
    raise AssertionError(process.communicate())


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def bundle_of(process: subprocess.Popen[str]) -> Path:
    told, said = process.communicate()
    assert process.returncode == 0, said
    return Path(told.strip())


def evidence_of(bundle: Path) -> dict[str, bytes]:
    files = (path for path in (bundle / "data").rglob("*") if path.is_file())
    return {
        str(path.relative_to(bundle / "data")): path.read_bytes()
        for path in files
        if path.name not in OF_ONE_RUN
    }


def counted(bundle: Path) -> list[tuple[str, ...]]:
    members = ("item", "service", "operation", "account", "region", "file")
    lines = (bundle / "data/calls.jsonl").read_text().splitlines()
    return sorted(tuple(json.loads(line)[name] for name in members) for line in lines)


def test_the_same_bundle_comes_from_one_process_and_from_three(start, serve) -> None:
    url = serve()
    alone, several = (bundle_of(start("--processes", n, items=MOST, out=n, url=url)[0]) for n in ("1", "3"))
    assert evidence_of(alone) == evidence_of(several)
    assert counted(alone) == counted(several)
    units = [json.loads((bundle / "data/run.json").read_text())["units"] for bundle in (alone, several)]
    told = [[(unit["item"], unit["target"], unit["files"], unit["calls"]) for unit in one] for one in units]
    assert told[0] == told[1]


def test_no_secret_is_in_the_environment_of_a_worker(start) -> None:
    process, out = start("--processes", "2", latency=0.05)
    for worker in wait_for_workers(process, out, 2):
        there = Path(f"/proc/{worker}/environ").read_bytes() + Path(f"/proc/{worker}/cmdline").read_bytes()
        assert SECRET.encode() not in there
        assert PASSPHRASE.encode() not in there
        assert b"AWS_ENDPOINT_URL" in there, "what is no secret stays"


def test_workers_end_when_the_run_is_killed(start) -> None:
    process, out = start("--processes", "2", latency=0.05)
    workers = wait_for_workers(process, out, 2)
    process.kill()
    until = time.monotonic() + 3
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, workers))
    resumed, _ = start("--processes", "2", "--resume")
    assert json.loads((bundle_of(resumed) / "data/gaps.json").read_text()) == []


def test_a_hang_up_writes_down_what_has_ended_and_leaves_no_worker(start) -> None:
    """A terminal that is closed, or a connection that is lost, is an interrupt like Ctrl-C."""
    process, out = start("--processes", "2", latency=0.05)
    workers = wait_for_workers(process, out, 2)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    assert process.returncode == 130
    assert not any(map(alive, workers))
    records = [json.loads(path.read_text()) for path in out.glob(".evidence-*/jobs/[0-9]*.partial/job.json")]
    assert records
    assert not any(record["whole"] for record in records)
    resumed, _ = start("--processes", "2", "--resume")
    bundle = bundle_of(resumed)
    first, second = json.loads((bundle / "data/run.json").read_text())["parts"]
    assert first["units"] > 0
    assert second["units"] > 0


def test_a_signal_to_all_processes_is_the_runs_to_act_on(start) -> None:
    """A service manager that stops the run tells each of them: what has ended in members' jobs is kept."""
    process, out = start("--processes", "2", latency=0.05)
    workers = wait_for_workers(process, out, 2)
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        for worker in workers:
            os.kill(worker, name)
    time.sleep(0.5)
    assert all(map(alive, workers))
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not any(map(alive, workers))
    assert list(out.glob(".evidence-*/jobs/[0-9]*.partial/job.json"))


def test_a_worker_has_nothing_to_say_once_the_run_is_gone() -> None:
    ours, theirs = Pipe()
    ours.close()
    JobProcess(ProcessSetup(None, ("sts.caller",), 4), theirs)._write(STOP)


def test_a_worker_that_is_killed_costs_its_jobs_another_attempt(start) -> None:
    process, out = start("--processes", "2", latency=0.05)
    os.kill(wait_for_workers(process, out, 2)[0], signal.SIGKILL)
    bundle = bundle_of(process)
    assert json.loads((bundle / "data/gaps.json").read_text()) == []
    calls = [json.loads(line) for line in (bundle / "data/calls.jsonl").read_text().splitlines()]
    entered = [call["parameters"]["RoleArn"] for call in calls if call["operation"] == "AssumeRole"]
    assert len(entered) > len(set(entered)), "no account was entered twice"
    fed = {call["file"] for call in calls}
    run = json.loads((bundle / "data/run.json").read_text())
    for unit in run["units"]:
        mine = [call for call in calls if call["file"] in unit["files"]]
        assert len(mine) == unit["calls"], unit
    assert "" in fed, "what the dead worker asked feeds nothing, and is told"


def test_an_account_that_does_not_let_us_in_is_told_as_such(start, serve) -> None:
    refused = Fault("sts", "AssumeRole", "AccessDenied", status=403, account=STAGING_ACCOUNT)
    process, _ = start("--processes", "2", url=serve(refused))
    told, said = process.communicate()
    assert process.returncode == 3, said
    gaps = json.loads((Path(told.strip()) / "data/gaps.json").read_text())
    assert {(gap["target"]["account"], gap["operation"]) for gap in gaps} == {
        (STAGING_ACCOUNT, "sts:AssumeRole")
    }


def test_a_worker_lets_through_what_the_items_declare_and_nothing_else(serve, tmp_path, monkeypatch) -> None:
    for name, value in environment(serve()).items():
        monkeypatch.setenv(name, value)
    refused = pytest.raises(WriteRefusedError, match="account:ListRegions")
    with one_process("sts.caller") as processes, refused:
        processes.run(errand_of(60), folder_of(tmp_path), lambda: None)


def test_a_worker_that_stands_still_does_not_hold_up_the_run(tmp_path, monkeypatch) -> None:
    """Whatever froze it: when the job's time is over, it is lost like one that was killed."""
    monkeypatch.setattr("evidence.collect.processes._LATE", 0.5)
    with one_process("sts.caller") as processes:
        worker = processes._workers[0]._process
        worker.send_signal(signal.SIGSTOP)
        assert not processes.run(errand_of(0.1), folder_of(tmp_path), lambda: None)
        assert not alive(worker.pid)


@contextmanager
def one_process(item: str) -> Iterator[LocalProcesses]:
    processes = LocalProcesses(1, ProcessSetup(None, (item,), 4), Limits(system_clock(), float("inf")))
    try:
        yield processes
    finally:
        processes.close()


def errand_of(seconds: float) -> Errand:
    settings = JobSettings(
        sampling=Sampling(), aggregator=AggregatorSettings(), concurrency=2, unit_seconds=60, regions=(),
        region="us-east-1", known_regions=frozenset(), caller="123456789012", part=0,
    )  # fmt: skip
    return Errand(
        Job(STAGING_ACCOUNT, ("account.regions", "iam.account-summary"), Scope.ACCOUNT), settings,
        depth=1, assumed=(), seconds=seconds, first=1,
        keys=SessionKeys("AKIADEMODEMODEMODEMO", SECRET, None),
    )  # fmt: skip


def folder_of(jobs: Path) -> JobFolder:
    folder = JobFolder(jobs, STAGING_ACCOUNT)
    folder.begin(Meter()).close()
    return folder


@pytest.mark.parametrize(
    ("wanted", "accounts", "count"),
    [(None, 7, 1), (None, 9_999, min(8, os.cpu_count() or 1)), (3, 1, 3), (1, 99, 1)],
)
def test_as_many_as_members_are_worth(wanted: int | None, accounts: int, count: int) -> None:
    assert fitting(wanted, accounts) == count


def test_processes_that_die_again_and_again_are_done_without(serve, identity, tmp_path, monkeypatch) -> None:
    """Such as where the system lets nobody start another: every account is collected by the run's own."""
    command = [
        sys.executable,
        "-c",
        DYING,
        "collect",
        *identity,
        "-o",
        tmp_path / "out",
        *FLAGS,
        *FEW,
        "--processes",
        "2",
    ]
    env = clean_environment() | environment(serve()) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((Path(done.stdout.strip()) / "data/gaps.json").read_text()) == []


DYING = """
import sys
from evidence.cli import main
sys.executable = "/bin/false"
main()
"""
