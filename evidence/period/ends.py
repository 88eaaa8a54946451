"""Finds the moment at which an exception ended, where an event tells it: the key, or the user, was gone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from evidence.period.model import PeriodBundle
from evidence.period.things import JoinedThing, JoinedThings

Ended = tuple[datetime, int | None]
"""When, and the number of the event; None for one of before the period."""
_OF_ONE_KEY = "KEY-1"
"""The test whose rows are one access key each, and say since when by its age."""


class ExceptionEnds:
    """Which users and keys ended when, by events."""

    def __init__(self, joined: JoinedThings, ids: Mapping[str, str], numbers: Mapping[str, int]) -> None:
        """Take unique ids of IAM users with their ARNs, and the numbers of events by their keys."""
        self._numbers = numbers
        self._users: dict[str, list[JoinedThing]] = defaultdict(list)
        self._keys: dict[str, list[JoinedThing]] = defaultdict(list)
        for user in joined.of_track(joined.gathered.users):
            self._users[ids.get(user.id, user.id)].append(user)
        for person in joined.of_track(joined.gathered.people):
            self._users[person.id].append(person)
        for key in joined.usable(joined.gathered.active_keys):
            if key.followed:
                self._keys[ids.get(key.followed.owner, key.followed.owner)].append(key)

    def find(
        self, test: str, subject: str, since: datetime | None, last: PeriodBundle, after: PeriodBundle
    ) -> Ended | None:
        """Return when an exception ended that the bundle `last` has and `after` has not; None: nothing tells.

        Of several ends the first one counts; of several keys that may be meant, none.
        """
        found = [end for user in self._users.get(subject, ()) for end in _ends(user, last, after)]
        if test == _OF_ONE_KEY and since:
            keys = [one for one in self._keys.get(subject, ()) if _may_be(one, since)]
            ends = [list(_ends(key, last, after)) for key in keys]
            if sum(map(bool, ends)) == 1:
                found += (end for some in ends for end in some)
        if not found:
            return None
        moment, key = min(found)
        return moment, self._numbers.get(key)


def _may_be(key: JoinedThing, since: datetime) -> bool:
    """Say whether a key may have been too old since then: whole days after it was made."""
    created = key.followed.created if key.followed else None
    return created is not None and created < since and not (since - created) % timedelta(days=1)


def _ends(one: JoinedThing, last: PeriodBundle, after: PeriodBundle) -> Iterator[tuple[datetime, str]]:
    for life in one.lives:
        moment, key = life.ended or life.gone_by, life.ended_by or life.gone_by_event
        if moment and key and last.started.replace(microsecond=0) <= moment <= after.finished:
            yield moment, key
