"""Collects evidence from AWS into a sealed bundle: identify, plan, run, seal."""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from evidence.aws.caller import RequestSender
from evidence.aws.calls import Call
from evidence.aws.identity import CallerIdentity, identify
from evidence.aws.limits import Limits
from evidence.aws.retry import QUICK, Retry
from evidence.aws.sessions import connect
from evidence.bundle.format.chain import ChainPosition, Follows, scope_key
from evidence.bundle.format.models import AccountState, GapRecord, ItemScope
from evidence.bundle.format.seal import SealSigner, TimeStampAuthority
from evidence.clock import Clock
from evidence.collect.access import AccountAccess
from evidence.collect.accounts import RequiredAccounts, choose
from evidence.collect.ahead import RunForecast
from evidence.collect.context import AccountContext
from evidence.collect.discovery import Discovery, OrganizationFacts
from evidence.collect.estimate import CallEstimate
from evidence.collect.ledger import Ledger
from evidence.collect.opening import open_run
from evidence.collect.parts import RunInProgress, RunRequest, begin
from evidence.collect.parts import resume as resume_run
from evidence.collect.plan import PlannedUnit, choose_items, plan_units
from evidence.collect.progress import Progress, SilentProgress
from evidence.collect.regions import REGIONS_ITEM, Region, from_records, without_list
from evidence.collect.runner import Bounds, Runner
from evidence.collect.sealing import RunFacts, require_some_evidence, seal
from evidence.collect.slots import FairSlots
from evidence.collect.sources import AccountEntry, AccountSource, FixedUnits, RunPlan
from evidence.collect.store import UnitStore
from evidence.collect.unit import RunUnit, run_unit
from evidence.collect.units import EndedUnit
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import Collector, catalogue
from evidence.errors import EvidenceError
from evidence.records import Outcome, Scope, Target
from evidence.settings.model import Settings

_NOBODY = CallerIdentity("", "", "")
"""Until AWS has told who is asking."""
_THREADS_PER_SLOT = 3
"""Threads also wait: between attempts, for jobs that AWS runs, for the work they have handed out."""
_LAST_WORD = 30.0
"""Seconds that the last question (who is asking?) may take, even when the deadline has passed."""
_GRACE = 2.0
"""Seconds that threads get to end after an interrupt, before their files are deleted under them."""


def collect(
    settings: Settings,
    *,
    out: Path,
    clock: Clock,
    signer: SealSigner | None,
    attachments: Path | None = None,
    progress: Progress | None = None,
    follows: Follows | None = None,
    authority: TimeStampAuthority | None = None,
    draw: Callable[[int], bytes] = secrets.token_bytes,
    resume: bool = False,
    run: RunUnit = run_unit,
) -> Path:
    """Collect everything the settings ask for; return the folder of the sealed bundle, below `out`.

    `follows` tells the bundle's place in the chain of its scope, as soon as that is known. `authority`
    time-stamps the opening statement, for which `draw` gives that many random bytes. With `resume`, goes on
    where a run stopped that left its staging folder in `out`. `run` brings the accounts' units to
    their end, on this process's threads or elsewhere. Raises CredentialsError, EndpointError,
    PermissionMissingError or UsageError when nothing can be collected, StorageError or SigningError when it
    cannot be kept, ClusterError when units cannot go on elsewhere. Whatever is raised, nothing is left that
    looks like a bundle; an interrupt or a lost cluster leaves the staging folder, which can be resumed.
    """
    started = clock.now()
    collectors, items = choose_items(catalogue(), settings.collect.exclude, settings.collect.config_source)
    access, first = _identified(settings, collectors, clock)
    scope = scope_key(access.connection.partition, access.home.account)
    position = follows(scope) if follows else ChainPosition()
    given = RunRequest(settings, access.home, started, position.previous, attachments)
    part = resume_run(out, given, collectors) if resume else begin(out, given)
    with part as begun, _threads(settings, access.limits) as workers:
        first.hand_over(begun.place.ledger, access.home.account)
        unopened = begun.open_once(
            lambda writer: open_run(
                writer, authority, draw, bundle=begun.name, identity=access.home, started=begun.started,
                items=items, previous=position.previous,
            )
        )  # fmt: skip
        job = _Collection(settings, access, workers, begun, collectors, run)
        return job.run(
            items=items,
            progress=progress or SilentProgress(),
            signer=signer,
            position=position,
            unopened=unopened,
        )


def look_ahead(settings: Settings, clock: Clock, estimate: CallEstimate) -> RunForecast:
    """Return what a run with these settings would cover, by listing accounts and regions and nothing else.

    Raises what `collect` does. Leaves nothing behind.
    """
    started = clock.now()
    collectors, _ = choose_items(catalogue(), settings.collect.exclude, settings.collect.config_source)
    access, first = _identified(settings, collectors, clock)
    given = RunRequest(settings, access.home, started, None, None)
    with (
        tempfile.TemporaryDirectory(prefix="evidence-plan-") as scratch,
        begin(Path(scratch), given) as begun,
        _threads(settings, access.limits) as workers,
    ):
        first.hand_over(begun.place.ledger, access.home.account)
        return _Collection(settings, access, workers, begun, collectors).look_ahead(estimate)


def _identified(
    settings: Settings, collectors: Mapping[str, Collector], clock: Clock
) -> "tuple[AccountAccess, _CallBuffer]":
    """Connect and ask who is asking; the calls are held until there is a ledger."""
    connection = connect(
        profile=settings.aws.profile,
        region=settings.aws.region,
        operations=[operation for one in collectors.values() for operation in one.operations],
        connections=_in_all(settings),
    )
    limits = Limits(clock, clock.monotonic() + settings.collect.deadline_seconds)
    bounds = bounds_of(settings)
    slots = FairSlots(in_all=bounds.in_all, per_account=bounds.per_account, clock=clock)
    first = _CallBuffer()
    access = AccountAccess(connection, settings, _NOBODY, limits, slots)
    return replace(access, home=identify(access.own(first, QUICK), depth=1)), first


@dataclass(frozen=True)
class _Collection:
    """One collection after the caller is known."""

    settings: Settings
    access: AccountAccess
    workers: DaemonExecutor
    begun: RunInProgress
    collectors: dict[str, Collector]
    run_unit: RunUnit = run_unit

    @property
    def ledger(self) -> Ledger:
        """Where calls are recorded."""
        return self.begun.place.ledger

    def run(
        self,
        *,
        items: tuple[ItemScope, ...],
        progress: Progress,
        signer: SealSigner | None,
        position: ChainPosition,
        unopened: GapRecord | None,
    ) -> Path:
        """Find the accounts, run all units of each, ask again who is asking, seal."""
        store = self.begun.store
        own = AccountEntry(self._services(store, self.access.own(self.ledger)), depth=1)
        discovery = self._discovery(store, own)
        found = discovery.run()
        home = self.access.home.account
        in_scope = [state.account for state in self._states(found) if state.in_scope]
        hosts = set(found.hosts.values())  # others wait for what is asked in them
        chosen = sorted(in_scope, key=lambda account: (account != home, account not in hosts, account))
        self._runner(store, SilentProgress()).run([self._list_of_regions(own)])
        self._runner(store, progress, self.run_unit).run(self._sources(store, own, found, chosen))
        require_some_evidence(store.tally)
        return seal(
            RunFacts(
                bundle=self.begun.name,
                started=self.begun.started,
                settings=self.settings,
                partition=self.access.connection.partition,
                caller=self.access.home,
                caller_end=self._ask_again(),
                accounts=self._states(discovery.look(found)),
                regions=(region.state for account in chosen for region in self._regions_of(store, account)),
                items=items,
                position=position,
                unopened=unopened,
                begun=self.begun.parts,
            ),
            self.begun.place,
            store,
            self.access.limits.clock,
            signer,
        )

    def look_ahead(self, estimate: CallEstimate) -> RunForecast:
        """List accounts and regions; plan as if every account had the regions of the caller's own."""
        store = self.begun.store
        began, calls = self.access.limits.clock.monotonic(), self.ledger.calls
        own = AccountEntry(self._services(store, self.access.own(self.ledger)), depth=1)
        found = self._discovery(store, own).run()
        self._runner(store, SilentProgress()).run([self._list_of_regions(own)])
        seconds = self.access.limits.clock.monotonic() - began
        states = self._states(found)
        covered = self._regions_of(store, self.access.home.account)
        units = [
            unit
            for state in states
            if state.in_scope
            for unit in plan_units(self.collectors, state.account, covered, found.hosts)
        ]
        return RunForecast(
            states,
            tuple(region.state for region in covered),
            tuple((unit.collector.item, unit.target) for unit in units),
            latency=seconds / max(1, self.ledger.calls - calls),
            at_once=_in_all(self.settings),
            estimate=estimate,
        )

    def _states(self, found: OrganizationFacts) -> tuple[AccountState, ...]:
        needed = RequiredAccounts(self.access.home.account, found.management, frozenset(found.hosts.values()))
        return choose(found.accounts, self.settings.aws, needed, self.access.connection.partition)

    def _discovery(self, store: UnitStore, own: AccountEntry) -> Discovery:
        def ask(account: str, way: AccountEntry, units: Sequence[PlannedUnit]) -> None:
            self._runner(store, SilentProgress()).run([FixedUnits(account, units, way.services, way.depth)])

        return Discovery(
            self.collectors,
            store,
            self.access.home.account,
            self.settings.aws,
            aggregator=self.settings.collect.aggregator,
            way=own,
            ask=ask,
            enter=lambda account: self._member(store, account, Scope.ORGANIZATION, self.ledger.deepest + 1),
        )

    def _list_of_regions(self, own: AccountEntry) -> FixedUnits:
        """Return the first unit: the caller's regions stand in for those of accounts that refuse."""
        item = self.collectors[REGIONS_ITEM]
        account = self.access.home.account
        return FixedUnits(account, plan_units({item.item: item}, account, ()), own.services, own.depth)

    def _sources(
        self, store: UnitStore, own: AccountEntry, found: OrganizationFacts, chosen: Sequence[str]
    ) -> Iterator[AccountSource]:
        home = self.access.home.account
        hosts = set(found.hosts.values())
        listed = self.ledger.deepest  # what has to be answered before an account is known, and entered
        plan = RunPlan(self.collectors, found.hosts, store, partial(self._decide_regions, store))

        def source(account: str) -> AccountSource:
            way = found.ways.get(account)
            into = partial(self._member, store, account, Scope.ACCOUNT, listed + 1)
            ask = partial(self._member, store, account, Scope.ORGANIZATION, listed + 1)
            about = ((lambda: way) if way else ask) if account in hosts else None
            return AccountSource(account, plan, (lambda: own) if account == home else into, about)

        return map(source, chosen)

    def _member(self, store: UnitStore, account: str, scope: Scope, depth: int) -> AccountEntry:
        """Enter another account: for what is asked about itself, or for the organization's items."""
        operations = [
            operation
            for one in self.collectors.values()
            if (one.scope is Scope.ORGANIZATION) == (scope is Scope.ORGANIZATION)
            for operation in one.operations
        ]
        caller = self.access.member(account, operations, self.ledger, depth)
        return AccountEntry(self._services(store, caller), depth)

    def _services(self, store: UnitStore, caller: RequestSender) -> AccountContext:
        return AccountContext(
            caller=caller,
            limits=self.access.limits,
            executor=self.workers,
            finished=store,
            sampling=self.settings.sampling,
            regions=(),
            regions_depth=1,
            window=2 * self.settings.collect.concurrency,
            unit_seconds=self.settings.collect.unit_seconds,
            aggregator=self.settings.collect.aggregator,
        )

    def _runner(self, store: UnitStore, progress: Progress, run: RunUnit = run_unit) -> Runner:
        return Runner(
            self.workers,
            self.begun.place,
            store,
            progress,
            clock=self.access.limits.clock,
            bounds=bounds_of(self.settings),
            run=run,
        )

    def _regions_of(self, store: UnitStore, account: str) -> tuple[Region, ...]:
        """Return an account's regions once they are known, none before."""
        ended = store.find((REGIONS_ITEM, Target(Scope.ACCOUNT, account)))
        return () if ended is None else self._decide_regions(store, ended)

    def _decide_regions(self, store: UnitStore, ended: EndedUnit) -> tuple[Region, ...]:
        """Return an account's regions in scope: from its own list, or a guess where it could not be read."""
        account, wanted = ended.target.account, self.settings.aws.regions
        if ended.outcome is Outcome.COLLECTED:
            return from_records(store.read(ended.path), wanted, account)
        home, connection = self.access.home.account, self.access.connection
        return without_list(
            wanted,
            connection.known_regions,
            connection.account.region,
            account,
            assumed=() if account == home else self._home_regions(store),
        )

    def _home_regions(self, store: UnitStore) -> list[str]:
        known = self._regions_of(store, self.access.home.account)
        return [region.state.region for region in known if region.asked]

    def _ask_again(self) -> CallerIdentity | EvidenceError:
        """Return who is asking at the end of the run, or why that cannot be told."""
        clock = self.access.limits.clock
        limits = Limits(clock, clock.monotonic() + _LAST_WORD, self.access.limits.stop)
        caller = self.access.own(self.ledger, Retry(attempts=3), limits)
        try:
            return identify(caller, self.ledger.deepest + 1)
        except EvidenceError as error:
            return error


class _CallBuffer:
    """Keeps the first call until the account it was made in is known."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def next(self) -> int:
        return 1

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def throttled(self) -> None:
        """Not counted: too early for anybody to look."""

    def hand_over(self, ledger: Ledger, account: str) -> None:
        for call in self._calls:
            ledger.add(replace(call, seq=ledger.next(), account=account))


def _in_all(settings: Settings) -> int:
    """Return how many calls are under way at once in all accounts together."""
    many = settings.aws.organization or settings.aws.accounts
    return settings.collect.workers if many else settings.collect.concurrency


def bounds_of(settings: Settings) -> Bounds:
    """Return how much a run with these settings has under way at once."""
    in_all = _in_all(settings)
    return Bounds(per_account=min(settings.collect.concurrency, in_all), in_all=in_all)


@contextmanager
def _threads(settings: Settings, limits: Limits) -> Iterator[DaemonExecutor]:
    """Yield the run's threads; however the run ends, they end too."""
    workers = DaemonExecutor(_in_all(settings) * _THREADS_PER_SLOT)
    try:
        yield workers
    finally:
        limits.stop.set()
        workers.shutdown(wait=False, cancel_futures=True)
        workers.join(_GRACE, limits.clock)
