"""Holds what `period.json` says of the year against the record, statement after statement."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from evidence.collectors._access_events import TABLE
from evidence.controls.declaration import BundleKind
from evidence.demo_account.account import trails
from evidence.demo_account.history import TOLD_AS
from evidence.demo_account.script import ScriptedKind, happenings, of_kind
from evidence.period.model import CoveredDay, PeriodResults
from tests.year.dates import BASE, moment_of


@dataclass
class Comparison:
    """What was looked at, and what differs."""

    statements: Counter[str] = field(default_factory=Counter)
    """How many statements of the report were held against the record, by what they are about."""
    differences: list[str] = field(default_factory=list)

    def same(self, about: str, of: str, told: object, recorded: object) -> None:
        """Take one statement: what the report tells, and what the record has."""
        self.statements[about] += 1
        if told != recorded:
            self.differences.append(f"{about}: {of}: the report says {told}, the record {recorded}")

    def holds(self, about: str, of: str, good: bool, otherwise: str) -> None:
        """Take one statement that is good or not."""
        self.statements[about] += 1
        if not good:
            self.differences.append(f"{about}: {of}: {otherwise}")

    def same_sets(self, about: str, told: Iterable[Hashable], recorded: Iterable[Hashable]) -> None:
        """Take statements that are told in no order: each is recorded, and the reverse."""
        told, recorded = Counter(iter(told)), Counter(iter(recorded))
        self.statements[about] += sum((told | recorded).values())
        self.differences += [f"{about}: the report alone has {one}" for one in (told - recorded).elements()]
        self.differences += [f"{about}: the record alone has {one}" for one in (recorded - told).elements()]


@dataclass(frozen=True)
class Timeline:
    """The collections of the report: their days in the script, and their numbers."""

    days: tuple[float, ...]
    numbers: tuple[int, ...]
    first: datetime
    """The first moment of the period, and in `last` the first one after it."""
    last: datetime

    def number(self, place: int | None) -> int | None:
        """Return the number of a collection by its place; None for none."""
        return None if place is None or not 0 <= place < len(self.numbers) else self.numbers[place]

    def stretches(self, holds: Callable[[float], bool]) -> Iterator[tuple[int, int]]:
        """Yield the collections on end on whose days something holds, by the first and the last place."""
        start: int | None = None
        for place, day in enumerate((*self.days, math.nan)):
            there = not math.isnan(day) and holds(day)
            if there and start is None:
                start = place
            elif not there and start is not None:
                yield start, place - 1
                start = None

    def in_period(self, day: float) -> datetime | None:
        """Return the moment of a day if it is in the period."""
        if math.isinf(day):
            return None
        moment = moment_of(day)
        return moment if self.first <= moment < self.last else None


def timeline(results: PeriodResults) -> Timeline:
    """Return the collections that the report is made from."""
    found = [one for one in results.bundles if one.content is BundleKind.COLLECTION]
    days = tuple(round((one.started - BASE).total_seconds() / 86_400 * 4) / 4 for one in found)
    start = datetime.combine(results.first, datetime.min.time(), BASE.tzinfo)
    end = datetime.combine(results.last + timedelta(days=1), datetime.min.time(), BASE.tzinfo)
    return Timeline(days, tuple(one.number for one in found), start, end)


def check_bundles(results: PeriodResults, compared: Comparison, expected: Sequence[float]) -> None:
    """Hold the bundles against the days of collection, and what is said of the days between."""
    line = timeline(results)
    compared.same("bundles", "days of collection", line.days, tuple(expected))
    for one in results.collections():
        compared.same("bundles", one.bundle, (one.gaps, one.before, one.settings_differ), (0, False, ()))
    dates = [moment_of(day).date() for day in expected]
    for item in results.coverage:
        told = [(one.day, one.shown) for one in item.days]
        compared.same("coverage", item.item, told, [(one, CoveredDay.WHOLE) for one in dates])
        compared.same("longest hole", item.item, item.longest, max(_gaps(dates, results)))
        every = item.every_days
        over = [] if every is None else [one for one in _gaps(dates, results) if one >= every]
        compared.same("coverage", f"{item.item} holes", [one.days for one in item.holes], over)


def _gaps(dates: Sequence[date], results: PeriodResults) -> list[int]:
    """Return how many days on end have no collection, each time."""
    edges = [results.first - timedelta(days=1), *dates, results.last + timedelta(days=1)]
    return [(after - before).days - 1 for before, after in pairwise(edges)]


def check_events(results: PeriodResults, compared: Comparison) -> None:
    """Hold each event against the script, and each that the script has happen against the events."""
    asked = {name for row in TABLE for name in row.names} | {"ConsoleLogin"}
    sources = {name: row.sources for row in TABLE for name in row.names}
    line = timeline(results)
    recorded = []
    for one in happenings(-math.inf, line.days[-1]):
        told = TOLD_AS.get(one.fact.kind)
        name = (told.began if one.began else told.ended) if told else ""
        if name in asked and line.in_period(one.day):
            recorded.append((name, moment_of(one.day)))
    for some in trails.EVENTS.values():  # of the identity provider, which the script does not change
        for event in some:
            name, day = event["EventName"], -event["EventTime"].days
            if event["EventSource"] in sources.get(name, ()) and line.in_period(day):
                recorded.append((name, moment_of(day)))
    compared.same_sets("events", [(one.name, one.time) for one in results.events], recorded)
    roots = [moment_of(one.start) for one in of_kind(ScriptedKind.ROOT)
             if line.in_period(one.start) and one.start <= line.days[-1]]  # fmt: skip
    signed_in = [one.time for one in results.events if one.name == "ConsoleLogin"]
    compared.same("use of root", "sign-ins", signed_in, roots)
