"""Runs the planned units on an executor: bounded in number, urgent ones first, each after those it needs."""

import heapq
import itertools
import queue
from collections.abc import Sequence
from concurrent.futures import Future

from evidence.clock import Clock
from evidence.collect.context import Services
from evidence.collect.plan import Key, PlannedUnit
from evidence.collect.progress import Progress, State
from evidence.collect.store import Ending, Store
from evidence.collect.unit import Place, doomed, missing_need, run_unit

_HEARTBEAT = 0.5
"""Seconds between two reports of progress when nothing happens."""
_ENOUGH = 5
"""Units after which the time left can be estimated."""


class Runner:
    """One run of the units; used by its main thread alone."""

    def __init__(
        self,
        services: Services,
        place: Place,
        store: Store,
        progress: Progress,
        *,
        at_once: int,
        depth: int,
    ) -> None:
        self._services = services
        self._place = place
        self._store = store
        self._progress = progress
        self._at_once = at_once
        self._depth = depth
        self._clock: Clock = services.limits.clock
        self._began = self._clock.monotonic()
        self._done: queue.SimpleQueue[Future[Ending]] = queue.SimpleQueue()
        self._ready: list[tuple[int, int, PlannedUnit]] = []
        self._order = itertools.count()
        self._running = 0
        self._total = 0

    def run(self, units: Sequence[PlannedUnit]) -> None:
        """Bring every unit to its end in the store.

        Raises, from whichever thread it came, what must end the run: StorageError, WriteRefusedError.
        """
        self._total = len(self._store.endings) + len(units)
        waiting = {unit.key: unit for unit in units}
        while waiting or self._ready or self._running:
            self._release(waiting)
            self._start()
            self._report()
            if self._running:
                self._take_one()
        self._report()

    def _release(self, waiting: dict[Key, PlannedUnit]) -> None:
        """Move units whose needs have ended to the ready ones; end at once those that cannot run."""
        ended = True
        while ended:
            ended = False
            for unit in [unit for unit in waiting.values() if self._all_ended(unit)]:
                del waiting[unit.key]
                ended = self._end_without_calls(unit) or ended

    def _all_ended(self, unit: PlannedUnit) -> bool:
        return all(key in self._store.endings for key in unit.needs)

    def _end_without_calls(self, unit: PlannedUnit) -> bool:
        missing = self._store.missing(unit)
        if unit.doomed is not None:
            self._store.endings[unit.key] = doomed(unit, unit.doomed, self._clock.now())
        elif missing is not None:
            self._store.endings[unit.key] = missing_need(unit, missing, self._clock.now())
        else:
            heapq.heappush(self._ready, (unit.urgency, next(self._order), unit))
            return False
        return True

    def _start(self) -> None:
        while self._ready and self._running < self._at_once:
            unit = heapq.heappop(self._ready)[2]
            depth = self._depth if unit.target.region is None else self._services.regions_depth
            depth = max(depth, self._store.depth(unit))
            future = self._services.executor.submit(run_unit, self._services, self._place, unit, depth)
            future.add_done_callback(self._done.put)
            self._running += 1

    def _take_one(self) -> None:
        try:
            future = self._done.get(timeout=_HEARTBEAT)
        except queue.Empty:
            return
        self._running -= 1
        ending = future.result()
        self._store.endings[ending.planned.key] = ending

    def _report(self) -> None:
        done = len(self._store.endings)
        elapsed = self._clock.monotonic() - self._began
        self._progress.update(
            State(
                units_done=done,
                units_total=self._total,
                calls=self._place.ledger.calls,
                throttles=self._place.ledger.throttles,
                gaps=sum(1 for ending in self._store.endings.values() if ending.gap),
                seconds_left=elapsed / done * (self._total - done) if done >= _ENOUGH else None,
            )
        )
