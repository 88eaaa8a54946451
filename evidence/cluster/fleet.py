"""Connects to a Dask cluster, sends jobs there, and sees whether anybody is there to run them."""

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from evidence.aws.failures import StoppedError
from evidence.aws.limits import Limits
from evidence.cluster.address import dask_address
from evidence.cluster.messages import Assignment
from evidence.errors import ClusterError, RunPausedError, UsageError
from evidence.foreign import diagnose

if TYPE_CHECKING:
    from distributed import Client

_LOOK = 2.0
"""Seconds between two looks at the cluster."""
_LOST = 60.0
"""Seconds without an answer of the scheduler, or without a worker, after which the run pauses."""
_NAP = 0.5
"""Seconds between two looks at what else may have ended."""
_GRACE = 10.0
"""Seconds that workers get after the run's deadline, to say themselves that they had no time."""
_FETCHING = 120
"""Seconds that fetching an archive may take."""
_FAREWELL = 3.0


class JobLostError(Exception):
    """A job, or what it left, is gone."""


class WorkersKilledError(Exception):
    """Several workers ended while they ran the job: Dask tries it no more."""


@contextmanager
def joined(executor: str, limits: Limits) -> Iterator["Fleet"]:
    """Connect to a scheduler. Raises UsageError without the package, ClusterError when nobody answers."""
    address = dask_address(executor)
    client, over = _connected(address), threading.Event()
    try:
        fleet = Fleet(client, address, limits)
        threading.Thread(target=fleet.watch, args=(over,), name="evidence-cluster", daemon=True).start()
        yield fleet
    finally:
        over.set()
        with suppress(Exception):  # it may be gone already, which is what is wanted
            client.close(timeout=_FAREWELL)


def _connected(address: str) -> "Client":
    try:
        from distributed import Client
        from distributed.security import Security
        from distributed.versions import VersionMismatchWarning
    except ImportError as error:
        raise UsageError(
            "--executor dask://… needs the package distributed, which is not installed.",
            "Install it with `pip install 'aws-evidence[dask]'`, here and on every worker.",
        ) from error
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is told in our own words
    if address.startswith("tls:") and Security().get_connection_args("client").get("ssl_context") is None:
        raise ClusterError(
            f"Dask is not set up for TLS here, and {address} needs it.",
            "Name certificate, key and CA under `distributed.comm.tls` in Dask's configuration.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, name="evidence", set_as_default=False)
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        raise ClusterError(f"The Dask scheduler at {address} cannot be used: {told(error)}.") from error


def told(error: Exception) -> str:
    """Return what a library's error comes to, in one clause."""
    return diagnose(error).sentence.rstrip(".")


class Fleet:
    """The workers of a run. Safe for use by many threads."""

    def __init__(self, client: "Client", address: str, limits: Limits) -> None:
        self._client = client
        self._address = address
        self._limits = limits
        self.threads = 0
        """Of all workers together: so many jobs can be under way."""
        self._answered = self._manned = limits.clock.monotonic()
        self._silence = "it is silent"
        self.look()

    def watch(self, over: threading.Event) -> None:
        """Look at the cluster again and again until the run is over."""
        while not over.wait(_LOOK):
            self.look()

    def look(self) -> None:
        """See how many workers there are, and whether anybody answers."""
        try:
            self.threads = sum(self._client.nthreads().values())
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody answers
            self._silence = told(error)
            return
        self._answered = self._limits.clock.monotonic()
        if self.threads:
            self._manned = self._answered

    def check(self) -> None:
        """Raise RunPausedError when the cluster is lost, StoppedError when the run is over."""
        if self._limits.stop.is_set():
            raise StoppedError
        now = self._limits.clock.monotonic()
        if now - self._answered > _LOST or self._client.status in {"closed", "closing"}:
            raise RunPausedError(f"The Dask scheduler at {self._address} is gone: {self._silence}.")
        if now - self._manned > _LOST:
            raise RunPausedError(f"The Dask scheduler at {self._address} has no workers.")

    def regain(self) -> None:
        """Wait until the scheduler answers. Raises what `check` does."""
        since = self._limits.clock.monotonic()
        while self._answered <= since:
            self.check()
            self._limits.stop.wait(_NAP)

    def answer(self, given: Assignment, job: str, moved: Callable[[], None]) -> object:
        """Send a job to whichever worker is free; return what that sends back.

        `moved` is called meanwhile. Raises JobLostError, WorkersKilledError, and what `check` does.
        """
        from evidence.cluster import worker

        name = f"evidence-{job}-{given.token}"
        try:
            future = self._client.submit(worker.run, given, key=name, pure=False, retries=1)
        except Exception as error:
            raise JobLostError("it could not be sent") from error
        try:
            ended = threading.Event()
            future.add_done_callback(lambda _: ended.set())
            while not ended.wait(_NAP):
                self.check()
                if self._limits.clock.monotonic() >= self._limits.deadline + _GRACE:
                    raise JobLostError("the deadline has passed")
                moved()
            return _result(future)
        finally:
            future.release()  # Dask takes it back, wherever it is


def _result(future: Any) -> object:
    from distributed import KilledWorker

    try:
        return future.result(timeout=_FETCHING)
    except KilledWorker as error:
        raise WorkersKilledError from error
    except Exception as error:
        if future.status != "error":
            raise JobLostError("what it left could not be fetched") from error
        raise RunPausedError(  # our own function raises nothing
            f"Scheduler or worker cannot run evidence: {told(error)}.",
            "Install `aws-evidence[dask]` on both, in the same version as here, then go on with --resume.",
        ) from error
