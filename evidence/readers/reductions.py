"""Reads a large item once for all tests of a run, and keeps of it what their rules need.

A rule that needs little of each record declares a reduction: what it keeps of them. The first test that asks
for any reduction of an item has the records read once, for every reduction of it; nothing else of a record
is kept, so that memory grows with what the rules need and not with the documents. Of many accounts it is
kept on disk: a rule looks at one after the other.
"""

import pickle
import tempfile
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Self, TypeVar

from evidence.bundle import Bundle, LocatedRecord
from evidence.readers.unreadable import MALFORMED
from evidence.storage import storage_errors

T = TypeVar("T")
R = TypeVar("R", bound="Reduction")


class Reduction(ABC):
    """What a rule keeps of one account's records of an item; made empty, then given each record in order."""

    @abstractmethod
    def take(self, located: LocatedRecord) -> None:
        """Keep what is needed of a record. Raises one of MALFORMED for a record that is not as documented."""


_OURS = __name__.partition(".")[0]
_registry: dict[str, list[type[Reduction]]] = {}
_items: dict[type[Reduction], str] = {}


def reduction(item: str) -> Callable[[type[R]], type[R]]:
    """Declare the decorated class as a reduction of an item."""

    def declare(made: type[R]) -> type[R]:
        if not made.__module__.startswith(f"{_OURS}."):
            raise TypeError("a custom test shares no pass over records with tests of this program")
        _registry.setdefault(item, []).append(made)
        _items[made] = item
        return made

    return declare


def item_of(wanted: type[Reduction]) -> str:
    """Return the item that a reduction is made from."""
    return _items[wanted]


IN_MEMORY = 32
"""Accounts of which what was read stays in memory."""


class _AccountValues:
    """What is kept of one kind, account by account: of the first in memory, of the others on disk.

    The file has no name: nobody else can put into it what is unpickled here.
    """

    def __init__(self) -> None:
        self._kept: dict[str, object] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._latest: tuple[str, object] = ("", None)
        self._folder = Path(tempfile.gettempdir())
        self._file: IO[bytes] | None = None

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def __contains__(self, account: str) -> bool:
        return account in self._kept or account in self._places

    def put(self, account: str, value: object) -> None:
        """Keep what was read of an account; an exception is kept as it is."""
        if len(self._kept) < IN_MEMORY or isinstance(value, Exception):
            self._kept[account] = value
            return
        with storage_errors(self._folder):
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115  closed with `self`
            start = self._file.seek(0, 2)
            pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
            self._places[account] = start, self._file.tell() - start
        self._latest = account, value

    def get(self, account: str) -> object:
        """Return what was read of an account."""
        if account in self._kept:
            return self._kept[account]
        if self._latest[0] != account:
            self._latest = account, self._read(account)
        return self._latest[1]

    def _read(self, account: str) -> object:
        start, size = self._places[account]
        with storage_errors(self._folder):
            if self._file is None:
                raise RuntimeError(f"{account} was written nowhere")
            self._file.seek(start)
            return pickle.loads(self._file.read(size))  # noqa: S301  written here, and nobody else can


class ReductionCache:
    """What the tests have read of a bundle already, for as long as it is open."""

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Return what is remembered of a bundle."""
        return bundle.memory.setdefault(cls.__module__, cls())  # type: ignore[return-value]

    def __init__(self) -> None:
        self._of_accounts: dict[object, _AccountValues] = defaultdict(_AccountValues)
        self._values: dict[tuple[str, str], object] = {}

    def value(self, key: tuple[str, str], compute: Callable[[], T]) -> T:
        """Return what `compute` gave the first time that it was asked for by this key."""
        if key not in self._values:
            self._values[key] = compute()
        return self._values[key]  # type: ignore[return-value]  # one key, one type

    def of_account(self, what: str, account: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gave the first time that it was asked for of an account."""
        values = self._of_accounts[what]
        if account not in values:
            values.put(account, compute())
        return values.get(account)  # type: ignore[return-value]  # of one word, one type

    def reduced(self, wanted: type[R], account: str, records: Callable[[], Iterable[LocatedRecord]]) -> R:
        """Return a reduction of one account's records, which are read at the first question alone.

        Raises what the reduction raised at the first record that is not as documented, or what reading did.
        """
        if account not in self._of_accounts[wanted]:
            for made, value in _read(_registry[item_of(wanted)], records).items():
                self._of_accounts[made].put(account, value)
        found = self._of_accounts[wanted].get(account)
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
