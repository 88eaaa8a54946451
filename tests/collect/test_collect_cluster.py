"""Units on a Dask cluster of real processes: the bundle that threads make, whatever happens to a worker."""

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

from evidence.bundle.format.chain import follow_digest
from evidence.bundle.verify.bundle import check_bundle
from evidence.clock import system_clock
from evidence.cluster import dispatch
from evidence.cluster.fleet import joined
from evidence.cluster.messages import WorkerBounds
from evidence.collectors.base import catalogue
from evidence.errors import ClusterError, UsageError
from evidence.pipeline import unit_executor
from evidence.settings.model import Settings
from tests.collect.collect_support import NOW, PASSPHRASE, SECRET, Collected, environment
from tests.support.command import clean_environment
from tests.support.dask_cluster import DaskCluster, dask_cluster

FEW = {"sts.caller", "account.regions", "iam.authorization-details", "iam.credential-report"}
FOLLOWS_FROM_TIME = {
    "bag-info.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "seal/tagmanifest-sha256.txt.p7s",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture
def on_cluster(run_collect: Callable[..., Collected], cluster: DaskCluster) -> Callable[..., Collected]:
    """Collect with the cluster, in this process."""

    def run(*faults: Any, settings: dict[str, Any] | None = None, **more: Any) -> Collected:
        given = settings or {}
        given["collect"] = given.get("collect", {}) | {"executor": cluster.executor}
        with unit_executor(Settings.model_validate(given), system_clock(), pytest.fail) as run_unit:
            return run_collect(*faults, settings=given, run=run_unit, **more)

    return run


def without_time(value: Any) -> Any:
    """Return a value of run.json or calls.jsonl without times, request ids and the number of a call."""
    gone = {"started", "finished", "aws_date", "request_id", "seq", "clock"}
    if isinstance(value, dict):
        return {name: without_time(member) for name, member in value.items() if name not in gone}
    return [without_time(member) for member in value] if isinstance(value, list) else value


def calls_by_file(made: Collected) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for call in made.calls:
        found.setdefault(call["file"], []).append(json.dumps(without_time(call), sort_keys=True))
    return {file: sorted(calls) for file, calls in found.items()}


def strike(worker: subprocess.Popen, folder: Path, out: Path, found: list[str]) -> None:
    """End a worker's process in the middle of a run, while a unit is under way in it."""
    while len(list(out.glob(".evidence-*.partial/data/*/*/*"))) < 8:
        time.sleep(0.02)
    while not found and worker.poll() is None:
        worker.send_signal(signal.SIGSTOP)
        found.extend(map(str, folder.rglob(".unit.partial/data/*/*")))
        worker.send_signal(signal.SIGKILL if found else signal.SIGCONT)
        time.sleep(0.02)


def test_with_two_workers_one_of_them_killed_the_bundle_is_the_one_from_threads(
    on_cluster, collected, cluster, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(dispatch, "SEGMENT", 16 * 1024)  # so that files go both ways in several pieces
    victim, lost = cluster.workers[1], []
    given = (victim, cluster.folder / "worker-1", tmp_path / "out", lost)
    striker = threading.Thread(target=strike, args=given, daemon=True)
    striker.start()
    made = on_cluster(follows=follow_digest("ab" * 32), served={"latency": 0.02})
    striker.join(60)
    assert lost, "a unit was under way"
    assert victim.wait(60) == -signal.SIGKILL
    assert max(path.stat().st_size for path in made.folder.glob("data/*/iam/*.jsonl")) > 4 * 16 * 1024
    assert made.files() == collected.files()
    bag = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()}
    for file in sorted(bag - FOLLOWS_FROM_TIME - {"data/run.json", "data/calls.jsonl"}):
        assert (made.folder / file).read_bytes() == (collected.folder / file).read_bytes(), file
    assert without_time(made.run) == without_time(collected.run)
    assert calls_by_file(made) == calls_by_file(collected), "a unit that ran twice is once in the ledger"
    assert [call["seq"] for call in made.calls] == list(range(1, len(made.calls) + 1))
    assert check_bundle(made.folder, now=NOW + timedelta(days=1)).findings == ()


def test_no_credential_is_in_the_logs_of_the_cluster(cluster) -> None:
    """After the test above: the workers have had them, and worked with them."""
    assert "Registered to" in cluster.logs
    assert SECRET not in cluster.logs
    assert "AKIADEMODEMO" not in cluster.logs


def test_workers_with_other_versions_are_refused(cluster) -> None:
    with joined(cluster.executor, system_clock(), lambda _: WorkerBounds(1, 1)) as fleet:
        fleet.versions["botocore"] = "1.2"
        with pytest.raises(
            ClusterError, match=r"The worker at tcp://\S+ has botocore [\d.]+, this process 1\.2"
        ):
            fleet.compare()


def test_nobody_answers() -> None:
    with (
        distributed.dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ClusterError, match=r"The Dask scheduler at tcp://127.0.0.1:9 cannot"),
        joined("dask://127.0.0.1:9", system_clock(), lambda _: WorkerBounds(1, 1)),
    ):
        pytest.fail("there is none")


def test_tls_needs_certificates() -> None:
    with (
        pytest.raises(ClusterError, match="Dask is not set up for TLS"),
        joined("dask+tls://127.0.0.1:9", system_clock(), lambda _: WorkerBounds(1, 1)),
    ):
        pytest.fail("there are none")


def test_without_the_package(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    settings = Settings.model_validate({"collect": {"executor": "dask://127.0.0.1"}})
    with (
        pytest.raises(UsageError, match="needs the package distributed") as raised,
        unit_executor(settings, system_clock(), pytest.fail),
    ):
        pytest.fail("there is none")
    assert "aws-evidence[dask]" in raised.value.advice


def test_a_lost_scheduler_ends_the_run_and_threads_go_on_with_it(
    serve, run_collect, identity, cluster, tmp_path
) -> None:
    """The last test here: it leaves no cluster."""
    out, excluded = tmp_path / "out", sorted(catalogue().keys() - FEW)
    command = [sys.executable, "-m", "evidence", "collect", *identity, "--output", out, "--quiet"]
    command += ["--exclude-item", ",".join(excluded), "--executor", cluster.executor]
    env = clean_environment() | environment(serve(latency=0.4)) | {"EVIDENCE_PASSPHRASE": PASSPHRASE}
    env |= {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    running = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and len(list(out.glob(".evidence-*.partial/data/*/account/*"))) < 1:
        time.sleep(0.02)
    cluster.scheduler.kill()
    _, told = running.communicate(timeout=240)
    assert running.returncode == 1
    first, second = told.splitlines()
    assert first.startswith(f"evidence: The Dask scheduler at {cluster.address} is gone")
    assert "--resume" in second
    made = run_collect(resume=True, clock=system_clock(), settings={"collect": {"exclude": excluded}})
    assert made.gaps == []
    assert [part["units"] > 0 for part in made.run["parts"]] == [True, True]
