"""Runs a collection once the caller is known: finds the accounts, brings all jobs to their end, seals."""

from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from evidence.aws.failures import Failure, RoleError, StoppedError
from evidence.aws.identity import CallerIdentity, identify
from evidence.aws.lease import keys_of
from evidence.aws.limits import Limits
from evidence.aws.retry import QUICK, Retry
from evidence.bundle.format.chain import ChainPosition
from evidence.bundle.format.models import AccountState, GapRecord, ItemScope
from evidence.bundle.format.seal import SealSigner
from evidence.collect.access import AccountAccess, AccountEntry
from evidence.collect.accounts import RequiredAccounts, choose
from evidence.collect.discovery import Discovery, OrganizationFacts
from evidence.collect.errand import Elsewhere, Errand, Executor, here_alone
from evidence.collect.job import (
    DOUBTFUL,
    JobRun,
    JobSettings,
    JobSurroundings,
    decide_regions,
    fits,
    kept_units,
)
from evidence.collect.jobs import EndedUnit, JobFolder, JobRecord, Key, UnitEntry
from evidence.collect.ledger import Ledger
from evidence.collect.meter import Meter
from evidence.collect.order import heights, in_order
from evidence.collect.plan import Job, plan_jobs
from evidence.collect.progress import Progress, ProgressState, SilentProgress
from evidence.collect.regions import REGIONS_ITEM, Region
from evidence.collect.sealing import OutcomeTally, RunFacts, require_some_evidence, seal
from evidence.collect.staging import END, START, RunInProgress
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import Collector
from evidence.errors import (
    CredentialsError,
    EndpointError,
    EvidenceError,
    PermissionMissingError,
    RunPausedError,
)
from evidence.records import Cause, Scope, Target
from evidence.settings.model import Settings

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
_LAST_WORD = 30.0
"""Seconds that asking who is asking may take, even when the deadline has passed."""
_GRACE = 3.0
"""Seconds that jobs get after an interrupt to write down what has ended."""
_DOUBT = 10.0
"""Seconds between two looks whether credentials or network are gone."""
_ENOUGH = 5
"""Units after which the time left can be estimated."""


@dataclass
class Run:
    """One collection, used by its main thread; jobs run on threads of their own."""

    settings: Settings
    access: AccountAccess
    begun: RunInProgress
    collectors: Mapping[str, Collector]
    progress: Progress
    executor: Executor = here_alone
    meter: Meter = field(default_factory=Meter)
    tally: OutcomeTally = field(default_factory=OutcomeTally)

    def __post_init__(self) -> None:
        clock = self.access.limits.clock
        self.elsewhere: Elsewhere | None = None
        self._told_whom: Progress = SilentProgress()
        """Nobody, until it is known how much there is to do."""
        self.start = Ledger(self.begun.folder / START, meter=self.meter)
        self._home = self.access.home.account
        self._here: tuple[str, ...] = (self._home,)
        self._hosts: Mapping[str, str] = {}
        self._ended: dict[Key, EndedUnit] = {}
        self._jobs: dict[Job, bool] = {}
        """The jobs that have ended, and whether an earlier part of the run had left them as they are."""
        self._ways: dict[str, AccountEntry | Failure] = {}
        self._moved: dict[Job, float] = {}
        self._listed = 0
        """Calls that have to be answered, one after the other, until the accounts are known."""
        self._pending = 0
        self._began, self._looked, self._doubts = clock.monotonic(), float("-inf"), 0
        self._threads = DaemonExecutor(self._at_once * _STALLED_TIMES + len(self.collectors) + _FEWEST)

    def close(self) -> None:
        """Have all that is under way stop and write down what has ended."""
        self.access.limits.stop.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads.join(_GRACE, self.access.limits.clock)
        self.start.close()

    def collect(
        self,
        *,
        items: tuple[ItemScope, ...],
        signer: SealSigner | None,
        position: ChainPosition,
        unopened: GapRecord | None,
    ) -> Path:
        """Find the accounts, run all jobs, ask again who is asking, seal."""
        discovery = self._discovery()
        found = discovery.run()
        states = self._states(found)
        in_scope = {state.account for state in states if state.in_scope}
        self._hosts, self._listed = found.hosts, self.tally.deepest
        others = {*found.hosts.values(), *(found.administrators & in_scope)} - {self._home}
        self._here = (self._home, *sorted(others))
        self._told_whom = self.progress
        with self.executor(self.access.limits, len(in_scope) - len(self._here)) as self.elsewhere:
            self._run(plan_jobs(self.collectors, sorted(in_scope), self._here, self._hosts))
        require_some_evidence(self.tally)
        facts = RunFacts(
            settings=self.settings,
            partition=self.access.connection.partition,
            caller=self.access.home,
            caller_end=self._ask_again(),
            accounts=self._states(discovery.look(found)),
            items=items,
            position=position,
            unopened=unopened,
        )
        clock = self.access.limits.clock
        return seal(facts, self.begun, self._jobs, self.tally, clock=clock, signer=signer)

    def look_ahead(self) -> tuple[OrganizationFacts, tuple[AccountState, ...], tuple[Region, ...]]:
        """List the organization, its accounts and the caller's regions, and nothing else."""
        found = self._discovery().run()
        self._ask((), found.hosts)
        return found, self._states(found), self._regions_of_caller()

    def _states(self, found: OrganizationFacts) -> tuple[AccountState, ...]:
        needed = RequiredAccounts(self._home, found.management, frozenset(found.hosts.values()))
        return choose(found.accounts, self.settings.aws, needed, self.access.connection.partition)

    def _discovery(self) -> Discovery:
        return Discovery(
            self.collectors,
            self._ended,
            self._home,
            self.settings,
            ask=lambda item, hosts: self._ask((item,), hosts),
            enter=self._way,
        )

    def _ask(self, items: Collection[str], hosts: Mapping[str, str]) -> None:
        """Collect items of the organization before the accounts are known, and what they build on."""
        self._hosts = dict(hosts)
        here = (self._home, *sorted(set(hosts.values()) - {self._home}))
        self._here = here
        jobs = plan_jobs(self.collectors, (), here, hosts)
        wanted = [job for job in jobs if job.items[0] in items or job.name == f"{self._home}.regions"]
        for job in wanted:
            wanted += [need for need in jobs[job] if need not in wanted]
        self._run({job: jobs[job] for job in wanted})

    def _way(self, account: str) -> AccountEntry:
        """Return the way to ask about the organization in an account. Raises RoleError."""
        if account == self._home:
            return self.access.own
        if account not in self._ways:
            asked = [one for one in self.collectors.values() if one.scope is Scope.ORGANIZATION]
            try:
                self._ways[account] = self._enter(account, asked, self.start)
            except RoleError as error:
                self._ways[account] = error.failure
        way = self._ways[account]
        if isinstance(way, Failure):
            raise RoleError(way)
        return way

    def _enter(self, account: str, asked: Collection[Collector], ledger: Ledger) -> AccountEntry:
        operations = [operation for one in asked for operation in one.operations]
        depth = (self._listed or self.tally.deepest) + 1
        return self.access.member(account, operations, ledger, depth)

    def _run(self, jobs: Mapping[Job, tuple[Job, ...]]) -> None:
        """Bring jobs to their end. Raises what must end the run."""
        height = heights(jobs)
        self._pending = len(jobs)
        for job, record in in_order(
            jobs,
            lambda job: self._start(job, jobs[job]),
            first=lambda job: (self._is_elsewhere(job), -height[job], job.rank),
            room=lambda job, _: self._has_room(job),
            tick=self._tick,
        ):
            self._pending -= 1
            self._note(job, record)
        self._report(ended=True)

    def _start(self, job: Job, needs: Collection[Job]) -> "Future[JobRecord | None]":
        self._moved[job] = self.access.limits.clock.monotonic()
        renewed = any(not self._jobs[need] for need in needs) and not self._is_elsewhere(job)
        return self._threads.submit(self._bring_to_end, job, renewed)

    def _is_elsewhere(self, job: Job) -> bool:
        """Say whether a job may run in another process: it is a member's, which answers for itself alone."""
        return job.account not in self._here

    @property
    def calls_at_once(self) -> int:
        """Calls that may be under way at once, in all accounts together."""
        many = self.settings.aws.organization or self.settings.aws.accounts
        return self.settings.collect.concurrency * (self._at_once if many else 1)

    @property
    def _at_once(self) -> int:
        """Members' accounts that are open at once."""
        collecting = self.settings.collect
        return max(_FEWEST, collecting.workers // collecting.concurrency)

    def _has_room(self, job: Job) -> bool:
        if not self._is_elsewhere(job):
            return True
        now = self.access.limits.clock.monotonic()
        members = [moved for one, moved in list(self._moved.items()) if self._is_elsewhere(one)]
        going = sum(now - moved <= _STALLED for moved in members)
        return going < self._at_once and len(members) < self._at_once * _STALLED_TIMES

    def _bring_to_end(self, job: Job, renewed: bool) -> JobRecord | None:
        """Run a job, on a thread of its own; return how its units ended, None for one that has ended."""
        if job in self._jobs:
            return None
        folder = JobFolder(self.begun.jobs, job.name)
        kept: Collection[UnitEntry] = ()
        if (record := folder.read()) is not None:
            kept = kept_units(job, record, folder, self._around(job))
            whole = record.whole and len(kept) == len(record.units) and not renewed
            if whole and fits(job, record, folder, self._around(job)):
                self._count_kept(kept)
                if not folder.is_whole:  # the run stopped right before it got its name
                    folder.complete()
                return record
        if renewed or record is None or folder.is_whole:
            kept = ()
        folder.start_again({path: written for entry in kept for path, written in entry.files.items()})
        return self._run_anew(job, folder, kept)

    def _run_anew(self, job: Job, folder: JobFolder, kept: Collection[UnitEntry]) -> JobRecord:
        failure: Failure | None = None
        if self.elsewhere is not None and self._is_elsewhere(job) and not kept:
            sent = self._send(self.elsewhere, job, folder)
            if isinstance(sent, JobRecord):
                return self._completed(folder, sent)
            failure = sent
        self._count_kept(kept)

        def enter(ledger: Ledger) -> AccountEntry:
            if failure is not None:
                raise RoleError(failure)
            return self._enter_for(job, ledger)

        run = JobRun(job, folder, self._around(job))
        record = run.run(enter, kept=kept, moved=lambda: self._note_move(job))
        return self._completed(folder, record)

    def _completed(self, folder: JobFolder, record: JobRecord) -> JobRecord:
        """Give a job its name, unless its gaps come of credentials or a network that are gone.

        Then the run pauses, and `--resume` keeps what had ended before. Raises RunPausedError.
        """
        if any(entry.gap and entry.gap.cause in DOUBTFUL for entry in record.units):
            self._who(self.start, QUICK)
        folder.complete()
        return record

    def _count_kept(self, kept: Collection[UnitEntry]) -> None:
        gaps = sum(entry.gap is not None for entry in kept)
        self.meter.add(planned=len(kept), ended=len(kept), gaps=gaps, kept=len(kept))

    def _enter_for(self, job: Job, ledger: Ledger) -> AccountEntry:
        if job.scope is Scope.ORGANIZATION:
            return self._way(job.account)
        if job.account == self._home:
            return self.access.own
        return self._enter(job.account, [self.collectors[item] for item in job.items], ledger)

    def _around(self, job: Job) -> JobSurroundings:
        limits = self.access.limits
        if self._is_elsewhere(job):
            limits = limits.within(_MEMBER_SECONDS, "the account's")
        return JobSurroundings(
            settings=self._job_settings,
            collectors=self.collectors if not self._is_elsewhere(job) else self._of(job),
            hosts=self._hosts,
            askers=self.access.askers,
            limits=limits,
            meter=self.meter,
            ended=self._ended,
            assumed=self._assumed,
        )

    def _of(self, job: Job) -> dict[str, Collector]:
        return {item: self.collectors[item] for item in job.items}

    @property
    def _job_settings(self) -> JobSettings:
        collecting, connection = self.settings.collect, self.access.connection
        return JobSettings(
            sampling=self.settings.sampling,
            aggregator=collecting.aggregator,
            concurrency=collecting.concurrency,
            unit_seconds=collecting.unit_seconds,
            regions=self.settings.aws.regions,
            region=connection.account.region,
            known_regions=connection.known_regions,
            caller=self._home,
            part=len(self.begun.header.parts) - 1,
        )

    def _send(self, elsewhere: Elsewhere, job: Job, folder: JobFolder) -> JobRecord | Failure | None:
        """Have a job run elsewhere; return how its units ended, or None when it has to run here.

        A Failure when its account does not let us in.
        """
        for _ in range(_ATTEMPTS):
            with closing(folder.begin(self.meter)) as ledger:
                try:
                    entry = self._enter_for(job, ledger)
                except RoleError as error:
                    return error.failure
                errand = self._errand(job, entry, ledger.sent + 1)
            if elsewhere.run(errand, folder, lambda: self._note_move(job)):
                record = folder.read()
                fit = record and record.whole and fits(job, record, folder, self._around(job))
                if record and fit and not _expired(record):
                    return record
            folder.start_again()
        return None

    def _errand(self, job: Job, entry: AccountEntry, first: int) -> Errand:
        limits = self.access.limits
        return Errand(
            job=job,
            settings=self._job_settings,
            depth=entry.depth,
            assumed=self._assumed,
            seconds=min(_MEMBER_SECONDS, limits.deadline - limits.clock.monotonic()),
            first=first,
            keys=keys_of(entry.session),
        )

    def _note_move(self, job: Job) -> None:
        self._moved[job] = self.access.limits.clock.monotonic()

    def _note(self, job: Job, record: JobRecord | None) -> None:
        """Keep how a job ended; what others may build on stays at hand."""
        self._moved.pop(job, None)
        if record is None:
            return
        folder = JobFolder(self.begun.jobs, job.name)
        part = len(self.begun.header.parts) - 1
        self._jobs[job] = not any(entry.part == part for entry in record.units)
        self.tally.count(record)
        if job.name != job.account:
            self._ended |= {entry.key: EndedUnit(entry, folder) for entry in record.units}

    def _regions_of_caller(self) -> tuple[Region, ...]:
        """Return them once they are known, none before."""
        listed = self._ended.get((REGIONS_ITEM, Target(Scope.ACCOUNT, self._home)))
        return decide_regions(listed, self._job_settings) if listed else ()

    @property
    def _assumed(self) -> tuple[str, ...]:
        return tuple(region.state.region for region in self._regions_of_caller() if region.asked)

    def _tick(self) -> None:
        if self.access.limits.stop.is_set():
            raise StoppedError
        self._look_for_doubts()
        self._report()

    def _look_for_doubts(self) -> None:
        """Ask who is asking when units end as if credentials or network were gone: that pauses the run."""
        now = self.access.limits.clock.monotonic()
        doubts = self._told()["doubts"]
        if doubts > self._doubts and now - self._looked >= _DOUBT:
            self._looked, self._doubts = now, doubts
            self._who(self.start, QUICK)

    def _who(self, ledger: Ledger, retry: Retry) -> CallerIdentity:
        """Ask who is asking. Raises RunPausedError when nobody answers or the credentials are not taken."""
        clock = self.access.limits.clock
        limits = Limits(clock, clock.monotonic() + _LAST_WORD, self.access.limits.stop)
        sender = self.access.askers.sender(self.access.own, ledger, limits, retry)
        try:
            return identify(sender, self.tally.deepest + 1)
        except (CredentialsError, EndpointError) as error:
            raise RunPausedError(
                error.message, f"{error.advice} What has been collected is kept: go on with --resume."
            ) from error

    def _ask_again(self) -> CallerIdentity | EvidenceError:
        """Return who is asking at the end of the run, or why that cannot be told. Raises RunPausedError."""
        with closing(Ledger(self.begun.folder / END, meter=self.meter)) as ledger:
            try:
                return self._who(ledger, Retry(attempts=3))
            except PermissionMissingError as error:
                return error

    def _told(self) -> Counter[str]:
        """Return how far the run has come, in all processes."""
        return self.meter.told() + (self.elsewhere.told() if self.elsewhere else Counter())

    def _report(self, *, ended: bool = False) -> None:
        """Tell progress; what is about to be planned is reckoned like what has been."""
        told = self._told()
        done, planned = told["ended"], told["planned"]
        if done == planned and not ended:
            return  # more is about to be planned: this is not the end
        waiting = self._pending - len(self._moved)
        total = planned + waiting * planned // max(1, len(self._jobs) + len(self._moved))
        now_done = done - told["kept"]
        elapsed = self.access.limits.clock.monotonic() - self._began
        self._told_whom.update(
            ProgressState(
                units_done=done,
                units_total=planned,
                calls=told["calls"],
                throttles=told["throttles"],
                gaps=told["gaps"],
                seconds_left=elapsed / now_done * (total - done) if now_done >= _ENOUGH else None,
            )
        )


def _expired(record: JobRecord) -> bool:
    """Say whether the session that was lent expired before the job had ended."""
    return any(entry.gap and entry.gap.cause is Cause.CREDENTIALS_EXPIRED for entry in record.units)
