"""Reads an access review: each access that was to be reviewed, and what a reviewer decided about it.

A bundle holds either collected evidence or a review (`is_review`). Nothing here judges: whether a decision
counts is for REV-2 to say.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format import strictjson
from evidence.readers.evidence import Evidence, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MALFORMED, MalformedEvidenceError, Unreadable, sort_out

DECISIONS = "access-review.decisions"
ROW, NOT_SHOWN = "Access", "NotShown"
"""The two kinds of its records, by their first member."""
KEEP, REVOKE, CHANGE = "keep", "revoke", "change"
CHOICES = (KEEP, REVOKE, CHANGE)


@dataclass(frozen=True, slots=True)
class ReviewedAccess:
    """One access of one person or IAM user, and what was decided about it."""

    row: str
    """Names the access in every review of it: 32 hex digits (docs/access-review.md)."""
    kind: str
    """`Identity Center`, `IAM user` or `Root user`."""
    name: str
    """User name."""
    id: str
    """UserId of a person, ARN of an IAM user or root; empty where nobody has the access."""
    names: tuple[str, ...]
    """By which a reviewer is taken for the person reviewed: user name, display name, e-mail."""
    group: str
    """Name of the group that gives the access; empty where nobody but the person has it."""
    group_id: str
    access: str
    """Name of the permission set, or the names of policies."""
    access_id: str
    """ARN of the permission set, or of the policies, `; ` between them."""
    account: str
    account_name: str
    administrator: bool | None
    """None where the reviewed evidence does not settle it."""
    last_used: datetime | None
    never_used: bool
    mfa: bool | None
    reviewed_before: str
    """When and by whom this access was last kept, in words; empty where no review says so."""
    decision: str
    """One of CHOICES; empty where nobody decided, or what came back does not count."""
    reviewer: str
    """As typed by the reviewer."""
    same_person: str
    """How the reviewer is the person reviewed, as found at closing; empty where nothing says so."""
    decided_on: date | None
    comment: str
    workbook: str
    """Name of the workbook that asked about it."""
    refused: str
    """Why what came back of the row does not count, a clause; empty where it does."""
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class AccessNotShown:
    """Access that the reviewed bundle does not show, so that nobody could review it."""

    why: str
    account: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """One workbook of the review."""

    name: str
    rows: int
    file: str
    """Path below data/ of what came back; empty where nothing did."""
    sha256: str


@dataclass(frozen=True, slots=True)
class AccessReviewRecord:
    """One access review, as its bundle holds it."""

    bundle: str
    """Name of the bundle that holds the review."""
    reviewed: str
    """Name of the bundle whose access was reviewed."""
    reviewed_digest: str
    reviewed_finished: datetime
    opened: datetime
    closed: datetime
    window_days: int
    incomplete: bool
    """Sealed though something was wrong with what came back."""
    expected: int
    """Rows that run.json says there were to decide."""
    as_opened: bool | None
    """The rows are those that were opened, by their digest; None in a redacted copy, which has its own."""
    rows: tuple[ReviewedAccess, ...]
    not_shown: tuple[AccessNotShown, ...]
    unreadable: tuple[Unreadable, ...]
    files: tuple[ReviewFile, ...]


def is_review(bundle: Bundle) -> bool:
    """Say whether a bundle holds an access review, and no collected evidence."""
    return bundle.run.access_review is not None


def read_review(evidence: Evidence) -> AccessReviewRecord:
    """Return the review that a bundle holds. Raises MalformedEvidenceError where it holds none."""
    scope = evidence.run.access_review
    if scope is None:
        raise MalformedEvidenceError("run.json tells of no access review")
    rows, unreadable = sort_out(reviewed_accesses(evidence))
    hidden, unread = sort_out(evidence.each(DECISIONS, _not_shown, kind=NOT_SHOWN))
    return AccessReviewRecord(
        bundle=evidence.run.bundle,
        reviewed=scope.reviewed,
        reviewed_digest=scope.reviewed_digest,
        reviewed_finished=scope.reviewed_finished,
        opened=scope.opened,
        closed=scope.closed,
        window_days=scope.window_days,
        incomplete=scope.incomplete,
        expected=scope.rows,
        as_opened=None if evidence.run.redacted_from else _digest_of(evidence) == scope.rows_sha256,
        rows=tuple(rows),
        not_shown=tuple(hidden),
        unreadable=tuple(dict.fromkeys((*unreadable, *unread))),
        files=tuple(
            ReviewFile(one.name, one.rows, one.file or "", one.sha256 or "") for one in scope.workbooks
        ),
    )


def rows_digest(records: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the SHA-256 over rows and the `Access` of their records: `[row, access]` a line, sorted."""
    lines = sorted(strictjson.line([row, dict(access)]) for row, access in records)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _digest_of(evidence: Evidence) -> str:
    """Return the digest of the rows that are here; empty where one cannot be read."""
    values = (located.value for located in evidence.records(DECISIONS))
    try:
        return rows_digest((value["Row"], value[ROW]) for value in values if ROW in value)
    except MALFORMED:
        return ""


def reviewed_accesses(evidence: Evidence) -> Iterator[ReviewedAccess | Unreadable]:
    """Yield each access that was to be reviewed, in the order of the workbooks."""
    return evidence.each(DECISIONS, reviewed_access, kind=ROW)


def reviewed_access(located: LocatedRecord) -> ReviewedAccess:
    """Read the record of an access that was to be reviewed; raises one of MALFORMED."""
    access, decided = located.value[ROW], located.value["Decision"]
    decision = optional_text(decided["Decision"])
    if decision not in ("", *CHOICES):
        raise MalformedEvidenceError(f"{decision!r} is no decision")
    return ReviewedAccess(
        row=require_text(located.value["Row"]),
        kind=require_text(access["Kind"]),
        name=require_text(access["Name"]),
        id=optional_text(access["Id"]),
        names=tuple(require_text(name) for name in (*access["Logins"], *access["Names"])),
        group=optional_text(access["Group"]),
        group_id=optional_text(access["GroupId"]),
        access=optional_text(access["Access"]),
        access_id=optional_text(access["AccessId"]),
        account=optional_text(access["Account"]),
        account_name=optional_text(access["AccountName"]),
        administrator=_yes_or_no(access["Administrator"]),
        last_used=optional_moment(access["LastUsed"]),
        never_used=_yes_or_no(access["NeverUsed"]) is True,
        mfa=_yes_or_no(access["Mfa"]),
        reviewed_before=optional_text(access["LastReview"]),
        decision=decision,
        reviewer=optional_text(decided["Reviewer"]),
        same_person=optional_text(decided["SamePerson"]),
        decided_on=_day(decided["Date"]),
        comment=optional_text(decided["Comment"]),
        workbook=require_text(decided["Workbook"]),
        refused=optional_text(decided["Refused"]),
        pointer=pointer_to(located),
    )


def _not_shown(located: LocatedRecord) -> AccessNotShown:
    said = located.value[NOT_SHOWN]
    return AccessNotShown(require_text(said["Why"]), optional_text(said["Account"]), pointer_to(located))


def _yes_or_no(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise MalformedEvidenceError(f"{value!r} stands where yes or no belongs")
    return value


def _day(value: Any) -> date | None:
    text = optional_text(value)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedEvidenceError(f"{text!r} is no day") from error
