"""Tells from when to when each user had which access: each part of it as bundles and events tell."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evidence.controls.people_matching import IAM, IDENTITY_STORE
from evidence.diff.model import EntryKind
from evidence.period.lives import Life
from evidence.period.model import PeriodBundle
from evidence.period.opened import Period
from evidence.period.people import UserKey
from evidence.period.spans import Span, both
from evidence.period.things import JoinedThing, JoinedThings

AccessKey = tuple[str, str, str, str]
"""Id of the user, of the group (empty without one), of the permission set, and the account."""


@dataclass(frozen=True, slots=True)
class HeldAccess:
    """One access of one user, for a time."""

    user: UserKey
    what: str
    """In words."""
    account: str
    span: Span
    sure: bool
    """It certainly was there at some time; else its parts may have missed each other."""
    shown: tuple[int, ...]
    """Numbers of the bundles that show all of it: the first and the last."""
    seen: tuple[datetime, datetime] | None
    """It was there by the first moment, and still after the second, by bundles alone: the end of the first of
    these and the beginning of the last. None where none shows it."""
    gone_in: int | None
    """The first bundle after these that shows that a part of it is gone."""
    ended_by: tuple[str, ...]
    """Keys of the events that ended parts of it."""
    key: AccessKey
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _PartLife:
    """A part of an access, for one of the times that it was there."""

    life: Life
    span: Span
    thing: JoinedThing


@dataclass(frozen=True, slots=True)
class _SoughtAccess:
    """What an access is, whenever it was."""

    user: UserKey
    what: str
    account: str
    key: AccessKey


class AccessHistory:
    """All accesses that may have been there in the period, by user."""

    def __init__(
        self,
        joined: JoinedThings,
        period: Period,
        bundles: Iterable[PeriodBundle],
        whole: Sequence[tuple[datetime, datetime]],
    ) -> None:
        self._joined = joined
        self._period = period
        self._bundles = {one.number: one for one in bundles}
        self._whole = whole
        self.by_user: dict[UserKey, list[HeldAccess]] = defaultdict(list)
        self.names: dict[UserKey, str] = {}
        """What bundles or events call users."""
        enabled = {one.id: one for one in joined.usable(joined.gathered.enabled)}
        self.names |= {(IDENTITY_STORE, one.id): one.name for one in enabled.values()}
        for one in (*self._of_people(enabled), *self._of_users()):
            self.by_user[one.user].append(one)

    def given(self) -> dict[AccessKey, list[HeldAccess]]:
        """Return what assignments gave to people who were there, disabled or not, by what it is.

        Whoever is enabled again has it again; whoever is deleted never has.
        """
        found: dict[AccessKey, list[HeldAccess]] = defaultdict(list)
        for one in self._of_people({one.id: one for one in self._of_kind(EntryKind.PERSON)}):
            found[one.key].append(one)
        return found

    def _of_people(self, people: Mapping[str, JoinedThing]) -> Iterator[HeldAccess]:
        """Yield what assignments gave while these people were there, or could sign in."""
        groups, sets = self._names(EntryKind.GROUP), self._names(EntryKind.PERMISSION_SET)
        members: dict[str, list[JoinedThing]] = defaultdict(list)
        for member in self._of_kind(EntryKind.MEMBERSHIP):
            members[member.id.partition(" ")[0]].append(member)
        for given in self._of_kind(EntryKind.ASSIGNMENT):
            principal, held, account = given.id.split(" ", 2)
            what = f"{sets.get(held, held)} in {account}"
            if principal in people:
                sought = _SoughtAccess(
                    (IDENTITY_STORE, principal), what, account, (principal, "", held, account)
                )
                yield from self._together(sought, (given, people[principal]))
                continue
            for member in members.get(principal, ()):
                person = member.id.partition(" ")[2]
                if person in people:
                    through = f"{what} through group {groups.get(principal, principal)}"
                    sought = _SoughtAccess(
                        (IDENTITY_STORE, person), through, account, (person, principal, held, account)
                    )
                    yield from self._together(sought, (given, member, people[person]))

    def _of_kind(self, kind: EntryKind) -> Iterator[JoinedThing]:
        for track in self._joined.gathered.tracks.values():
            if track.kind is kind:
                yield from self._joined.of_track(track)

    def _names(self, kind: EntryKind) -> dict[str, str]:
        tracks = self._joined.gathered.tracks.values()
        return {one.id: one.name for track in tracks if track.kind is kind for one in track.things.values()}

    def _of_users(self) -> Iterator[HeldAccess]:
        gathered = self._joined.gathered
        users = {one.id: one for one in self._of_kind(EntryKind.USER)}
        self.names |= {(IAM, one.id): one.name for one in users.values()}
        for one in self._joined.usable(gathered.passwords):
            if one.id in users:
                sought = _SoughtAccess((IAM, one.id), "console password", one.account, (one.id, "", "", ""))
                yield from self._together(sought, (users[one.id], one))
        for one in self._joined.usable(gathered.active_keys):
            owner = one.followed.owner if one.followed else self._joined.owner_of(one)
            if owner in users:
                name = one.name if one.followed else f"access key {one.id}"
                sought = _SoughtAccess((IAM, owner), name, one.account, (owner, "", one.id, ""))
                yield from self._together(sought, (users[owner], one))

    def _together(self, sought: _SoughtAccess, things: Sequence[JoinedThing]) -> Iterator[HeldAccess]:
        """Yield an access for each time in which all its parts were, or may have been, there at once."""
        combinations: list[tuple[Span, list[_PartLife]]] = [(Span(None, None, None, None), [])]
        for number, thing in enumerate(things):
            found = []
            for life in thing.lives:
                part = _PartLife(life, self._span(life), thing)
                for span, parts in combinations:
                    together = both(span, part.span) if number else part.span
                    if together and together.may_touch(self._period.start, self._period.end):
                        found.append((together, [*parts, part]))
            combinations = found
        for span, parts in combinations:
            yield self._held(sought, span, parts)

    def _span(self, life: Life) -> Span:
        """Return the span; that it was there until an event says otherwise is known where all events are."""
        span = life.span
        since, until = span.end_earliest, life.gone_by
        if until and since and span.end_latest == until and self._covered(since, until):
            return replace(span, end_earliest=until)
        return span

    def _covered(self, since: datetime, until: datetime) -> bool:
        return any(first <= since and until <= last for first, last in self._whole)

    def _held(self, sought: _SoughtAccess, span: Span, parts: list[_PartLife]) -> HeldAccess:
        shown = [one for one in self._bundles if all(part.life.shown_in(one) for part in parts)]
        gone = [part.life.absent_after.number for part in parts if part.life.absent_after]
        begins, ends = span.begin_latest, span.end_earliest
        ended = (part.life for part in parts if (part.life.ended or part.life.gone_by) == span.end_latest)
        return HeldAccess(
            user=sought.user,
            what=sought.what,
            account=sought.account,
            span=span,
            sure=bool(shown) or (begins is not None and ends is not None and begins <= ends),
            shown=(shown[0], shown[-1]) if shown else (),
            seen=seen_in(shown, self._bundles),
            gone_in=min((one for one in gone if not shown or one > shown[-1]), default=None),
            ended_by=tuple(
                dict.fromkeys(one.ended_by or one.gone_by_event for one in ended if span.end_latest)
            ),
            key=sought.key,
            pointers=tuple(
                dict.fromkeys(part.thing.followed.pointer for part in parts if part.thing.followed)
            ),
        )


def seen_in(shown: Sequence[int], bundles: Mapping[int, PeriodBundle]) -> tuple[datetime, datetime] | None:
    """Return by when bundles show something, and until after when; None for no bundles."""
    return (bundles[shown[0]].finished, bundles[shown[-1]].started) if shown else None
