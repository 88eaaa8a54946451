"""Passes time in as a value; this is the one place that reads the machine's clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a run takes its time from. Tests and golden files pass a frozen one."""

    now: Callable[[], datetime]
    """Wall time, aware, UTC."""
    monotonic: Callable[[], float]
    """Seconds that only grow; for durations and deadlines."""
    sleep: Callable[[float], None]
    """Wait that many seconds."""


def system_clock() -> Clock:
    """Return the machine's clock."""
    return Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic, sleep=time.sleep)


def frozen_clock(moment: datetime) -> Clock:
    """Return a clock whose wall time stands still (monotonic time goes on, for deadlines)."""
    return Clock(now=lambda: moment, monotonic=time.monotonic, sleep=time.sleep)


def shifted_clock(moment: datetime) -> Clock:
    """Return a clock that reads `moment` now and goes on from there."""
    began = time.monotonic()
    return Clock(
        now=lambda: moment + timedelta(seconds=time.monotonic() - began),
        monotonic=time.monotonic,
        sleep=time.sleep,
    )


def clock_skew(aws: datetime, started: datetime, finished: datetime) -> float:
    """Return the seconds by which AWS's Date lies outside the time its request was under way, 0 inside.

    A Date has whole seconds (RFC 9110), so that one second either way tells nothing.
    """
    early = (started - aws).total_seconds() - 1
    late = (aws - finished).total_seconds() - 1
    return max(0.0, early, late)


def rfc3339(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with milliseconds: `2026-10-01T06:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
