"""Holds the populations of the period against the record: who and what was there, and what changed."""

import math
from collections.abc import Iterator

from evidence.demo_account.account import identity_center
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.diff.model import EntryKind
from evidence.period.happened import PeriodPopulation, Presence
from evidence.period.model import PeriodResults
from tests.year.check import Comparison, Timeline, timeline
from tests.year.dates import moment_of
from tests.year.record import RecordedLife, changes, lives, partial_lives

Said = tuple[int | None, int | None, int | None, int | None]
"""First and last bundle that show it, the last before and the first after that show that it is not there."""


def check_populations(results: PeriodResults, compared: Comparison) -> None:
    """Hold every member of every population against the record."""
    line, recorded, partial = timeline(results), lives(), partial_lives()
    for population in results.populations:
        _check_whole(population, compared)
        there = recorded.get(population.kind)
        if there is None:
            there = [*partial.get(population.kind, ())]
            there += [RecordedLife(one) for one in {one.id for one in population.members} - {
                one.id for one in there}]  # fmt: skip
        _check_lives(population, there, line, compared)
    _check_changes(results, line, compared)


TOLD = (
    EntryKind.USER, EntryKind.KEY, EntryKind.PERSON, EntryKind.MEMBERSHIP, EntryKind.ASSIGNMENT,
)  # fmt: skip
"""Kinds whose beginning and end an event tells, or AWS's own record."""
OTHER_CREDENTIALS = ("ACCA", "APKA", "CERT")
"""How ids of keys begin of which no event is looked up."""
OF_ORGANIZATION = (
    EntryKind.ACCOUNT, EntryKind.PERSON, EntryKind.MEMBERSHIP, EntryKind.PERMISSION_SET, EntryKind.ASSIGNMENT,
)  # fmt: skip
"""Kinds that the management account tells all of; of the others, members' are left out of the run."""


def _check_whole(population: PeriodPopulation, compared: Comparison) -> None:
    """Its run covers the caller's account alone, so that kinds of accounts cannot be whole."""
    others = [one for one in identity_center._ALL if one != MANAGEMENT_ACCOUNT]
    named = all(account in " ".join(population.lacking) for account in others)
    whole = population.kind in OF_ORGANIZATION
    good = population.whole is whole and (whole or named)
    compared.holds("populations whole", population.kind.value, good, f"{population.lacking}")


def _check_changes(results: PeriodResults, line: Timeline, compared: Comparison) -> None:
    told = [
        (population.kind, member.id, one.member, one.before, one.after, one.old, one.new)
        for population in results.populations
        for member in population.members
        for one in member.changes
    ]
    recorded = []
    for one in changes():
        place = next((at for at, day in enumerate(line.days) if day >= one.day), 0)
        if place:
            old, new = line.number(place - 1), line.number(place)
            recorded.append((one.kind, one.id, one.member, one.before, one.after, old, new))
    compared.same_sets("changes", told, recorded)


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
    last, (kind, _, identity) = line.days[-1], of.partition(" ")
    told_of = kind in TOLD and not identity.startswith(OTHER_CREDENTIALS)
    for word, moment, day in (("began", told.began, life.start), ("ended", told.ended, life.end)):
        if math.isinf(day) or day > last:
            compared.same(word, of, moment, None)
        elif moment or (told_of and line.in_period(day)):
            compared.same(word, of, moment, moment_of(day))
