"""Keeps a worker's result of a unit once all of it is there, as if the unit had run in this process."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.aws.calls import Call
from evidence.aws.failures import Failure
from evidence.aws.gate import CALLER_IDENTITY
from evidence.aws.scrubbing import without_secrets
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import CallRecord
from evidence.cluster.messages import UnfitResultError, UnitResult
from evidence.cluster.spool import Arrival
from evidence.collect.plan import PlannedUnit
from evidence.collect.store import UnitEnding
from evidence.collect.unit import UnitDestination, UnitOutput, gap_of, unit_of


@dataclass(frozen=True, slots=True)
class SentUnit:
    """The unit that was sent away."""

    planned: PlannedUnit
    account: str
    """Whose calls it may bring."""
    depth: int


def keep(arrival: Arrival, ended: UnitResult, expected: SentUnit, place: UnitDestination) -> UnitEnding:
    """Write a unit's files into the bundle and its calls into the ledger; return how it ended.

    Raises UnfitError, with nothing written, for anything that this unit cannot have left.
    """
    planned = expected.planned
    arrival.check()
    _check_files(ended, planned)
    deepest = max((call.depth for call in _calls(arrival, expected)), default=0)
    written = _write(arrival, ended, planned, place)
    count = 0
    for call in _calls(arrival, expected):
        place.ledger.add(_numbered(call, place.ledger.next()))
        count += 1
    for _ in range(ended.throttles):
        place.ledger.throttled()
    why = ended.why
    failure = why and Failure(why.cause, why.error_code, without_secrets(why.message))
    unit = unit_of(
        planned, written, gap=why is not None, started=ended.started, finished=ended.finished, calls=count
    )
    gap = gap_of(planned, failure, why.operation) if why and failure else None
    return UnitEnding(planned, unit, gap, max(expected.depth, deepest))


def _check_files(ended: UnitResult, planned: PlannedUnit) -> None:
    """Raise UnfitError unless the files are the unit's: its records, and others named after its item."""
    folder = planned.path.removesuffix(f"{planned.collector.name}.jsonl")
    paths = [file.path for file in ended.files]
    try:
        known = all(
            path == planned.path or path == planned.path_of(path.removeprefix(folder)) for path in paths
        )
    except ValueError:
        known = False
    if not known or len(set(paths)) != len(paths) or (planned.path in paths) is (ended.why is not None):
        raise UnfitResultError(f"{planned.collector.item} cannot have left these files")
    if ended.why is not None and paths:
        raise UnfitResultError(f"{planned.collector.item} is a gap and yet left files")


def _calls(arrival: Arrival, expected: SentUnit) -> Iterator[CallRecord]:
    """Yield the calls. Raises UnfitError for one that the unit cannot have made."""
    collector = expected.planned.collector
    allowed = {(one.service, one.name) for one in (*collector.operations, CALLER_IDENTITY)}
    for line in arrival.calls():
        try:
            call = CallRecord.model_validate(strictjson.loads(line))
        except ValueError as error:
            raise UnfitResultError("a call cannot be read") from error
        told = (call.item, call.account, call.file)
        if told != (collector.item, expected.account, expected.planned.path):
            raise UnfitResultError("a call belongs to another unit")
        if (call.service, call.operation) not in allowed:
            raise UnfitResultError(f"{collector.item} does not declare {call.service}:{call.operation}")
        yield call


def _numbered(call: CallRecord, seq: int) -> Call:
    """Return a call with its number in this run's ledger."""
    members = {name: getattr(call, name) for name in CallRecord.model_fields}
    return Call(**members | {"seq": seq})


def _write(arrival: Arrival, ended: UnitResult, planned: PlannedUnit, place: UnitDestination) -> UnitOutput:
    written = UnitOutput()
    for number, file in enumerate(ended.files):
        blocks: Iterable[bytes] = arrival.part(number)
        with place.writer.file(file.path) as output:
            for block in blocks:
                output.write(block)
                if file.path == planned.path:
                    written.records += block.count(b"\n")
        written.files.append(file.path)
    return written
