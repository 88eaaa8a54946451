"""Gathers the access reviews of the archive, and what each decided to take away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.bundle import Bundle
from evidence.controls.declaration import Row, Verdict
from evidence.controls.tests.reviews import reviewed_completely
from evidence.period.model import PeriodBundle
from evidence.readers.access_review import (
    CHANGE,
    KEEP,
    REVOKE,
    AccessReviewRecord,
    ReviewedAccess,
    read_review,
)
from evidence.readers.evidence import Evidence, plural
from evidence.readers.unreadable import MALFORMED, reason

_NAMED = 3


@dataclass(frozen=True, slots=True)
class ReviewOverTime:
    """One review, and what is kept of it."""

    number: int
    name: str
    reviewed: str
    reviewed_digest: str
    collected: datetime
    """When the reviewed bundle was complete."""
    opened: datetime
    closed: datetime
    rows: int
    decided: int
    kept: int
    revoked: int
    changed: int
    reviewers: tuple[str, ...]
    exceptions: tuple[str, ...]
    """What REV-2 objects to, a clause each."""
    not_determined: tuple[str, ...]
    pointers: tuple[str, ...]
    """Where the first of these stand."""
    decisions: tuple[ReviewedAccess, ...]
    """Those that are not `keep`."""

    @property
    def why_not(self) -> tuple[str, ...]:
        """Why it does not count as complete."""
        return (*self.exceptions, *self.not_determined)

    @property
    def taken(self) -> timedelta:
        """From its opening to its closing."""
        return self.closed - self.opened


class ReviewGatherer:
    """The reviews of the archive, in the order of sealing."""

    def __init__(self) -> None:
        self.reviews: list[ReviewOverTime] = []
        self.missing: list[str] = []
        """Reviews that cannot be read, a sentence each."""

    def add(self, bundle: Bundle, about: PeriodBundle) -> None:
        """Take the next bundle that holds a review."""
        evidence = Evidence.whole(bundle)
        try:
            record = read_review(evidence)
            rows = list(reviewed_completely.rule(evidence))
        except MALFORMED as error:
            self.missing.append(
                f"The access review of bundle {about.number} cannot be read: {reason(error)}."
            )
            return
        self.reviews.append(_kept(record, rows, about.number))


def _kept(record: AccessReviewRecord, rows: Sequence[Row], number: int) -> ReviewOverTime:
    by = {one: [row for row in rows if row.verdict is one] for one in Verdict}
    wrong = (*by[Verdict.EXCEPTION], *by[Verdict.NOT_DETERMINED])
    decided = [one for one in record.rows if one.decision and not one.refused]
    return ReviewOverTime(
        number=number,
        name=record.bundle,
        reviewed=record.reviewed,
        reviewed_digest=record.reviewed_digest,
        collected=record.reviewed_finished,
        opened=record.opened,
        closed=record.closed,
        rows=record.expected,
        decided=len(decided),
        kept=_count(decided, KEEP),
        revoked=_count(decided, REVOKE),
        changed=_count(decided, CHANGE),
        reviewers=tuple(sorted({one.reviewer for one in decided if one.reviewer})),
        exceptions=tuple(_clauses(by[Verdict.EXCEPTION])),
        not_determined=tuple(_clauses(by[Verdict.NOT_DETERMINED])),
        pointers=tuple(str(pointer) for row in wrong[:_NAMED] for pointer in row.pointers),
        decisions=tuple(one for one in decided if one.decision != KEEP),
    )


def _count(decided: Sequence[ReviewedAccess], word: str) -> int:
    return sum(one.decision == word for one in decided)


def _clauses(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows[:_NAMED]:
        yield f"{row.subject}: {row.observed}"
    if len(rows) > _NAMED:
        yield f"{plural(len(rows) - _NAMED, 'more row')} like these"
