"""Prints what runs `evidence` again and again: timers and templates, with the exact role."""

from evidence.schedule.files import Schedule, files_of
from evidence.schedule.when import Interval, When

__all__ = ["Interval", "Schedule", "When", "files_of"]
