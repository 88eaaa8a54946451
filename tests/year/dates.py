"""The days of the simulated year: when its script's facts happen, and when somebody collects.

Day 0 of the script is noon of 1 October 2026, so that its year is July 2026 to June 2027. Facts happen at
noon, collections and reviews six hours later: what a day changes, the day's collection shows.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from evidence.demo_account.script import EARLIER, LAST, ScriptedKind, fact_on

BASE = datetime(2026, 10, 1, 12, tzinfo=UTC)
LATER = 0.25
"""Days, of a collection after the facts of its day."""
WEEKS = 53


def moment_of(day: float) -> datetime:
    """Return when a day of the script is; to the second, as AWS tells times."""
    return (BASE + timedelta(days=day - LAST)).replace(microsecond=0)


def date_of(day: float) -> date:
    return moment_of(day).date()


FIRST, FINAL = date_of(EARLIER), date_of(EARLIER + 7 * (WEEKS - 1))
"""The first day of the year that is reported on, and its last."""


def collected(weeks: Iterable[int]) -> list[float]:
    """Return the days on which somebody collects in these weeks: not those that the script has nobody in."""
    days = [EARLIER + LATER + 7 * week for week in weeks]
    return [day for day in days if fact_on(ScriptedKind.MISSED, (), day) is None]


def day_of(moment: date) -> int:
    """Return the day of the script that a date is."""
    return (moment - BASE.date()).days
