"""Writes and checks the opening statement: what a run set out to do, time-stamped before it began.

An authority that saw its hash at T0 shows that the bundle, which holds it, was sealed after T0, however old
its dates say that it is. The time-stamp on the seal shows the other end.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from evidence import storage
from evidence.bundle.format import bag, seal, strictjson
from evidence.bundle.format.models import Opening, Run
from evidence.findings import Code, Finding, TimeStampSubject, VerifiedTimeStamp
from evidence.signatures import timestamps, trust

ITEM = "time.opening"
"""The item of the gap that stands for no opening time-stamp."""
STATEMENT = f"{bag.PAYLOAD}/{bag.OPENING}"
TIME_STAMP = f"{bag.PAYLOAD}/{bag.OPENING_TIME_STAMP}"
_MAX_BYTES = 1024 * 1024


def stamped_statement(statement: Opening, authority: seal.TimeStampAuthority) -> dict[str, bytes]:
    """Return the opening statement and its time-stamp, by path below data/; raises AuthorityError."""
    content = strictjson.document(statement.model_dump(mode="json"))
    return {bag.OPENING: content, bag.OPENING_TIME_STAMP: authority.stamp(content)}


def check_time(
    root: Path,
    trusted: trust.Trust | None,
    *,
    now: datetime,
    sealed: VerifiedTimeStamp | None,
    claimed: datetime | None,
) -> tuple[VerifiedTimeStamp | None, list[Finding]]:
    """Return the opening time-stamp of a bundle, and the findings against it; None when there is none.

    `sealed` and `claimed` say when the bundle was sealed: never before it was opened.
    """
    statement, answer = root / STATEMENT, root / TIME_STAMP
    if not (statement.is_file() and answer.is_file()):
        return None, []
    stamped, findings = trust.check_time_stamp(
        storage.read_up_to(answer, timestamps.MAX_BYTES),
        storage.read_up_to(statement, _MAX_BYTES),
        TimeStampSubject.OPENING,
        trusted,
        now=now,
        subject=TIME_STAMP,
    )
    ends = [end for end in (sealed.time if sealed else None, claimed) if end is not None]
    if stamped is not None and any(stamped.time > end + trust.SKEW for end in ends):
        findings.append(Finding(Code.TIME, TIME_STAMP, "was made after the bundle was sealed"))
    return stamped, findings


def check_statement(data: Path, files: Mapping[str, object], run: Run) -> Iterator[Finding]:
    """Yield where the opening statement, if there is one, is not this run's, or is not there as a whole."""
    there = [path for path in (bag.OPENING, bag.OPENING_TIME_STAMP) if path in files]
    if not there:
        return
    if len(there) == 1:
        yield Finding(Code.MISSING, f"{bag.PAYLOAD}/opening", "lacks the statement or its time-stamp")
        return
    content = storage.read_up_to(data / bag.OPENING, _MAX_BYTES)
    try:
        statement = Opening.model_validate_json(content, strict=True)
        canonical = strictjson.document(strictjson.loads(content)) == content
    except ValidationError:
        yield Finding(Code.SCHEMA, STATEMENT, "does not match its schema")
        return
    except ValueError as error:
        yield Finding(Code.JSON, STATEMENT, f"is not strict JSON: {error}")
        return
    if not canonical:
        yield Finding(Code.JSON, STATEMENT, "is not written in the canonical form")
    if statement.of_run != (run.bundle, run.caller_start, run.started, run.previous):
        yield Finding(Code.INCONSISTENT, STATEMENT, "opens another run than the one in run.json")
    if set(statement.items) != {entry.item for entry in run.items if entry.planned}:
        yield Finding(Code.INCONSISTENT, STATEMENT, "announces other items than run.json planned")
