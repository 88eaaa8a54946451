"""Follows the things of one kind over the bundles; of each is kept what is as last seen, and no snapshot."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.diff.model import EntryKind
from evidence.diff.things import NOT_ASKED, NOWHERE, Place, Thing
from evidence.period.lives import Observation, Shown
from evidence.period.opened import OpenedPack
from evidence.readers.evidence import joined_names
from evidence.readers.unreadable import Unreadable

ThingTest = Callable[[Thing], bool | None]
"""Says of a thing whether what is followed is there; None where it does not tell."""


def exists(_thing: Thing) -> bool:
    """Follow the thing itself."""
    return True


@dataclass(frozen=True, slots=True)
class CollectionTime:
    """When a bundle was collected."""

    number: int
    started: datetime
    finished: datetime

    @classmethod
    def of(cls, pack: OpenedPack) -> "CollectionTime":
        """Return that of an opened pack."""
        return cls(pack.number, pack.about.started, pack.about.finished)


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member of a thing that became otherwise between two bundles that show it."""

    old: int
    new: int
    member: str
    before: str
    after: str


@dataclass(slots=True)
class FollowedThing:
    """What is kept of a thing."""

    id: str
    name: str
    account: str
    region: str
    place: Place
    owner: str
    created: datetime | None = None
    pointer: str = ""
    last_in: int = 0
    """The last bundle that shows it, to which the pointer belongs."""
    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By name: the last bundle in which it can be read, and what it says."""
    names: set[str] = field(default_factory=set)
    """All that it was called."""
    changes: list[MemberChange] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)
    """Bundles on end that show it, by their places in the track, the first and the last of each run."""

    def take(self, number: int, thing: Thing, *, before: bool) -> None:
        """Take what the next bundle shows of it; `before`: the bundle before shows it, too."""
        self.name, self.account, self.region = thing.name, thing.account, thing.region
        self.pointer, self.created = str(thing.pointer), thing.created or self.created
        self.last_in = number
        called = thing.members.get("name", thing.name)
        self.names.add(thing.name if isinstance(called, Unreadable) else called or thing.name)
        if not before:
            self.members = {}
        for name, value in thing.members.items():  # what AWS was not asked is as last seen
            if isinstance(value, Unreadable):
                continue
            old, said = self.members.get(name, (0, value))
            if said != value:
                self.changes.append(MemberChange(old, number, name, said, value))
            self.members[name] = number, said if said == value else value  # the older of equal texts is kept

    def member_in(self, name: str, number: int) -> str | None:
        """Return what a bundle that shows it says of a member; None where that cannot be read there."""
        changes = [one for one in self.changes if one.member == name]
        if later := next((one for one in changes if one.new > number), None):
            return later.before
        return self.members[name][1] if name in self.members else None


@dataclass(frozen=True, slots=True)
class Holes:
    """What a bundle does not show of a source; equal sets of places are kept once."""

    asked: frozenset[Place]
    holes: Mapping[Place, str]
    parts: Mapping[str, str]
    """By owner, why."""
    untold: Mapping[str, str]
    """By the thing's id, why it does not tell whether what is followed is there."""

    def why(self, identity: str, place: Place, owner: str) -> str:
        """Say why a thing that is not shown may be there all the same; else empty."""
        if place not in self.asked:
            return NOT_ASKED
        if place in self.holes:
            return self.holes[place]
        return self.untold.get(identity) or (self.parts.get(owner, "") if owner else "")

    @property
    def reasons(self) -> list[str]:
        """Why it does not show all, a clause each with the places that are concerned."""
        found: dict[str, set[str]] = {}
        for place, why in self.holes.items():
            found.setdefault(why, set()).add(" ".join(filter(None, place)))
        for why in self.parts.values():
            found.setdefault(why, set())
        return [
            f"{why} ({joined_names(sorted(filter(None, where)))})" if any(where) else why
            for why, where in sorted(found.items())
        ]


class Track:
    """The things of one source over the bundles, or those of which a test says something."""

    def __init__(
        self, kind: EntryKind, source: str, items: tuple[str, ...], test: ThingTest = exists
    ) -> None:
        self.kind = kind
        self.source = source
        self.items = items
        self.things: dict[str, FollowedThing] = {}
        self.counts: dict[int, int] = {}
        """How many each bundle shows, by its number."""
        self.lacking: list[tuple[int, str]] = []
        """Bundles that do not show all, and why, a clause."""
        self._test = test
        self._bundles: list[tuple[CollectionTime, Holes]] = []
        self._asked: dict[frozenset[Place], frozenset[Place]] = {}

    def add(self, pack: OpenedPack) -> None:
        """Take the next bundle."""
        reading, at = pack.snapshot.readings[self.source], len(self._bundles)
        untold: dict[str, str] = {}
        self.counts[pack.number] = 0
        for identity, thing in reading.things.items():
            said = self._test(thing)
            if said is None:
                untold[identity] = "what it shows of it does not tell"
            elif said:
                self.counts[pack.number] += 1
                self._take(at, pack.number, thing, reading.places[identity])
        asked = frozenset(reading.asked)
        parts = {owner: one.why for owner, one in reading.parts.items()}
        holes = Holes(self._asked.setdefault(asked, asked), dict(reading.holes), parts, untold)
        self._bundles.append((CollectionTime.of(pack), holes))
        self.lacking += ((pack.number, why) for why in holes.reasons)

    def _take(self, at: int, number: int, thing: Thing, place: Place) -> None:
        known = self.things.get(thing.id)
        if known is None:
            known = FollowedThing(thing.id, thing.name, thing.account, thing.region, place, thing.owner)
            self.things[thing.id] = known
        runs = known.runs
        on_end = bool(runs) and not any(
            self._why(known, holes) == "" for _, holes in self._bundles[runs[-1][1] + 1 : at]
        )
        known.take(number, thing, before=on_end)
        if runs and runs[-1][1] == at - 1:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))

    def _why(self, one: FollowedThing, holes: Holes) -> str:
        return holes.why(one.id, one.place, one.owner)

    def observations(self, identity: str, place: Place | None = None) -> list[Observation]:
        """Return what each bundle shows of a thing; `place` is that of one that no bundle shows."""
        known = self.things.get(identity)
        runs = known.runs if known else []
        at_place, owner = (known.place, known.owner) if known else (place or NOWHERE, "")
        found, run = [], 0
        for at, (when, holes) in enumerate(self._bundles):
            while run < len(runs) and runs[run][1] < at:
                run += 1
            there = run < len(runs) and runs[run][0] <= at
            why = "" if there else holes.why(identity, at_place, owner)
            shown = Shown.THERE if there else Shown.UNKNOWN if why else Shown.ABSENT
            found.append(Observation(when.number, when.started, when.finished, shown, why))
        return found

    def never_asked(self) -> set[str]:
        """Return the accounts that every run left out."""
        left_out = [
            {account for (account, _), why in holes.holes.items() if why == NOT_ASKED}
            for _, holes in self._bundles
        ]
        return left_out[0].intersection(*left_out[1:]) if left_out else set()

    def never_shown(self) -> Iterator[str]:
        """Yield what no bundle shows of what runs covered, one sentence each."""
        every = [
            {place: why for place, why in holes.holes.items() if why != NOT_ASKED}
            for _, holes in self._bundles
        ]
        always = set(every[0]).intersection(*every[1:]) if every else set[Place]()
        found: dict[str, list[str]] = {}
        for place in sorted(always):
            found.setdefault(every[-1][place], []).append(" ".join(filter(None, place)))
        for why, places in found.items():
            where = f" of {joined_names(places)}" if any(places) else ""
            yield f"No bundle shows all of the kind {self.kind}{where}: {why}."


def lacks(tracks: Iterable[Track]) -> list[str]:
    """Return what bundles do not show of some tracks, one sentence a reason, with those bundles."""
    found: dict[str, set[int]] = {}
    for track in tracks:
        for number, why in track.lacking:
            found.setdefault(why, set()).add(number)
    return [f"{_bundles(sorted(numbers))} not show all: {why}." for why, numbers in found.items()]


def _bundles(numbers: Sequence[int]) -> str:
    """Return numbers in words: `Bundle 3 does`, `Bundles 1 to 4 and 7 do`."""
    if len(numbers) == 1:
        return f"Bundle {numbers[0]} does"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{one[0]} to {one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in runs]
    return f"Bundles {joined_names(words)} do"
