"""Holds the populations of the period against the record: who and what was there, and what changed."""

import math
from collections.abc import Iterator

from evidence.period.model import PeriodPopulation, PeriodResults, Presence
from tests.year.check import Comparison, Timeline, timeline
from tests.year.dates import moment_of
from tests.year.record import RecordedLife, lives

Said = tuple[int | None, int | None, int | None, int | None]
"""First and last bundle that show it, the last before and the first after that show that it is not there."""


def check_populations(results: PeriodResults, compared: Comparison) -> None:
    """Hold every member of every population that the script has a say in."""
    line, recorded = timeline(results), lives()
    for population in results.populations:
        compared.same(str(population.kind), "whole", (population.whole, population.lacking), (True, ()))
        if population.kind in recorded:
            _check_lives(population, recorded[population.kind], line, compared)


def _check_lives(
    population: PeriodPopulation, recorded: list[RecordedLife], line: Timeline, compared: Comparison
) -> None:
    about = f"{population.kind}s"
    told = {(one.id, place): presence for one in population.members
            for place, presence in enumerate(one.presences)}  # fmt: skip
    expected = dict(_expected(recorded, line))
    compared.same_sets(about, ((key, _said(one)) for key, one in told.items()),
                       ((key, said) for key, (said, _) in expected.items()))  # fmt: skip
    for key, (_, life) in expected.items():
        if key in told:
            _check_moments(f"{population.kind} {key[0]}", told[key], life, line, compared)
    for number, count in population.counts:
        day = line.days[line.numbers.index(number)]
        compared.same(about, f"count of bundle {number}", count, sum(one.holds(day) for one in recorded))


def _said(presence: Presence) -> Said:
    return presence.first, presence.last, presence.absent_before, presence.absent_after


def _expected(
    recorded: list[RecordedLife], line: Timeline
) -> Iterator[tuple[tuple[str, int], tuple[Said, RecordedLife]]]:
    places: dict[str, int] = {}
    for life in sorted(recorded, key=lambda one: one.start):
        for first, last in line.stretches(life.holds):
            place = places.get(life.id, 0)
            places[life.id] = place + 1
            numbers = (line.number(one) for one in (first, last, first - 1, last + 1))
            yield (life.id, place), (tuple(numbers), life)  # type: ignore[misc]


def _check_moments(of: str, told: Presence, life: RecordedLife, line: Timeline, compared: Comparison) -> None:
    """Hold moments against the record: within the period to the second, before it if anything tells."""
    last = line.days[-1]
    for word, moment, day in (("began", told.began, life.start), ("ended", told.ended, life.end)):
        if math.isinf(day) or day > last:
            compared.same(word, of, moment, None)
        elif moment or line.in_period(day):
            compared.same(word, of, moment, moment_of(day))
