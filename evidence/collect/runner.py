"""Runs the units of all accounts on an executor: bounded, fair, each after what it needs."""

import heapq
import itertools
import queue
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from evidence.clock import Clock
from evidence.collect.plan import Key, PlannedUnit
from evidence.collect.progress import Progress, ProgressState
from evidence.collect.sources import UnitSource
from evidence.collect.store import UnitEnding, UnitStore
from evidence.collect.unit import (
    RunUnit,
    UnitDestination,
    gap_for_unready_region,
    missing_need,
    refused,
    run_unit,
)

_HEARTBEAT = 0.5
"""Seconds between two reports of progress when nothing happens."""
_ENOUGH = 5
"""Units after which the time left can be estimated."""
_STALLED = 30.0
"""Seconds without an ended unit after which an account no longer counts against the others."""
_STALLED_TIMES = 8
"""So many times the accounts are opened that would be if none stalled."""
_UNITS_OF_AN_ACCOUNT = 4
"""So many units at once an account gets at least: accounts are opened as far as that leaves room."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is under way at once."""

    per_account: int
    in_all: int


@dataclass(slots=True)
class _OpenAccount:
    """An account that has been opened, or is being."""

    source: UnitSource
    moved: float
    """Monotonic seconds when something of it ended last."""
    opening: bool = True
    ready: list[tuple[int, int, PlannedUnit]] = field(default_factory=list)
    waiting: dict[Key, PlannedUnit] = field(default_factory=dict)
    running: int = 0

    @property
    def over(self) -> bool:
        return not (self.opening or self.ready or self.waiting or self.running)


_Done = tuple[_OpenAccount, "Future[UnitEnding] | Future[None]"]


class Runner:
    """One run of the units; used by its main thread alone."""

    def __init__(
        self,
        executor: Executor,
        place: UnitDestination,
        store: UnitStore,
        progress: Progress,
        *,
        clock: Clock,
        bounds: Bounds,
        run: RunUnit = run_unit,
    ) -> None:
        self._executor = executor
        self._place = place
        self._store = store
        self._progress = progress
        self._clock = clock
        self._bounds = bounds
        self._run = run
        self._began = clock.monotonic()
        self._done: queue.SimpleQueue[_Done] = queue.SimpleQueue()
        self._order = itertools.count()
        self._pending: deque[UnitSource] = deque()
        self._open: list[_OpenAccount] = []
        self._planned = self._ended = store.tally.ended
        self._opened = 0

    def run(self, sources: Iterable[UnitSource]) -> None:
        """Bring every unit of every source to its end in the store.

        Raises, from whichever thread it came, what must end the run: StorageError, WriteRefusedError.
        """
        self._pending.extend(sources)
        while self._pending or self._open:
            self._open_accounts()
            self._release()
            self._place.flush()
            self._start()
            self._report()
            if any(account.running or account.opening for account in self._open):
                self._take()
            self._close_accounts()
        self._report()

    def _open_accounts(self) -> None:
        """Open as many accounts as there is work for; one that does not answer makes room for another."""
        most = max(1, self._bounds.in_all // _UNITS_OF_AN_ACCOUNT)
        while self._pending and len(self._open) < most * _STALLED_TIMES:
            if sum(not self._stalled(account) for account in self._open) >= most:
                return
            account = _OpenAccount(self._pending.popleft(), self._clock.monotonic())
            self._open.append(account)
            self._opened += 1
            self._store.take_up(account.source.account)
            future = self._executor.submit(account.source.open)
            future.add_done_callback(lambda done, of=account: self._done.put((of, done)))  # type: ignore[misc]

    def _close_accounts(self) -> None:
        """Let go of the accounts that are over, and of all that their units left in memory."""
        for account in self._open:
            if account.over:
                self._store.let_go(account.source.account)
        self._open = [account for account in self._open if not account.over]

    def _stalled(self, account: _OpenAccount) -> bool:
        return self._clock.monotonic() - account.moved > _STALLED

    def _start(self) -> None:
        """Start units, always of the account that has the fewest under way."""
        while True:
            busy = sum(account.running for account in self._open if not self._stalled(account))
            able = [one for one in self._open if one.ready and one.running < self._share()]
            if not able or busy >= self._bounds.in_all:
                return
            account = min(able, key=lambda one: one.running)
            unit = heapq.heappop(account.ready)[2]
            depth = max(account.source.depth(unit), self._store.depth(unit))
            future = self._executor.submit(self._run, account.source.services(unit), self._place, unit, depth)
            future.add_done_callback(lambda done, of=account: self._done.put((of, done)))  # type: ignore[misc]
            account.running += 1

    def _share(self) -> int:
        share = self._bounds.in_all // max(1, len(self._open))
        return min(self._bounds.per_account, max(_UNITS_OF_AN_ACCOUNT, share))

    def _take(self) -> None:
        """Wait for something to end; take all that has."""
        try:
            done = [self._done.get(timeout=_HEARTBEAT)]
            while not self._done.empty():
                done.append(self._done.get())
        except queue.Empty:
            return
        for account, future in done:
            account.moved = self._clock.monotonic()
            ending = future.result()
            if ending is None:
                account.opening = False
                self._add(account, account.source.first())
            else:
                account.running -= 1
                self._note(account, ending)

    def _add(self, account: _OpenAccount, units: Iterable[PlannedUnit]) -> None:
        """Take up planned units; of those that have ended already, the ones that they lead to."""
        for unit in units:
            known = self._store.find(unit.key)
            if known is None:
                self._planned += 1
                account.waiting[unit.key] = unit
            else:
                self._add(account, account.source.after(known))

    def _note(self, account: _OpenAccount, ending: UnitEnding) -> None:
        """Keep an ending, and take up what it leads to."""
        ended = self._store.end(ending)
        self._place.ledger.forget(ended.path)
        self._ended += 1
        self._add(account, account.source.after(ended))

    def _release(self) -> None:
        """Move units whose needs have ended to the ready ones; end at once those that cannot run."""
        going = True
        while going:
            going = False
            for account in self._open:
                going = self._release_in(account) or going

    def _release_in(self, account: _OpenAccount) -> bool:
        """Return whether something ended, which others may wait for."""
        able = [unit for unit in account.waiting.values() if self._store.all_ended(unit)]
        ended = False
        for unit in able:
            del account.waiting[unit.key]
            ending = self._end_without_calls(unit)
            if ending is None:
                heapq.heappush(account.ready, (unit.urgency, next(self._order), unit))
            else:
                self._note(account, ending)
                ended = True
        return ended

    def _end_without_calls(self, unit: PlannedUnit) -> UnitEnding | None:
        missing = self._store.missing(unit)
        if unit.refused is not None:
            return refused(unit, unit.refused, self._clock.now())
        if unit.doomed is not None:
            return gap_for_unready_region(unit, unit.doomed, self._clock.now())
        if missing is not None:
            return missing_need(unit, missing, self._clock.now())
        return None

    def _report(self) -> None:
        if self._open and self._planned == self._ended:
            return  # more is about to be planned: this is not the end
        elapsed = self._clock.monotonic() - self._began
        total = self._planned + len(self._pending) * (self._planned // max(1, self._opened))
        done = self._ended
        self._progress.update(
            ProgressState(
                units_done=done,
                units_total=self._planned,
                calls=self._place.ledger.calls,
                throttles=self._place.ledger.throttles,
                gaps=self._store.tally.gaps,
                seconds_left=elapsed / done * (total - done) if done >= _ENOUGH else None,
            )
        )
