"""Reads a large item once for all tests of a run, and keeps of it what their rules need.

A rule that needs little of each record declares a reduction: what it keeps of them. The first test that asks
for any reduction of an item has the records read once, for every reduction of it; nothing else of a record
is kept, so that memory grows with what the rules need and not with the documents.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Self, TypeVar

from evidence.bundle import Bundle, LocatedRecord
from evidence.readers.unreadable import MALFORMED

T = TypeVar("T")
R = TypeVar("R", bound="Reduction")


class Reduction(ABC):
    """What a rule keeps of one account's records of an item; made empty, then given each record in order."""

    @abstractmethod
    def take(self, located: LocatedRecord) -> None:
        """Keep what is needed of a record. Raises one of MALFORMED for a record that is not as documented."""


_registry: dict[str, list[type[Reduction]]] = {}
_items: dict[type[Reduction], str] = {}


def reduction(item: str) -> Callable[[type[R]], type[R]]:
    """Declare the decorated class as a reduction of an item."""

    def declare(made: type[R]) -> type[R]:
        _registry.setdefault(item, []).append(made)
        _items[made] = item
        return made

    return declare


def item_of(wanted: type[Reduction]) -> str:
    """Return the item that a reduction is made from."""
    return _items[wanted]


class ReductionCache:
    """What the tests have read of a bundle already, for as long as it is open."""

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Return what is remembered of a bundle."""
        return bundle.memory.setdefault(cls.__module__, cls())  # type: ignore[return-value]

    def __init__(self) -> None:
        self._passes: dict[tuple[str, str], dict[type[Reduction], Reduction | Exception]] = {}
        self._values: dict[tuple[str, str], object] = {}

    def value(self, key: tuple[str, str], compute: Callable[[], T]) -> T:
        """Return what `compute` gave the first time that it was asked for by this key."""
        if key not in self._values:
            self._values[key] = compute()
        return self._values[key]  # type: ignore[return-value]  # one key, one type

    def reduced(self, wanted: type[R], account: str, records: Callable[[], Iterable[LocatedRecord]]) -> R:
        """Return a reduction of one account's records, which are read at the first question alone.

        Raises what the reduction raised at the first record that is not as documented, or what reading did.
        """
        key = item_of(wanted), account
        if key not in self._passes:
            self._passes[key] = _read(_registry[key[0]], records)
        found = self._passes[key][wanted]
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[return-value]  # made from `wanted`


def _read(
    reductions: Iterable[type[Reduction]], records: Callable[[], Iterable[LocatedRecord]]
) -> dict[type[Reduction], Reduction | Exception]:
    found: dict[type[Reduction], Reduction | Exception] = {made: made() for made in reductions}
    live = [(made, found[made].take) for made in found]  # type: ignore[union-attr]
    try:
        for located in records():
            for made, take in live:
                try:
                    take(located)
                except MALFORMED as error:  # the other reductions of the item go on
                    found[made] = error
                    live = [pair for pair in live if pair[0] is not made]
    except MALFORMED as error:  # the file itself: nothing can be said about it
        return dict.fromkeys(found, error)
    return found
