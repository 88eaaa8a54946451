"""Connects to the workers of a Dask cluster, compares their versions, and keeps the run alive on them."""

import logging
import threading
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from evidence.aws.lease import SessionKeys
from evidence.aws.scrubbing import without_secrets
from evidence.clock import Clock
from evidence.cluster.address import SchedulerAddress
from evidence.cluster.messages import FileSegment, Heartbeat, UnitAssignment, WorkerBounds, WorkerReply
from evidence.errors import ClusterError, EvidenceError, UsageError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

_BEAT = 5.0
"""Seconds between two signs of life."""
_LOST = 60.0
"""Seconds without an answer of the scheduler, or without a worker, after which the run ends."""
_FIRST = 10
"""Seconds that the first worker gets to appear."""
_FAREWELL = 3.0
"""Seconds for telling workers that the run is over; they find out by themselves as well."""


class WorkerLostError(Exception):
    """A worker, or what it was doing, is gone: the unit runs again."""


class WorkersKilledError(Exception):
    """Several workers ended while they ran the unit: Dask tries it no more."""


@contextmanager
def joined(executor: str, clock: Clock, share: Callable[[int], WorkerBounds]) -> Iterator["Fleet"]:
    """Connect to a scheduler and compare its workers with this process.

    Raises UsageError without the package, ClusterError when nobody answers or the versions differ.
    """
    address = SchedulerAddress.of(executor)
    with _client(address) as client:
        fleet = Fleet(client, address, clock, share)
        try:
            fleet.compare()
        except OSError as error:
            raise _unusable(address, error) from error
        fleet.start()
        try:
            yield fleet
        finally:
            fleet.end()


@contextmanager
def _client(address: SchedulerAddress) -> Iterator["Client"]:
    try:
        from distributed import Client
        from distributed.security import Security
        from distributed.versions import VersionMismatchWarning
    except ImportError as error:
        raise UsageError(
            f"--executor {address.scheme}://… needs the package distributed, which is not installed.",
            "Install it with `pip install 'aws-evidence[dask]'`, here and on every worker.",
        ) from error
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is told in our own words
    if address.encrypted and Security().get_connection_args("client").get("ssl_context") is None:
        raise ClusterError(
            f"Dask is not set up for TLS here, and {address.dask} needs it.",
            "Name certificate, key and CA under `distributed.comm.tls` in Dask's configuration.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(address.dask, name="evidence", set_as_default=False)
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        raise _unusable(address, error) from error
    try:
        yield client
    finally:
        with suppress(Exception):  # it may be gone already, which is what is wanted
            client.close(timeout=_FAREWELL)


class Fleet:
    """The workers of a run. Safe for use by many threads."""

    def __init__(
        self, client: "Client", address: SchedulerAddress, clock: Clock, share: Callable[[int], WorkerBounds]
    ) -> None:
        from evidence.cluster import worker

        self.run = uuid.uuid4().hex
        self.versions = worker.versions()
        self._worker = worker
        self._client = client
        self._address = address
        self._clock = clock
        self._share = share
        self._workers = 0
        self._deadline = float("inf")
        self._answered = self._manned = clock.monotonic()
        self._failure: EvidenceError | None = None
        self._taken: deque[str] = deque()
        self._wake = threading.Event()
        self._over = threading.Event()

    @property
    def share(self) -> WorkerBounds:
        """Return one worker's part of the bounds, with as many as there are now."""
        return self._share(max(1, self._workers))

    def compare(self) -> None:
        """Raise ClusterError unless there are workers, all with the versions of this process."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_FIRST)
        self._workers = self.compare_again()
        if not self._workers:
            raise ClusterError(f"The Dask scheduler at {self._address.dask} has no workers.")

    def compare_again(self) -> int:
        """Raise ClusterError when a worker has other versions; return how many have the same."""
        found: dict[str, object] = self._client.run(self._worker.versions, on_error="return")
        there = {worker: told for worker, told in found.items() if not isinstance(told, OSError)}  # not gone
        for worker, told in sorted(there.items()):
            self._compare(worker, told)
        return len(there)

    def _compare(self, address: str, told: object) -> None:
        if not isinstance(told, Mapping):
            raise ClusterError(
                f"The worker at {address} cannot run evidence: {_brief(told)}.",
                "Install `aws-evidence[dask]` there, in the same version as here.",
            )
        for name, version in self.versions.items():
            if told.get(name) != version:
                raise ClusterError(
                    f"The worker at {address} has {name} {told.get(name)}, this process {version}.",
                    "Install the same versions everywhere: a bundle names one set that it was made with.",
                )

    def start(self) -> None:
        """Begin to tell the workers that the run goes on."""
        threading.Thread(target=self._beat, name="evidence-beat", daemon=True).start()

    def until(self, deadline: float) -> None:
        """Note the run's deadline, monotonic seconds."""
        self._deadline = deadline

    def submit(self, given: UnitAssignment, prefer: str | None) -> "PendingUnit":
        """Send a unit to whichever worker is free, a certain one if possible. Raises LostError."""
        where = {"workers": [prefer], "allow_other_workers": True} if prefer else {}
        try:
            future = self._client.submit(
                self._worker.run,
                given,
                key=f"{given.item}-{given.token}",
                pure=False,
                priority=-given.urgency,
                **where,
            )
        except Exception as error:
            raise WorkerLostError(str(error)) from error
        return PendingUnit(future)

    def _ask(self, worker: str, function: Callable[..., T], *arguments: object) -> T:
        """Call a function of `evidence.cluster.worker` in a certain worker. Raises LostError."""
        try:
            # a look at the list first: whoever calls a worker that is gone waits for half a minute
            present = [known for known in self._client.nthreads() if known == worker]
            answer: T = self._client.run(function, *arguments, workers=present)[worker]
        except Exception as error:
            raise WorkerLostError(f"{worker} is gone") from error
        return answer

    def segment(self, reply: WorkerReply, index: int, size: int) -> bytes:
        """Return a segment of a result that waits in a worker. Raises LostError."""
        return self._ask(reply.worker, self._worker.segment, self.run, reply.spool, index, size)

    def bring(self, worker: str, sha256: str, offset: int, content: bytes) -> None:
        """Send a stretch of a file that units build on. Raises LostError."""
        self._ask(worker, self._worker.take, self.run, FileSegment(sha256, offset, content))

    def settle(self, worker: str, sha256: str) -> None:
        """Say that such a file is complete. Raises LostError."""
        self._ask(worker, self._worker.settle, self.run, sha256)

    def renew(self, token: str, keys: SessionKeys) -> None:
        """Lend an attempt newer credentials, wherever it is under way."""
        self._everywhere(self._worker.renew, self.run, token, keys)

    def taken(self, token: str) -> None:
        """Let the worker forget an attempt, with the next sign of life."""
        self._taken.append(token)

    def check(self) -> None:
        """Raise what has ended the cluster for this run: ClusterError."""
        if self._failure is not None:
            raise self._failure

    def reassured(self, since: float) -> bool:
        """Say whether the scheduler has answered since a moment; ask it soon."""
        self._wake.set()
        return self._answered > since

    def end(self) -> None:
        """Tell the workers that the run is over, if that is quick."""
        self._over.set()
        self._wake.set()
        farewell = threading.Thread(target=self._say_farewell, daemon=True)
        farewell.start()
        farewell.join(_FAREWELL)

    def _say_farewell(self) -> None:
        with suppress(Exception):  # workers stop by themselves when they hear nothing
            self._everywhere(self._worker.end, self.run)

    def _everywhere(self, function: Callable[..., T], *arguments: object) -> dict[str, T]:
        """Call a function in every worker that is there. Raises OSError when the scheduler is not."""
        answers: dict[str, T] = self._client.run(function, *arguments, on_error="ignore")
        return answers

    def _beat(self) -> None:
        while not self._over.is_set():
            self.beat()
            self._wake.wait(_BEAT)
            self._wake.clear()

    def beat(self) -> None:
        """Tell the workers once that the run goes on; see how many there are, and whether anybody answers."""
        taken = [self._taken.popleft() for _ in range(len(self._taken))]
        left = self._deadline - self._clock.monotonic()
        try:
            beat = Heartbeat(self.run, self.share, left, tuple(taken))
            self._workers = len(self._everywhere(self._worker.alive, beat))
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody answers
            self._taken.extendleft(reversed(taken))
            self._note(error)
            return
        self._answered = self._clock.monotonic()
        if self._workers:
            self._manned = self._answered
        elif self._answered - self._manned > _LOST:
            self._fail(f"The Dask scheduler at {self._address.dask} has no workers any more.")

    def _note(self, error: Exception) -> None:
        silent = self._clock.monotonic() - self._answered
        if silent > _LOST or self._client.status in {"closed", "closing"}:
            self._fail(f"The Dask scheduler at {self._address.dask} is gone: {_brief(error)}.")

    def _fail(self, text: str) -> None:
        if not self._over.is_set():
            self._failure = ClusterError(
                text, "What has ended is kept: go on with --resume, on a cluster or without --executor."
            )


class PendingUnit:
    """A unit that is under way somewhere."""

    def __init__(self, future: Any) -> None:
        self._future = future
        self._done = threading.Event()
        future.add_done_callback(lambda _: self._done.set())

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended, after so many seconds at most."""
        return self._done.wait(seconds)

    def result(self) -> object:
        """Return what came of it. Raises LostError when nothing did, KilledError if workers died of it."""
        from distributed import KilledWorker

        if self._future.status == "finished":
            return self._future.result()
        error = self._future.exception() if self._future.status == "error" else None
        if isinstance(error, KilledWorker):
            raise WorkersKilledError from error
        raise WorkerLostError(str(error) if error else "cancelled") from error

    def drop(self) -> None:
        """Say that nobody wants it any more."""
        with suppress(Exception):  # the scheduler may be gone
            self._future.cancel()


def _unusable(address: SchedulerAddress, error: Exception) -> ClusterError:
    return ClusterError(f"The Dask scheduler at {address.dask} cannot be used: {_brief(error)}.")


def _brief(error: object) -> str:
    """Return an error in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return without_secrets(text[:300]).rstrip(".")
