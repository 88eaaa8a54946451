"""Defines a call as the ledger will show it, and what records the calls of a run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from evidence.aws.limits import Limits
from evidence.records import Operation


@dataclass(frozen=True, slots=True)
class Question:
    """One request to AWS, and on whose behalf it is made."""

    operation: Operation
    parameters: dict[str, Any]
    item: str
    file: str
    """Path below data/ that the answer feeds."""
    depth: int
    region: str | None = None
    absent: tuple[str, ...] = ()
    """Error codes that mean 'asked correctly, and there is none'."""
    urgency: int = 0
    """Calls under way are bounded; those waiting go in the order of their urgency, smallest first."""
    limits: Limits | None = None
    """The unit's own; None for the run's."""


@dataclass(frozen=True, slots=True)
class Call:
    """One answered or failed request. Parameters carry no pagination token, the rest no secret."""

    seq: int
    item: str
    service: str
    operation: str
    parameters: dict[str, Any]
    account: str
    region: str
    request_id: str
    status: int
    error_code: str
    attempts: int
    started: datetime
    finished: datetime
    aws_date: datetime | None
    records: int | None
    truncated: bool
    depth: int
    file: str


class CallRecorder(Protocol):
    """Keeps the calls of a run."""

    def next(self) -> int:
        """Return the number of the call that is sent now."""
        ...

    def add(self, call: Call) -> None:
        """Keep a call that has ended."""
        ...

    def throttled(self) -> None:
        """Count one attempt that AWS turned down for its rate."""
        ...
