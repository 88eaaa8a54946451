"""Runs a collection once the caller is known: finds the accounts, has all jobs run, seals."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evidence.aws.failures import Failure, RoleError
from evidence.aws.identity import CallerIdentity
from evidence.aws.retry import QUICK, Retry
from evidence.bundle.format.chain import ChainPosition
from evidence.bundle.format.models import AccountState, GapRecord, ItemScope
from evidence.bundle.format.seal import SealSigner
from evidence.collect.access import AccountAccess, AccountEntry
from evidence.collect.accounts import RequiredAccounts, choose
from evidence.collect.ahead import RoleTrial
from evidence.collect.discovery import Discovery, OrganizationFacts
from evidence.collect.errand import Executor, here_alone
from evidence.collect.job import JobSettings, JobSurroundings
from evidence.collect.ledger import Ledger
from evidence.collect.meter import Meter
from evidence.collect.plan import Job, plan_jobs
from evidence.collect.progress import Progress
from evidence.collect.regions import Region
from evidence.collect.runner import JobRunner
from evidence.collect.sealing import RunFacts, require_some_evidence, seal
from evidence.collect.staging import END, START, RunInProgress
from evidence.collectors.base import Collector
from evidence.custom.declarations import NOTHING_CUSTOM, CustomScope
from evidence.records import Scope
from evidence.settings.model import Settings


@dataclass
class CollectionRun:
    """One collection."""

    settings: Settings
    access: AccountAccess
    begun: RunInProgress
    collectors: Mapping[str, Collector]
    custom: CustomScope = NOTHING_CUSTOM

    def __post_init__(self) -> None:
        self.meter = Meter()
        self.start = Ledger(self.begun.folder / START, meter=self.meter)
        self._home = self.access.home.account
        self._ways: dict[str, AccountEntry | Failure] = {}
        self._listed = 0
        """Calls that have to be answered, one after the other, until the accounts are known."""
        around = JobSurroundings(
            settings=self._job_settings(),
            collectors=self.collectors,
            hosts={},
            askers=self.access.askers,
            limits=self.access.limits,
            meter=self.meter,
            ended={},
            assumed=(),
        )
        workers = self.settings.collect.workers
        self._runner = JobRunner(
            around, self.begun, self._enter, workers=workers, ask_who=lambda: self._who(self.start, QUICK)
        )

    def close(self) -> None:
        """Have all that is under way stop and write down what has ended."""
        self._runner.close()
        self.start.close()

    def collect(
        self,
        *,
        progress: Progress,
        items: tuple[ItemScope, ...],
        signer: SealSigner | None,
        position: ChainPosition,
        unopened: GapRecord | None,
        executor: Executor = here_alone,
    ) -> Path:
        """Find the accounts, run all jobs, ask again who is asking, seal; return the bundle's folder."""
        runner, discovery = self._runner, self._discovery()
        found = discovery.run()
        in_scope = {state.account for state in self._states(found) if state.in_scope}
        here = self._here(found.hosts, found.administrators & in_scope)
        jobs = plan_jobs(self.collectors, sorted(in_scope), here, found.hosts)
        self._listed = runner.tally.deepest
        runner.progress = progress
        with executor(self.access.limits, len(in_scope - {*here})) as runner.elsewhere:
            runner.run(jobs, here, found.hosts)
        require_some_evidence(runner.tally)
        facts = RunFacts(
            settings=self.settings,
            partition=self.access.connection.partition,
            caller=self.access.home,
            caller_end=self._ask_again(),
            accounts=self._states(discovery.look(found)),
            items=items,
            position=position,
            unopened=unopened,
            custom=self.custom,
        )
        clock = self.access.limits.clock
        return seal(facts, self.begun, runner.jobs, runner.tally, clock=clock, signer=signer)

    def look_ahead(self) -> tuple[OrganizationFacts, tuple[AccountState, ...], tuple[Region, ...]]:
        """List the organization, its accounts and the caller's regions, and nothing else."""
        found = self._discovery().run()
        self._ask((), found.hosts)
        return found, self._states(found), self._runner.regions_of_caller()

    def try_member(self, states: Iterable[AccountState]) -> RoleTrial | None:
        """Enter one account as its job would; None where no other than the caller's is to be collected."""
        others = (state.account for state in states if state.in_scope and state.account != self._home)
        account = next(others, None)
        if account is None:
            return None
        asked = [one for one in self.collectors.values() if one.scope is not Scope.ORGANIZATION]
        try:
            self._assume(account, asked, self.start)
        except RoleError as error:
            return RoleTrial(account, error.failure)
        return RoleTrial(account)

    def _here(self, hosts: Mapping[str, str], administrators: Collection[str] = ()) -> tuple[str, ...]:
        """Return the accounts that answer for the organization, the caller's own first.

        What is asked in them shares services and pace, and may build on the organization's items.
        """
        return (self._home, *sorted({*hosts.values(), *administrators} - {self._home}))

    def _states(self, found: OrganizationFacts) -> tuple[AccountState, ...]:
        needed = RequiredAccounts(self._home, found.management, frozenset(found.hosts.values()))
        return choose(found.accounts, self.settings.aws, needed, self.access.connection.partition)

    def _discovery(self) -> Discovery:
        return Discovery(
            self.collectors,
            self._runner.ended,
            self._home,
            self.settings,
            ask=lambda item, hosts: self._ask((item,), hosts),
            enter=self._way,
        )

    def _ask(self, items: Collection[str], hosts: Mapping[str, str]) -> None:
        """Collect items of the organization before the accounts are known, and what they build on."""
        here = self._here(hosts)
        jobs = plan_jobs(self.collectors, (), here, hosts)
        wanted = [job for job in jobs if job.items[0] in items or job.name == f"{self._home}.regions"]
        for job in wanted:
            wanted += [need for need in jobs[job] if need not in wanted]
        self._runner.run({job: jobs[job] for job in wanted}, here, dict(hosts))

    def _enter(self, job: Job, ledger: Ledger) -> AccountEntry:
        """Open the account of a job. Raises RoleError."""
        if job.scope is Scope.ORGANIZATION:
            return self._way(job.account)
        if job.account == self._home:
            return self.access.own
        return self._assume(job.account, [self.collectors[item] for item in job.items], ledger)

    def _way(self, account: str) -> AccountEntry:
        """Return the way to ask about the organization in an account. Raises RoleError."""
        if account == self._home:
            return self.access.own
        if account not in self._ways:
            asked = [one for one in self.collectors.values() if one.scope is Scope.ORGANIZATION]
            try:
                self._ways[account] = self._assume(account, asked, self.start)
            except RoleError as error:
                self._ways[account] = error.failure
        way = self._ways[account]
        if isinstance(way, Failure):
            raise RoleError(way)
        return way

    def _assume(self, account: str, asked: Collection[Collector], ledger: Ledger) -> AccountEntry:
        operations = [operation for one in asked for operation in one.operations]
        depth = (self._listed or self._runner.tally.deepest) + 1
        return self.access.member(account, operations, ledger, depth)

    def _who(self, ledger: Ledger, retry: Retry) -> CallerIdentity | Failure:
        """Ask who is asking. Raises RunPausedError."""
        return self.access.who(ledger, self._runner.tally.deepest + 1, retry)

    def _ask_again(self) -> CallerIdentity | Failure:
        """Return who is asking at the end of the run, or why AWS denies that. Raises RunPausedError."""
        with closing(Ledger(self.begun.folder / END, meter=self.meter)) as ledger:
            return self._who(ledger, Retry(attempts=3))

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
            custom=self.custom.items,
        )
