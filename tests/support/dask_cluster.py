"""A Dask cluster on loopback: real processes, started as docs/cluster.md says, and ended whatever happens."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command import clean_environment

_PATIENCE = 180.0


@dataclass
class DaskCluster:
    """One scheduler and its workers; their logs are below the folder."""

    folder: Path
    address: str = ""
    running: list[subprocess.Popen] = field(default_factory=list)

    @property
    def executor(self) -> str:
        return self.address.replace("tcp://", "dask://")

    @property
    def scheduler(self) -> subprocess.Popen:
        return self.running[0]

    @property
    def workers(self) -> list[subprocess.Popen]:
        return self.running[1:]

    @property
    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def start(self, name: str, *arguments: str | Path) -> subprocess.Popen:
        command = [Path(sys.executable).parent / "dask", *arguments, "--no-dashboard"]
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env=clean_environment()
            )
        self.running.append(process)
        return process

    def start_worker(self, name: str) -> subprocess.Popen:
        return self.start(
            name, "worker", self.address, "--no-nanny", "--nthreads", "8", "--name", name,
            "--local-directory", self.folder / name,
        )  # fmt: skip

    def wait_for_log(self, name: str, text: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while text not in (self.folder / f"{name}.log").read_text():
            assert time.monotonic() < deadline, self.logs
            time.sleep(0.05)


@contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[DaskCluster]:
    """Start a scheduler and so many workers on free ports."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster, known = DaskCluster(folder), folder / "scheduler.json"
    try:
        where = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", known]
        cluster.start("scheduler", "scheduler", *where)
        deadline = time.monotonic() + _PATIENCE
        while not known.exists() or not known.read_text().endswith("}"):
            assert time.monotonic() < deadline, cluster.logs
            time.sleep(0.05)
        cluster.address = json.loads(known.read_text())["address"]
        for number in range(workers):
            cluster.start_worker(f"worker-{number}")
        for number in range(workers):
            cluster.wait_for_log(f"worker-{number}", "Registered to")
        yield cluster
    finally:
        for process in cluster.running:
            process.kill()
        for process in cluster.running:
            process.wait()
