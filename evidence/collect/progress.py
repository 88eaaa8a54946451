"""Reports a run's progress: the interface, and the state that it is told."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProgressState:
    """How far a run has come."""

    units_done: int
    units_total: int
    calls: int
    throttles: int
    gaps: int
    seconds_left: float | None
    """An estimate; None while there is nothing to go by."""


class Progress(Protocol):
    """Told about a run from its main thread, at least twice a second."""

    def update(self, state: ProgressState) -> None:
        """Show the state."""
        ...


class SilentProgress:
    """Shows nothing."""

    def update(self, state: ProgressState) -> None:
        """Ignore the state."""
