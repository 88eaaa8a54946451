"""Tries one unit in the cheapest way: its collector runs as ever, and AWS is asked once where it asks often.

Each operation is asked once in each region, a small page of it. Asked again, it gives an empty list, or the
same answer; so that a collector that goes through thousands of roles reads the policies of one. While nothing
was found that another operation of the item needs (a role with a policy of its own), some more are looked at.
Nobody waits for a job that AWS runs in the background.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from evidence.aws.caller import Answer, RequestSender
from evidence.aws.calls import Question
from evidence.aws.cause import explain
from evidence.aws.failures import CALL_ERRORS, Failure
from evidence.collect.context import AccountContext, FailureTrace, UnitContext
from evidence.collect.plan import PlannedUnit
from evidence.collect.regions import REGIONS_ITEM
from evidence.collectors.base import Context, RawFile
from evidence.errors import EvidenceError
from evidence.records import DENIALS, Cause, Operation

T = TypeVar("T")
R = TypeVar("R")

PAGE = 10
"""Members of a page, where AWS lets us say so: enough to find one that has what others lack."""
_WHOLE_PAGES = (REGIONS_ITEM, "iam.authorization-details")
"""Where all else is asked, and what roles are chosen from."""
_PAGE_SIZES = ("MaxResults", "maxResults", "MaxItems", "Limit")
_ENOUGH = PAGE
"""So often an operation is asked that finds nothing, while others of the item wait for what it finds."""


_TELLING = DENIALS | {
    Cause.UNREACHABLE, Cause.THROTTLED, Cause.CREDENTIALS_EXPIRED, Cause.CLOCK_WRONG, Cause.DEADLINE,
    Cause.REGION_DISABLED, Cause.ANSWER_INCOMPLETE,
}  # fmt: skip
"""What counts of an operation that is asked out of its turn: after other errors AWS has let it in."""


class NotWaitedError(Exception):
    """AWS has begun a job, and a trial does not wait for its end."""


@dataclass(frozen=True, slots=True)
class OperationTrial:
    """How AWS answered to one operation in one region."""

    operation: Operation
    region: str
    """Empty where none was named."""
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class UnitTrial:
    """How the trial of a unit ended."""

    unit: PlannedUnit
    gap: Failure | None
    """What it would be a gap of."""
    tried: tuple[OperationTrial, ...] = ()
    records: tuple[Any, ...] = ()
    """Some of what a collection would find."""


@dataclass(slots=True)
class _Exchange:
    """What is known of one operation in one region."""

    times: int = 0
    payload: dict[str, Any] | None = None
    found: bool = False
    error: Exception | None = None


@dataclass
class TrialAsker:
    """Stands between the collector of a unit, which asks one thing after the other, and AWS."""

    sender: RequestSender
    unit: PlannedUnit
    exchanges: dict[tuple[Operation, str | None], _Exchange] = field(default_factory=dict)

    def ask(self, question: Question) -> Answer:
        """Ask AWS, unless it has been asked enough. Raises what `RequestSender.ask` does, again and again."""
        known = self.exchanges.setdefault((question.operation, question.region), _Exchange())
        if known.error:
            raise known.error
        if known.times and (known.found or known.times >= _ENOUGH or not self.untried):
            return Answer(_emptied(known.payload, question.operation), None, question.depth)
        known.times += 1
        try:
            answer = self.sender.ask(self._small(question))
        except CALL_ERRORS as error:
            known.error = error
            raise
        known.payload = answer.payload
        known.found = bool((answer.payload or {}).get(question.operation.list_key or ""))
        return answer

    def pages(self, question: Question) -> Iterator[Answer]:
        """Ask for the first page alone; where several kinds are asked for, for the first of each."""
        kinds = question.parameters.get("Filter")
        parts = [{"Filter": [kind]} for kind in kinds] if isinstance(kinds, list) else [{}]
        for part in parts:
            answer = self.ask(replace(question, parameters=question.parameters | part))
            yield replace(answer, next_token=None)
            if part is not parts[-1]:
                del self.exchanges[question.operation, question.region]  # of the next kind nothing is known

    @property
    def untried(self) -> list[Operation]:
        """Declared operations that have not been asked."""
        asked = {operation for operation, _ in self.exchanges}
        return [one for one in self.unit.collector.operations if one not in asked]

    def ask_the_rest(self) -> None:
        """Ask what has not been asked and needs no argument. Out of its turn, not every error tells."""
        region = self.unit.target.region
        for operation in self.untried:
            shape = self._input(operation, region)
            if shape and shape.required_members:
                continue
            try:
                self.ask(Question(operation, {}, self.unit.collector.item, self.unit.path, 1, region))
            except CALL_ERRORS as error:
                if explain(error, regional=region is not None).cause not in _TELLING:
                    self.exchanges[operation, region].error = None

    def tried(self) -> tuple[OperationTrial, ...]:
        """Return how AWS answered."""
        regional = self.unit.target.region is not None
        return tuple(
            OperationTrial(
                operation,
                region or "",
                replace(explain(known.error, regional=regional), operation=_name(operation))
                if known.error
                else None,
            )
            for (operation, region), known in self.exchanges.items()
        )

    def _small(self, question: Question) -> Question:
        """Return the question for a small page."""
        shape = self._input(question.operation, question.region)
        size = next((name for name in _PAGE_SIZES if shape and name in shape.members), None)
        if size is None or self.unit.collector.item in _WHOLE_PAGES:
            return question
        return replace(question, parameters=question.parameters | {size: PAGE})

    def _input(self, operation: Operation, region: str | None) -> Any:
        """Return botocore's shape of what an operation takes, None where it takes nothing."""
        client = self.sender.session.client(operation.service, region)
        return client.meta.service_model.operation_model(operation.name).input_shape


class TrialContext(UnitContext):
    """The context of a unit on trial: one thing after the other, and no waiting."""

    def map(self, function: Callable[[Context, T], R], values: Iterable[T]) -> Iterator[R]:
        """Apply a function to each value; the first failure counts once all were taken up."""
        results, failed = [], None
        for value in values:
            try:
                results.append(function(self, value))
            except EvidenceError:
                raise
            except Exception as error:  # noqa: BLE001 (raised when all were taken up)
                failed = failed or error
        if failed:
            raise failed
        yield from results

    def wait(self, seconds: float) -> None:
        """Raise NotWaitedError."""
        del seconds
        raise NotWaitedError


def try_unit(services: AccountContext, sender: RequestSender, unit: PlannedUnit) -> UnitTrial:
    """Try a unit. Raises what would end a run: StorageError, WriteRefusedError, StoppedError."""
    asker, trace = TrialAsker(sender, unit), FailureTrace()
    context = TrialContext(replace(services, caller=asker), unit, trace, depth=1)
    records: list[Any] = []
    gap, whole = None, False
    try:
        with closing(unit.collector.collect(context)) as collected:  # type: ignore[type-var]
            records.extend(one for one in collected if not isinstance(one, RawFile))
        whole = True
    except NotWaitedError:
        pass
    except EvidenceError:
        raise
    except Exception as error:  # noqa: BLE001 (as in a run: whatever it was is a gap)
        failure = explain(error, regional=unit.target.region is not None)
        gap = replace(failure, operation=failure.operation or trace.operation_of(error))
    if not whole:
        asker.ask_the_rest()
    return UnitTrial(unit, gap, asker.tried(), tuple(records))


def _emptied(payload: dict[str, Any] | None, operation: Operation) -> dict[str, Any] | None:
    """Return an answer without the members of its list, which have been gone through."""
    key = operation.list_key
    if payload is None or key is None or not isinstance(payload[key], list):
        return payload
    return payload | {key: []}


def _name(operation: Operation) -> str:
    return f"{operation.service}:{operation.name}"
