"""Finds by when an exception was over, where an event tells it: its key, or its user, was gone.

With its key the exception of a key ends. One of a user ended with the user at the latest: what it was about
may have been put right before, by something that no event tells.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.period.model import PeriodBundle
from evidence.period.things import JoinedThing, JoinedThings

_OF_ONE_KEY = "KEY-1"
"""The test whose rows are one access key each, and say since when by its age."""


@dataclass(frozen=True, slots=True)
class ToldEnd:
    """By when an exception was over, as an event tells it."""

    moment: datetime
    event: int | None
    """Its number; None for one of before the period."""
    exact: bool
    """It ended at that moment, and not before."""


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
    ) -> ToldEnd | None:
        """Return by when an exception was over that `last` has and `after` has not; None: nothing tells.

        Of several ends the first one counts; of several keys that may be meant, none.
        """
        of_users = [end for user in self._users.get(subject, ()) for end in _ends(user, last, after)]
        of_key: list[tuple[datetime, str]] = []
        if test == _OF_ONE_KEY and since:
            keys = [one for one in self._keys.get(subject, ()) if _may_be(one, since)]
            ends = [list(_ends(key, last, after)) for key in keys]
            if sum(map(bool, ends)) == 1:
                of_key = [end for some in ends for end in some]
        if not (of_users or of_key):
            return None
        moment, key = min((*of_key, *of_users))
        exact = any(moment == end for end, _ in of_key)
        return ToldEnd(moment, self._numbers.get(key), exact)


def _may_be(key: JoinedThing, since: datetime) -> bool:
    """Say whether a key may have been too old since then: whole days after it was made."""
    created = key.followed.created if key.followed else None
    return created is not None and created < since and not (since - created) % timedelta(days=1)


def _ends(one: JoinedThing, last: PeriodBundle, after: PeriodBundle) -> Iterator[tuple[datetime, str]]:
    for life in one.lives:
        moment, key = life.ended or life.gone_by, life.ended_by or life.gone_by_event
        if moment and key and last.started.replace(microsecond=0) <= moment <= after.finished:
            yield moment, key
