"""Holds the lists of people in the packs against the one that is used: days that were over stay."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from evidence.period.opened import OpenedPack
from evidence.statements.people import PeopleFile, StatedPerson, same_name


@dataclass(frozen=True, slots=True)
class _StatedDays:
    """Days of a person that were over when a list was packed."""

    bundle: int
    label: str
    started: date | None
    left: date | None


@dataclass
class PeopleLists:
    """What the lists in the packs said of days that were over by then."""

    _said: dict[str, dict[tuple[date | None, date | None], _StatedDays]] = field(default_factory=dict)
    """By person, then by the days; the first bundle that says so."""

    def add(self, pack: OpenedPack) -> None:
        """Take the list of the next pack, if it has one."""
        found, day = pack.statements.people, pack.about.finished.date()
        if found is None:
            return
        for one in found.said.people:
            started = one.started if one.started and one.started <= day else None
            left = one.left if one.left and one.left < day else None
            if started or left:
                days = _StatedDays(pack.number, one.label, started, left)
                self._said.setdefault(_key(one), {}).setdefault((started, left), days)

    def otherwise(self, used: PeopleFile) -> Iterator[str]:
        """Yield what the list that is used says otherwise, in one sentence."""
        now = {_key(one): one for one in used.people}
        told = (
            next(filter(None, (_differs(days, now.get(key)) for days in several.values())), "")
            for key, several in self._said.items()
        )
        found = list(filter(None, told))
        if found:
            yield (
                f"Lists in the packs say of {len(found)} on the list, or once on it, that they started or "
                f"left on another day than the list that is used: {found[0]}, for one. Which is right, "
                "nothing here shows."
            )


def _key(one: StatedPerson) -> str:
    return same_name(one.id or one.email or one.name)


def _differs(days: _StatedDays, now: StatedPerson | None) -> str:
    """Return how a person is said otherwise, a clause; empty where not, or where nobody had left."""
    if now is None:
        said = f"{days.label} left {days.left} by that of bundle {days.bundle}, and is not on it"
        return said if days.left else ""
    if days.left and now.left != days.left:
        return (
            f"{days.label} left {days.left} by that of bundle {days.bundle}, {now.left or 'not at all'} by it"
        )
    if days.started and now.started != days.started:
        return f"{days.label} started {days.started} by that of bundle {days.bundle}, {now.started} by it"
    return ""
