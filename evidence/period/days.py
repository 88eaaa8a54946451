"""Turns the days of lists and decisions into moments: days are UTC's, from 00:00 to 24:00."""

from datetime import UTC, date, datetime, time, timedelta


def start_of(day: date) -> datetime:
    """Return 00:00 UTC of a day."""
    return datetime.combine(day, time.min, UTC)


def end_of_day(day: date) -> datetime:
    """Return 24:00 UTC of a day, the first moment that is not of it any more."""
    return start_of(min(day, date.max - timedelta(days=400)) + timedelta(days=1))


def said(moment: datetime) -> str:
    """Return a moment as reports say it, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
