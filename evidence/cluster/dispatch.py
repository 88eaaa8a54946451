"""Runs a unit on a Dask cluster: sent, awaited, fetched, checked, and only then kept."""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, partial

from evidence.aws.cause import explain
from evidence.aws.failures import DeadlineError, StoppedError
from evidence.aws.lease import SessionKeys, keys_of
from evidence.aws.reach import AwsEndpoints, current_endpoints
from evidence.clock import Clock
from evidence.cluster.arrival import SentUnit, keep
from evidence.cluster.fleet import Fleet, PendingUnit, WorkerLostError, WorkersKilledError, joined
from evidence.cluster.messages import (
    NeededFile,
    UnfitResultError,
    UnitAssignment,
    WorkerBounds,
    WorkerReply,
    decode,
)
from evidence.cluster.spool import Arrival, read_segment
from evidence.collect.collect import bounds_of
from evidence.collect.context import AccountContext
from evidence.collect.plan import PlannedUnit, choose_items
from evidence.collect.store import UnitEnding
from evidence.collect.unit import RunUnit, UnitDestination, refused, run_unit
from evidence.collectors.base import catalogue
from evidence.errors import ClusterError, EvidenceError, WriteRefusedError
from evidence.records import Cause
from evidence.settings.model import Settings

SEGMENT = 1024 * 1024
"""Bytes that are sent at once, whatever the size of a file."""
_ATTEMPTS = 3
"""So often a unit may be lost; then it runs here."""
_TRIPS = 12
"""So often a unit is sent at most, whatever comes back."""
_NAP = 0.5
"""Seconds between looks at what else may have ended."""
_GRACE = 10.0
"""Seconds that workers get after the run's deadline, to say themselves that they had no time."""
_RENEWAL = 30.0
"""Seconds between looks whether credentials that were lent have been renewed."""


@contextmanager
def on_cluster(settings: Settings, clock: Clock) -> Iterator[RunUnit]:
    """Connect to the cluster that the settings name; yield what runs a unit there.

    Raises UsageError without Dask, ClusterError when the cluster is not there or not the same.
    """
    with joined(settings.collect.executor, clock, partial(_share, settings)) as fleet:
        yield Dispatcher(settings, fleet, clock).run_unit


def _share(settings: Settings, workers: int) -> WorkerBounds:
    """Return one worker's part of the run's bounds."""
    bounds = bounds_of(settings)
    return WorkerBounds(max(1, bounds.in_all // workers), max(1, bounds.per_account // workers))


class _SendAgainError(Exception):
    """The unit is to be sent once more, to a certain worker if possible; nothing went wrong."""

    def __init__(self, prefer: str | None = None) -> None:
        super().__init__()
        self.prefer = prefer


@dataclass(frozen=True, slots=True)
class _DispatchedUnit:
    """A unit on its way, as the runner handed it over."""

    services: AccountContext
    place: UnitDestination
    planned: PlannedUnit
    depth: int

    def failed(self, error: Exception, clock: Clock) -> UnitEnding:
        """Return the ending of a unit that could not even be asked for."""
        failure = explain(error, regional=self.planned.target.region is not None)
        return refused(self.planned, failure, clock.now())


class Dispatcher:
    """Runs units on a cluster; called by the threads of the run, each waiting for one unit."""

    def __init__(self, settings: Settings, fleet: Fleet, clock: Clock) -> None:
        self._settings = settings
        self._fleet = fleet
        self._clock = clock
        self._collectors = choose_items(
            catalogue(), settings.collect.exclude, settings.collect.config_source
        )[0]

    def run_unit(
        self, services: AccountContext, place: UnitDestination, planned: PlannedUnit, depth: int
    ) -> UnitEnding:
        """Collect one item for one target, as `evidence.collect.unit.run_unit` does.

        Raises what it does, and ClusterError when the cluster is lost.
        """
        unit = _DispatchedUnit(services, place, planned, depth)
        self._fleet.until(services.limits.deadline)
        prefer, lost = None, 0
        for _ in range(_TRIPS):
            if lost == _ATTEMPTS:
                break
            try:
                return self._attempt(unit, prefer)
            except _SendAgainError as again:
                prefer = again.prefer
            except WorkersKilledError:
                break
            except (WorkerLostError, UnfitResultError):
                prefer, lost = None, lost + 1
                self._regain(services)
            except EvidenceError:
                raise
            except Exception as error:  # noqa: BLE001 - as in this process: whatever it was is a gap
                return unit.failed(error, self._clock)
        return run_unit(services, place, planned, depth)

    def _regain(self, services: AccountContext) -> None:
        """Wait until the scheduler answers again. Raises ClusterError when it does not, or is another."""
        since = self._clock.monotonic()
        while not self._fleet.reassured(since):
            services.limits.check()
            self._fleet.check()
            self._clock.sleep(_NAP / 5)
        with suppress(OSError):  # the scheduler may be gone again
            self._fleet.compare_again()

    def _attempt(self, unit: _DispatchedUnit, prefer: str | None) -> UnitEnding:
        keys = keys_of(unit.services.caller.session)
        given = self._assignment(unit, keys)
        pending = self._fleet.submit(given, prefer)
        try:
            reply, first = decode(self._await(pending, unit, given))
        except BaseException:  # an interrupt too: the worker must not go on with it
            pending.drop()
            self._fleet.taken(given.token)
            raise
        return self._act_on(reply, first, unit, given)

    def _await(self, pending: PendingUnit, unit: _DispatchedUnit, given: UnitAssignment) -> object:
        """Return what the worker sent. Raises StoppedError, DeadlineError, LostError, ClusterError."""
        limits, lent = unit.services.limits, given.keys
        renewal = self._clock.monotonic() + _RENEWAL
        while not pending.wait(_NAP):
            now = self._clock.monotonic()
            self._fleet.check()
            if limits.stop.is_set():
                raise StoppedError
            if now >= limits.deadline + _GRACE:
                raise DeadlineError(f"{limits.name} deadline has passed")
            if now >= renewal:
                lent, renewal = self._renew(unit, given, lent), now + _RENEWAL
        return pending.result()

    def _renew(self, unit: _DispatchedUnit, given: UnitAssignment, lent: SessionKeys) -> SessionKeys:
        """Lend newer credentials if there are any; what cannot be renewed fails where it is used."""
        with suppress(Exception):
            newer = keys_of(unit.services.caller.session)
            if newer != lent:
                self._fleet.renew(given.token, newer)
                return newer
        return lent

    def _act_on(
        self, reply: WorkerReply, first: bytes, unit: _DispatchedUnit, given: UnitAssignment
    ) -> UnitEnding:
        if reply.token != given.token:
            raise UnfitResultError("a worker answered another attempt")
        if reply.state == "missing":
            self._bring(reply, unit)
            raise _SendAgainError(reply.worker)
        if reply.state == "refused":
            raise WriteRefusedError(*reply.words)
        if reply.state == "unable":
            raise ClusterError(
                f"The worker at {reply.worker} cannot go on: {' '.join(reply.words)}",
                "Mend or stop that worker, then go on with --resume.",
            )
        if reply.state != "ended":  # stopped, or with other versions: which tells `_regain`
            raise WorkerLostError(reply.state)
        return self._take(reply, first, unit, given)

    def _take(
        self, reply: WorkerReply, first: bytes, unit: _DispatchedUnit, given: UnitAssignment
    ) -> UnitEnding:
        """Fetch the segments that have not come along, and keep what the unit left."""
        ended = reply.ended
        if ended is None:
            raise UnfitResultError("a worker left out what the unit left")
        expired = ended.why is not None and ended.why.cause is Cause.CREDENTIALS_EXPIRED
        if expired and keys_of(unit.services.caller.session) != given.keys:
            raise _SendAgainError
        with closing(Arrival(ended, given.segment, unit.place.writer.staging)) as arrival:
            for index in range(len(ended.segments)):
                arrival.add(index, self._fleet.segment(reply, index, given.segment) if index else first)
            self._fleet.taken(given.token)
            expected = SentUnit(unit.planned, unit.services.caller.account, unit.depth)
            return keep(arrival, ended, expected, unit.place)

    def _bring(self, reply: WorkerReply, unit: _DispatchedUnit) -> None:
        """Send a worker the files that it lacks, segment by segment."""
        for need in self._needs(unit):
            if need.sha256 in reply.words:
                path = unit.place.writer.path_of(need.path)
                for index in range(-(-need.size // SEGMENT)):
                    content = read_segment(path, index, SEGMENT)
                    self._fleet.bring(reply.worker, need.sha256, index * SEGMENT, content)
                self._fleet.settle(reply.worker, need.sha256)

    def _needs(self, unit: _DispatchedUnit) -> tuple[NeededFile, ...]:
        writer, planned = unit.place.writer, unit.planned
        return tuple(
            NeededFile(
                item, path, sha256, size, writer.path_of(path).read_bytes() if size <= SEGMENT else None
            )
            for item in (*planned.collector.needs, *planned.collector.uses)
            for path in unit.services.finished.paths(planned, item)
            for sha256, size in [writer.finished(path)]
        )

    @cached_property
    def _reach(self) -> AwsEndpoints:
        services = {operation.service for one in self._collectors.values() for operation in one.operations}
        return current_endpoints(self._settings.aws.profile, services)

    def _assignment(self, unit: _DispatchedUnit, keys: SessionKeys) -> UnitAssignment:
        services, planned = unit.services, unit.planned
        return UnitAssignment(
            run=self._fleet.run,
            token=uuid.uuid4().hex,
            versions=self._fleet.versions,
            item=planned.collector.item,
            target=planned.target,
            urgency=planned.urgency,
            depth=unit.depth,
            account=services.caller.account,
            region=services.caller.session.region,
            regions=services.regions,
            regions_depth=services.regions_depth,
            sampling=services.sampling.model_dump_json(),
            aggregator=services.aggregator.model_dump_json(),
            unit_seconds=services.unit_seconds,
            seconds_left=services.limits.deadline - self._clock.monotonic(),
            items=tuple(self._collectors),
            reach=self._reach,
            share=self._fleet.share,
            segment=SEGMENT,
            needs=self._needs(unit),
            keys=keys,
        )
