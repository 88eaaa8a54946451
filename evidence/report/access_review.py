"""Prepares an access review for report, workbook and page: what was asked, and what was decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle.open import Bundle
from evidence.controls.review_rules import row_objections, window_of
from evidence.readers.access_review import (
    CHANGE,
    CHOICES,
    REVOKE,
    AccessReviewRecord,
    ReviewedAccess,
    is_review,
    read_review,
)
from evidence.readers.evidence import Evidence
from evidence.report.model import Column, Fact, Table, excerpt, moment, plural
from evidence.report.names import DECISIONS as SHEET
from evidence.report.names import WORKBOOK

SHOWN, KEPT_SHOWN = 40, 15
"""Rows of a table of the report, and of what was kept; the workbook has all."""
_SHEET = f"sheet {SHEET} of {WORKBOOK}"
_ACCESS = (
    Column("Person or user", width=20), Column("Access, group", width=22),
    Column("Account", "mono", width=15), Column("Decision", width=8), Column("By, on", width=20),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """One part of what a review's report shows."""

    name: str
    shows: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An access review as it is printed."""

    title: str
    review: AccessReviewRecord
    reviewers: str
    sections: tuple[ReviewSection, ...]


def review_view(bundle: Bundle) -> ReviewView | None:
    """Return what is printed of a bundle's review; None where it holds collected evidence."""
    if not is_review(bundle):
        return None
    review = read_review(Evidence.whole(bundle))
    names = sorted({row.reviewer for row in review.rows if row.reviewer})
    return ReviewView(
        f"Access review of {review.reviewed}",
        review,
        ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "") or "nobody",
        tuple(_sections(review)),
    )


def _sections(review: AccessReviewRecord) -> Iterator[ReviewSection]:
    window = window_of(review)
    yield ReviewSection(
        "The review",
        "What was asked of whom, and what came back. The workbooks, as they came back, are attached.",
        (
            Fact("Reviewed bundle", review.reviewed, mono=True),
            Fact("Its SHA-256", review.reviewed_digest, mono=True),
            Fact("Access as of", moment(review.reviewed_finished)),
            Fact("Opened", moment(review.opened), "as review.json says"),
            Fact("To be closed by", moment(window.due), f"{plural(window.days, 'day')} after it was opened"),
            Fact("Closed", moment(review.closed)),
            Fact("Complete", "no: see REV-2" if review.incomplete else "yes"),
            *_counts(review),
        ),
        (_workbooks(review),),
    )
    acted = [row for row in review.rows if row.decision in (REVOKE, CHANGE)]
    if acted:
        yield ReviewSection(
            "Access to be revoked or changed",
            "What reviewers decided against keeping as it is. Whether it is gone, the next collection shows.",
            tables=(_accesses("Decided otherwise than keep", acted, SHOWN),),
        )
    wrong = [(row, "; ".join(row_objections(row, review))) for row in review.rows]
    wrong = [(row, why) for row, why in wrong if why]
    if wrong:
        refused = (*_ACCESS[:3], Column("Why it does not count"))
        rows = ((row.name, _access(row), row.account, why) for row, why in wrong)
        table = excerpt("Not decided as it must be", refused, rows, _SHEET, limit=SHOWN)
        yield ReviewSection("What does not count", "Rows that REV-2 takes exception to.", tables=(table,))
    if review.not_shown or review.unreadable:
        lines = [(one.account or "—", one.why) for one in review.not_shown]
        lines += [("—", str(one)) for one in review.unreadable]
        columns = (Column("Account", "mono", width=15), Column("What nobody could review"))
        table = excerpt("Not reviewed", columns, iter(lines), _SHEET, limit=SHOWN)
        yield ReviewSection(
            "Access that could not be reviewed",
            "What the reviewed bundle does not show, or a row here that cannot be read.",
            tables=(table,),
        )
    kept = [row for row in review.rows if row.decision not in (REVOKE, CHANGE)]
    yield ReviewSection(
        "All other access",
        "What reviewers kept, or did not decide about, administrators first.",
        tables=(_accesses("Kept, or not decided", sorted(kept, key=_weight), KEPT_SHOWN),),
    )


def _weight(row: ReviewedAccess) -> int:
    return {True: 0, None: 1, False: 2}[row.administrator]


def _counts(review: AccessReviewRecord) -> Iterator[Fact]:
    counts = Counter(row.decision for row in review.rows)
    yield Fact("Rows of access", f"{review.expected:,}")
    for choice in CHOICES:
        yield Fact(f"… {choice}", f"{counts[choice]:,}")
    yield Fact("… not decided", f"{counts['']:,}")
    if review.unreadable:
        yield Fact("… not readable", f"{len(review.unreadable):,}", review.unreadable[0].short)


def _workbooks(review: AccessReviewRecord) -> Table:
    columns = (
        Column("Workbook"), Column("Rows", "number", width=8), Column("Decided", "number", width=10),
        Column("Reviewers", width=30), Column("Came back", width=10),
    )  # fmt: skip
    decided = Counter(row.workbook for row in review.rows if row.decision)
    by: dict[str, dict[str, None]] = {}
    for row in review.rows:
        if row.reviewer:
            by.setdefault(row.workbook, {})[row.reviewer] = None
    rows = (
        (one.name, f"{one.rows:,}", f"{decided[one.name]:,}", ", ".join(list(by.get(one.name, {}))[:3]),
         "yes" if one.file else "no")
        for one in review.files
    )  # fmt: skip
    return excerpt("Workbooks", columns, rows, "run.json of the bundle", limit=SHOWN)


def _accesses(caption: str, rows: list[ReviewedAccess], most: int) -> Table:
    shown = (
        (
            f"{row.name}{', administrator' if row.administrator else ''}",
            _access(row),
            row.account,
            row.decision or "—",
            f"{row.reviewer}, {row.decided_on}" if row.decided_on else row.reviewer or "—",
            row.comment,
        )
        for row in rows
    )
    return excerpt(caption, (*_ACCESS, Column("Comment")), shown, _SHEET, limit=most)


def _access(row: ReviewedAccess) -> str:
    return f"{row.access}, {row.group}" if row.group else row.access


def decision_rows(bundle: Bundle) -> Iterator[tuple[ReviewedAccess, str]]:
    """Yield each row of a review, and why it does not count; empty where it does."""
    review = read_review(Evidence.whole(bundle))
    for row in review.rows:
        yield row, "; ".join(row_objections(row, review))
