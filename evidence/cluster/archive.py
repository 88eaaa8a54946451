"""Packs what a job left, and keeps it where the run is, once all of it is what the job may leave.

An archive is one compressed stream: how the units ended, the calls, then the files in order.
"""

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from itertools import count
from typing import Any

from evidence.aws.calls import Call
from evidence.aws.failures import Failure
from evidence.aws.gate import CALLER_IDENTITY
from evidence.aws.scrubbing import without_secrets
from evidence.bundle.format import bag, names, strictjson
from evidence.bundle.format.models import CallRecord
from evidence.bundle.write.payload import WrittenFile
from evidence.cluster.messages import UnfitResultError, WorkerReply
from evidence.collect.errand import Errand
from evidence.collect.jobs import CALLS, RECORD, JobFolder, JobRecord, UnitEntry
from evidence.collect.meter import Meter
from evidence.collect.plan import PlannedUnit
from evidence.collect.unit import UnitOutput, gap_of, unit_of
from evidence.collectors.base import catalogue

LARGEST = 64 * 1024 * 1024
"""Bytes of an archive, which passes through the memory of worker, scheduler and run; and of what is read as
a whole out of one."""
UNPACKED = 4 * 1024 * 1024 * 1024
"""Bytes of all that is in an archive; answers of AWS shrink to an eleventh."""
_BLOCK = 256 * 1024


class ArchiveTooLargeError(Exception):
    """The job left more than is sent."""


def pack(folder: JobFolder) -> tuple[dict[str, Any], bytes]:
    """Return what a reply says of an archive, and the archive. Raises ArchiveTooLargeError."""
    record, packed = folder.read(), BytesIO()
    files = sorted(record.files()) if record else []
    told = {"record": folder.root / RECORD, "calls": folder.root / CALLS}
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6) as stream:
        for path in (*told.values(), *map(folder.payload.path_of, files)):
            with path.open("rb") as content:
                while block := content.read(_BLOCK):
                    stream.write(block)
                    if packed.tell() > LARGEST:
                        raise ArchiveTooLargeError(f"{folder.name} left more than is sent")
    archive = packed.getvalue()
    sizes = {name: path.stat().st_size for name, path in told.items()}
    return sizes | {"sha256": hashlib.sha256(archive).hexdigest()}, archive


def keep(reply: WorkerReply, archive: bytes, errand: Errand, folder: JobFolder, meter: Meter) -> None:
    """Write what a job left into its folder, as if it had run in this process.

    Raises UnfitResultError, with nothing written, for anything that this job cannot have left.
    """
    arrival = _Arrival(reply, archive, errand)
    try:
        arrival.check()
    except (EOFError, OSError, zlib.error, ValueError) as error:
        raise UnfitResultError(f"an archive cannot be read: {error}") from error
    record = arrival.write(folder)
    gaps = sum(entry.gap is not None for entry in record.units)
    meter.add(planned=len(record.units), ended=len(record.units), gaps=gaps)
    meter.add(calls=len(arrival.numbers), throttles=reply.throttles)


class _Arrival:
    """An archive that has come, read twice: checked, then written."""

    def __init__(self, reply: WorkerReply, archive: bytes, errand: Errand) -> None:
        self._reply = reply
        self._archive = archive
        self._errand = errand
        self._units: dict[str, PlannedUnit] = {}
        """By the path of their records."""
        self._calls: Counter[str] = Counter()
        """By the path that they fed."""
        self._records: Counter[str] = Counter()
        self.numbers: dict[int, int] = {}
        """Those of the worker's calls to those in this process's ledger."""

    def check(self) -> None:
        """Raise UnfitResultError, or what reading raises, unless all of it is what the job may leave."""
        if len(self._archive) > LARGEST or hashlib.sha256(self._archive).hexdigest() != self._reply.sha256:
            raise UnfitResultError("an archive is not the one that was announced")
        with self._stream() as stream:
            self._record = JobRecord.model_validate(strictjson.loads(self._record_in(stream)))
            self._check_units()
            seen = []
            for call in self._calls_in(stream):
                self._check_call(call)
                seen.append(call.seq)
            for path, written in self._files():
                digest = hashlib.sha256()
                for block in _blocks(stream, written.size):
                    digest.update(block)
                    self._records[path] += block.count(b"\n")
                if digest.hexdigest() != written.sha256:
                    raise UnfitResultError(f"{path} is not what was announced")
            if stream.read(1) or len(set(seen)) != len(seen):
                raise UnfitResultError("an archive holds more than was announced")
        self.numbers = dict(zip(sorted(seen), count(self._errand.first)))

    def write(self, folder: JobFolder) -> JobRecord:
        """Write all of it, how the units ended last; return that."""
        with self._stream() as stream, closing(folder.begin(Meter())) as ledger:
            self._record_in(stream)
            for call in self._calls_in(stream):
                members = {name: getattr(call, name) for name in CallRecord.model_fields}
                ledger.add(Call(**members | {"seq": self.numbers[call.seq]}))
            ledger.sync()
            for path, written in self._files():
                with folder.payload.file(path) as output:
                    for block in _blocks(stream, written.size):
                        output.write(block)
            record = self._record.model_copy(
                update={
                    "units": tuple(map(self._entry, self._record.units)),
                    "clock": ledger.skew.record,
                    "deepest": ledger.deepest,
                }
            )
        folder.write(record)
        return record

    def _stream(self) -> gzip.GzipFile:
        return gzip.GzipFile(fileobj=BytesIO(self._archive))

    def _record_in(self, stream: gzip.GzipFile) -> bytes:
        if self._reply.record > LARGEST:
            raise UnfitResultError("a record is too large")
        return b"".join(_blocks(stream, self._reply.record))

    def _calls_in(self, stream: gzip.GzipFile) -> Iterator[CallRecord]:
        left = self._reply.calls
        while left:
            line = stream.readline(min(left, LARGEST))
            left -= len(line)
            yield CallRecord.model_validate(strictjson.loads(line))

    def _files(self) -> list[tuple[str, WrittenFile]]:
        return sorted(self._record.files().items())

    def _check_units(self) -> None:
        """Raise UnfitResultError unless units and files are those of the job, by name and size."""
        job, known = self._errand.job, catalogue()
        for entry in self._record.units:
            item, target = entry.key
            if item not in job.items or target.account != job.account or target.scope != known[item].scope:
                raise UnfitResultError(f"{item} of {target.label} is of another job")
            unit = PlannedUnit(known[item], target, needs=(), urgency=0)
            if not unit.may_leave(entry.files, gap=entry.gap is not None):
                raise UnfitResultError(f"{item} cannot have left these files")
            self._units[unit.path] = unit
        paths = [path for entry in self._record.units for path in entry.files]
        sizes = [written.size for _, written in self._files()]
        if (
            not self._record.whole
            or len(self._units) != len(self._record.units)
            or len(set(map(names.fold_case, paths))) != len(paths)
            or any(names.problem_of(f"{bag.PAYLOAD}/{path}", names.MAX_PATH) for path in paths)
            or min(sizes, default=0) < 0
            or self._reply.calls + sum(sizes) > UNPACKED
        ):
            raise UnfitResultError("a job cannot have left this")

    def _check_call(self, call: CallRecord) -> None:
        """Raise UnfitResultError for a call that no unit of the job can have made."""
        unit = self._units.get(call.file)
        if unit is None or (call.item, call.account) != (unit.collector.item, self._errand.job.account):
            raise UnfitResultError("a call belongs to another job")
        allowed = {(one.service, one.name) for one in (*unit.collector.operations, CALLER_IDENTITY)}
        if (call.service, call.operation) not in allowed:
            raise UnfitResultError(f"{call.item} does not declare {call.service}:{call.operation}")
        self._calls[call.file] += 1

    def _entry(self, told: UnitEntry) -> UnitEntry:
        """Return how a unit ended: of its worker's word no more than what cannot be seen from here."""
        item, target = told.key
        unit = self._units[catalogue()[item].path(target)]
        written = UnitOutput(self._records[unit.path], list(told.files))
        gap = told.gap and gap_of(
            unit,
            Failure(told.gap.cause, told.gap.error_code, without_secrets(told.gap.message)),
            told.gap.operation,
        )
        return told.model_copy(
            update={
                "unit": unit_of(
                    unit, written, gap=gap is not None, started=told.unit.started,
                    finished=told.unit.finished, calls=self._calls[unit.path],
                ),
                "gap": gap,
                "part": self._errand.settings.part,
            }
        )  # fmt: skip


def _blocks(stream: gzip.GzipFile, size: int) -> Iterator[bytes]:
    """Yield so many bytes. Raises EOFError when there are fewer."""
    while size:
        block = stream.read(min(size, _BLOCK))
        if not block:
            raise EOFError("it ends too soon")
        size -= len(block)
        yield block
