"""Describes faults that the demo account injects on demand, as data."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from evidence.errors import UsageError

SPECIAL = (
    "html200",
    "empty200",
    "blank200",
    "truncated",
    "wrong-types",
    "repeated-token",
    "no-token",
    "wrong-clock",
    "reset",
    "hang",
)
"""Values of `error` that are no AWS error code:

html200         200 with a proxy's HTML page
empty200        200 with `{}` (an empty result in XML)
blank200        200 without a body
truncated       200, the body cut in half, with the Content-Length of the whole
wrong-types     200, each member of the JSON answer of another type than AWS's model says
repeated-token  every page carries the token that was just used
no-token        IAM's `IsTruncated: true` without a Marker
wrong-clock     a sound answer, its Date ten minutes ahead
reset           the connection is reset instead of an answer
hang            no answer, until the client gives up or HANG seconds have passed
"""
HANG = 90.0
"""Seconds; longer than botocore waits for an answer."""

SCP_DENIAL = "with an explicit deny in a service control policy"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: which requests it hits, and what they get instead of an answer."""

    service: str
    """boto3's service name, or `*`."""
    operation: str
    """As in AWS's model, or `*`."""
    error: str
    """An AWS error code (`AccessDeniedException`, `Throttling`, `ExpiredToken`), or one of SPECIAL."""
    status: int = 400
    """HTTP status of the error; ignored for SPECIAL."""
    message: str = ""
    account: str | None = None
    """The account asked; for sts AssumeRole, the one to be entered."""
    region: str | None = None
    first_n: int | None = None
    """Hit only so many requests, then let the rest through (throttling that passes)."""
    skip: int = 0
    """Let so many requests through first (credentials that expire in the middle of a run)."""
    spreads: bool = False
    """Hit every request after the first that it has hit, whichever (a network that goes away)."""
    page: int | None = None
    """Hit only the n-th page of a listing, counted from 1 (a token that expires between pages)."""
    scp: bool = False
    """Word the message as a denial by a service control policy."""


class Faults:
    """Decides which fault a request meets; counts the ones already used up."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)
        self._used = [0] * len(self._faults)
        self._spread: Fault | None = None
        self._lock = threading.Lock()

    def meeting(self, service: str, operation: str, account: str, region: str, page: int) -> Fault | None:
        """Return the first fault that applies to a request, or None."""
        with self._lock:
            if self._spread:
                return self._spread
            for index, fault in enumerate(self._faults):
                if self._used_up(index) or not _applies(fault, service, operation, account, region, page):
                    continue
                self._used[index] += 1
                if self._used[index] > fault.skip:
                    self._spread = fault if fault.spreads else None
                    return fault
        return None

    def _used_up(self, index: int) -> bool:
        fault = self._faults[index]
        return fault.first_n is not None and self._used[index] >= fault.skip + fault.first_n


def _applies(  # noqa: PLR0917
    fault: Fault, service: str, operation: str, account: str, region: str, page: int
) -> bool:
    return (
        fault.service in ("*", service)
        and fault.operation in ("*", operation)
        and fault.account in (None, account)
        and fault.region in (None, region)
        and fault.page in (None, page)
    )


def message_of(fault: Fault, service: str, operation: str, caller: str) -> str:
    """Return the error message AWS would send along."""
    if fault.message:
        return fault.message
    if fault.scp or fault.error.startswith(("AccessDenied", "Unauthorized")):
        reason = (
            SCP_DENIAL if fault.scp else f"because no identity-based policy allows the {operation} action"
        )
        return f"User: {caller} is not authorized to perform: {service}:{operation} on resource: * {reason}"
    return f"{fault.error}: injected by the demo account"


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Return the faults of a JSON file: a list of objects with Fault's members.

    Raises UsageError when the file is no such list.
    """
    try:
        return tuple(_fault(entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"The faults file {path} cannot be used: {error}.",
            'It holds a JSON list such as [{"service": "iam", "operation": "*", "error": "AccessDenied"}].',
        ) from error


def _fault(entry: Mapping[str, Any]) -> Fault:
    unknown = set(entry) - {field.name for field in fields(Fault)}
    if unknown:
        raise ValueError(f"unknown member {sorted(unknown)[0]}")
    return Fault(**entry)
