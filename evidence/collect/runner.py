"""Runs the jobs of a collection: each after those that it builds on, here or in other processes."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace

from evidence.aws.failures import Failure, RoleError, StoppedError
from evidence.aws.lease import keys_of
from evidence.collect.access import AccountEntry
from evidence.collect.errand import Elsewhere, Errand
from evidence.collect.job import JobRun, JobSurroundings, decide_regions
from evidence.collect.jobs import EndedUnit, JobFolder, JobRecord, Key, UnitEntry
from evidence.collect.kept import fits, kept_units
from evidence.collect.ledger import Ledger
from evidence.collect.order import heights, in_order
from evidence.collect.plan import Job
from evidence.collect.progress import Progress, ProgressState, SilentProgress
from evidence.collect.regions import REGIONS_ITEM, Region
from evidence.collect.sealing import OutcomeTally
from evidence.collect.staging import RunInProgress
from evidence.collect.workers import DaemonExecutor
from evidence.errors import RunPausedError
from evidence.records import Cause, Scope, Target

_MEMBER_SECONDS = 45 * 60
"""What a member's job may take: the session of an hour outlasts it."""
_STALLED = 30.0
"""Seconds without an ended unit after which an account no longer counts against the others."""
_STALLED_TIMES = 8
"""So many times the accounts are open that would be if none stalled."""
_FEWEST = 4
"""Accounts that are open at once at least."""
_ATTEMPTS = 2
"""So often a job is tried in another process; then it runs here."""
_GRACE = 3.0
"""Seconds that jobs get after an interrupt to write down what has ended."""
_ENOUGH = 5
"""Units after which the time left can be estimated."""
_DOUBT = 10.0
"""Seconds between two looks whether credentials or network are gone."""
_THREADS = 1_000
"""Jobs under way at most, of all kinds; each waits on a thread."""

Enter = Callable[[Job, Ledger], AccountEntry]
"""Opens the account of a job; raises RoleError."""


class JobRunner:
    """Used by the run's main thread; jobs run on threads of their own."""

    def __init__(
        self,
        around: JobSurroundings,
        begun: RunInProgress,
        enter: Enter,
        *,
        workers: int,
        ask_who: Callable[[], object],
    ) -> None:
        """`around` is what jobs find in this process, with nothing that has ended yet.

        `workers` bounds the calls under way in members' accounts. `ask_who` asks AWS who is
        asking, when units end as if credentials or network were gone: it raises what pauses the run.
        """
        self._ended: dict[Key, EndedUnit] = {}
        self._around = replace(around, ended=self._ended)
        self._settings = around.settings
        self._clock, self._meter = around.limits.clock, around.meter
        self._begun = begun
        self._enter = enter
        self._at_once = open_at_once(workers, around.settings.concurrency)
        self._ask_who = ask_who
        self._settling = threading.Lock()
        self._asked, self._doubts = float("-inf"), 0
        self._here: Collection[str] = (around.settings.caller,)
        self._renewed: dict[Job, bool] = {}
        """The jobs that have ended, and whether anything in them is of this part of the run."""
        self._moved: dict[Job, float] = {}
        """The jobs under way, and when something of them ended last."""
        self._pending = 0
        self._began = self._clock.monotonic()
        self._threads = DaemonExecutor(_THREADS)
        self.elsewhere: Elsewhere | None = None
        self.progress: Progress = SilentProgress()
        self.tally = OutcomeTally()

    @property
    def ended(self) -> Mapping[Key, EndedUnit]:
        """How the units ended that other jobs may build on."""
        return self._ended

    @property
    def jobs(self) -> Collection[Job]:
        """The jobs that have ended."""
        return self._renewed.keys()

    def close(self) -> None:
        """Have all that is under way stop and write down what has ended."""
        self._around.limits.stop.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads.join(_GRACE, self._clock)

    def run(
        self, jobs: Mapping[Job, Collection[Job]], here: Collection[str], hosts: Mapping[str, str]
    ) -> None:
        """Bring jobs to their end, those in the accounts `here` in this process.

        Raises what must end the run.
        """
        self._here = here
        self._around = replace(self._around, hosts=hosts)
        height = heights(jobs)
        self._pending = len(jobs)
        for job, record in in_order(
            jobs,
            lambda job: self._start(job, jobs[job]),
            first=lambda job: (self._is_member(job), -height[job], job.rank),
            room=lambda job, _: self._has_room(job),
            tick=self._tick,
        ):
            self._pending -= 1
            self._note(job, record)
        self._report(at_end=True)

    def regions_of_caller(self) -> tuple[Region, ...]:
        """Return them once they are known, none before."""
        listed = self._ended.get((REGIONS_ITEM, Target(Scope.ACCOUNT, self._settings.caller)))
        return decide_regions(listed, self._settings) if listed else ()

    def _is_member(self, job: Job) -> bool:
        """Say whether a job is of an account that answers for itself alone: it may run elsewhere."""
        return job.account not in self._here

    def _has_room(self, job: Job) -> bool:
        if not self._is_member(job):
            return True
        now = self._clock.monotonic()
        members = [moved for one, moved in list(self._moved.items()) if self._is_member(one)]
        at_once = max(self._at_once, self.elsewhere.room() if self.elsewhere else 0)
        going = sum(now - moved <= _STALLED for moved in members)
        return going < at_once and len(members) < at_once * _STALLED_TIMES

    def _start(self, job: Job, needs: Collection[Job]) -> "Future[JobRecord | None]":
        self._moved[job] = self._clock.monotonic()
        again = not self._is_member(job) and any(self._renewed[need] for need in needs)
        return self._threads.submit(self._bring_to_end, job, again)

    def _bring_to_end(self, job: Job, again: bool) -> JobRecord | None:
        """Run a job, on a thread of its own; return how its units ended, None for one that has ended.

        What an earlier part of the run left of it is kept, unless a job it builds on has run `again`.
        """
        if job in self._renewed:
            return None
        folder, around = JobFolder(self._begun.jobs, job.name), self._of(job)
        record = None if again else folder.read()
        kept = kept_units(job, record, folder, around) if record else ()
        if record and record.whole and len(kept) == len(record.units) and fits(job, record, folder, around):
            self._count(kept)
            folder.complete()
            return record
        if folder.is_whole:
            kept = ()
        folder.start_again({path: written for entry in kept for path, written in entry.files.items()})
        record = self._run(job, folder, around, kept)
        if any(entry.is_doubtful for entry in record.units):
            self._settle_doubts(every=0)  # before it has its name: a pause keeps what had ended before
        if any(entry.lacked_credentials for entry in record.units):
            raise RunPausedError("The source of the AWS credentials gave none, and then gave some again.")
        folder.complete()
        return record

    def _run(
        self, job: Job, folder: JobFolder, around: JobSurroundings, kept: Collection[UnitEntry]
    ) -> JobRecord:
        enter: Callable[[Ledger], AccountEntry] = lambda ledger: self._enter(job, ledger)  # noqa: E731
        if self.elsewhere and self._is_member(job) and not kept:
            sent = self._send(self.elsewhere, job, folder, around)
            if isinstance(sent, JobRecord):
                return sent
            if isinstance(sent, Failure):
                enter = _refusing(sent)
        self._count(kept)
        return JobRun(job, folder, around).run(enter, kept=kept, moved=lambda: self._note_move(job))

    def _send(
        self, elsewhere: Elsewhere, job: Job, folder: JobFolder, around: JobSurroundings
    ) -> JobRecord | Failure | None:
        """Have a job run elsewhere; return how its units ended, or None when it has to run here.

        A Failure when its account does not let us in.
        """
        for _ in range(_ATTEMPTS):
            with closing(folder.begin(self._meter)) as ledger:
                try:
                    entry = self._enter(job, ledger)
                except RoleError as error:
                    return error.failure
                errand = self._errand(job, entry, around, ledger.sent + 1)
            if elsewhere.run(errand, folder, lambda: self._note_move(job)):
                record = folder.read()
                fit = record and record.whole and fits(job, record, folder, around)
                if record and fit and not _expired(record):
                    return record
            folder.start_again()
        return None

    def _errand(self, job: Job, entry: AccountEntry, around: JobSurroundings, first: int) -> Errand:
        return Errand(
            job=job,
            settings=self._settings,
            depth=entry.depth,
            assumed=tuple(around.assumed),
            seconds=around.limits.deadline - self._clock.monotonic(),
            first=first,
            keys=keys_of(entry.session),
        )

    def _of(self, job: Job) -> JobSurroundings:
        """Return what a job finds; a member's knows nothing of the organization, and has its own deadline."""
        if not self._is_member(job):
            return self._around
        return replace(
            self._around,
            collectors={item: self._around.collectors[item] for item in job.items},
            hosts={},
            limits=self._around.limits.within(_MEMBER_SECONDS, "the account's"),
            ended={},
        )

    def _count(self, kept: Collection[UnitEntry]) -> None:
        gaps = sum(entry.gap is not None for entry in kept)
        self._meter.add(planned=len(kept), ended=len(kept), gaps=gaps, kept=len(kept))

    def _note_move(self, job: Job) -> None:
        self._moved[job] = self._clock.monotonic()

    def _note(self, job: Job, record: JobRecord | None) -> None:
        """Keep how a job ended; what others may build on stays at hand."""
        self._moved.pop(job, None)
        if record is None:
            return
        self._renewed[job] = any(entry.part == self._settings.part for entry in record.units)
        self.tally.count(record)
        if job.name != job.account:
            folder = JobFolder(self._begun.jobs, job.name)
            self._ended |= {entry.key: EndedUnit(entry, folder) for entry in record.units}
        if job.account == self._settings.caller and job.tells_regions:
            assumed = tuple(region.state.region for region in self.regions_of_caller() if region.asked)
            self._around = replace(self._around, assumed=assumed)

    def _tick(self) -> None:
        if self._around.limits.stop.is_set():
            raise StoppedError
        self._settle_doubts()
        self._report()

    def _settle_doubts(self, every: float = _DOUBT) -> None:
        """Ask who is asking if units ended that give doubts since that was asked, so many seconds ago."""
        with self._settling:
            now, doubts = self._clock.monotonic(), self._told()["doubts"]
            if doubts > self._doubts and now - self._asked >= every:
                self._asked, self._doubts = now, doubts
                self._ask_who()

    def _told(self) -> Counter[str]:
        """Return how far the run has come, in all processes."""
        return self._meter.told() + (self.elsewhere.told() if self.elsewhere else Counter())

    def _report(self, *, at_end: bool = False) -> None:
        """Tell progress; what is about to be planned is reckoned like what has been."""
        told = self._told()
        done, planned = told["ended"], told["planned"]
        if done == planned and not at_end:
            return  # more is about to be planned: this is not the end
        begun = len(self._renewed) + len(self._moved)
        total = planned + (self._pending - len(self._moved)) * planned // max(1, begun)
        elapsed, now_done = self._clock.monotonic() - self._began, done - told["kept"]
        self.progress.update(
            ProgressState(
                units_done=done,
                units_total=planned,
                calls=told["calls"],
                throttles=told["throttles"],
                gaps=told["gaps"],
                seconds_left=elapsed / now_done * (total - done) if now_done >= _ENOUGH else None,
            )
        )


def open_at_once(workers: int, concurrency: int) -> int:
    """Return how many members' accounts are open at once, for so many calls in all and in one of them."""
    return max(_FEWEST, workers // concurrency)


def _refusing(failure: Failure) -> Callable[[Ledger], AccountEntry]:
    """Return a way into an account that is known to be closed."""

    def enter(_: Ledger) -> AccountEntry:
        raise RoleError(failure)

    return enter


def _expired(record: JobRecord) -> bool:
    """Say whether the session that was lent expired before the job had ended."""
    return any(entry.gap and entry.gap.cause is Cause.CREDENTIALS_EXPIRED for entry in record.units)
