"""Finds which IAM user, and which access key, an event is about: events call users by names alone.

A name may be given again. An event is a user's only where no other user of that name can have been there at
that time; else nobody is said to be meant.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from evidence.period.event_facts import EventEffect, EventTarget
from evidence.period.events import ToldEvent
from evidence.period.lives import Life
from evidence.period.spans import Span
from evidence.period.tracks import FollowedThing

_SAME = timedelta(seconds=120)
"""AWS's record of a creation and the event of it are that far apart, at most."""
Known = Mapping[str, tuple[FollowedThing, Sequence[Life]]]


class NamedUsers:
    """The users of all accounts by name; those that only events tell of are added by them."""

    def __init__(self, known: Known) -> None:
        self._named: dict[tuple[str, str], dict[str, list[Span]]] = defaultdict(dict)
        for one, lives in known.values():
            for name in one.names:
                self._named[one.account, name][one.id] = [life.span for life in lives]
        self._known = known

    def find(self, event: ToldEvent, target: EventTarget) -> str:
        """Return the id of the user that an event is about; empty where that is not certain.

        A user of whom only events tell gets an id: the unique one, or the name and when it was made.
        """
        named = self._named[event.account, target.name]
        if target.effect is EventEffect.MADE:
            return self._made(event, target, named)
        found = self._touching(named, event.time)
        if len(found) == 1:
            self._close(named, found[0], event, target)
            return found[0]
        if found or target.effect is not EventEffect.ENDED or not target.name:
            return ""
        identity = f"user {target.name} of {event.account} until {event.time:%Y-%m-%dT%H:%M:%SZ}"
        named[identity] = [Span(None, event.time, event.time, event.time)]
        return identity

    def _made(self, event: ToldEvent, target: EventTarget, named: dict[str, list[Span]]) -> str:
        identity = target.id
        if not identity:
            found = [
                one for one, spans in named.items() if any(_may_begin(span, event.time) for span in spans)
            ]
            if len(found) > 1 or not target.name:
                return ""
            said = f"user {target.name} of {event.account} since {event.time:%Y-%m-%dT%H:%M:%SZ}"
            identity = found[0] if found else said
        if identity not in self._known and target.name:
            named[identity] = [Span(event.time, event.time, event.time, None)]
        return identity

    def _close(
        self, named: dict[str, list[Span]], identity: str, event: ToldEvent, target: EventTarget
    ) -> None:
        """Note that a user of whom only events tell is gone."""
        if target.effect is EventEffect.ENDED and identity not in self._known:
            (span,) = named[identity]
            named[identity] = [Span(span.begin_earliest, span.begin_latest, event.time, event.time)]

    def _touching(self, named: Mapping[str, list[Span]], moment: datetime) -> list[str]:
        return [one for one, spans in named.items() if any(_may_hold(span, moment) for span in spans)]

    def at(self, account: str, name: str, moment: datetime) -> str:
        """Return the id of the one user that a name can have meant at a moment; empty for none or several."""
        found = self._touching(self._named.get((account, name), {}), moment)
        return found[0] if len(found) == 1 else ""


class UserKeys:
    """The access keys of users: bundles know them by user and creation, events by AccessKeyId."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._by_owner: dict[str, list[str]] = defaultdict(list)
        for one, _ in known.values():
            self._by_owner[one.owner].append(one.id)
        self._ids: dict[str, str] = {}
        """Ids as things, by AccessKeyId."""
        self._taken: set[str] = set()

    def find(self, event: ToldEvent, target: EventTarget, user: str) -> str:
        """Return the id of the key that an event is about; empty where that is not certain."""
        if target.id in self._ids:
            return self._ids[target.id]
        free = [one for one in self._by_owner.get(user, ()) if one not in self._taken]
        if target.effect is EventEffect.MADE:
            found = [one for one in free if self._made_at(one, event.time)]
        else:
            found = [one for one in free if self._may_be_there(one, event, target.effect)]
        if len(found) > 1 or not target.id:
            return ""
        if not found and target.effect not in (EventEffect.MADE, EventEffect.ENDED):
            return ""
        identity = found[0] if found else target.id
        self._ids[target.id] = identity
        self._taken.add(identity)
        return identity

    def _made_at(self, key: str, moment: datetime) -> bool:
        created = self._known[key][0].created
        return created is not None and abs(created - moment) <= _SAME

    def _may_be_there(self, key: str, event: ToldEvent, effect: EventEffect) -> bool:
        spans = [life.span for life in self._known[key][1]]
        if effect is EventEffect.ENDED:
            return any(_may_end(span, event.time) for span in spans)
        return any(_may_hold(span, event.time) for span in spans)


def _may_hold(span: Span, moment: datetime) -> bool:
    begun = span.begin_earliest is None or span.begin_earliest.replace(microsecond=0) <= moment
    return begun and (span.end_latest is None or moment <= span.end_latest)


def _may_begin(span: Span, moment: datetime) -> bool:
    if span.begin_earliest is not None and span.begin_earliest == span.begin_latest:
        return abs(span.begin_earliest - moment) <= _SAME
    after = span.begin_earliest is None or span.begin_earliest <= moment
    return after and (span.begin_latest is None or moment <= span.begin_latest)


def _may_end(span: Span, moment: datetime) -> bool:
    after = span.end_earliest is None or span.end_earliest.replace(microsecond=0) <= moment
    begun = span.begin_earliest is None or span.begin_earliest.replace(microsecond=0) < moment
    return begun and after and (span.end_latest is None or moment <= span.end_latest)
