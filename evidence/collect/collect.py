"""Collects evidence from AWS into a sealed bundle: identify, plan, run, seal."""

import random
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from evidence.aws.caller import Caller
from evidence.aws.calls import Call, Recorder
from evidence.aws.identity import Identity, identify
from evidence.aws.limits import Limits
from evidence.aws.retry import QUICK, Retry
from evidence.aws.sessions import Connection, connect
from evidence.bundle.models import ItemScope
from evidence.bundle.seal import Signer
from evidence.bundle.writer import BundleWriter
from evidence.clock import Clock
from evidence.collect import regions
from evidence.collect.context import Services
from evidence.collect.ledger import Ledger
from evidence.collect.plan import choose_items, plan_units
from evidence.collect.progress import Progress, Silent
from evidence.collect.runner import Runner
from evidence.collect.sealing import Asked, refuse_nothing, seal
from evidence.collect.store import Store
from evidence.collect.unit import Place
from evidence.collect.workers import UrgentSlots, Workers
from evidence.collectors.base import Collector, catalogue
from evidence.errors import EvidenceError, UsageError
from evidence.records import Outcome, Scope, Target
from evidence.settings import Settings

_THREADS_PER_SLOT = 3
"""Threads also wait: between attempts, for jobs that AWS runs, for the work they have handed out."""
_LAST_WORD = 30.0
"""Seconds that the last question (who is asking?) may take, even when the deadline has passed."""
_GRACE = 2.0
"""Seconds that threads get to end after an interrupt, before their files are deleted under them."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def collect(
    settings: Settings,
    *,
    out: Path,
    clock: Clock,
    signer: Signer | None,
    attachments: Path | None = None,
    progress: Progress | None = None,
    previous: str | None = None,
) -> Path:
    """Collect everything the settings ask for; return the folder of the sealed bundle, below `out`.

    Raises CredentialsError, EndpointError, PermissionMissingError or UsageError when nothing can be
    collected, StorageError or SigningError when it cannot be kept. Whatever is raised, KeyboardInterrupt
    included, nothing is left that looks like a bundle.
    """
    if previous is not None and not _DIGEST.fullmatch(previous):
        raise UsageError(
            f"{previous!r} is no bundle digest.", "It is 64 hex digits; `evidence show` prints it."
        )
    started = clock.now()
    limits = Limits(clock, clock.monotonic() + settings.collect.deadline_seconds)
    collectors, items = choose_items(catalogue(), settings.collect.exclude)
    connection = connect(
        profile=settings.aws.profile,
        region=settings.aws.region,
        operations=[operation for one in collectors.values() for operation in one.operations],
        connections=settings.collect.concurrency,
    )
    slots = UrgentSlots(settings.collect.concurrency)
    first = _Held()
    identity = identify(_caller(connection, "", first, limits, slots, retry=QUICK), depth=1)
    name = f"evidence-{identity.account}-{started.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    writer = BundleWriter.create(out, name)
    with (
        _abandoned_on_failure(writer),
        closing(Ledger(out)) as ledger,
        _threads(settings, limits) as workers,
    ):
        if attachments is not None:
            writer.attach_folder(attachments)
        first.hand_over(ledger, identity.account)
        job = _Job(settings, connection, identity, limits, slots, workers, writer, ledger, collectors)
        return job.run(
            name=name,
            started=started,
            items=items,
            progress=progress or Silent(),
            signer=signer,
            previous=previous,
        )


@dataclass(frozen=True)
class _Job:
    """One collection after the caller is known."""

    settings: Settings
    connection: Connection
    identity: Identity
    limits: Limits
    slots: UrgentSlots
    workers: Workers
    writer: BundleWriter
    ledger: Ledger
    collectors: dict[str, Collector]

    def run(
        self,
        *,
        name: str,
        started: datetime,
        items: tuple[ItemScope, ...],
        progress: Progress,
        signer: Signer | None,
        previous: str | None,
    ) -> Path:
        """Find the regions, run all units, ask again who is asking, seal."""
        store = Store(self.writer)
        services = self._services(store)
        found = self._regions(services, store)
        asked = tuple(region.state.region for region in found if region.asked)
        services = replace(services, regions=asked, regions_depth=self.ledger.deepest)
        planned = plan_units(self.collectors, self.identity.account, found)
        self._runner(services, store, progress).run(
            [unit for unit in planned if unit.key not in store.endings]
        )
        refuse_nothing(store)
        return seal(
            Asked(
                bundle=name,
                started=started,
                settings=self.settings,
                partition=self.connection.partition,
                caller=self.identity,
                caller_end=self._ask_again(),
                regions=tuple(region.state for region in found),
                items=items,
                previous=previous,
            ),
            Place(self.writer, self.ledger),
            store,
            self.limits.clock,
            signer,
        )

    def _services(self, store: Store) -> Services:
        return Services(
            caller=_caller(
                self.connection, self.identity.account, self.ledger, self.limits, self.slots, retry=Retry()
            ),
            limits=self.limits,
            executor=self.workers,
            finished=store,
            sampling=self.settings.sampling,
            regions=(),
            regions_depth=1,
            window=2 * self.settings.collect.concurrency,
        )

    def _runner(self, services: Services, store: Store, progress: Progress) -> Runner:
        place = Place(self.writer, self.ledger)
        return Runner(services, place, store, progress, at_once=self.settings.collect.concurrency, depth=1)

    def _regions(self, services: Services, store: Store) -> tuple[regions.Region, ...]:
        """Run the unit that lists the regions, and decide which are in scope."""
        account, wanted = self.identity.account, self.settings.aws.regions
        item = self.collectors[regions.REGIONS_ITEM]
        units = plan_units({item.item: item}, account, ())
        self._runner(services, store, Silent()).run(units)
        ending = store.endings[item.item, Target(Scope.ACCOUNT, account)]
        if ending.unit.outcome is Outcome.COLLECTED:
            return regions.from_records(store.read(units[0].path), wanted, account)
        return regions.without_list(
            wanted, self.connection.known_regions, self.connection.account.region, account
        )

    def _ask_again(self) -> Identity | EvidenceError:
        """Return who is asking at the end of the run, or why that cannot be told."""
        clock = self.limits.clock
        limits = Limits(clock, clock.monotonic() + _LAST_WORD, self.limits.stop)
        caller = _caller(
            self.connection, self.identity.account, self.ledger, limits, self.slots, retry=Retry(attempts=3)
        )
        try:
            return identify(caller, self.ledger.deepest + 1)
        except EvidenceError as error:
            return error


class _Held:
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


def _caller(
    connection: Connection,
    account: str,
    recorder: Recorder,
    limits: Limits,
    slots: UrgentSlots,
    *,
    retry: Retry,
) -> Caller:
    return Caller(
        connection.account,
        account=account,
        recorder=recorder,
        limits=limits,
        slots=slots,
        retry=retry,
        jitter=random.random,  # spreads retries over time; nothing in a result depends on it
    )


@contextmanager
def _threads(settings: Settings, limits: Limits) -> Iterator[Workers]:
    """Yield the run's threads; however the run ends, they end too."""
    workers = Workers(settings.collect.concurrency * _THREADS_PER_SLOT)
    try:
        yield workers
    finally:
        limits.stop.set()
        workers.shutdown(wait=False, cancel_futures=True)
        workers.join(_GRACE, limits.clock)


@contextmanager
def _abandoned_on_failure(writer: BundleWriter) -> Iterator[None]:
    try:
        yield
    except BaseException:
        writer.abandon()
        raise
