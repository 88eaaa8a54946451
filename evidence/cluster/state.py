"""Keeps a worker process's state for the runs it works for, and lets go of it when they end."""

import contextlib
import hashlib
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from evidence.aws.lease import Lease, SessionKeys
from evidence.aws.limits import Limits
from evidence.aws.reach import AwsEndpoints
from evidence.aws.retry import Paces
from evidence.aws.sessions import Clients, clients_at
from evidence.clock import Clock, system_clock
from evidence.cluster.messages import FileSegment, Heartbeat, NeededFile, UnitAssignment, WorkerBounds
from evidence.collect.slots import FairSlots
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import catalogue
from evidence.storage import FOLDER_MODE, remove_tree

SILENCE = 120.0
"""Seconds without a word from the run's process after which nothing is done for it any more."""
_THREADS_PER_SLOT = 3


class _StopSignal(threading.Event):
    """Set when the run ends, and when its process is silent: calls must not outlive whoever wants them."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.heard()

    def heard(self) -> None:
        """Note a word of the run's process."""
        self._last = self._clock.monotonic()

    def is_set(self) -> bool:
        """Say whether to stop."""
        return super().is_set() or self._clock.monotonic() - self._last > SILENCE


class WorkerRun:
    """One run, as this process sees it."""

    def __init__(self, given: UnitAssignment, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.stop = _StopSignal(clock)
        self._clock = clock
        self._deadline = float("inf")
        self._paces: dict[str, Paces] = {}
        self._leases: dict[str, tuple[str, Lease]] = {}
        """Execution to the attempt that it is of, and its credentials: Dask may send an attempt twice."""
        self._guard = threading.Lock()
        self.slots = FairSlots(in_all=given.share.in_all, per_account=given.share.per_account, clock=clock)
        self.threads = DaemonExecutor(given.share.in_all * _THREADS_PER_SLOT)
        self.clients = _clients(given.reach, given.items, given.share.in_all)
        folder.mkdir(FOLDER_MODE, parents=True)

    def heard(self, share: WorkerBounds, seconds_left: float) -> None:
        """Take what the run's process says now."""
        self.stop.heard()
        self.slots.resize(in_all=share.in_all, per_account=share.per_account)
        self._deadline = min(self._deadline, self._clock.monotonic() + seconds_left)

    @property
    def limits(self) -> Limits:
        """Return the run's deadline and stop signal."""
        return Limits(self._clock, self._deadline, self.stop)

    def paces(self, account: str) -> Paces:
        """Return how fast an account is asked; shared by its units."""
        with self._guard:
            return self._paces.setdefault(account, Paces())

    @contextlib.contextmanager
    def executing(self, given: UnitAssignment) -> Iterator[tuple[Path, Lease]]:
        """Keep an attempt's credentials while it lasts; yield where it leaves its result, and those."""
        execution = uuid.uuid4().hex
        lease = Lease(given.keys)
        self._leases[execution] = given.token, lease
        try:
            yield self.folder / f"{given.token}-{execution}.spool", lease
        finally:
            del self._leases[execution]

    def renew(self, token: str, keys: SessionKeys) -> None:
        """Take newer credentials for an attempt that is under way."""
        for known, lease in list(self._leases.values()):
            if known == token:
                lease.renew(keys)

    @property
    def busy(self) -> bool:
        """Whether an attempt is under way."""
        return bool(self._leases)

    def spool(self, name: str) -> Path | None:
        """Return a result that waits to be taken."""
        path = self.folder / Path(name).name
        return path if path.exists() else None

    def drop(self, token: str) -> None:
        """Delete what an attempt left."""
        for path in self.folder.glob(f"{token}-*.spool"):
            path.unlink(missing_ok=True)

    def lacks(self, need: NeededFile) -> bool:
        """Say whether a file that a unit builds on is still to be sent."""
        return need.content is None and not self.need(need.sha256).exists()

    def need(self, sha256: str) -> Path:
        """Return where a file is that units build on."""
        return self.folder / f"{sha256}.need"

    def take(self, stretch: FileSegment) -> None:
        """Keep a stretch of such a file. Two may send the same at once: each writes the same in its place."""
        part = self.need(stretch.sha256).with_suffix(".part")
        part.touch()
        with part.open("r+b") as file:
            file.seek(stretch.offset)
            file.write(stretch.content)

    def settle(self, sha256: str) -> None:
        """Let units use a file that has arrived; one that is not what it should be is deleted."""
        part = self.need(sha256).with_suffix(".part")
        if not part.exists():
            return
        with part.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found == sha256:
            part.replace(self.need(sha256))
        else:
            part.unlink()

    def close(self) -> None:
        """Stop, and delete all that is kept."""
        self.stop.set()
        self.threads.shutdown(wait=False, cancel_futures=True)
        remove_tree(self.folder)


class WorkerRuns:
    """All runs of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._runs: dict[str, WorkerRun] = {}

    def of(self, given: UnitAssignment, folder: Path) -> WorkerRun:
        """Return the run of an assignment."""
        with self._guard:
            self._purge()
            if given.run not in self._runs:
                self._runs[given.run] = WorkerRun(given, folder / f"evidence-{given.run}", self._clock)
            run = self._runs[given.run]
            run.heard(given.share, given.seconds_left)
            return run

    def known(self, run: str) -> WorkerRun | None:
        """Return a run that this process works for, None for another."""
        return self._runs.get(run)

    def heard(self, beat: Heartbeat) -> None:
        """Take a sign of life."""
        with self._guard:
            if run := self._runs.get(beat.run):
                run.heard(beat.share, beat.seconds_left)
                for token in beat.taken:
                    run.drop(token)
            self._purge()

    def end(self, run: str) -> None:
        """Stop what is under way for a run that ends."""
        with self._guard:
            if known := self._runs.get(run):
                known.stop.set()
            self._purge()

    def tidy(self) -> None:
        """Let go of runs that are over, now that something has ended."""
        with self._guard:
            self._purge()

    def _purge(self) -> None:
        for name, run in list(self._runs.items()):
            if run.stop.is_set() and not run.busy:
                del self._runs[name]
                run.close()


RUNS = WorkerRuns(system_clock())
_gates: dict[tuple[AwsEndpoints, tuple[str, ...]], Clients] = {}
_gates_guard = threading.Lock()


def _clients(reach: AwsEndpoints, items: tuple[str, ...], connections: int) -> Clients:
    """Return this process's clients, behind a gate that lets through what these items declare.

    What an item declares is read here, of this installation; nobody sends it.
    """
    with _gates_guard:
        if (reach, items) not in _gates:
            known = catalogue()
            operations = [operation for item in items for operation in known[item].operations]
            _gates[reach, items] = clients_at(reach, operations, connections)
        return _gates[reach, items]
