"""Bounds the calls under way, in all, by account and by service, and shares them fairly."""

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from evidence.clock import Clock

PATIENCE = 15.0
"""Seconds after which a call no longer counts against the others: one dead account must not stop the rest."""
_LOOK = 1.0
"""Seconds between looks of whoever waits, because nothing tells when a call grows old."""


@dataclass(order=True)
class _WaitingCall:
    urgency: int
    arrival: int
    service: str = field(compare=False)
    granted: threading.Event = field(compare=False, default_factory=threading.Event)


class FairSlots:
    """Grants slots to the account that holds the fewest, and in it to the most urgent call, then the first.

    No service takes more than three quarters of an account's slots, so that a long listing of one leaves room
    for the others.
    """

    def __init__(self, *, in_all: int, per_account: int, clock: Clock) -> None:
        self.resize(in_all=in_all, per_account=per_account)
        self._clock = clock
        self._guard = threading.Lock()
        self._arrivals = itertools.count()
        self._waiting: dict[str, list[_WaitingCall]] = {}
        self._held: Counter[str] = Counter()
        self._held_by_service: Counter[tuple[str, str]] = Counter()
        self._since: dict[int, float] = {}

    def resize(self, *, in_all: int, per_account: int) -> None:
        """Change the bounds; slots that are held stay held."""
        self._in_all = in_all
        self._per_account = per_account
        self._per_service = max(1, per_account * 3 // 4)

    def of(self, account: str) -> "AccountSlots":
        """Return one account's share."""
        return AccountSlots(self, account)

    @contextmanager
    def held(self, account: str, urgency: int, service: str) -> Iterator[None]:
        """Hold a slot; the smallest urgency comes first."""
        waiting = _WaitingCall(urgency, next(self._arrivals), service)
        with self._guard:
            heapq.heappush(self._waiting.setdefault(account, []), waiting)
            self._grant()
        while not waiting.granted.wait(_LOOK):
            with self._guard:
                self._grant()
        try:
            yield
        finally:
            with self._guard:
                self._give_back(account, waiting)
                self._grant()

    def waiting(self) -> int:
        """Return how many wait for a slot."""
        with self._guard:
            return sum(len(line) for line in self._waiting.values())

    def _grant(self) -> None:
        """Hand out what is free."""
        while self._waiting and self._free():
            for account in sorted(self._waiting, key=self._held.__getitem__):
                chosen = self._next_of(account)
                if chosen is not None:
                    self._hand_over(account, chosen)
                    break
            else:
                return

    def _free(self) -> bool:
        now = self._clock.monotonic()
        return sum(1 for since in self._since.values() if now - since < PATIENCE) < self._in_all

    def _next_of(self, account: str) -> _WaitingCall | None:
        if self._held[account] >= self._share():
            return None
        for waiting in sorted(self._waiting[account]):
            if self._held_by_service[account, waiting.service] < self._per_service:
                return waiting
        return None

    def _share(self) -> int:
        """Return how many slots one account may hold: all that leave one to each other account at work."""
        others = len(self._waiting.keys() | +self._held) - 1
        return min(self._per_account, max(1, self._in_all - others))

    def _hand_over(self, account: str, chosen: _WaitingCall) -> None:
        line = self._waiting[account]
        line.remove(chosen)
        heapq.heapify(line)
        if not line:
            del self._waiting[account]
        self._held[account] += 1
        self._held_by_service[account, chosen.service] += 1
        self._since[chosen.arrival] = self._clock.monotonic()
        chosen.granted.set()

    def _give_back(self, account: str, waiting: _WaitingCall) -> None:
        self._held[account] -= 1
        self._held_by_service[account, waiting.service] -= 1
        if not self._held[account]:
            del self._held[account]
        if not self._held_by_service[account, waiting.service]:
            del self._held_by_service[account, waiting.service]
        del self._since[waiting.arrival]


@dataclass(frozen=True, slots=True)
class AccountSlots:
    """One account's slots."""

    slots: FairSlots
    account: str

    def held(self, urgency: int, service: str) -> AbstractContextManager[None]:
        """Wait for a slot for a request to a service, and hold it."""
        return self.slots.held(self.account, urgency, service)
