"""Members' jobs on a Dask cluster of real processes: the bundle of one process, whatever happens."""

import importlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import distributed
import pytest

from evidence.aws.lease import SessionKeys
from evidence.aws.limits import Limits
from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import system_clock
from evidence.cluster import messages, worker
from evidence.cluster.fleet import joined
from evidence.collect import runner as collect_run
from evidence.demo_account import DemoServer
from evidence.demo_account.ids import COLLECTOR, EXTERNAL_ID
from evidence.errors import ClusterError, RunPausedError, UsageError
from evidence.pipeline import executor_of
from evidence.settings.model import Settings
from tests.aws_server.app import FaultyApp
from tests.collect.collect_support import NOW, PASSPHRASE, SECRET, Collected, environment
from tests.support.command import clean_environment
from tests.support.dask_cluster import DaskCluster, dask_cluster

EXCLUDED = ["iam.last-accessed", "access-analyzer.policy-validation", "cloudtrail.access-events"]
SETTINGS: dict[str, Any] = {
    "aws": {
        "organization": True,
        "role": COLLECTOR,
        "external_id": EXTERNAL_ID,
        "regions": ["us-east-1", "eu-west-1"],
    },
    "collect": {"exclude": EXCLUDED},
}
FLAGS = ["--organization", "--role", COLLECTOR, "--external-id", EXTERNAL_ID, "--regions", "us-east-1"]
FLAGS += ["--exclude-item", ",".join(EXCLUDED), "--quiet"]
FOLLOWS_FROM_TIME = {
    "bag-info.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "seal/tagmanifest-sha256.txt.p7s",
    "data/run.json",
    "data/calls.jsonl",
}
HALF_DONE = "evidence-*/*.partial/data/*/iam/*"
"""Below a worker's folder, as long as a job is under way in it."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


def on_it(cluster: DaskCluster) -> Settings:
    collecting = {"exclude": EXCLUDED, "executor": cluster.executor}
    return Settings.model_validate(SETTINGS | {"collect": collecting})


class CountedApp(FaultyApp):
    """Knows when it was last asked."""

    asked = 0.0

    def __call__(self, *given: Any) -> Any:
        self.asked = time.monotonic()
        return super().__call__(*given)


@pytest.fixture
def app() -> Iterator[tuple[CountedApp, str]]:
    """Serve a slow demo account; return it and its URL."""
    slow = CountedApp(NOW, latency=0.1)
    server = DemoServer("127.0.0.1", 0, slow)
    server.start()
    yield slow, server.url
    server.stop()


@pytest.fixture
def start(identity, cluster, tmp_path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start `evidence collect` on the cluster, in a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def begin(url: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "evidence",
            "collect",
            *identity,
            "--output",
            tmp_path / "out",
            *FLAGS,
        ]
        env = clean_environment() | environment(url) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
        env |= {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
        running.append(
            subprocess.Popen([*command, "--executor", cluster.executor], env=env, stderr=-1, text=True)
        )
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def within(seconds: float, come_true: Callable[[], object]) -> bool:
    until = time.monotonic() + seconds
    while not come_true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def half_done(cluster: DaskCluster, name: str = "worker-0") -> list[Path]:
    return list(cluster.folder.glob(f"{name}/dask-scratch-space/*/{HALF_DONE}"))


def without_time(value: Any) -> Any:
    """Return a value of run.json or calls.jsonl without times, request ids and the number of a call."""
    gone = {"started", "finished", "aws_date", "request_id", "seq", "clock"}
    if isinstance(value, dict):
        return {name: without_time(member) for name, member in value.items() if name not in gone}
    return [without_time(member) for member in value] if isinstance(value, list) else value


def calls_by_file(made: Collected) -> dict[str, list[str]]:
    """Return what each file was fed by; an account that was entered again, once."""
    found: dict[str, set[str]] = {}
    for call in made.calls:
        found.setdefault(call["file"], set()).add(json.dumps(without_time(call), sort_keys=True))
    return {file: sorted(calls) for file, calls in found.items()}


def strike(cluster: DaskCluster, found: list[Path]) -> None:
    """End the second worker's process in the middle of a job."""
    worker = cluster.workers[1]
    while not found and worker.poll() is None:
        time.sleep(0.02)
        if half_done(cluster, "worker-1"):
            worker.send_signal(signal.SIGSTOP)
            found.extend(half_done(cluster, "worker-1"))
            worker.send_signal(signal.SIGKILL if found else signal.SIGCONT)


def said_by(dask_scheduler: Any) -> str:
    """Return what a scheduler knows of its tasks, as its pages and logs would show it."""
    tasks = [
        (task.key, task.run_spec, task.annotations, task.metadata) for task in dask_scheduler.tasks.values()
    ]
    return repr(
        (tasks, dask_scheduler.get_logs(), dask_scheduler.get_events(), dask_scheduler.transition_log)
    )


def said_by_worker(dask_worker: Any) -> str:
    """Return what a worker knows of its tasks."""
    state = dask_worker.state
    return repr((state.tasks, state.log, state.stimulus_log, dask_worker.get_logs()))


def listen(cluster: DaskCluster, over: threading.Event, heard: list[str]) -> None:
    with distributed.Client(cluster.address, set_as_default=False) as client:
        while not over.wait(0.2):
            heard.append(client.run_on_scheduler(said_by))
            heard.extend(client.run(said_by_worker, on_error="ignore").values())


def test_with_two_workers_one_of_them_killed_the_bundle_is_that_of_one_process(
    run_collect, cluster, monkeypatch, tmp_path
) -> None:
    lent: list[SessionKeys] = []
    real = collect_run.keys_of
    monkeypatch.setattr(collect_run, "keys_of", lambda session: lent.append(real(session)) or lent[-1])
    lost: list[Path] = []
    heard: list[str] = []
    over = threading.Event()
    listener = threading.Thread(target=listen, args=(cluster, over, heard), daemon=True)
    striker = threading.Thread(target=strike, args=(cluster, lost), daemon=True)
    listener.start()
    striker.start()
    there = run_collect(
        settings=SETTINGS, executor=executor_of(on_it(cluster), pytest.fail), served={"latency": 0.02}
    )
    over.set()
    striker.join(60)
    listener.join(60)
    assert lost, "a job was under way"
    assert cluster.workers[1].wait(60) == -signal.SIGKILL
    assert within(5, lambda: not half_done(cluster, "worker-0"))
    alone = run_collect(settings=SETTINGS, out=tmp_path / "alone")
    assert there.gaps == alone.gaps == []
    bags = [{str(path.relative_to(one.folder)) for path in one.folder.rglob("*")} for one in (there, alone)]
    assert bags[0] == bags[1]
    for file in sorted(bags[0] - FOLLOWS_FROM_TIME):
        if (there.folder / file).is_file():
            assert (there.folder / file).read_bytes() == (alone.folder / file).read_bytes(), file
    assert without_time(there.run) == without_time(alone.run)
    assert calls_by_file(there) == calls_by_file(alone), "a job that ran twice is once in the ledger"
    assert check_bundle(there.folder, now=NOW + timedelta(days=1)).findings == ()

    assert len(lent) == 4, "for each member once: Dask sends a lost job again"
    assert any("evidence-345678901234-" in text for text in heard), "tasks were looked at"
    assert "Registered to" in cluster.logs
    for text in (*heard, cluster.logs):
        for secret in (
            SECRET,
            *(part for keys in lent for part in (keys.access_key, keys.secret_key, keys.token)),
        ):
            assert secret not in text


def limits() -> Limits:
    return Limits(system_clock(), float("inf"))


def test_workers_with_other_versions_are_refused(run_collect, cluster, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(messages, "version", lambda _: "1.2")
    with pytest.raises(RunPausedError, match=r"The worker at tcp://\S+ has boto3 [\d.]+, this process 1\.2"):
        run_collect(settings=SETTINGS, executor=executor_of(on_it(cluster), pytest.fail))


def test_so_are_those_without_evidence(run_collect, cluster, monkeypatch, tmp_path) -> None:
    (tmp_path / "only_here.py").write_text("def run(given): ...")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(worker, "run", importlib.import_module("only_here").run)
    with pytest.raises(RunPausedError, match="Scheduler or worker cannot run evidence: "):
        run_collect(settings=SETTINGS, executor=executor_of(on_it(cluster), pytest.fail))


def test_nobody_answers() -> None:
    with (
        distributed.dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ClusterError, match=r"The Dask scheduler at tcp://127.0.0.1:9 cannot"),
        joined("dask://127.0.0.1:9", limits()),
    ):
        pytest.fail("there is none")


def test_tls_needs_certificates() -> None:
    with (
        pytest.raises(ClusterError, match="Dask is not set up for TLS"),
        joined("dask+tls://127.0.0.1:9", limits()),
    ):
        pytest.fail("there are none")


def test_without_the_package(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match="needs the package distributed") as raised,
        joined("dask://127.0.0.1", limits()),
    ):
        pytest.fail("there is none")
    assert "aws-evidence[dask]" in raised.value.advice


def test_workers_stop_when_the_run_is_killed(start, app, cluster) -> None:
    slow, url = app
    process = start(url)
    assert within(60, lambda: half_done(cluster) or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, told
    time.sleep(3)
    last = slow.asked
    assert not half_done(cluster), "what a job has written so far is deleted"
    time.sleep(2)
    assert slow.asked == last, "a worker goes on asking"


def test_a_lost_scheduler_pauses_the_run_and_one_process_goes_on_with_it(
    start, app, run_collect, cluster
) -> None:
    """The last test here: it leaves no cluster."""
    slow, url = app
    process = start(url)
    assert within(60, lambda: half_done(cluster) or process.poll() is not None)
    cluster.scheduler.kill()
    killed = time.monotonic()
    _, told = process.communicate(timeout=240)
    assert process.returncode == 75, told
    first, second = told.splitlines()
    assert first.startswith(f"evidence: The Dask scheduler at {cluster.address} is gone")
    assert "What has been collected is kept: go on with --resume." in second
    assert slow.asked < killed + 5, "a worker goes on asking"
    settings = SETTINGS | {"aws": SETTINGS["aws"] | {"regions": ["us-east-1"]}}
    made = run_collect(resume=True, clock=system_clock(), settings=settings)
    assert made.gaps == []
    assert [part["units"] > 0 for part in made.run["parts"]] == [True, True]
