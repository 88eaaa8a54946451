"""Joins what bundles show of a thing with what events tell of it: from when to when it was there.

A bundle shows something at some moment of its collection, nobody knows at which one. An event tells a moment,
and is right as far as AWS tells: where it contradicts what a bundle shows, a doubt says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.period.spans import Span

_SAME = timedelta(seconds=120)
"""AWS's own record of a creation and the event of it are that far apart, at most."""


class Shown(StrEnum):
    """What a bundle shows of a thing."""

    THERE = "there"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one bundle shows of a thing."""

    number: int
    started: datetime
    """When the collection began, and in `finished` when it ended: it was so at some moment between."""
    finished: datetime
    shown: Shown
    why: str = ""
    """Why it is unknown, a clause."""


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """A moment at which a thing began, or ended."""

    time: datetime
    began: bool
    key: str
    """Names the event."""
    words: str
    """The same for people: `DeleteUser at 2026-05-01T06:00:00Z`."""
    implies: bool = True
    """Just before, it was otherwise. Not so of what may be asked for twice: a user disabled who is."""


@dataclass(slots=True)
class Life:
    """One stretch in which a thing was there."""

    first: Observation | None = None
    """The first bundle that shows it, and in `last` the last one; None where only events tell of it."""
    last: Observation | None = None
    absent_before: Observation | None = None
    absent_after: Observation | None = None
    began: datetime | None = None
    """When, to the second; None where no event and no record of AWS's own tells."""
    ended: datetime | None = None
    began_by: str = ""
    """The event's key; empty where none tells."""
    ended_by: str = ""
    after: datetime | None = None
    """It began after that, as the stretch before had ended then."""
    there_by: datetime | None = None
    """It was there by then at the latest, and in `gone_by` no more, by an event that implies no more."""
    gone_by: datetime | None = None
    gone_by_event: str = ""
    doubts: list[str] = field(default_factory=list)
    """Bundles between that do not show whether it was there; a clause each."""
    contradictions: list[str] = field(default_factory=list)
    """What events and bundles tell differently; a sentence each."""
    unshown: list[int] = field(default_factory=list)
    """Numbers of the bundles from `first` to `last` that do not show it."""

    def shown_in(self, number: int) -> bool:
        """Say whether a bundle shows it."""
        if self.first is None or self.last is None:
            return False
        return self.first.number <= number <= self.last.number and number not in self.unshown

    @property
    def span(self) -> Span:
        """Between which moments it began, and ended."""
        earliest = [one for one in (self.absent_before and self.absent_before.started, self.after) if one]
        latest = [one for one in (self.first and self.first.finished, self.ended, self.there_by) if one]
        shown = [one for one in (self.last and self.last.started, self.began, self.there_by) if one]
        gone = [one for one in (self.absent_after and self.absent_after.finished, self.gone_by) if one]
        return Span(
            begin_earliest=self.began or max(earliest, default=None),
            begin_latest=self.began or min(latest, default=None),
            end_earliest=self.ended or max(shown, default=None),
            end_latest=self.ended or min(gone, default=None),
            doubted=bool(self.contradictions),
        )


class _LifeLine:
    """The lives of one thing, while its observations and events are gone through in order."""

    def __init__(self, *, returns: bool) -> None:
        self.lives: list[Life] = []
        self._returns = returns
        """The same id may come again: an assignment, a membership; a user's unique id never does."""
        self._open: Life | None = None
        self._absent: Observation | None = None
        self._pending: list[Observation] = []

    def observe(self, one: Observation) -> None:
        if one.shown is Shown.THERE:
            self._seen(one)
        elif one.shown is Shown.ABSENT:
            self._not_seen(one)
        elif self._open:
            self._pending.append(one)

    def happen(self, event: LifeEvent) -> None:
        if event.began:
            self._begin(event)
        else:
            self._end(event)

    def finish(self) -> list[Life]:
        self._settle()
        return self.lives

    def _settle(self) -> None:
        if self._open:
            self._open.doubts += (f"bundle {one.number}: {one.why}" for one in self._pending)
        self._pending = []

    def _new(self, **members: object) -> Life:
        before = self.lives[-1] if self.lives else None
        after = (before.ended or before.gone_by) if before else None
        life = Life(absent_before=self._absent, after=after)
        for name, value in members.items():
            setattr(life, name, value)
        self.lives.append(life)
        return life

    def _seen(self, one: Observation) -> None:
        life = self._open or self._come_again(one)
        self._open = life
        life.unshown += (hole.number for hole in self._pending if life.first)
        self._settle()
        life.first = life.first or one
        life.last = one

    def _come_again(self, one: Observation) -> Life:
        """Return the life of a thing that is there although no event tells that it was made (again)."""
        before = self.lives[-1] if self.lives else None
        if before is None or not before.ended_by or before.absent_after:
            return self._new()
        said = f"an event ended it at {before.ended:%Y-%m-%dT%H:%M:%SZ}, and bundle {one.number} shows it"
        before.contradictions.append(said)
        if self._returns:
            return self._new(contradictions=[said])
        before.ended, before.ended_by = None, ""
        return before

    def _not_seen(self, one: Observation) -> None:
        self._absent = one
        if self._open:
            self._settle()
            self._open.absent_after = one
            self._open = None
        elif self.lives and self.lives[-1].absent_after is None:
            self.lives[-1].absent_after = one

    def _begin(self, event: LifeEvent) -> None:
        if self._open is None:
            last = self.lives[-1] if self.lives else None
            if last and not self._returns:
                last.contradictions.append(f"{event.words} tells that it was made, after it had ended")
                return
            self._open = (
                self._new(began=event.time, began_by=event.key)
                if event.implies
                else self._new(there_by=event.time)
            )
        elif event.implies:
            said = f"{event.words} tells that it was made, when it was there already"
            (self._open.doubts if self._returns else self._open.contradictions).append(said)

    def _end(self, event: LifeEvent) -> None:
        life = self._open
        if not event.implies:
            if life:
                self._settle()
                life.gone_by, life.gone_by_event, self._open = event.time, event.key, None
            return
        if life is None:
            last = self.lives[-1] if self.lives else None
            if last and not self._returns:
                last.contradictions.append(f"{event.words} tells that it ended, after it had ended")
                return
            said = [f"{event.words} tells that it ended, and nothing that it had come again"] if last else []
            life = self._new(contradictions=said)
        self._open = life
        self._settle()
        life.ended, life.ended_by = event.time, event.key
        self._open = None


def lives_of(
    observations: Sequence[Observation],
    events: Sequence[LifeEvent],
    *,
    created: datetime | None = None,
    returns: bool = False,
) -> list[Life]:
    """Return the stretches in which a thing was there; `created` is AWS's own record of its making.

    Observations come in the order of bundles, events in that of their times.
    """
    line, waiting = _LifeLine(returns=returns), list(events)
    for one in observations:
        begins = one.started.replace(microsecond=0)  # events are told in whole seconds
        while waiting and waiting[0].time < begins:
            line.happen(waiting.pop(0))
        within = []
        while waiting and waiting[0].time <= one.finished:
            within.append(waiting.pop(0))
        place = _place(within, one.shown)
        for event in within[:place]:
            line.happen(event)
        line.observe(one)
        for event in within[place:]:
            line.happen(event)
    for event in waiting:
        line.happen(event)
    found = line.finish()
    if created and found:
        _as_created(found[0], created)
    return found


def _place(within: Sequence[LifeEvent], shown: Shown) -> int:
    """Return before which of the events during a collection the bundle looked, as it fits what it shows."""
    if not within or shown is Shown.UNKNOWN:
        return 0
    there = shown is Shown.THERE
    if within[0].began is not there:
        return 0
    return next(at for at, event in enumerate(within, 1) if event.began is there)


def _as_created(life: Life, created: datetime) -> None:
    """Put AWS's own record of the making into the first life; where something else denies it, a doubt."""
    said = f"AWS's own record says that it was made at {created:%Y-%m-%dT%H:%M:%SZ}"
    if life.began and abs(life.began - created) > _SAME:
        life.contradictions.append(f"{said}, an event that it was made at {life.began:%Y-%m-%dT%H:%M:%SZ}")
    elif life.first and created > life.first.finished:
        life.contradictions.append(f"{said}, and bundle {life.first.number} shows it before")
    elif life.absent_before and created < life.absent_before.started - _SAME:
        life.contradictions.append(f"{said}, and bundle {life.absent_before.number} does not show it")
        life.began = life.began or created
    else:
        life.began = created
