"""Counts how far the jobs of a process have come."""

import threading
from collections import Counter
from dataclasses import dataclass, field

COUNTED = ("planned", "ended", "kept", "gaps", "doubts", "calls", "throttles")
"""`kept` counts units that ended in an earlier part of the run, `doubts` those that ended as if credentials
or network were gone."""


@dataclass
class Meter:
    """Safe for use by many threads. Numbers only grow."""

    counts: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **numbers: int) -> None:
        """Count some of `COUNTED`."""
        with self._guard:
            self.counts.update(numbers)

    def told(self) -> Counter[str]:
        """Return the numbers as they are."""
        with self._guard:
            return Counter(self.counts)
