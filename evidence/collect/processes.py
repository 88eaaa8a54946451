"""Runs members' jobs in processes of this machine: one interpreter is bound by its processor.

Each is started anew (never forked), and reads what to do from a pipe. When that is closed, because the run
has ended or its process was killed, it ends at once. The caller's credentials and pass phrases are not in
its environment.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from evidence.aws.failures import StoppedError
from evidence.aws.limits import Limits
from evidence.collect.custom import custom_scope
from evidence.collect.errand import Errand, Executor
from evidence.collect.jobs import JobFolder
from evidence.collect.plan import choose_items
from evidence.collectors.base import catalogue
from evidence.custom.declarations import SwitchedOnItem
from evidence.errors import EvidenceError, UsageError, WriteRefusedError
from evidence.records import Scope
from evidence.settings.model import Settings
from evidence.system import HANDS_PIPES_DOWN, TOLD_TO_STOP

_LOOK = 0.2
"""Seconds between two looks whether the run has ended."""
_LATE = 120.0
"""Seconds after a job's time at which its process counts as lost; a call without answer takes half of it."""
_GRACE = 2.0
"""Seconds that a process gets to write down what has ended."""
_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_OURS = "EVIDENCE_"
_AT_MOST, _ACCOUNTS_EACH = 8, 8
_REPLACED = 3
"""So many processes for each that there are: what kills them more often is not theirs to bear."""


@dataclass(frozen=True, slots=True)
class ProcessSetup:
    """What a process is told before its first job."""

    profile: str | None
    items: tuple[str, ...]
    """What their collectors declare is what its gate lets through."""
    connections: int
    custom: tuple[SwitchedOnItem, ...] = ()


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A job to run in a folder; the number names it in what comes back."""

    number: int
    errand: Errand
    jobs: Path


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """How far jobs have come, by number."""

    counts: dict[int, Counter[str]]


@dataclass(frozen=True, slots=True)
class EndMessage:
    """A job has ended: whole without an error, else with what its run raised."""

    number: int
    error: BaseException | None


STOP, END = "stop", "end"
"""Have all jobs write down what has ended; have the process end."""


def fitting(wanted: int | None, accounts: int) -> int:
    """Return how many processes members' accounts are worth; 1 means this one alone."""
    if not HANDS_PIPES_DOWN and (wanted or 1) > 1:
        raise UsageError(
            "--processes does not work on this system: one process collects all accounts.", "Leave it out."
        )
    if not HANDS_PIPES_DOWN:
        return 1
    if wanted is not None:
        return wanted
    return max(1, min(os.cpu_count() or 1, accounts // _ACCOUNTS_EACH, _AT_MOST))


def on_this_machine(settings: Settings) -> Executor:
    """Return what opens as many processes as the settings say, or as members' accounts are worth."""

    @contextmanager
    def opened(limits: Limits, members: int) -> Iterator[LocalProcesses | None]:
        count = fitting(settings.collect.processes, members)
        if count == 1 or not members:
            yield None
            return
        custom = custom_scope(settings).items
        items = choose_items(catalogue(custom), settings.collect.exclude, settings.collect.config_source)[0]
        own = tuple(item for item, one in items.items() if one.scope is not Scope.ORGANIZATION)
        processes = LocalProcesses(
            count, ProcessSetup(settings.aws.profile, own, settings.collect.workers, custom), limits
        )
        try:
            yield processes
        finally:
            processes.close()

    return opened


class LocalProcesses:
    """The processes of a run, as `evidence.collect.errand.Elsewhere`."""

    def __init__(self, count: int, setup: ProcessSetup, limits: Limits) -> None:
        self._setup = setup
        self._limits = limits
        self._guard = threading.Lock()
        self._counts: dict[int, Counter[str]] = {}
        self._whole: Counter[str] = Counter()
        self._number = self._replaced = 0
        self._workers = [self._started() for _ in range(count)]

    def run(self, errand: Errand, folder: JobFolder, moved: Callable[[], None]) -> bool:
        """Run a job in the process that has the fewest; see `Elsewhere`."""
        with self._guard:
            worker = self._free()
            if worker is None:
                return False
            self._number += 1
            number = self._number
            ended = worker.send(JobMessage(number, errand, folder.root.parent), moved)
        try:
            error = self._awaited(worker, ended, self._limits.clock.monotonic() + errand.seconds + _LATE)
        finally:
            self._settle(number, ended)
        match error:
            case None:
                return True
            case StoppedError() | EvidenceError() | WriteRefusedError():
                raise error
            case _:
                return False  # whatever it was: it will be seen where the job runs again

    def room(self) -> int:
        """Return how many processes there are."""
        return len(self._workers)

    def told(self) -> Counter[str]:
        """Return how far all of them have come."""
        with self._guard:
            return sum(self._counts.values(), Counter(self._whole))

    def close(self) -> None:
        """End them all; what they have under way is written down, as far as that is quick."""
        working = [worker for worker in self._workers if worker.open]
        for worker in working:
            worker.stop()
        until = self._limits.clock.monotonic() + _GRACE
        while any(worker.open for worker in working) and self._limits.clock.monotonic() < until:
            self._limits.clock.sleep(_LOOK)
        for worker in self._workers:
            worker.end()

    def _started(self) -> "_Worker":
        return _Worker(self._setup, self._told)

    def _free(self) -> "_Worker | None":
        """Return the process that has the fewest jobs; one that died is replaced, None when too many did."""
        for place, worker in enumerate(self._workers):
            if worker.dead and self._replaced < _REPLACED * len(self._workers):
                self._replaced += 1
                self._workers[place] = self._started()
        alive = [worker for worker in self._workers if not worker.dead]
        return min(alive, key=lambda worker: len(worker.open)) if alive else None

    def _awaited(
        self, worker: "_Worker", ended: "Future[BaseException | None]", until: float
    ) -> BaseException | None:
        while not _over(ended, _LOOK):
            if self._limits.clock.monotonic() >= until:
                worker.kill()  # it stands still, and so do all the jobs that it has
            if self._limits.stop.is_set():
                worker.stop()
                _over(ended, _GRACE)
                return StoppedError()
        return ended.result()

    def _told(self, message: ToldMessage) -> None:
        with self._guard:
            self._counts |= message.counts

    def _settle(self, number: int, ended: "Future[BaseException | None]") -> None:
        """Count what a job came to; of one that is run again its calls alone."""
        with self._guard:
            counts = self._counts.pop(number, Counter())
            if not (ended.done() and ended.result() is None):
                counts = Counter({name: counts[name] for name in ("calls", "throttles")})
            self._whole.update(counts)


class _Worker:
    """One process, seen from the run's."""

    def __init__(self, setup: ProcessSetup, told: Callable[[ToldMessage], None]) -> None:
        self.open: dict[int, tuple[Future[BaseException | None], Callable[[], None]]] = {}
        self._told = told
        self._writing = threading.Lock()
        self._pipe, theirs = Pipe()
        with theirs, _signals_held():
            self._process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-P", "-m", "evidence.collect.process", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                env=_environment(),
                start_new_session=True,
            )
        self._write(setup)
        self._reader = threading.Thread(target=self._read, name="evidence-process", daemon=True)
        self._reader.start()

    @property
    def dead(self) -> bool:
        return self._process.poll() is not None

    def send(self, job: JobMessage, moved: Callable[[], None]) -> "Future[BaseException | None]":
        ended: Future[BaseException | None] = Future()
        self.open[job.number] = ended, moved
        self._write(job)
        return ended

    def stop(self) -> None:
        self._write(STOP)

    def end(self) -> None:
        """Have it end, however it fares."""
        self._write(END)
        self._reader.join(_GRACE)
        self._process.kill()
        self._reader.join()

    def kill(self) -> None:
        """End it at once: its jobs are lost."""
        self._process.kill()

    def _write(self, message: object) -> None:
        with self._writing, suppress(OSError):  # a dead one: its jobs are lost, as `_read` tells
            self._pipe.send(message)

    def _read(self) -> None:
        """Take what it says until it ends; jobs that are open then are lost."""
        with suppress(EOFError, OSError):
            while True:
                self._act_on(self._pipe.recv())
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        for number in list(self.open):
            self._end(number, ChildProcessError("a process ended before its job had"))

    def _act_on(self, message: Any) -> None:
        match message:
            case ToldMessage():
                self._told(message)
                for number in message.counts.keys() & self.open.keys():
                    self.open[number][1]()
            case EndMessage():
                self._end(message.number, message.error)

    def _end(self, number: int, error: BaseException | None) -> None:
        ended, _ = self.open.pop(number)
        ended.set_result(error)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Have a process that is started now never act on being told to stop: the run does, and ends it.

    From its first moment, as it inherits what is held on the thread that starts it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TOLD_TO_STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _over(ended: "Future[BaseException | None]", seconds: float) -> bool:
    with suppress(TimeoutError):
        ended.result(seconds)
        return True
    return False


def _environment() -> dict[str, str]:
    """Return this process's environment without secrets, and where it finds its packages."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SECRET and not name.startswith(_OURS)
    }
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
