"""Joins what one bundle after another shows of things into stretches in which each was there."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
WhyUnknown = Callable[[Key], str]
"""Says why a bundle that does not show a thing does not show either that it is absent; else empty."""


@dataclass(slots=True)
class Stretch:
    """Bundles on end that show something, by their numbers."""

    first: int
    last: int
    absent_before: int | None
    """The last bundle before it that shows that it was not there; None: none does."""
    absent_after: int | None = None
    """The first bundle after it that shows that it is not there; None: none does."""
    doubts: list[tuple[int, str]] = field(default_factory=list)
    """Bundles in it that do not show whether it was there, and why."""
    _pending: list[tuple[int, str]] = field(default_factory=list)
    """The same behind `last`: within the stretch if it is seen again before it is absent."""

    @property
    def unsettled(self) -> tuple[tuple[int, str], ...]:
        """Bundles behind `last` that do not show whether it was still there, and why."""
        return tuple(self._pending)

    def seen(self, number: int) -> None:
        """Note that a bundle shows it."""
        self.doubts += self._pending
        self._pending = []
        self.last = number

    def unknown(self, number: int, why: str) -> None:
        """Note that a bundle does not show whether it is there."""
        self._pending.append((number, why))


class Stretches(Generic[Key]):
    """The stretches of many things; memory grows with things and their comings and goings alone."""

    def __init__(self) -> None:
        self._found: dict[Key, list[Stretch]] = defaultdict(list)
        self._shown: list[tuple[int, WhyUnknown[Key]]] = []

    def add(self, number: int, there: Collection[Key], why_unknown: WhyUnknown[Key]) -> None:
        """Take the next bundle: what it shows, and why it does not show that others are absent.

        `why_unknown` is kept and asked again of what first appears later: it must hold holes alone, and not
        what the bundle shows.
        """
        for key, stretches in self._found.items():
            newest = stretches[-1]
            if key in there or newest.absent_after is not None:
                continue
            if why := why_unknown(key):
                newest.unknown(number, why)
            else:
                newest.absent_after = number
        for key in there:
            stretches = self._found[key]
            if stretches and stretches[-1].absent_after is None:
                stretches[-1].seen(number)
            else:
                stretches.append(Stretch(number, number, self._absent_before(key)))
        self._shown.append((number, why_unknown))

    def _absent_before(self, key: Key) -> int | None:
        """Return the last bundle so far, if it shows that a thing was absent; else the last that does."""
        return next((number for number, said in reversed(self._shown) if not said(key)), None)

    def items(self) -> Iterator[tuple[Key, list[Stretch]]]:
        """Yield every thing with its stretches, in the order in which they were first seen."""
        yield from self._found.items()
