"""Packs what a job left, and keeps it where the run is, once all of it is what the job may leave."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from itertools import count
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from evidence.aws.failures import Failure
from evidence.aws.gate import CALLER_IDENTITY
from evidence.aws.scrubbing import without_secrets
from evidence.bundle.format import bag, names, strictjson
from evidence.bundle.format.models import CallRecord
from evidence.cluster.messages import UnfitResultError, WorkerReply
from evidence.collect.errand import Errand
from evidence.collect.jobs import CALLS, RECORD, JobFolder, JobRecord, UnitEntry
from evidence.collect.meter import Meter
from evidence.collect.plan import PlannedUnit
from evidence.collect.unit import UnitOutput, gap_of, unit_of
from evidence.collectors.base import catalogue
from evidence.foreign import diagnose

LARGEST = 64 * 1024 * 1024
"""Bytes of an archive, which passes through the memory of worker, scheduler and run; and of a record."""
UNPACKED = 4 * 1024 * 1024 * 1024
"""Bytes of all that is in an archive; answers of AWS shrink to a sixth."""
_BLOCK = 256 * 1024


class ArchiveTooLargeError(Exception):
    """The job left more than is sent."""


class _Packed(BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > LARGEST:
            raise ArchiveTooLargeError("the job left more than is sent")
        return super().write(data)


def pack(folder: JobFolder) -> tuple[str, bytes]:
    """Return SHA-256 (hex) of an archive, and the archive. Raises ArchiveTooLargeError."""
    packed = _Packed()
    record = JobRecord.model_validate(folder.value())
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name in _members(record):
            archive.write(folder.root / name, name)
    return hashlib.sha256(packed.getbuffer()).hexdigest(), packed.getvalue()


def _members(record: JobRecord) -> list[str]:
    return [RECORD, CALLS, *(f"{bag.PAYLOAD}/{path}" for path in record.files())]


def keep(reply: WorkerReply, archive: bytes, errand: Errand, folder: JobFolder, meter: Meter) -> None:
    """Write what a job left into its folder, as if it had run in this process.

    Raises UnfitResultError, with nothing written, for anything that this job cannot have left.
    """
    if len(archive) > LARGEST or hashlib.sha256(archive).hexdigest() != reply.sha256:
        raise UnfitResultError("it is not the archive that was announced")
    try:
        arrived = _Arrival(ZipFile(BytesIO(archive)), errand)
    except Exception as error:  # whatever an archive can make its readers raise
        raise UnfitResultError(f"it cannot be used: {diagnose(error).clause}") from error
    record = arrived.write(folder)
    gaps = sum(entry.gap is not None for entry in record.units)
    doubts = sum(entry.is_doubtful for entry in record.units)
    meter.add(planned=len(record.units), ended=len(record.units), gaps=gaps, doubts=doubts)
    meter.add(calls=len(arrived.numbers), throttles=reply.throttles)


class _Arrival:
    """What has come: read once to be checked, and once to be written, never beyond the sizes it declares."""

    def __init__(self, archive: ZipFile, errand: Errand) -> None:
        """Raise UnfitResultError, or what reading raises, unless all of it is what the job may leave."""
        self._archive = archive
        self._errand = errand
        with archive.open(RECORD) as content:
            self._record = JobRecord.model_validate(strictjson.loads(content.read(LARGEST)))
        self._files = self._record.files()
        declared = archive.infolist()
        if sorted(one.filename for one in declared) != sorted(_members(self._record)):
            raise UnfitResultError("it holds other files than it tells of")
        if sum(one.file_size for one in declared) > UNPACKED:
            raise UnfitResultError("it is too large")
        self._units = {unit.path: unit for unit in map(self._planned, self._record.units)}
        self._check_paths()
        self._fed: Counter[str] = Counter()
        numbers = list(map(self._number, self._calls()))
        self.numbers = dict(zip(sorted(numbers), count(errand.first), strict=False))
        """Those of the worker's calls, and those that they get here."""
        if len(self.numbers) != len(numbers):
            raise UnfitResultError("two calls have the same number")
        self._lines = {path: self._read_through(path) for path in self._files}

    def _planned(self, entry: UnitEntry) -> PlannedUnit:
        """Return the unit that ended; raise UnfitResultError for one that is not the job's."""
        item, target = entry.key
        if item not in self._errand.job.items or target.account != self._errand.job.account:
            raise UnfitResultError(f"{item} of {target.label} is of another job")
        unit = PlannedUnit(catalogue()[item], target, needs=(), urgency=0)
        if target.scope != unit.collector.scope or not unit.may_leave(entry.files, gap=entry.gap is not None):
            raise UnfitResultError(f"{item} cannot have left this")
        return unit

    def _check_paths(self) -> None:
        paths = [path for entry in self._record.units for path in entry.files]
        if len(self._units) != len(self._record.units) or len(set(map(names.fold_case, paths))) != len(paths):
            raise UnfitResultError("two units are one, or share a file")
        above = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
        unusable = [path for path in paths if names.problem_of(f"{bag.PAYLOAD}/{path}", names.MAX_PATH)]
        if not self._record.whole or unusable or not above.isdisjoint(paths):
            raise UnfitResultError("no job ends like this")

    def _calls(self) -> Iterator[CallRecord]:
        with self._archive.open(CALLS) as lines:
            while line := lines.readline(LARGEST):
                yield CallRecord.model_validate(strictjson.loads(line))

    def _number(self, call: CallRecord) -> int:
        """Return the number of a call; raise UnfitResultError for one that the job cannot have made."""
        unit = self._units.get(call.file)
        if unit is None or (call.item, call.account) != (unit.collector.item, self._errand.job.account):
            raise UnfitResultError("a call belongs to another job")
        allowed = {(one.service, one.name) for one in (*unit.collector.operations, CALLER_IDENTITY)}
        if (call.service, call.operation) not in allowed:
            raise UnfitResultError(f"{call.item} does not declare {call.service}:{call.operation}")
        self._fed[call.file] += 1
        return call.seq

    def _blocks(self, path: str) -> Iterator[bytes]:
        with self._archive.open(f"{bag.PAYLOAD}/{path}") as content:
            while block := content.read(_BLOCK):
                yield block

    def _read_through(self, path: str) -> int:
        """Return how many lines a file has; raise UnfitResultError unless it is what the record says."""
        digest, size, lines = hashlib.sha256(), 0, 0
        for block in self._blocks(path):
            digest.update(block)
            size += len(block)
            lines += block.count(b"\n")
        if (digest.hexdigest(), size) != self._files[path]:
            raise UnfitResultError(f"{path} is not what was announced")
        return lines

    def write(self, folder: JobFolder) -> JobRecord:
        """Write all of it, how the units ended last; return that."""
        with closing(folder.begin(Meter())) as ledger:
            for call in self._calls():
                ledger.add(call.model_copy(update={"seq": self.numbers[call.seq]}))
            ledger.sync()
            for path in self._files:
                with folder.payload.file(path) as output:
                    for block in self._blocks(path):
                        output.write(block)
            units = tuple(map(self._entry, self._record.units))
            told = {"units": units, "clock": ledger.skew.record, "deepest": ledger.deepest}
        record = self._record.model_copy(update=told)
        folder.write(record)
        return record

    def _entry(self, told: UnitEntry) -> UnitEntry:
        """Return how a unit ended: on its worker's word goes only what cannot be seen from here."""
        item, target = told.key
        unit, gap = self._units[catalogue()[item].path(target)], told.gap
        if gap is not None:
            failure = Failure(gap.cause, gap.error_code, without_secrets(gap.message))
            gap = gap_of(unit, failure, gap.operation)
        ended = unit_of(
            unit,
            UnitOutput(self._lines.get(unit.path, 0), list(told.files)),
            gap=gap is not None,
            started=told.unit.started,
            finished=told.unit.finished,
            calls=self._fed[unit.path],
        )
        return told.model_copy(update={"unit": ended, "gap": gap, "part": self._errand.settings.part})
