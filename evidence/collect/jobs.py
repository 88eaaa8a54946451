"""Keeps a job on disk: its files, its calls, how its units ended. `NAME.partial` until it is whole.

A job is the unit of durability: whoever kills the run, `--resume` keeps the jobs that are whole. No two jobs
have a path in common, so that sealing moves their files into one bag.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from evidence import storage
from evidence.aws.cause import EXPIRED, REFUSED_CREDENTIALS
from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import ClockSkew, GapRecord, RegionState, SampleSelection, Unit
from evidence.bundle.format.names import PARTIAL_SUFFIX
from evidence.bundle.write.payload import PayloadFolder, WrittenFile, hashed
from evidence.collect.ledger import Ledger, free
from evidence.collect.meter import Meter
from evidence.records import Cause, Outcome, Target

Key = tuple[str, Target]
"""Item and target: what names a unit in a run."""

RECORD, CALLS = "job.json", "calls.jsonl"
_RESERVE, _RESERVED = ".reserve", 2 * 1024 * 1024
"""Held beside the jobs' folder: on a full disk there must be room to write down what has ended."""
DOUBTFUL = frozenset({
    Cause.CREDENTIALS_EXPIRED, Cause.CLOCK_WRONG, Cause.UNREACHABLE, Cause.ANSWER_INCOMPLETE,
    Cause.REGION_DISABLED,
})  # fmt: skip
"""What may be the fault of whoever runs this, of credentials or network, and not of the one unit.

A region that is not enabled refuses credentials in the words that AWS has everywhere for a key that was
deleted, and a proxy that wants somebody to sign in answers in AWS's place."""
MAY_PASS = DOUBTFUL | {Cause.THROTTLED, Cause.DEADLINE}
"""What may be otherwise when the run goes on, where a call failed of it; AWS's other refusals stay."""


class _JobModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UnitEntry(_JobModel):
    """A unit ended, and all it left is on disk."""

    unit: Unit
    gap: GapRecord | None
    depth: int
    """Calls that had to be answered, one after the other, until it was there."""
    part: int
    """The part of the run in which it ended, from 0."""
    files: dict[str, WrittenFile]
    """Paths below data/."""
    missing: tuple[Cause, ...] = ()
    """What calls failed of, for which it or a part of it is missing."""

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        left_none = self.unit.outcome is Outcome.GAP
        if (self.gap is not None, not self.files) != (left_none, left_none):
            raise ValueError("a unit is a gap, or has left files")
        if self.gap and (self.gap.item, self.gap.target) != (self.unit.item, self.unit.target):
            raise ValueError("a gap tells of another unit")
        if self.unit.outcome is not Outcome.COLLECTED and self.unit.records:
            raise ValueError("a unit has records, and collected nothing")
        if self.files.keys() != set(self.unit.files):
            raise ValueError("a unit tells of other files than those it left")
        return self

    @property
    def key(self) -> Key:
        """What names the unit in a run."""
        return self.unit.item, self.unit.target.target()

    @property
    def may_pass(self) -> bool:
        """Whether something of it is missing that may be there when it is asked for again."""
        return not MAY_PASS.isdisjoint(self.missing)

    @property
    def is_doubtful(self) -> bool:
        """Whether something of it is missing as if credentials or network were gone."""
        return not DOUBTFUL.isdisjoint(self.missing)

    @property
    def lacked_credentials(self) -> bool:
        """Whether it is a gap since their source gave none: AWS was not even asked."""
        gap, told = self.gap, EXPIRED | REFUSED_CREDENTIALS
        return gap is not None and gap.cause is Cause.CREDENTIALS_EXPIRED and gap.error_code not in told


class JobRecord(_JobModel):
    """How the units of a job ended."""

    whole: bool
    """False when the run was paused before all had."""
    units: tuple[UnitEntry, ...]
    regions: tuple[RegionState, ...]
    """Of an account; empty for an item of the organization."""
    sample: SampleSelection | None
    clock: ClockSkew
    deepest: int
    """Length of the longest chain of calls."""
    calls: WrittenFile | None = None
    """The calls as they were when this was written; the folder's to say."""

    def files(self) -> dict[str, WrittenFile]:
        """Return all that the units left, by path below data/."""
        return {path: written for entry in self.units for path, written in entry.files.items()}


class JobFolder:
    """Where a job writes, and where it stands when it is whole."""

    def __init__(self, jobs: Path, name: str) -> None:
        self.name = name
        self._whole = jobs / name
        self._partial = jobs / f"{name}{PARTIAL_SUFFIX}"
        self.payload = PayloadFolder(self._partial if self._partial.exists() else self._whole)

    @property
    def root(self) -> Path:
        """The folder, under the name it has now."""
        return self.payload.root

    @property
    def is_whole(self) -> bool:
        """Whether it has the name of one that is."""
        return self.root == self._whole

    def begin(self, meter: Meter, first: int = 1) -> Ledger:
        """Make the folder unless it is there; return its ledger."""
        self.payload.root = self._partial
        with storage.storage_errors(self._partial):
            storage.make_folders(self._partial.parent, self._partial / bag.PAYLOAD)
        return Ledger(self._partial / CALLS, meter=meter, first=first)

    def write(self, record: JobRecord) -> None:
        """Write down how the units ended, on disk; from here on no call is added."""
        with storage.storage_errors(self.root):
            told = record.model_copy(update={"calls": hashed(self.root / CALLS)})
            with storage.replacing(self.root / RECORD) as file:
                file.write(strictjson.line(told.model_dump(mode="json")))

    def make_room(self) -> None:
        """Give up what is held in reserve, for this job and all others of the run."""
        with suppress(OSError):
            (self._whole.parent.parent / _RESERVE).unlink()

    def value(self) -> dict[str, Any] | None:
        """Return how the units ended, as JSON values; None when nothing that can be read says so."""
        with suppress(OSError, ValueError):
            value: dict[str, Any] = strictjson.loads((self.root / RECORD).read_bytes())
            return value
        return None

    def read(self) -> JobRecord | None:
        """Return how the units ended; None when nothing that can be read says so."""
        with suppress(ValueError):
            return JobRecord.model_validate(self.value())
        return None

    def has_calls_of(self, record: JobRecord) -> bool:
        """Say whether the calls are still those that were there when a record was written."""
        return record.calls is not None and hashed(self.root / CALLS) == record.calls

    def complete(self) -> None:
        """Give a job the name of one that is whole, unless it has it."""
        if self.is_whole:
            return
        with storage.storage_errors(self._whole):
            self._partial.rename(self._whole)
            storage.sync_folder(self._whole.parent)
        self.payload.root = self._whole

    def hold(self, record: JobRecord) -> set[str]:
        """Return which of a record's files are still what was written; delete everything else."""
        self.payload = PayloadFolder(self.root)
        held = {path for path, written in record.files().items() if self.payload.keep(path, written)}
        self.payload.delete_others()
        return held

    def start_again(self, kept: Mapping[str, WrittenFile] | None = None) -> None:
        """Delete all but the calls and the files that are kept; calls that fed others feed nothing now."""
        if not self.root.exists():
            return
        kept = kept or {}
        with storage.storage_errors(self.root):
            (self.root / RECORD).unlink(missing_ok=True)
            if self.is_whole:
                self._whole.rename(self._partial)
            self.payload = PayloadFolder(self._partial)
            for path, written in kept.items():
                self.payload.keep(path, written)
            self.payload.delete_others()
            if (calls := self.root / CALLS).exists():
                free(calls, kept)


def hold_reserve(folder: Path) -> None:
    """Take up a little of the disk in a run's folder, for jobs to give up. Raises OSError when it is full."""
    (folder / _RESERVE).write_bytes(os.urandom(_RESERVED))  # which no file system makes smaller


@dataclass(frozen=True, slots=True)
class EndedUnit:
    """How a unit ended, and where its files are, for those that build on it."""

    entry: UnitEntry
    folder: JobFolder

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return self.entry.unit.outcome

    @property
    def path(self) -> str:
        """Its records' file below data/."""
        item, target = self.entry.key
        service, name = item.split(".", 1)
        return f"{target.folder}/{service}/{name}.jsonl"

    @property
    def is_readable(self) -> bool:
        """Whether it is a gap, or has left its records."""
        return self.outcome is Outcome.GAP or self.path in self.entry.files

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of that file."""
        return self.entry.files[self.path].sha256

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield its records."""
        with self.folder.payload.path_of(self.path).open("rb") as lines:
            yield from map(strictjson.loads, lines)


def move_tree(source: Path, target: Path) -> None:
    """Move everything below a folder to below another one on the same disk; no file is ever replaced.

    Raises StorageError where two have the same name.
    """
    with storage.storage_errors(target):
        for entry in source.iterdir():
            there = target / entry.name
            if not os.path.lexists(there):
                entry.rename(there)
            elif entry.is_dir() and there.is_dir() and not (entry.is_symlink() or there.is_symlink()):
                move_tree(entry, there)
            else:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(there))
