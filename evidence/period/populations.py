"""Says which things of each kind were there at some time in the period, and what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.diff.model import EntryKind
from evidence.period.happened import (
    ChangeOverTime,
    EventDays,
    PeriodEvent,
    PeriodPopulation,
    PopulationMember,
    Presence,
)
from evidence.period.lives import Life, Observation
from evidence.period.model import PeriodBundle
from evidence.period.opened import Period
from evidence.period.things import JoinedThing, JoinedThings
from evidence.period.tracks import Track, lacks
from evidence.readers.evidence import plural

TOLD_BY_EVENTS = (
    EntryKind.USER, EntryKind.KEY, EntryKind.PERSON, EntryKind.MEMBERSHIP, EntryKind.ASSIGNMENT,
)  # fmt: skip
"""Kinds of which an event tells that they began, and that they ended."""
_BY_SCIM = (EntryKind.PERSON, EntryKind.MEMBERSHIP)


@dataclass(frozen=True, slots=True)
class EventNumbers:
    """The events of the period by their keys."""

    by_key: Mapping[str, int]

    @classmethod
    def of(cls, events: Iterable[PeriodEvent]) -> "EventNumbers":
        """Return those of events that are numbered."""
        return cls({one.id: one.number for one in events})

    def of_life(self, key: str) -> int | None:
        """Return the number of an event; None for one that lies before the period."""
        return self.by_key.get(key)


def populations(
    joined: JoinedThings, period: Period, bundles: Iterable[PeriodBundle], events: Iterable[PeriodEvent]
) -> tuple[PeriodPopulation, ...]:
    """Return the populations, one a kind, in the order of kinds."""
    told = _Told(period, {one.number: one for one in bundles}, EventNumbers.of(events))
    by_kind: dict[EntryKind, list[Track]] = defaultdict(list)
    for track in joined.gathered.tracks.values():
        by_kind[track.kind].append(track)
    return tuple(_population(kind, by_kind[kind], joined, told) for kind in EntryKind if by_kind[kind])


@dataclass(frozen=True, slots=True)
class _Told:
    """What members are told by."""

    period: Period
    when: Mapping[int, PeriodBundle]
    numbers: EventNumbers


def _population(kind: EntryKind, tracks: list[Track], joined: JoinedThings, by: _Told) -> PeriodPopulation:
    counts: dict[int, int] = defaultdict(int)
    lacking = tuple(lacks(tracks))
    for track in tracks:
        for number, count in track.counts.items():
            counts[number] += count
    members = [found for track in tracks for one in joined.of_track(track) if (found := _member(one, by))]
    members.sort(key=lambda one: (one.account, one.region, one.name, one.id))
    return PeriodPopulation(
        kind=kind,
        items=tuple(dict.fromkeys(item for track in tracks for item in track.items)),
        whole=not lacking,
        lacking=lacking,
        counts=tuple(sorted(counts.items())),
        members=tuple(members),
    )


def _member(one: JoinedThing, by: _Told) -> PopulationMember | None:
    """Return a thing as it is reported; None for one that was gone before the period."""
    lives = [life for life in one.lives if life.span.may_touch(by.period.start, by.period.end)]
    if not lives:
        return None
    return PopulationMember(
        id=one.id,
        name=one.name,
        account=one.account,
        region=one.region,
        presences=tuple(_presence(life, by.numbers) for life in lives),
        changes=tuple(_changes(one, by)),
        events=tuple(number for event in one.events if (number := by.numbers.of_life(event.key))),
        pointer=one.followed.pointer if one.followed else "",
    )


def _presence(life: Life, numbers: EventNumbers) -> Presence:
    return Presence(
        first=_number(life.first),
        last=_number(life.last),
        absent_before=_number(life.absent_before),
        absent_after=_number(life.absent_after),
        began=life.began,
        ended=life.ended,
        began_by=numbers.of_life(life.began_by),
        ended_by=numbers.of_life(life.ended_by),
        doubts=(*life.doubts, *life.contradictions),
    )


def _number(one: Observation | None) -> int | None:
    return one.number if one else None


def _changes(one: JoinedThing, by: _Told) -> Iterator[ChangeOverTime]:
    for change in one.followed.changes if one.followed else ():
        since, until = by.when[change.old].started, by.when[change.new].finished
        between = (event for event in one.events if since <= event.time <= until)
        yield ChangeOverTime(
            old=change.old, new=change.new, member=change.member, before=change.before, after=change.after,
            events=tuple(number for event in between if (number := by.numbers.of_life(event.key))),
        )  # fmt: skip


def unknown(
    joined: JoinedThings, whole: Iterable[tuple[datetime, datetime]], missing: Iterable[EventDays]
) -> Iterator[str]:
    """Yield what events cannot tell of the period, one sentence each."""
    for days in missing:
        until = f" to {days.last}" if days.last != days.first else ""
        yield (
            f"Nobody can know from this evidence what came and went between two bundles from {days.first}"
            f"{until}: {days.why}."
        )
    covered = list(whole)
    for track in joined.gathered.tracks.values():
        if track.kind in TOLD_BY_EVENTS and (
            silent := sum(_silent(one, covered) for one in _in(joined, track))
        ):
            because = (
                "; a SCIM token from before September 2024 may log nothing until it is rotated"
                if track.kind in _BY_SCIM
                else ""
            )
            yield (
                f"No event tells of {plural(silent, 'beginning or end')} of the kind {track.kind} though "
                f"CloudTrail's look-ups cover the time{because}: each lies between two bundles."
            )
    if joined.unattached:
        first = joined.unattached[0]
        yield (
            f"{plural(len(joined.unattached), 'event')} of users and keys, {first.words} for one, name what "
            "nobody can tell from another of the same name, or what no bundle shows: they are attached to "
            "nothing."
        )


def _in(joined: JoinedThings, track: Track) -> Iterator[JoinedThing]:
    """Yield the things of users' own track alone, where a kind has several that no event tells of."""
    if track.kind is EntryKind.KEY and len(track.items) == 1:
        return
    yield from joined.of_track(track)


def _silent(one: JoinedThing, covered: list[tuple[datetime, datetime]]) -> int:
    """Return how often a thing began or ended where every event is known, and none tells of it."""
    found = 0
    for life in one.lives:
        if life.first and life.absent_before and not life.began:
            found += _within(life.absent_before.started, life.first.finished, covered)
        if life.last and life.absent_after and not life.ended:
            found += _within(life.last.started, life.absent_after.finished, covered)
    return found


def _within(since: datetime, until: datetime, covered: list[tuple[datetime, datetime]]) -> bool:
    return any(first <= since and until <= last for first, last in covered)
