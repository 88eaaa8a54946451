"""Reads who asked AWS in an account: the caller's identity (sts GetCallerIdentity)."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable

CALLER = "sts.caller"


@dataclass(frozen=True, slots=True)
class CallerRecord:
    """AWS's answer to who is calling."""

    account: str
    arn: str
    pointer: Pointer


def callers(evidence: Evidence, account: str) -> Iterator[CallerRecord | Unreadable]:
    """Yield the answers in one account."""
    return evidence.each(CALLER, caller, account)


def only_caller(evidence: Evidence, account: str) -> CallerRecord:
    """Return the only answer in an account; raises one of MALFORMED."""
    return caller(evidence.only_record(CALLER, account))


def caller(located: LocatedRecord) -> CallerRecord:
    """Read a record of an answer; raises one of MALFORMED."""
    return CallerRecord(
        require_text(located.value["Account"]), require_text(located.value["Arn"]), pointer_to(located)
    )
