"""Says when a run starts, in the words of each scheduler. All times are UTC."""

from dataclasses import dataclass
from enum import StrEnum

LAST_DAY = 28
"""Later days are not in every month."""


class Interval(StrEnum):
    """How often a run starts."""

    MONTH = "month"
    QUARTER = "quarter"


_MONTHS = {Interval.MONTH: "*", Interval.QUARTER: "1,4,7,10"}


@dataclass(frozen=True, slots=True)
class When:
    """A day of the month and a time, in every month or in the first one of each quarter."""

    every: Interval = Interval.QUARTER
    day: int = 2
    hour: int = 6
    minute: int = 0

    @property
    def words(self) -> str:
        """For people."""
        return f"every {self.every.value}, on day {self.day} at {self.hour:02}:{self.minute:02} UTC"

    @property
    def cron(self) -> str:
        """For cron and GitHub: five fields."""
        return f"{self.minute} {self.hour} {self.day} {_MONTHS[self.every]} *"

    @property
    def aws(self) -> str:
        """For EventBridge Scheduler: six fields, of days one kind."""
        return f"cron({self.minute} {self.hour} {self.day} {_MONTHS[self.every]} ? *)"

    @property
    def systemd(self) -> str:
        """For OnCalendar= of a timer."""
        return f"*-{_MONTHS[self.every]}-{self.day} {self.hour:02}:{self.minute:02}:00 UTC"
