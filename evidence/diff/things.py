"""Defines what is compared: things with ids and members, and what of them a bundle does not show."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.diff.model import EntryKind
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable
from evidence.records import Scope

Place = tuple[str, str]
"""Account and region as they were asked; empty for none, both for the organization."""
NOWHERE: Place = ("", "")
NOT_ASKED = "was not asked for there"


@dataclass(frozen=True, slots=True)
class Thing:
    """A user, a key, an assignment …, as one bundle shows it."""

    id: str
    name: str
    account: str
    members: Mapping[str, str | Unreadable]
    """What of it is compared, in words; `Unreadable` where nobody can read that. What AWS was not asked of
    it is left out, and is no change from what another bundle says."""
    pointer: Pointer
    region: str = ""
    owner: str = ""
    """The id of what it is a part of, where that can be unreadable for itself: a role, of its trusts."""
    created: datetime | None = None
    """When it was made, by AWS's own record of it; None where that does not tell."""


@dataclass(frozen=True, slots=True)
class UnreadablePart:
    """Something of which nobody can say what parts it has, or whether it is of this kind."""

    owner: str
    name: str
    why: str


Found = Thing | UnreadablePart | Unreadable
ThingReader = Callable[[Evidence, str, str], Iterable[Found]]
"""Reads the things of one place; raises one of MALFORMED where nothing there can be read."""


@dataclass(frozen=True, slots=True)
class ThingSource:
    """Where the things of one kind are read, and how."""

    kind: EntryKind
    items: tuple[str, ...]
    scope: Scope
    read: ThingReader

    @property
    def name(self) -> str:
        """Tells sources of one kind apart."""
        return f"{self.kind} {' '.join(self.items)}"


@dataclass(slots=True)
class SourceReading:
    """All that one bundle shows of one source."""

    things: dict[str, Thing] = field(default_factory=dict)
    """By id."""
    places: dict[str, Place] = field(default_factory=dict)
    """Where each was read."""
    asked: set[Place] = field(default_factory=set)
    """The places that the run covered."""
    holes: dict[Place, str] = field(default_factory=dict)
    """Places of which it does not show all, and why; what the run left out is one, too."""
    parts: dict[str, UnreadablePart] = field(default_factory=dict)
    """By owner."""

    def why_unknown(self, thing: Thing, place: Place) -> str:
        """Say why a thing of the other bundle, which is not here, may be there all the same; else empty."""
        if place not in self.asked:
            return NOT_ASKED
        if place in self.holes:
            return self.holes[place]
        part = self.parts.get(thing.owner) if thing.owner else None
        return part.why if part else ""


def listed(values: Iterable[str]) -> str:
    """Return values as one member: sorted, as their order says nothing."""
    return ", ".join(sorted(values))


def yes(value: bool | None) -> str:
    """Return a truth value as a member; empty where AWS does not tell."""
    return "" if value is None else "yes" if value else "no"
