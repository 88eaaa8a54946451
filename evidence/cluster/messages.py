"""Defines what the run's process and a worker send each other: plain data, no secret in any repr."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evidence.aws.lease import SessionKeys
from evidence.aws.reach import AwsEndpoints
from evidence.bundle.format.models import Sha256
from evidence.records import Cause, Target


class UnfitResultError(Exception):
    """What arrived is not what was announced, or not what the unit may leave."""


@dataclass(frozen=True, slots=True)
class WorkerBounds:
    """Calls that one worker may have under way: its part of the run's bounds."""

    in_all: int
    per_account: int


@dataclass(frozen=True, slots=True)
class NeededFile:
    """A file that a unit builds on."""

    item: str
    path: str
    """Below data/."""
    sha256: str
    size: int
    content: bytes | None = field(repr=False)
    """None for one that is sent by itself, in segments, to a worker that lacks it."""


@dataclass(frozen=True, slots=True)
class UnitAssignment:
    """One unit, and all that a worker has to know for it."""

    run: str
    token: str
    """Names this attempt; never used twice."""
    versions: dict[str, str]
    """Those of the run's process; a worker with others refuses."""
    item: str
    target: Target
    urgency: int
    depth: int
    account: str
    """Whose calls they are."""
    region: str
    """Where calls go that name no region."""
    regions: tuple[str, ...]
    regions_depth: int
    sampling: str
    """JSON; the next too."""
    aggregator: str
    unit_seconds: float
    seconds_left: float
    """Until the run's deadline, when this was sent."""
    items: tuple[str, ...]
    """Those of the run: what their collectors declare is what the worker's gate lets through."""
    reach: AwsEndpoints
    share: WorkerBounds
    segment: int
    needs: tuple[NeededFile, ...]
    keys: SessionKeys


@dataclass(frozen=True, slots=True)
class FileSegment:
    """A segment of a file that units build on."""

    sha256: str
    """Of the whole file."""
    offset: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Says to every worker that the run goes on; without it, workers stop what they do for it."""

    run: str
    share: WorkerBounds
    seconds_left: float
    taken: tuple[str, ...]
    """Attempts whose results have been taken, or are not wanted any more."""


class _MessageModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StreamContent(_MessageModel):
    """A stretch of what a unit left."""

    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class SentFile(StreamContent):
    """A file of the bundle."""

    path: str
    """Below data/."""


class GapReason(_MessageModel):
    """Why a unit became a gap."""

    cause: Cause
    operation: str
    error_code: str
    message: str


class UnitResult(_MessageModel):
    """What a unit left: its files one after the other, then the lines of its calls, cut into segments."""

    files: tuple[SentFile, ...]
    calls: StreamContent
    segments: tuple[Sha256, ...]
    throttles: Annotated[int, Field(ge=0)]
    started: datetime
    finished: datetime
    why: GapReason | None
    """None unless it is a gap."""

    @property
    def size(self) -> int:
        """Return the bytes of all segments."""
        return self.calls.size + sum(file.size for file in self.files)


class WorkerReply(_MessageModel):
    """What came of an attempt."""

    token: str
    worker: str
    state: Literal["ended", "missing", "versions", "stopped", "refused", "unable"]
    words: tuple[str, ...] = ()
    """`missing`: hashes; `refused`: service and operation; `unable`: why."""
    ended: UnitResult | None = None
    spool: str = ""
    """`ended`: names the result, if it is of more than one segment."""


def encode(reply: WorkerReply, first: bytes = b"") -> bytes:
    """Return a reply with the first segment of what the unit left."""
    return reply.model_dump_json().encode() + b"\n" + first


def decode(sent: object) -> tuple[WorkerReply, bytes]:
    """Return a reply and the first segment. Raises UnfitError for anything else."""
    if not isinstance(sent, bytes):
        raise UnfitResultError("a worker's reply is not bytes")
    head, _, first = sent.partition(b"\n")
    try:
        return WorkerReply.model_validate_json(head), first
    except ValidationError as error:
        raise UnfitResultError("a worker's reply has another form") from error
