"""Runs one unit: lets its collector yield, writes what it yields, and turns any failure into a gap."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import cast

from evidence import storage
from evidence.aws.cause import explain
from evidence.aws.failures import AnswerError, Failure
from evidence.bundle.format.models import GapRecord, TargetRecord, Unit
from evidence.bundle.write.payload import PayloadFolder
from evidence.collect.context import AccountContext, FailureTrace, UnitContext
from evidence.collect.encoding import line
from evidence.collect.jobs import Key
from evidence.collect.ledger import Ledger
from evidence.collect.plan import PlannedUnit
from evidence.collectors.base import RawFile, Yield
from evidence.errors import EvidenceError
from evidence.readers.ledger import HeldCounts
from evidence.records import Cause, Outcome

_DOOMED = {
    Cause.REGION_CHANGING: "AWS is enabling or disabling the region.",
    Cause.REGION_DISABLED: "The region is not enabled in this account.",
}


@dataclass(frozen=True, slots=True)
class UnitDestination:
    """Where a unit's files and calls go."""

    payload: PayloadFolder
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class UnitEnding:
    """How a unit ended."""

    unit: Unit
    gap: GapRecord | None
    depth: int
    """Calls that had to be answered, one after the other, until it was there."""
    missing: frozenset[Cause] = frozenset()
    """What calls failed of, for which it or a part of it is missing."""


@dataclass(slots=True)
class UnitOutput:
    """What a unit has left so far."""

    records: int = 0
    files: list[str] = field(default_factory=list)


def run_unit(
    services: AccountContext, place: UnitDestination, planned: PlannedUnit, depth: int
) -> UnitEnding:
    """Collect one item for one target.

    Raises what must end the whole run: StorageError, WriteRefusedError, StoppedError.
    """
    services = services.of_a_unit(planned.target)
    started = services.limits.clock.now()
    trace, written, gap = FailureTrace(), UnitOutput(), None
    try:
        _collect(UnitContext(services, planned, trace, depth), place, planned, written)
    except EvidenceError:
        raise  # the disk is full, or the like: no unit could be kept
    except Exception as error:  # one failed collector stops no other: whatever it was is a gap
        if isinstance(error, OSError) and error.errno is not None:  # the disk's: botocore's own have none
            raise storage.refusal(error) from error
        place.payload.discard(written.files)
        failure = explain(error, regional=planned.target.region is not None)
        trace.missing.add(failure.cause)
        gap = gap_of(planned, failure, failure.operation or trace.operation_of(error))
        written = UnitOutput()
    unit = unit_of(
        planned,
        written,
        gap=gap is not None,
        started=started,
        finished=services.limits.clock.now(),
        calls=place.ledger.calls_of(planned.path),
    )
    deepest = max(depth, place.ledger.depth_of(planned.path))
    return UnitEnding(unit, gap, deepest, frozenset(trace.missing))


def missing_need(planned: PlannedUnit, missing: Key, now: datetime) -> UnitEnding:
    """Return the ending of a unit that needs one that became a gap."""
    return _without_calls(
        planned, Failure(Cause.PREREQUISITE_MISSING, "", f"{missing[0]} of {missing[1].label} is a gap."), now
    )


def gap_for_unready_region(planned: PlannedUnit, cause: Cause, now: datetime) -> UnitEnding:
    """Return the ending of a unit whose region is not ready."""
    return _without_calls(planned, Failure(cause, "", _DOOMED[cause]), now)


def refused(planned: PlannedUnit, failure: Failure, now: datetime) -> UnitEnding:
    """Return the ending of a unit whose account could not be entered."""
    return replace(_without_calls(planned, failure, now), missing=frozenset({failure.cause}))


def gap_of(planned: PlannedUnit, failure: Failure, operation: str) -> GapRecord:
    """Return the gap that stands for a unit."""
    return GapRecord(
        item=planned.collector.item,
        target=TargetRecord.of(planned.target),
        cause=failure.cause,
        operation=operation,
        error_code=failure.error_code,
        message=failure.message,
        effect=f"Nothing can be concluded about {planned.target.label} from: {planned.collector.title}.",
    )


def _without_calls(planned: PlannedUnit, failure: Failure, now: datetime) -> UnitEnding:
    gap = gap_of(planned, failure, failure.operation)
    unit = unit_of(planned, UnitOutput(), gap=True, started=now, finished=now, calls=0)
    return UnitEnding(unit, gap, 0)


def _collect(context: UnitContext, place: UnitDestination, planned: PlannedUnit, written: UnitOutput) -> None:
    counts = HeldCounts(planned.collector.item, planned.collector.counted)
    with place.payload.file(planned.path) as output, closing(_generator(context, planned)) as collected:
        for item in collected:
            if isinstance(item, RawFile):
                path = planned.path_of(item.name)
                place.payload.write(path, item.content)
                written.files.append(path)
            else:
                output.write(line(item))
                counts.add(item)
                written.records += 1
    written.files.append(planned.path)
    compared = counts.compare(partial(place.ledger.counted, planned.path))
    differ = [one.words for one in compared if not one.agrees]
    if differ:  # nothing is sealed whose file and ledger contradict each other: no reader takes that
        raise AnswerError(f"The file does not hold what AWS answered: {'; '.join(differ)}.")


def _generator(context: UnitContext, planned: PlannedUnit) -> Generator[Yield, None, None]:
    return cast(Generator[Yield, None, None], planned.collector.collect(context))


def unit_of(
    planned: PlannedUnit, written: UnitOutput, *, gap: bool, started: datetime, finished: datetime, calls: int
) -> Unit:
    """Return the record of a unit that ended."""
    if gap:
        outcome = Outcome.GAP
    else:
        outcome = Outcome.COLLECTED if written.records or len(written.files) > 1 else Outcome.EMPTY
    return Unit(
        item=planned.collector.item,
        target=TargetRecord.of(planned.target),
        outcome=outcome,
        records=written.records,
        files=tuple(sorted(written.files)),
        started=started,
        finished=finished,
        calls=calls,
    )
