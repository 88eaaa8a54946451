"""Defines what a collector is and what the runner gives it; a new collector is one file beside this one.

A collector is a generator with a declaration in front of it. It yields records; it never writes files,
retries, logs or swallows errors: the runner does (`evidence.collect`).
"""

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from evidence.custom.declarations import SwitchedOnItem
from evidence.records import ITEM_ID, Cause, Operation, Scope, Target, ValueKind
from evidence.settings.model import AggregatorSettings, Sampling

Record = Mapping[str, Any]
"""One line of the unit's .jsonl file: members as boto3 returns them."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file that a collector leaves beside its records, byte for byte (the credential report's CSV)."""

    name: str
    """Path below the service's folder; starts with the item's short name."""
    content: bytes


Yield = Record | RawFile


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one part of several was not answered; a collector writes it into its record of what was asked."""

    cause: Cause
    error_code: str
    message: str
    error: Exception


class Context(Protocol):
    """All that a collector may use. Implemented by the runner; errors pass through to it."""

    target: Target
    sampling: Sampling
    aggregator: AggregatorSettings

    @property
    def regions(self) -> Sequence[str]:
        """Enabled regions of the account, in scope of this run."""
        ...

    def call(
        self,
        operation: Operation,
        /,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> dict[str, Any] | None:
        """Send one request; return boto3's answer without ResponseMetadata.

        `absent` lists the error codes that mean 'asked correctly, and there is none': then None is returned.
        Raises whatever botocore raises for any other error, and AnswerError for an answer whose list key is
        missing.
        """
        ...

    def pages(
        self,
        operation: Operation,
        /,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> Iterator[dict[str, Any]]:
        """Send requests until AWS says that no page follows; yield each page.

        Raises AnswerError when a token repeats, a marker is missing, or pages exceed the cap.
        """
        ...

    def records(
        self,
        operation: Operation,
        /,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> Iterator[Any]:
        """Yield the members under the operation's list key, over all pages."""
        ...

    def map(self, function: Callable[["Context", T], R], values: Iterable[T]) -> Iterator[R]:
        """Apply a function to each value at the same time, in bounded number; results in order.

        The function gets a context of its own (for the depth of calls), and must use that one.
        """
        ...

    def attempt(
        self, function: Callable[["Context", T], R], value: T, *, may_be_late: bool = False
    ) -> R | Refusal:
        """Return what a function gives for one part of several, or why AWS gave nothing for that part.

        Raises what concerns all parts alike: expired credentials, a wrong clock, the deadline. Where the
        collector writes down which parts came too late (`may_be_late`), those before are kept.
        """
        ...

    def needed(self, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of an item declared under `needs` or `uses`, for the same account.

        One that is declared under `uses` and was not collected has none.
        """
        ...

    def digest_of(self, item: str) -> str:
        """Return SHA-256 (hex) of the .jsonl file of an item declared under `needs`."""
        ...

    def wait(self, seconds: float) -> None:
        """Sleep between polls; raises DeadlineError when the run's deadline would pass."""
        ...


@dataclass(frozen=True)
class Collector:
    """The declaration of one evidence item and the code that gathers it for one target."""

    item: str
    """Dotted id: `iam.credential-report`."""
    title: str
    scope: Scope
    operations: tuple[Operation, ...]
    blind_spots: tuple[str, ...]
    """What this evidence does not show, one sentence each; printed in the report."""
    shape: str
    """The members of a record, in words, for the docs."""
    collect: Callable[[Context], Iterator[Yield]]
    needs: tuple[str, ...] = ()
    """Items whose records it builds on; they run first. A gap there is a gap here."""
    uses: tuple[str, ...] = ()
    """Items that it looks into where they were collected; they run first. A gap there is none here."""
    headline: int = 0
    """1 to 6 for the six that auditors ask for by name; 0 for the rest."""
    calls: int = 1
    """Calls that one unit takes on the demo account: what `evidence plan` reckons with."""
    grows_by: Scope | None = None
    """Of an item of the organization, what `calls` are for: each of its accounts, or each region of each."""
    folder: str = ""
    """Of its further files, a short word; without one their names begin with the item's own."""
    people: Mapping[tuple[str, ...], ValueKind] = field(default_factory=dict)
    """Members that name a person or an account, which a redacted pack must not show; by the way to them."""
    counted: tuple[str, ...] = ()
    """Of a custom item: what lists its records, then what is asked once for each (`readers.ledger`)."""

    @property
    def service(self) -> str:
        """The folder below the target: `iam` of `iam.credential-report`."""
        return self.item.split(".", 1)[0]

    @property
    def name(self) -> str:
        """The file's stem: `credential-report` of `iam.credential-report`."""
        return self.item.split(".", 1)[1]

    def path(self, target: Target, suffix: str = "jsonl") -> str:
        """Return the path below data/ of this item's records for a target."""
        return f"{target.folder}/{self.service}/{self.name}.{suffix}"


registry: dict[str, Collector] = {}


def collector(
    *,
    item: str,
    title: str,
    scope: Scope,
    operations: tuple[Operation, ...],
    shape: str,
    blind_spots: tuple[str, ...],
    needs: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
    headline: int = 0,
    calls: int = 1,
    grows_by: Scope | None = None,
    folder: str = "",
    people: Mapping[tuple[str, ...], ValueKind] | None = None,
) -> Callable[[Callable[[Context], Iterator[Yield]]], Collector]:
    """Declare the decorated generator as the collector of `item`."""

    def declare(function: Callable[[Context], Iterator[Yield]]) -> Collector:
        declared = Collector(
            item=item,
            title=title,
            scope=scope,
            operations=operations,
            blind_spots=blind_spots,
            shape=shape,
            collect=function,
            needs=needs,
            uses=uses,
            headline=headline,
            calls=calls,
            grows_by=grows_by,
            folder=folder,
            people=people or {},
        )
        _check(declared)
        registry[item] = declared
        return declared

    return declare


def _check(declared: Collector) -> None:
    """Raise an error of one sentence for a declaration that the catalogue cannot take."""
    item = declared.item
    for one in (item, *declared.needs, *declared.uses):
        if not re.fullmatch(ITEM_ID, one):
            raise ValueError(
                f"An evidence item is a service and a name, like iam.password-policy; {one!r} is not."
            )
    if item in registry:
        raise ValueError(f"Two collectors declare the item {item}; give one of them another name.")
    if not isinstance(declared.scope, Scope):
        raise TypeError(f"{item} declares the scope {declared.scope!r}; take one of evidence.records.Scope.")
    if declared.grows_by and declared.scope is not Scope.ORGANIZATION:
        raise ValueError(f"{item} grows by accounts or regions, but only items of the organization do.")
    for name in ("title", "operations", "shape", "blind_spots"):
        if not getattr(declared, name):
            raise ValueError(
                f"{item} says nothing as its {name}; `evidence items` and the report print them."
            )
    for spot in declared.blind_spots:
        if not spot.strip().endswith("."):
            raise ValueError(f"{item} has a blind spot that is no sentence: {spot!r}.")


def catalogue(custom: Iterable[SwitchedOnItem] = ()) -> dict[str, Collector]:
    """Return every collector by item id, sorted; finds them by looking into this package's files.

    Beside them those of the custom items that a run has switched on, none of which can take the id of one.
    """
    _declare_all()
    from evidence.collectors._custom import collectors_of

    return dict(sorted((collectors_of(custom) | registry).items()))


@functools.cache
def _declare_all() -> None:
    """Import what declares collectors; once in a process, which does not look for files again."""
    package = importlib.import_module("evidence.collectors")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base":
            importlib.import_module(f"evidence.collectors.{module.name}")
