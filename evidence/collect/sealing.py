"""Seals a run: joins its jobs, writes run.json, gaps.json and calls.jsonl, signs and publishes the bundle."""

import heapq
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evidence import __version__
from evidence.aws.failures import Failure
from evidence.aws.identity import FILE, ITEM, CallerIdentity
from evidence.bundle.format import bag
from evidence.bundle.format.chain import ChainPosition, scope_key
from evidence.bundle.format.models import (
    AccountState,
    Caller,
    GapRecord,
    ItemScope,
    Part,
    Run,
    TargetRecord,
    Tool,
)
from evidence.bundle.format.names import PARTIAL_SUFFIX
from evidence.bundle.format.seal import SealSigner
from evidence.bundle.write.payload import WrittenFile
from evidence.clock import Clock
from evidence.collect.jobs import CALLS, JobFolder, JobRecord, move_tree
from evidence.collect.ledger import SkewMeasure, free, ordered
from evidence.collect.plan import CALLER_ITEM, Job
from evidence.collect.staging import END, START, RunInProgress
from evidence.custom.declarations import NOTHING_CUSTOM, CustomScope
from evidence.errors import (
    CredentialsError,
    EndpointError,
    EvidenceError,
    PermissionMissingError,
    StorageError,
)
from evidence.next_steps import next_step
from evidence.records import Cause, Scope
from evidence.settings.model import Settings

_LIBRARIES = ("boto3", "botocore", "pydantic")
_NOTHING: dict[Cause, tuple[type[EvidenceError], str]] = {
    Cause.UNREACHABLE: (EndpointError, "AWS could not be reached for a single evidence item."),
    Cause.DEADLINE: (EndpointError, "The deadline passed before a single evidence item was read."),
    Cause.THROTTLED: (EndpointError, "AWS throttled every single evidence item."),
    Cause.ANSWER_INCOMPLETE: (EndpointError, "Not one answer was AWS's: something stands in between."),
    Cause.CREDENTIALS_EXPIRED: (CredentialsError, "The credentials expired before anything was read."),
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was asked, by whom, where."""

    settings: Settings
    partition: str
    caller: CallerIdentity
    caller_end: CallerIdentity | Failure
    """Why AWS denied to tell who is asking when that was asked again."""
    accounts: tuple[AccountState, ...]
    items: tuple[ItemScope, ...]
    position: ChainPosition
    unopened: GapRecord | None
    """The gap, when the opening time-stamp could not be had."""
    custom: CustomScope = NOTHING_CUSTOM


@dataclass
class OutcomeTally:
    """What came of all units, in numbers."""

    read: int = 0
    """Units that did not end as a gap, but for who is asking."""
    causes: Counter[Cause] = field(default_factory=Counter)
    """Of the gaps for which a call was sent."""
    parts: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    """Part of the run to the units that ended in it, and when the last of them did."""
    clock: SkewMeasure = field(default_factory=SkewMeasure)
    deepest: int = 0

    def count(self, record: JobRecord) -> None:
        """Count the units of a job."""
        for entry in record.units:
            if entry.gap is None:
                self.read += entry.unit.item != CALLER_ITEM
            elif entry.gap.operation:
                self.causes[entry.gap.cause] += 1
            units, last = self.parts.get(entry.part, (0, entry.unit.finished))
            self.parts[entry.part] = units + 1, max(last, entry.unit.finished)
        told = record.clock
        self.clock.merge(told.first_aws_date, told.last_aws_date, told.max_skew_seconds)
        self.deepest = max(self.deepest, record.deepest)


def require_some_evidence(tally: OutcomeTally) -> None:
    """Raise when nothing was read but who is asking: a bundle of gaps alone helps nobody.

    PermissionMissingError, or what the most frequent cause calls for.
    """
    if tally.read:
        return
    cause = tally.causes.most_common(1)[0][0] if tally.causes else Cause.PERMISSION_MISSING
    kind, text = _NOTHING.get(
        cause, (PermissionMissingError, "The caller may not read a single evidence item.")
    )
    raise kind(text, next_step(cause))


def seal(
    asked: RunFacts,
    begun: RunInProgress,
    jobs: Iterable[Job],
    tally: OutcomeTally,
    *,
    clock: Clock,
    signer: SealSigner | None,
) -> Path:
    """Move the jobs' files into the bag, write what tells of them, seal, publish; return the bundle's folder.

    Raises StorageError or SigningError; the run can then be resumed.
    """
    begun.sealing = True
    parts = _JobParts(begun, sorted(jobs, key=lambda job: job.rank))
    for folder in parts.folders():
        move_tree(folder.root / bag.PAYLOAD, begun.writer.path_of(""))
    with begun.writer.file(bag.CALLS) as output:
        for line in parts.calls():
            output.write(line)
    run = _run(asked, begun, tally, clock.now())
    long = {
        "account_states": (state.model_dump(mode="json") for state in asked.accounts),
        "regions": (region for record in parts.values() for region in record["regions"]),
        "samples": (record["sample"] for record in parts.values() if record["sample"]),
        "units": (entry["unit"] for record in parts.values() for entry in record["units"]),
    }
    return begun.writer.publish(run, _gaps(asked, parts), signer, long=long, adopted=parts.files)


class _JobParts:
    """What the jobs of a run left, read job after job: memory must not grow with them."""

    def __init__(self, begun: RunInProgress, jobs: Sequence[Job]) -> None:
        self._begun = begun
        self._jobs = jobs

    def folders(self) -> Iterator[JobFolder]:
        return (JobFolder(self._begun.jobs, job.name) for job in self._jobs)

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield how the units of each job ended, as JSON values."""
        return (_there(folder, folder.value()) for folder in self.folders())

    def gaps(self) -> Iterator[GapRecord]:
        for record in self.values():
            for entry in record["units"]:
                if entry["gap"]:
                    yield GapRecord.model_validate(entry["gap"])

    def calls(self) -> Iterator[bytes]:
        """Yield the lines of calls.jsonl: the run's start, job after job, the run's end."""
        number = 1
        for path, kept in self._ledgers():
            for line in ordered(path, kept, number):
                yield line
                number += 1

    def _ledgers(self) -> Iterator[tuple[Path, set[str]]]:
        own = {FILE}
        yield self._begun.folder / START, own
        for given_up in self._given_up():
            free(given_up / CALLS, own)  # which may end in half a call
            yield given_up / CALLS, own
        for folder in self.folders():
            record = _there(folder, folder.value())
            yield folder.root / CALLS, own | {file for entry in record["units"] for file in entry["files"]}
        yield self._begun.folder / END, own

    def _given_up(self) -> list[Path]:
        """Return the folders of jobs that an earlier part of the run had, and this one has not."""
        names = {job.name for job in self._jobs}
        return sorted(
            folder
            for folder in self._begun.jobs.iterdir()
            if folder.name.removesuffix(PARTIAL_SUFFIX) not in names and (folder / CALLS).is_file()
        )

    def files(self) -> Iterator[tuple[str, WrittenFile]]:
        """Yield the files of all jobs, sorted: accounts are, and what other jobs have is little."""
        accounts = (self._of(job) for job in self._jobs if job.name == job.account)
        others = sorted(file for job in self._jobs if job.name != job.account for file in self._of(job))
        return heapq.merge((file for files in accounts for file in files), others)

    def _of(self, job: Job) -> list[tuple[str, WrittenFile]]:
        folder = JobFolder(self._begun.jobs, job.name)
        record = _there(folder, folder.value())
        files = (file for entry in record["units"] for file in entry["files"].items())
        return sorted((path, WrittenFile(*written)) for path, written in files)


def _there(folder: JobFolder, value: dict[str, Any] | None) -> dict[str, Any]:
    if value is None:
        raise StorageError(f"{folder.root} has changed while the run was sealed.", "Go on with --resume.")
    return value


def _gaps(asked: RunFacts, parts: _JobParts) -> Iterator[GapRecord]:
    for gap in parts.gaps():
        yield _located(asked, gap)
    if asked.unopened is not None:
        yield asked.unopened
    if isinstance(asked.caller_end, Failure):
        yield _unknown_at_end(asked, asked.caller_end)


def _run(asked: RunFacts, begun: RunInProgress, tally: OutcomeTally, finished: datetime) -> Run:
    """Return run.json, without the members that grow with every account: those are written piece by piece."""
    end = asked.caller_end
    return Run(
        bundle=begun.name,
        tool=_tool(),
        settings=asked.settings.sealed(),
        partition=asked.partition,
        scope=scope_key(asked.partition, asked.caller.account),
        accounts=tuple(state.account for state in asked.accounts if state.in_scope),
        regions=(),
        caller_start=_caller(asked.caller),
        caller_end=_caller(end) if isinstance(end, CallerIdentity) else None,
        started=begun.identity.started,
        finished=finished,
        parts=tuple(_parts(begun, tally, finished)),
        clock=tally.clock.record,
        items=asked.items,
        units=(),
        sequence=asked.position.sequence,
        previous=asked.position.previous,
        custom=asked.custom,
    )


def _parts(begun: RunInProgress, tally: OutcomeTally, finished: datetime) -> Iterator[Part]:
    """Yield the parts of a run that was interrupted and resumed; nothing for one in one piece."""
    parts = begun.header.parts
    if len(parts) < 2:
        return
    for number, entry in enumerate(parts):
        units, ended = tally.parts.get(number, (0, entry.part))
        last = number == len(parts) - 1
        yield Part(started=entry.part, finished=finished if last else ended, caller=entry.caller, units=units)


def _located(asked: RunFacts, gap: GapRecord) -> GapRecord:
    """Say of a refusal by the organization's services where they would have answered."""
    management = next((state.account for state in asked.accounts if state.management), "")
    here = gap.target.account
    if gap.target.scope is not Scope.ORGANIZATION or gap.cause is not Cause.PERMISSION_MISSING:
        return gap
    if management == here:
        return gap
    where = f"the management account {management}" if management else "the management account"
    return gap.model_copy(
        update={
            "message": f"{gap.message} Asked in {here}; it is answered in {where} and in an account that is "
            "registered as delegated administrator."
        }
    )


def _tool() -> Tool:
    return Tool(
        name="evidence",
        version=__version__,
        python=platform.python_version(),
        libraries={library: version(library) for library in _LIBRARIES},
    )


def _caller(identity: CallerIdentity) -> Caller:
    return Caller(account=identity.account, arn=identity.arn, user_id=identity.user_id)


def _unknown_at_end(asked: RunFacts, denied: Failure) -> GapRecord:
    return GapRecord(
        item=ITEM,
        target=TargetRecord(scope=Scope.ACCOUNT, account=asked.caller.account),
        cause=denied.cause,
        operation="sts:GetCallerIdentity",
        error_code=denied.error_code,
        message=denied.message,
        effect="It cannot be concluded that the same identity was asking from the start to the end.",
    )
