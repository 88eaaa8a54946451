"""Draws the days of the period that have evidence of an item: weeks across, days of the week down.

Four kinds of days are told apart by shape: a full square, half of one, a cross for a hole, a point.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.period.model import CoveredDay, ItemOverTime, PeriodResults
from evidence.report.model import plural

MOST_WEEKS = 54
"""In a row; longer periods go on below."""
WIDTH, LEFT, TOP, WEEK, DAY = 680.0, 20.0, 12.0, 12.2, 6.4
NARROWEST = 20
"""Characters of the name of a month, in weeks: those closer to the edge are left out."""
WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")


@dataclass(frozen=True, slots=True)
class CalendarPicture:
    """A part of the period, in the picture's own units; each path is all days of one kind."""

    width: float
    height: float
    months: tuple[tuple[float, str], ...]
    weekdays: tuple[tuple[float, str], ...]
    whole: str
    part: str
    hole: str
    plain: str
    alternative: str


@dataclass(frozen=True, slots=True)
class ItemCalendar:
    """One item: what is said of it, and its pictures."""

    item: ItemOverTime
    whole: int
    part: int
    pictures: tuple[CalendarPicture, ...]


def calendars(results: PeriodResults) -> tuple[ItemCalendar, ...]:
    """Return a calendar of each item that the settings ask for."""
    return tuple(
        _calendar(one, results.first, results.last) for one in results.coverage if one.every_days is not None
    )


def events_calendar(results: PeriodResults) -> tuple[CalendarPicture, ...]:
    """Return the days of which no source of events tells everything, as crosses."""
    missing = {one for span in results.events_missing for one in _days(span.first, span.last)}
    words = f"Days of which no source of events tells everything: {len(missing):,}."
    return tuple(_pictures(results.first, results.last, ((), (), missing), words))


def _calendar(one: ItemOverTime, first: date, last: date) -> ItemCalendar:
    whole = {shown.day for shown in one.days if shown.shown is CoveredDay.WHOLE}
    part = {shown.day for shown in one.days} - whole
    holes = {found for hole in one.holes for found in _days(hole.first, hole.last)} - whole - part
    told = ", ".join(f"{hole.first} to {hole.last}" for hole in one.holes)
    words = f"{one.item}: evidence on {plural(len(whole), 'day')}, in part on {plural(len(part), 'day')}; "
    words += f"holes: {told}." if told else "no hole."
    return ItemCalendar(
        one, len(whole), len(part), tuple(_pictures(first, last, (whole, part, holes), words))
    )


def _pictures(
    first: date, last: date, days_of: tuple[Collection[date], Collection[date], Collection[date]], words: str
) -> Iterator[CalendarPicture]:
    """Yield the period in rows of at most `MOST_WEEKS` weeks, from Monday to Sunday.

    `days_of`: those whose evidence is whole, or in part, and those of holes.
    """
    whole, part, holes = days_of
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        end = min(last, monday + timedelta(days=7 * MOST_WEEKS - 1))
        days = list(_days(max(first, monday), end))
        yield CalendarPicture(
            width=WIDTH, height=TOP + 7 * DAY + 1,
            months=tuple(_months(days, monday)),
            weekdays=tuple((TOP + (at + 0.8) * DAY, word) for at, word in enumerate(WEEKDAYS) if word),
            whole=_path(days, monday, whole, f"h{WEEK - 1.6:g}v{DAY - 1.4:g}h{1.6 - WEEK:g}z"),
            part=_path(days, monday, part, f"v{DAY - 1.4:g}h{WEEK - 1.6:g}z"),
            hole=_crosses(days, monday, holes),
            plain=_path(days, monday, set(days) - set(whole) - set(part) - set(holes),
                        f"m{WEEK / 2 - 1.4:g} {DAY / 2 - 1.3:g}h1.2v1.2h-1.2z"),
            alternative=words,
        )  # fmt: skip
        monday = end + timedelta(days=1)


def _path(days: Sequence[date], monday: date, marked: Collection[date], shape: str) -> str:
    places = (_place(one, monday) for one in days if one in marked)
    return "".join(f"M{x:g} {y:g}{shape}" for x, y in places)


def _crosses(days: Sequence[date], monday: date, marked: Collection[date]) -> str:
    made = []
    for x, y in (_place(one, monday) for one in days if one in marked):
        right, lower = x + WEEK - 1.6, y + DAY - 1.4
        made.append(f"M{x:g} {y:g}L{right:g} {lower:g}M{right:g} {y:g}L{x:g} {lower:g}")
    return "".join(made)


def _place(one: date, monday: date) -> tuple[float, float]:
    weeks, weekday = divmod((one - monday).days, 7)
    return round(LEFT + weeks * WEEK + 0.8, 2), round(TOP + weekday * DAY + 0.7, 2)


def _months(days: Sequence[date], monday: date) -> Iterator[tuple[float, str]]:
    """Yield the name of each month where it begins, and of the first one at the edge where there is room."""
    for one in days:
        if one.day == 1 or (one == days[0] and one.day < NARROWEST):
            year = f" {one.year}" if one.month == 1 or one == days[0] else ""
            yield _place(one, monday)[0], f"{one:%b}{year}"


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=at) for at in range((last - first).days + 1))
