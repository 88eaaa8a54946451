"""Gathers what bundles show of all things, and attaches to each the events that are about it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.diff.model import EntryKind
from evidence.diff.snapshot import SOURCES
from evidence.diff.things import NOWHERE, Place, Thing
from evidence.period.event_facts import EventEffect, EventTarget
from evidence.period.events import ToldEvent
from evidence.period.lives import Life, LifeEvent, lives_of
from evidence.period.named_users import NamedUsers, UserKeys
from evidence.period.opened import OpenedPack
from evidence.period.tracks import FollowedThing, Track
from evidence.readers import identity_store
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.identity_store import DISABLED, GROUPS, MEMBERSHIPS, USERS
from evidence.readers.unreadable import MALFORMED, Unreadable

RETURNING = frozenset(
    {EntryKind.ASSIGNMENT, EntryKind.MEMBERSHIP, EntryKind.RULE, EntryKind.SETTING, EntryKind.MFA,
     EntryKind.ACCOUNT, EntryKind.ADMINISTRATOR, EntryKind.TRUST, EntryKind.POLICY, EntryKind.FINDING,
     EntryKind.PERMISSION_SET}
)  # fmt: skip
"""Kinds of which one id may come again; that of a user, key, role, group or person never does."""
_USERS = f"{EntryKind.USER} {DETAILS}"
_KEYS = f"{EntryKind.KEY} {CREDENTIAL_REPORT} {DETAILS}"
_PASSWORDS = f"{EntryKind.MFA} {CREDENTIAL_REPORT} {DETAILS}"
_PEOPLE = f"{EntryKind.PERSON} {USERS}"
_HOMES = {
    EntryKind.USER: _USERS,
    EntryKind.KEY: _KEYS,
    EntryKind.PERSON: _PEOPLE,
    EntryKind.MEMBERSHIP: f"{EntryKind.MEMBERSHIP} {MEMBERSHIPS}",
    EntryKind.GROUP: f"{EntryKind.GROUP} {GROUPS}",
}
"""The source of which a thing that only events tell of would have been."""
_OF_EVENTS = frozenset({*_HOMES, EntryKind.ASSIGNMENT})
"""Kinds of which events tell that they began; of others only that they ended."""


@dataclass(frozen=True, slots=True)
class JoinedThing:
    """A thing, when it was there, and what happened to it."""

    kind: EntryKind
    id: str
    name: str
    account: str
    region: str
    lives: list[Life]
    events: list[ToldEvent]
    followed: FollowedThing | None
    """None for one that only events tell of."""


def enabled(thing: Thing) -> bool | None:
    """Say whether a person can sign in; a store without the field tells of nobody that he cannot."""
    status = thing.members["status"]
    return None if isinstance(status, Unreadable) else status != DISABLED


def has_password(thing: Thing) -> bool | None:
    """Say whether a user has a password."""
    return {"yes": True, "no": False}.get(str(thing.members["password"]))


def is_active(thing: Thing) -> bool | None:
    """Say whether an access key is active."""
    return {"yes": True, "no": False}.get(str(thing.members["active"]))


@dataclass(slots=True)
class _Happened:
    """What happened to one thing."""

    events: list[ToldEvent] = field(default_factory=list)
    effects: list[tuple[ToldEvent, EventEffect]] = field(default_factory=list)
    name: str = ""
    place: Place = NOWHERE


class ThingGatherer:
    """All things of all bundles."""

    def __init__(self) -> None:
        self.tracks = {one.name: Track(one.kind, one.name, one.items) for one in SOURCES}
        self.enabled = Track(EntryKind.PERSON, _PEOPLE, (USERS,), enabled)
        self.passwords = Track(EntryKind.MFA, _PASSWORDS, (CREDENTIAL_REPORT, DETAILS), has_password)
        self.active_keys = Track(EntryKind.KEY, _KEYS, (CREDENTIAL_REPORT, DETAILS), is_active)
        self.users, self.people = self.tracks[_USERS], self.tracks[_PEOPLE]
        self._memberships: dict[str, str] = {}
        """Ids of memberships as things, by MembershipId."""

    def add(self, pack: OpenedPack) -> None:
        """Take the next bundle."""
        for track in (*self.tracks.values(), self.enabled, self.passwords, self.active_keys):
            track.add(pack)
        try:
            for one in identity_store.memberships(Evidence.whole(pack.bundle)):
                if not isinstance(one, Unreadable) and one.id:
                    self._memberships[one.id] = f"{one.group} {one.user}"
        except MALFORMED:
            return  # the track knows, and says so

    def join(self, events: Sequence[ToldEvent]) -> "JoinedThings":
        """Attach events, in the order of their times, to what they are about."""
        return JoinedThings(self, events, self._memberships)


class JoinedThings:
    """What bundles and events together tell."""

    def __init__(
        self, gathered: ThingGatherer, events: Sequence[ToldEvent], memberships: dict[str, str]
    ) -> None:
        self.gathered = gathered
        self._memberships = dict(memberships)
        self._happened: dict[str, dict[str, _Happened]] = defaultdict(dict)
        """By source and id."""
        self._known: dict[Track, Sequence[JoinedThing]] = {}
        self.unattached: list[ToldEvent] = []
        """Events that say of a user, or a key, what nobody can attach to one for certain."""
        users = gathered.tracks[_USERS]
        self._users = NamedUsers({one.id: (one, self._bare(users, one)) for one in users.things.values()})
        keys = gathered.tracks[_KEYS]
        self._keys = UserKeys({one.id: (one, self._bare(keys, one)) for one in keys.things.values()})
        for event in events:
            if not event.failed:
                self._attach(event)

    def _bare(self, track: Track, one: FollowedThing) -> list[Life]:
        return lives_of(track.observations(one.id), (), created=one.created)

    def _attach(self, event: ToldEvent) -> None:
        for target in event.targets:
            source, identity = self._find(event, target)
            if not identity:
                if target.kind in (EntryKind.USER, EntryKind.KEY) and self.unattached[-1:] != [event]:
                    self.unattached.append(event)
                continue
            happened = self._happened[source].setdefault(identity, _Happened())
            if not happened.events or happened.events[-1] is not event:  # they come one after another
                happened.events.append(event)
            happened.effects.append((event, target.effect))
            happened.name = happened.name or target.name or identity
            happened.place = _place_of(target.kind, event)

    def _find(self, event: ToldEvent, target: EventTarget) -> tuple[str, str]:
        """Return source and id of what an event is about; no id where that is not certain."""
        kind, tracks = target.kind, self.gathered.tracks
        if kind is EntryKind.USER:
            return _USERS, self._users.find(event, target)
        if kind is EntryKind.KEY:
            user = self._users.at(event.account, target.name, event.time) if target.name else ""
            return _KEYS, self._keys.find(event, target, user)
        if kind is EntryKind.MFA and target.name:
            return _PASSWORDS, self._users.at(event.account, target.name, event.time)
        identity = target.id
        if kind is EntryKind.MEMBERSHIP:
            identity = identity or self._memberships.get(target.also, "")
            if identity and target.also:
                self._memberships[target.also] = identity
        shown = next(
            (name for name, one in tracks.items() if one.kind is kind and identity in one.things), ""
        )
        if shown or not identity:
            return shown, identity
        home = _HOMES.get(kind, "") or next(name for name, one in tracks.items() if one.kind is kind)
        return home, identity if kind in _OF_EVENTS else ""

    def owner_of(self, key: JoinedThing) -> str:
        """Return the id of the user of a key that only events tell of; empty where that is not certain."""
        first = key.events[0] if key.events else None
        names = [one.name for one in first.targets if one.kind is EntryKind.KEY] if first else []
        return self._users.at(first.account, names[0], first.time) if first and names else ""

    def of_track(self, track: Track) -> Sequence[JoinedThing]:
        """Return the things of a track with the events about them."""
        return self._joined(track, _EXISTS, returns=track.kind in RETURNING)

    def usable(self, track: Track) -> Sequence[JoinedThing]:
        """Return when people were enabled, keys active, passwords there: a derived track's things."""
        return self._joined(track, _CAN_BE_USED, returns=True)

    def _joined(self, track: Track, effects: "_EffectWords", *, returns: bool) -> Sequence[JoinedThing]:
        if track not in self._known:
            told = track is not self.gathered.passwords  # of these, no event and no record of AWS's own
            happened = self._happened.get(track.source, {}) if told else {}
            self._known[track] = [
                _join(track, one, happened.get(one, _Happened()), effects, returns=returns, made=told)
                for one in dict.fromkeys((*track.things, *happened))
            ]
        return self._known[track]


_EffectWords = Mapping[EventEffect, tuple[bool, bool]]
_EXISTS = {EventEffect.MADE: (True, True), EventEffect.ENDED: (False, True)}
"""Whether an effect begins, and whether it implies that it was otherwise just before."""
_CAN_BE_USED = {
    EventEffect.MADE: (True, True),
    EventEffect.TURNED_ON: (True, False),
    EventEffect.TURNED_OFF: (False, False),
    EventEffect.ENDED: (False, False),
}


def _join(
    track: Track, identity: str, happened: _Happened, words: _EffectWords, *, returns: bool, made: bool
) -> JoinedThing:
    """Join a thing of a track; `made`: when it was made is about what the track follows."""
    one = track.things.get(identity)
    place = one.place if one else happened.place
    lives = lives_of(
        track.observations(identity, place),
        tuple(_life_events(happened, words)),
        created=one.created if one and made else None,
        returns=returns,
    )
    return JoinedThing(
        kind=track.kind, id=identity, name=one.name if one else happened.name or identity,
        account=one.account if one else place[0], region=one.region if one else place[1],
        lives=lives, events=happened.events, followed=one,
    )  # fmt: skip


def _life_events(happened: _Happened, words: _EffectWords) -> Iterator[LifeEvent]:
    for event, effect in happened.effects:
        if effect in words:
            began, implies = words[effect]
            yield LifeEvent(event.time, began, event.key, event.words, implies)


def _place_of(kind: EntryKind, event: ToldEvent) -> Place:
    """Return where a thing that only events tell of would have been asked for."""
    if kind in (EntryKind.USER, EntryKind.KEY):
        return (event.account, "")
    return NOWHERE
