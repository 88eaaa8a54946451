"""Ends a run in time: its deadline and its stop signal are asked before and between all calls."""

import threading
from dataclasses import dataclass, field

from evidence.aws.failures import DeadlineError, StoppedError
from evidence.clock import Clock

_NAP = 0.2
"""Seconds between looks at the stop signal while waiting."""


@dataclass(frozen=True)
class Limits:
    """Shared by all threads of a run, or of one unit of it."""

    clock: Clock
    deadline: float
    """Monotonic seconds."""
    stop: threading.Event = field(default_factory=threading.Event)
    name: str = "the run's"
    """Whose deadline it is, for the message."""

    def within(self, seconds: float, name: str) -> "Limits":
        """Return limits that end so many seconds from now, or with these, whichever is sooner."""
        deadline = self.clock.monotonic() + seconds
        return self if deadline >= self.deadline else Limits(self.clock, deadline, self.stop, name)

    def check(self) -> None:
        """Raise StoppedError after an interrupt, DeadlineError after the deadline."""
        if self.stop.is_set():
            raise StoppedError
        if self.clock.monotonic() >= self.deadline:
            raise DeadlineError(f"{self.name} deadline has passed")

    def wait(self, seconds: float) -> None:
        """Sleep; raises DeadlineError at once when the deadline would pass, StoppedError on interrupt."""
        until = self.clock.monotonic() + seconds
        if until >= self.deadline:
            raise DeadlineError(f"{self.name} deadline would pass while waiting")
        while (left := until - self.clock.monotonic()) > 0:
            self.check()
            self.clock.sleep(min(left, _NAP))
