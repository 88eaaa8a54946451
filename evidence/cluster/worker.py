"""A Dask worker runs these functions, and no others: they are sent there by name.

None raises what it could tell instead: Dask prints what a task raises into its log.
"""

import pickle
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from distributed import Status, get_worker

from evidence.aws.failures import StoppedError
from evidence.aws.limits import Limits
from evidence.aws.reach import AwsEndpoints
from evidence.aws.scrubbing import without_secrets
from evidence.aws.sessions import Clients, clients_at
from evidence.clock import system_clock
from evidence.cluster.archive import pack
from evidence.cluster.messages import Assignment, WorkerReply, versions
from evidence.collect.errand import perform
from evidence.collect.jobs import JobFolder
from evidence.collect.meter import Meter
from evidence.collectors.base import catalogue
from evidence.errors import WriteRefusedError
from evidence.storage import remove_tree

_LOOK = 0.5
"""Seconds between two looks whether a job is still wanted."""
_CONNECTIONS = 64
"""To one service in one region, by all jobs of a process."""
_making = threading.Lock()
"""Jobs begin at the same time, and share clients, which take long to make."""


def run(given: Assignment) -> tuple[bytes, bytes]:
    """Run a job; return a reply and the archive of what it left. The one task that Dask schedules."""
    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        # Dask leaves a task that it cancels running: whoever sent it has taken it back, or is gone.
        task = worker.state.tasks.get(key)
        ending = worker.status in (Status.closing, Status.closed, Status.failed)
        return task is not None and task.state != "cancelled" and not ending

    return reply_to(given, worker.address, Path(worker.local_directory), wanted)


def reply_to(
    given: Assignment, address: str, folder: Path, wanted: Callable[[], bool]
) -> tuple[bytes, bytes]:
    """Do what is asked as long as it is wanted; return a reply, whatever happens."""
    mine, archive = versions(), b""
    told: dict[str, Any] = {
        "state": "versions",
        "words": tuple(
            f"{name} {mine.get(name)}, this process {other}"
            for name, other in given.versions.items()
            if mine.get(name) != other
        ),
    }
    try:
        if not told["words"]:
            told, archive = _outcome(given, folder, wanted)
    except StoppedError:
        told = {"state": "stopped"}
    except WriteRefusedError as error:
        told = {"state": "refused", "words": (error.service, error.operation, error.why)}
    except Exception as error:  # noqa: BLE001 - told, not raised: Dask would print it with what it was given
        told = {"state": "unable", "words": (without_secrets(f"{type(error).__name__}: {error}"),)}
    return WorkerReply(token=given.token, worker=address, **told).model_dump_json().encode(), archive


def _outcome(given: Assignment, folder: Path, wanted: Callable[[], bool]) -> tuple[dict[str, Any], bytes]:
    errand, reach = pickle.loads(given.errand)  # noqa: S301 - as Dask does with whatever it is sent
    clock, meter = system_clock(), Meter()
    with _scratch(folder) as scratch, _stop_signal(wanted) as stop:
        with _making:
            clients = _clients(reach, errand.job.items)
        left = JobFolder(scratch, errand.job.name)
        perform(errand, left, clients, Limits(clock, clock.monotonic() + errand.seconds, stop), meter)
        sha256, archive = pack(left)
    return {"state": "ended", "sha256": sha256, "throttles": meter.told()["throttles"]}, archive


@lru_cache(maxsize=4)
def _clients(reach: AwsEndpoints, items: tuple[str, ...]) -> Clients:
    """Return clients behind a gate that lets through what these items declare.

    What an item declares is read here, of this installation; nobody sends it.
    """
    known = catalogue()
    operations = [operation for item in items for operation in known[item].operations]
    return clients_at(reach, operations, _CONNECTIONS)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Yield a new folder, which is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="evidence-", dir=folder))
    try:
        yield made
    finally:
        # Under another name first: a thread that still waits for an answer finds nothing to write into.
        with suppress(FileNotFoundError):  # Dask may have been faster
            remove_tree(made.rename(made.with_suffix(".gone")))


@contextmanager
def _stop_signal(wanted: Callable[[], bool]) -> Iterator[threading.Event]:
    """Yield what is set as soon as a job is not wanted any more, and in any case when it has ended."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_LOOK):
            if not wanted():
                stop.set()

    threading.Thread(target=look, name="evidence-wanted", daemon=True).start()
    try:
        yield stop
    finally:
        stop.set()
