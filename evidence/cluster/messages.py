"""Defines what the run's process and a worker send each other: plain data, no secret in any repr."""

import platform
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from evidence import __version__
from evidence.aws.scrubbing import without_secrets

_SAME = ("boto3", "botocore", "pydantic", "dask", "distributed")
"""What a bundle says that it was made with, and what the two processes talk through."""


class UnfitResultError(Exception):
    """What arrived is not what was announced, or not what the job may leave."""


def versions() -> dict[str, str]:
    """Return what must be the same in all processes of a run."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"evidence": __version__, "Python": python} | {name: version(name) for name in _SAME}


def brief(words: str) -> str:
    """Return what another process said, in one line."""
    return without_secrets(" ".join(words.split())[:300]).rstrip(".")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One job, and all that a worker has to know for it."""

    token: str
    """Names this attempt; never used twice."""
    versions: dict[str, str]
    """Those of the run's process; a worker with others does not read on."""
    errand: bytes = field(repr=False)
    """Pickled: an `Errand`, and the `AwsEndpoints` that it asks at."""


class WorkerReply(BaseModel):
    """What came of an assignment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str
    worker: str
    state: Literal["ended", "versions", "stopped", "refused", "unable"]
    words: tuple[str, ...] = ()
    """`refused`: service and operation; `unable`: why; `versions`: which differ."""
    sha256: str = ""
    """`ended`: of the archive."""
    throttles: NonNegativeInt = 0


def decode(sent: object, token: str) -> tuple[WorkerReply, bytes]:
    """Return a reply and the archive. Raises UnfitResultError for anything but an answer to this attempt."""
    match sent:
        case (bytes() as head, bytes() as archive):
            with suppress(ValidationError):
                reply = WorkerReply.model_validate_json(head)
                if reply.token == token:
                    return reply, archive
    raise UnfitResultError("it is no reply to what was sent")
