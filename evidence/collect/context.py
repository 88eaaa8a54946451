"""Gives a collector what it works with: calls, pages, parallel work, records of the items it needs."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from evidence.aws.caller import Answer
from evidence.aws.calls import Question
from evidence.aws.cause import explain
from evidence.aws.failures import AnswerError
from evidence.aws.limits import Limits
from evidence.collect.plan import PlannedUnit
from evidence.collectors.base import Context, Refusal
from evidence.errors import EvidenceError
from evidence.records import Cause, Operation, Scope, Target
from evidence.settings.model import AggregatorSettings, Sampling

T = TypeVar("T")
R = TypeVar("R")

_OF_THE_RUN = frozenset({
    Cause.CREDENTIALS_EXPIRED, Cause.CLOCK_WRONG, Cause.DEADLINE, Cause.ROLE_NOT_ASSUMED,
})  # fmt: skip
"""What no other region would answer differently."""


class Asker(Protocol):
    """Sends the requests of one account: see `evidence.aws.caller.RequestSender`."""

    def ask(self, question: Question) -> Answer:
        """Send a request until it is answered or time is up."""
        ...

    def pages(self, question: Question) -> Iterator[Answer]:
        """Ask for page after page."""
        ...


class NeededEvidence(Protocol):
    """The units that have ended, for those that build on them."""

    def records(self, unit: PlannedUnit, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a needed item."""
        ...

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return SHA-256 of a needed item's file."""
        ...


@dataclass(frozen=True)
class AccountContext:
    """What all contexts of an account share."""

    caller: Asker
    limits: Limits
    executor: Executor
    finished: NeededEvidence
    sampling: Sampling
    regions: tuple[str, ...]
    regions_depth: int
    """Calls that had to be answered before the regions were known."""
    window: int
    """How many values of one `map` are taken up at once."""
    unit_seconds: float = float("inf")
    """What a unit of an account may take; an organization's has the run's time."""
    aggregator: AggregatorSettings = field(default_factory=AggregatorSettings)

    def of_a_unit(self, target: Target) -> "AccountContext":
        """Return the services with the limits of a unit that begins now."""
        if target.scope is Scope.ORGANIZATION:
            return self
        return replace(self, limits=self.limits.within(self.unit_seconds, "the unit's"))


class FailureTrace:
    """Where one unit failed, over all its threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._failed: list[tuple[Exception, Operation]] = []
        self.missing: set[Cause] = set()
        """Why there is nothing of parts that the unit goes without."""

    def failed(self, error: Exception, operation: Operation) -> None:
        """Remember which operation an error came from."""
        with self._guard:
            self._failed.append((error, operation))

    def operation_of(self, error: Exception) -> str:
        """Return `service:Operation` for an error, empty when it came from no call."""
        for other, operation in self._failed:
            if other is error:
                return f"{operation.service}:{operation.name}"
        return ""


class UnitContext:
    """The context of one thread of one unit; `depth` counts the answers that came before its next call."""

    def __init__(self, services: AccountContext, unit: PlannedUnit, trace: FailureTrace, depth: int) -> None:
        self.target: Target = unit.target
        self.sampling = services.sampling
        self.aggregator = services.aggregator
        self._services = services
        self._unit = unit
        self._trace = trace
        self._depth = depth

    @property
    def regions(self) -> Sequence[str]:
        """Enabled regions in scope. Whoever looks depends on the call that listed them."""
        self._depth = max(self._depth, self._services.regions_depth)
        return self._services.regions

    def call(
        self,
        operation: Operation,
        /,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> dict[str, Any] | None:
        """Send one request; see `evidence.collectors.base.Context`."""
        question = self._question(operation, region, absent, parameters)
        try:
            return _whole(self._services.caller.ask(question))
        except Exception as error:
            self._trace.failed(error, operation)
            raise
        finally:
            self._depth = max(self._depth, question.depth)

    def pages(
        self,
        operation: Operation,
        /,
        *,
        region: str | None = None,
        absent: Sequence[str] = (),
        **parameters: Any,
    ) -> Iterator[dict[str, Any]]:
        """Send requests until no page follows; see `evidence.collectors.base.Context`."""
        question = self._question(operation, region, absent, parameters)
        try:
            for answer in self._services.caller.pages(question):
                self._depth = max(self._depth, answer.depth)
                if answer.payload is not None:
                    yield answer.payload
        except Exception as error:
            self._trace.failed(error, operation)
            raise

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
        if operation.list_key is None:
            raise ValueError(f"{operation.service}:{operation.name} declares no list key")
        for page in self.pages(operation, region=region, absent=absent, **parameters):
            yield from page[operation.list_key]

    def map(self, function: Callable[[Context, T], R], values: Iterable[T]) -> Iterator[R]:
        """Apply a function to each value at the same time; results in order.

        Never deadlocks, however deep maps are nested and however few threads there are: whoever waits for a
        value that no thread has taken up yet does the work itself.
        """
        remaining = iter(values)
        open_work: deque[tuple[Future[R], UnitContext, T]] = deque()
        deepest = self._depth
        try:
            while True:
                for value in itertools.islice(remaining, self._services.window - len(open_work)):
                    child = UnitContext(self._services, self._unit, self._trace, self._depth)
                    open_work.append((self._services.executor.submit(function, child, value), child, value))
                if not open_work:
                    break
                future, child, value = open_work[0]
                result = function(child, value) if future.cancel() else future.result()
                open_work.popleft()
                deepest = max(deepest, child._depth)
                yield result
        finally:
            self._depth = max(self._depth, deepest)
            _let_end([future for future, _, _ in open_work])

    def attempt(
        self, function: Callable[[Context, T], R], value: T, *, may_be_late: bool = False
    ) -> R | Refusal:
        """Return what a function gives for one part of several, or why there is nothing of it."""
        try:
            return function(self, value)
        except EvidenceError:
            raise  # the disk is full, or the like: it is not this part's
        except Exception as error:
            failure = explain(error, regional=True)
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's: botocore's own have none
            if failure.cause in _OF_THE_RUN and not (may_be_late and failure.cause is Cause.DEADLINE):
                raise
            self._trace.missing.add(failure.cause)
            return Refusal(failure.cause, failure.error_code, failure.message, error)

    def needed(self, item: str) -> Iterator[dict[str, Any]]:
        """Yield the records of an item declared under `needs` or `uses`, for the same account."""
        return self._services.finished.records(self._unit, item)

    def digest_of(self, item: str) -> str:
        """Return SHA-256 (hex) of the .jsonl file of an item declared under `needs`."""
        return self._services.finished.digest(self._unit, item)

    def wait(self, seconds: float) -> None:
        """Sleep between polls; raises DeadlineError when the run's deadline would pass."""
        self._services.limits.wait(seconds)

    def _question(
        self, operation: Operation, region: str | None, absent: Sequence[str], parameters: dict[str, Any]
    ) -> Question:
        return Question(
            operation=operation,
            parameters=parameters,
            item=self._unit.collector.item,
            file=self._unit.path,
            depth=self._depth + 1,
            region=region or self.target.region,
            absent=tuple(absent),
            urgency=self._unit.urgency,
            limits=self._services.limits,
        )


def _let_end(futures: Sequence["Future[Any]"]) -> None:
    """Drop what was not begun and wait for the rest, so that no call outlives the unit it belongs to."""
    wait([future for future in futures if not future.cancel()])


def _whole(answer: Answer) -> dict[str, Any] | None:
    """Return the answer to a single call; one page of several would pass for all there is."""
    if answer.next_token is not None:
        raise AnswerError("more pages follow than were asked for")
    return answer.payload
