"""Tells of each access when it was last kept, and by whom, from the review before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.archive.archive import read_entries
from evidence.archive.store import ArchiveStore
from evidence.bundle import Bundle
from evidence.controls.review_rules import row_objections
from evidence.errors import UsageError
from evidence.readers.access_review import KEEP, AccessReviewRecord, is_review, read_review
from evidence.readers.evidence import Evidence

PREFIX = "evidence-review-"
"""What the names of bundles begin with that hold a review."""


@dataclass(frozen=True, slots=True)
class LastReview:
    """The review before, as far as the next one shows it."""

    digest: str
    kept: Mapping[str, str]
    """By row: when and by whom the access was last kept, in words."""


def last_review(bundle: Bundle) -> LastReview:
    """Return what a verified bundle of a review says. Raises UsageError for one that holds none."""
    if not is_review(bundle):
        raise UsageError(
            f"{bundle.name} holds no access review.", "Name the bundle or pack of the review before."
        )
    return LastReview(bundle.digest, dict(_kept(read_review(Evidence.whole(bundle)))))


def _kept(review: AccessReviewRecord) -> Iterator[tuple[str, str]]:
    for row in review.rows:
        if row.decision == KEEP and not any(row_objections(row, review)):
            yield row.row, f"kept {row.decided_on} by {row.reviewer}"
        elif not row.decision and row.reviewed_before:
            yield row.row, row.reviewed_before


def last_packed_review(store: ArchiveStore, scope: str) -> str | None:
    """Return the file of the last pack of an archive that holds a review of a scope; None without one."""
    found = (one for one in reversed(read_entries(store)) if one.scope == scope)
    return next((one.file for one in found if one.bundle.startswith(PREFIX)), None)
