"""Counts how far the jobs of a process have come."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Meter:
    """Safe for use by many threads. Numbers only grow.

    Counted are units `planned` and `ended`; of these `kept`, which did in an earlier part of the run, `gaps`,
    and `doubts`, which ended as if credentials or network were gone; and `calls` and `throttles`.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **numbers: int) -> None:
        """Count more."""
        with self._guard:
            self.counts.update(numbers)

    def told(self) -> Counter[str]:
        """Return the numbers as they are."""
        with self._guard:
            return Counter(self.counts)
