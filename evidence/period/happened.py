"""Defines what `period.json` says of things and events: who and what was there when, and what tells so."""

from datetime import date
from typing import Annotated

from pydantic import Field

from evidence.bundle.format.models import BundleModel, Moment, Sha256
from evidence.diff.model import EntryKind

BundleNumber = Annotated[int, Field(ge=1)]
EventNumber = Annotated[int, Field(ge=1)]


class Presence(BundleModel):
    """One stretch in which something was there, as far as bundles and events tell."""

    first: BundleNumber | None
    """The first bundle that shows it; null where only events tell of it."""
    last: BundleNumber | None
    absent_before: BundleNumber | None
    """The last bundle before it that shows that it was not there; null: none does."""
    absent_after: BundleNumber | None
    began: Moment | None
    """When it began, where an event or AWS's own record of it tells it to the second."""
    ended: Moment | None
    began_by: EventNumber | None
    ended_by: EventNumber | None
    doubts: tuple[str, ...]
    """Bundles between that do not show whether it was there, and why; one clause each."""


class ChangeOverTime(BundleModel):
    """What became otherwise of something between two bundles that show it."""

    old: BundleNumber
    new: BundleNumber
    member: str
    """What of it: `status`, `groups`."""
    before: str
    after: str
    events: tuple[EventNumber, ...]
    """Events between the two that are about it."""


class PopulationMember(BundleModel):
    """Something that was there at some time in the period, joined over the bundles by its unique id."""

    id: str
    name: str
    """As last seen."""
    account: str
    region: str
    presences: tuple[Presence, ...]
    changes: tuple[ChangeOverTime, ...]
    events: tuple[EventNumber, ...]
    """All events of the period that are about it."""
    pointer: str
    """Where the last bundle that shows it says so; empty where none does."""


class PeriodPopulation(BundleModel):
    """Everything of one kind that was there at some time in the period."""

    kind: EntryKind
    items: tuple[str, ...]
    whole: bool
    """Every bundle shows all there was; otherwise `lacking` tells what not."""
    lacking: tuple[str, ...]
    counts: tuple[tuple[BundleNumber, int], ...]
    """How many each bundle shows."""
    members: tuple[PopulationMember, ...]


class PeriodEvent(BundleModel):
    """An event of CloudTrail in the period, about access or about what watches over it."""

    number: EventNumber
    time: Moment
    name: str
    source: str
    """The service: `iam.amazonaws.com`."""
    account: str
    region: str
    actor: str
    """Who did it, by the event."""
    failed: bool
    about: tuple[str, ...]
    """Ids and names of what it is about, as far as the event tells."""
    id: str
    """CloudTrail's."""
    origin: str
    """Where it stands: `bundle 3: PATH:LINE`, or the name of a file that was given and its line."""


class EventSource(BundleModel):
    """Where events were taken from, and what it covers."""

    name: str
    """`cloudtrail.access-events` of a bundle, or the name of a file that was given."""
    bundle: BundleNumber | None
    sha256: Sha256 | None
    """Of a file that was given."""
    first: Moment | None
    last: Moment | None
    """The time that it covers; null where it does not tell."""
    events: int
    lacking: tuple[str, ...]
    """Names, accounts and regions that were not asked for, or not answered, one sentence each."""


class EventDays(BundleModel):
    """Days of the period of which no source of events tells everything."""

    first: date
    last: date
    why: str
