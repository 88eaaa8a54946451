"""Runs a job: enters its account, plans its units, brings each to its end, and writes down how they ended."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from evidence.aws.failures import Failure, RoleError, StoppedError
from evidence.aws.limits import Limits
from evidence.bundle.format.models import SampleSelection, StratumSelection
from evidence.collect.access import AccountEntry, Askers
from evidence.collect.context import AccountContext
from evidence.collect.jobs import EndedUnit, JobFolder, JobRecord, Key, UnitEntry
from evidence.collect.ledger import Ledger
from evidence.collect.meter import Meter
from evidence.collect.order import in_order
from evidence.collect.plan import Job, PlannedUnit, plan_units
from evidence.collect.regions import REGIONS_ITEM, Region, from_records, without_list
from evidence.collect.unit import (
    UnitDestination,
    UnitEnding,
    gap_for_unready_region,
    missing_need,
    refused,
    run_unit,
)
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import Collector
from evidence.custom.declarations import SwitchedOnItem
from evidence.errors import EvidenceError, StorageError
from evidence.records import Outcome, Scope, Target
from evidence.settings.audit_sample import METHOD, choose_roles
from evidence.settings.model import AggregatorSettings, Sampling

_THREADS_PER_CALL = 3
"""Threads also wait: between attempts, for work that AWS does, for what they have handed out."""
_POPULATION = "iam.authorization-details"
_SAMPLED = "iam.sample-role-policies"
_LAST_ANSWERS = 1.5
"""Seconds that calls get to end when a job stops: AWS tells of them, and so should the ledger."""


@dataclass(frozen=True)
class JobSettings:
    """What all jobs of a run have to know; plain data, for other processes too."""

    sampling: Sampling
    aggregator: AggregatorSettings
    concurrency: int
    """Calls under way at once in one account."""
    unit_seconds: float
    regions: tuple[str, ...]
    """Those that the settings name; all that are enabled without any."""
    region: str
    """Where calls go that name no region."""
    known_regions: frozenset[str]
    caller: str
    """The account that runs this."""
    part: int
    """Of the run, from 0."""
    custom: tuple[SwitchedOnItem, ...] = ()


@dataclass(frozen=True)
class JobSurroundings:
    """What a job finds in the process in which it runs."""

    settings: JobSettings
    collectors: Mapping[str, Collector]
    hosts: Mapping[str, str]
    """Each of the organization's items, and the account it is asked in."""
    askers: Askers
    limits: Limits
    meter: Meter
    ended: Mapping[Key, EndedUnit]
    """What earlier jobs left for this one."""
    assumed: Collection[str]
    """The regions of the caller's account, for one that does not list its own."""


class JobRun:
    """One run of a job; for its own thread alone."""

    def __init__(self, job: Job, folder: JobFolder, around: JobSurroundings, *, first: int = 1) -> None:
        self._job = job
        self._folder = folder
        self._around = around
        self._settings = around.settings
        self._ended: dict[Key, EndedUnit] = {}
        self._regions: tuple[Region, ...] = ()
        self._listed = 0
        """Calls that had to be answered until the regions were known."""
        self._ledger = folder.begin(around.meter, first)

    def run(
        self,
        enter: Callable[[Ledger], AccountEntry],
        *,
        kept: Collection[UnitEntry] = (),
        moved: Callable[[], None] = lambda: None,
    ) -> JobRecord:
        """Bring every unit to its end and write that down; `kept` ended in an earlier part of the run.

        `enter` opens the account, and may ask AWS for that. `moved` is called whenever a unit has ended.
        Raises what must end the run: StorageError, WriteRefusedError, StoppedError. What has ended until
        then is written down, as far as the disk takes it.
        """
        self._ended = {entry.key: EndedUnit(entry, self._folder) for entry in kept}
        workers = DaemonExecutor(self._settings.concurrency * _THREADS_PER_CALL)
        with closing(self._ledger):
            try:
                self._bring_all_to_end(self._way(enter), workers, moved)
            except BaseException as error:  # an interrupt too: what has ended, and was asked, is kept
                if isinstance(error, StorageError):
                    self._folder.make_room()
                workers.shutdown(wait=False, cancel_futures=True)
                workers.join(_LAST_ANSWERS, self._around.limits.clock)
                with suppress(EvidenceError, OSError):  # the disk may take nothing at all
                    self._written(whole=False)
                raise
            finally:
                workers.shutdown(wait=False, cancel_futures=True)
            return self._written(whole=True)

    def _way(self, enter: Callable[[Ledger], AccountEntry]) -> AccountEntry | Failure:
        try:
            return enter(self._ledger)
        except RoleError as error:
            return error.failure

    def _bring_all_to_end(
        self, way: AccountEntry | Failure, workers: DaemonExecutor, moved: Callable[[], None]
    ) -> None:
        """Bring to its end what lists the account's regions, if that is the job's, and then the rest."""
        regions = [unit for unit in self._planned() if unit.collector.item == REGIONS_ITEM]
        self._bring_to_end(regions, way, workers, moved)
        listed = self._find((REGIONS_ITEM, Target(Scope.ACCOUNT, self._job.account)))
        if listed is not None:
            self._listed = listed.entry.depth
            self._regions = decide_regions(listed, self._settings, self._around.assumed)
        self._bring_to_end(self._planned(), way, workers, moved)

    def _bring_to_end(
        self,
        planned: Iterable[PlannedUnit],
        way: AccountEntry | Failure,
        workers: DaemonExecutor,
        moved: Callable[[], None],
    ) -> None:
        units = {unit.key: unit for unit in planned}
        self._around.meter.add(planned=len(units))
        for _, ending in in_order(
            {key: [need for need in unit.needs if need in units] for key, unit in units.items()},
            self._starter(units, way, workers),
            first=lambda key: (units[key].urgency, key),
            room=lambda _, running: running < self._settings.concurrency,
            tick=self._check_stop,
        ):
            self._keep(ending)
            moved()

    def _planned(self) -> list[PlannedUnit]:
        """Return the units that can be planned and have not ended: without the regions, not those in them."""
        units = plan_units(self._around.collectors, self._job.account, self._regions, self._around.hosts)
        own = self._job.items
        return [unit for unit in units if unit.collector.item in own and unit.key not in self._ended]

    def _starter(
        self, units: Mapping[Key, PlannedUnit], way: AccountEntry | Failure, workers: DaemonExecutor
    ) -> Callable[[Key], "Future[UnitEnding]"]:
        """Return what starts a unit."""
        if isinstance(way, Failure):
            return lambda key: _done(refused(units[key], way, self._around.limits.clock.now()))
        services = self._services(way, workers)

        def start(key: Key) -> "Future[UnitEnding]":
            unit = units[key]
            ending = self._without_calls(unit)
            if ending is not None:
                return _done(ending)
            before = way.depth if unit.target.region is None else services.regions_depth
            depth = max([before, *(ended.entry.depth for ended in self._needed(unit))])
            return workers.submit(run_unit, services, self._place, unit, depth)

        return start

    @property
    def _place(self) -> UnitDestination:
        return UnitDestination(self._folder.payload, self._ledger)

    def _check_stop(self) -> None:
        if self._around.limits.stop.is_set():
            raise StoppedError

    def _services(self, way: AccountEntry, workers: DaemonExecutor) -> AccountContext:
        settings = self._settings
        return AccountContext(
            caller=self._around.askers.sender(way, self._ledger, self._around.limits),
            limits=self._around.limits,
            executor=workers,
            finished=self,
            sampling=settings.sampling,
            regions=tuple(region.state.region for region in self._regions if region.asked),
            regions_depth=max(way.depth, self._listed),
            window=2 * settings.concurrency,
            unit_seconds=settings.unit_seconds,
            aggregator=settings.aggregator,
        )

    def _without_calls(self, unit: PlannedUnit) -> UnitEnding | None:
        """Return the ending of a unit that cannot run."""
        now = self._around.limits.clock.now()
        if unit.doomed is not None:
            return gap_for_unready_region(unit, unit.doomed, now)
        for ended in self._needed(unit):
            if ended.outcome is Outcome.GAP and ended.entry.unit.item in unit.collector.needs:
                return missing_need(unit, ended.entry.key, now)
        return None

    def _keep(self, ending: UnitEnding) -> None:
        files = {path: self._folder.payload.finished(path) for path in ending.unit.files}
        entry = UnitEntry(
            unit=ending.unit, gap=ending.gap, depth=ending.depth, part=self._settings.part, files=files,
            missing=tuple(sorted(ending.missing)),
        )  # fmt: skip
        self._ended[entry.key] = EndedUnit(entry, self._folder)
        self._around.meter.add(ended=1, gaps=entry.gap is not None, doubts=entry.is_doubtful)

    def _written(self, *, whole: bool) -> JobRecord:
        self._ledger.sync()
        self._ledger.close()  # what the record says of the calls has to stay true
        record = JobRecord(
            whole=whole,
            units=tuple(self._ended[key].entry for key in sorted(self._ended)),
            regions=tuple(region.state for region in self._regions) if self._job.tells_regions else (),
            sample=self._sample(),
            clock=self._ledger.skew.record,
            deepest=self._ledger.deepest,
        )
        self._folder.write(record)
        return record

    def _sample(self) -> SampleSelection | None:
        target = Target(Scope.ACCOUNT, self._job.account)
        population, sampled = self._ended.get((_POPULATION, target)), self._ended.get((_SAMPLED, target))
        if population is None or population.outcome is Outcome.GAP or sampled is None:
            return None
        return _selection(population, self._settings.sampling)

    def _find(self, key: Key) -> EndedUnit | None:
        return self._ended.get(key) or self._around.ended.get(key)

    def _needed(self, unit: PlannedUnit) -> Iterator[EndedUnit]:
        return (ended for key in unit.needs if (ended := self._find(key)))

    def _needed_of(self, unit: PlannedUnit, item: str) -> list[EndedUnit]:
        if item not in (*unit.collector.needs, *unit.collector.uses):
            raise ValueError(f"{unit.collector.item} does not declare that it needs {item}")
        return [
            ended
            for ended in self._needed(unit)
            if ended.entry.unit.item == item and ended.outcome is not Outcome.GAP
        ]

    def records(self, unit: PlannedUnit, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of an item the unit needs, over all targets it needs it of."""
        for ended in self._needed_of(unit, item):
            yield from ended.records()

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return SHA-256 (hex) of the file of an item the unit needs, which has one target."""
        (ended,) = self._needed_of(unit, item)
        return ended.sha256


def decide_regions(
    listed: EndedUnit, settings: JobSettings, assumed: Collection[str] = ()
) -> tuple[Region, ...]:
    """Return an account's regions in scope: from its own list, or a guess where it could not be read.

    Raises UsageError when a region is wanted that there is not.
    """
    account = listed.entry.unit.target.account
    if listed.outcome is Outcome.COLLECTED:
        return from_records(listed.records(), settings.regions, account)
    known = () if account == settings.caller else assumed
    return without_list(settings.regions, settings.known_regions, settings.region, account, known)


def _selection(population: EndedUnit, sampling: Sampling) -> SampleSelection:
    """Return the selection that the collectors of sampled roles made, from the same inputs."""
    seed = sampling.seed or population.sha256
    roles = (record["RoleDetail"] for record in population.records() if "RoleDetail" in record)
    sample = choose_roles(roles, sampling, seed)
    return SampleSelection(
        account=population.entry.unit.target.account,
        method=METHOD,
        seed=seed,
        seed_source="chosen in the settings" if sampling.seed else f"SHA-256 of {population.path}",
        population=sample.population,
        population_digest=sample.population_digest,
        size=sample.size,
        named=sample.named,
        chosen=sample.chosen,
        strata=tuple(
            StratumSelection(
                name=stratum.name,
                population=stratum.population,
                population_digest=stratum.population_digest,
                chosen=stratum.chosen,
            )
            for stratum in sample.strata
        ),
    )


def _done(ending: UnitEnding) -> "Future[UnitEnding]":
    future: Future[UnitEnding] = Future()
    future.set_result(ending)
    return future
