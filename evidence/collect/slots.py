"""Bounds the calls under way in one account, the most urgent first."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from evidence.clock import Clock

PATIENCE = 15.0
"""Seconds after which a call no longer counts against the others: a service that does not answer must not
stop the rest."""
_LOOK = 1.0
"""Seconds between looks of whoever waits, because nothing tells when a call grows old."""


@dataclass(order=True)
class _WaitingCall:
    urgency: int
    arrival: int
    service: str = field(compare=False)
    granted: threading.Event = field(compare=False, default_factory=threading.Event)


class CallSlots:
    """Grants slots to the most urgent call, then the first.

    No service takes more than three quarters of them, so that a long listing of one leaves room for others.
    """

    def __init__(self, at_once: int, clock: Clock) -> None:
        self._at_once = at_once
        self._of_a_service = max(1, at_once * 3 // 4)
        self._clock = clock
        self._guard = threading.Lock()
        self._arrivals = itertools.count()
        self._waiting: list[_WaitingCall] = []
        self._held: Counter[str] = Counter()
        self._since: dict[int, float] = {}

    @contextmanager
    def held(self, urgency: int, service: str) -> Iterator[None]:
        """Hold a slot for a request to a service; the smallest urgency comes first."""
        waiting = _WaitingCall(urgency, next(self._arrivals), service)
        with self._guard:
            self._waiting.append(waiting)
            self._grant()
        while not waiting.granted.wait(_LOOK):
            with self._guard:
                self._grant()
        try:
            yield
        finally:
            with self._guard:
                self._held[service] -= 1
                del self._since[waiting.arrival]
                self._grant()

    def waiting(self) -> int:
        """Return how many wait for a slot."""
        with self._guard:
            return len(self._waiting)

    def _grant(self) -> None:
        """Hand out what is free."""
        now = self._clock.monotonic()
        free = self._at_once - sum(1 for since in self._since.values() if now - since < PATIENCE)
        for waiting in sorted(self._waiting):
            if free <= 0:
                return
            if self._held[waiting.service] < self._of_a_service:
                self._waiting.remove(waiting)
                self._held[waiting.service] += 1
                self._since[waiting.arrival] = now
                waiting.granted.set()
                free -= 1
