"""Tests access reviews: complete, by somebody else than the person reviewed, within the window."""

from collections import Counter
from collections.abc import Iterator, Mapping

from evidence.bundle.format import bag
from evidence.controls import topics
from evidence.controls.declaration import REVIEWS, Conclusion, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.review_rules import row_objections, too_old, window_of
from evidence.readers.access_review import (
    DECISIONS,
    AccessReviewRecord,
    ReviewedAccess,
    read_review,
)
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.pointer import Pointer

RUN = Pointer(bag.RUN)
_COLUMNS = ("person", "access", "group", "administrator", "decision", "reviewer", "decided on", "comment")
_WORDS = {True: "yes", False: "no", None: "not determined"}
_EXPECTED = "decided by somebody else than the person reviewed, within the window"


@control_test(
    id="REV-2",
    title="The access review is complete, by others, and in time",
    topic=topics.ACCESS_REVIEWS,
    criteria=("CC6.1", "CC6.2", "CC6.3"),
    risk="Access that nobody looks at, or that people confirm for themselves, outlives its reason.",
    procedure="Held every access that the reviewed bundle shows against what came back from the reviewers: "
    "each must be decided once (keep, revoke or change), by a named reviewer who is not the person reviewed, "
    "on a day between the review's opening and its closing and within the window. The review itself must be "
    "closed within the window, with every workbook that was opened, and its rows must be those opened; the "
    "reviewed bundle must not be older at the opening than the window is long.",
    population="Every access that was to be reviewed, and the review itself",
    attribute="Decided once, by somebody else, within the window",
    needs=(DECISIONS,),
    empty="The review has no rows.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Open a review of today's access (`evidence review open`), have somebody else than the "
        "person decide about {subject}, and close it within the window.",
        cli=("evidence review open {bundle}", "evidence review close {workbooks} {bundle} --opened {review}"),
    ),
    limits="Who a reviewer is, is what was typed into the workbook: nobody signed in to decide. A reviewer "
    "is taken for the person reviewed by name, user name or e-mail address, as management's list and the "
    "directory have them. When the review was opened is what review.json says, and no earlier than the "
    "reviewed bundle. Whether a decision was well considered, no file shows; whether what was revoked is "
    "gone, REV-3 shows over the period.",
    over=REVIEWS,
)
def reviewed_completely(evidence: Evidence) -> Iterator[Row]:
    """Yield one row for the review, one per access, and one for each that could not be reviewed."""
    review = read_review(evidence)
    often = Counter(row.row for row in review.rows)
    yield _review_row(review, often)
    for row in review.rows:
        yield _access_row(review, row, twice=often[row.row] > 1)
    for hidden in review.not_shown:
        yield _undetermined(f"access that the reviewed bundle does not show: {hidden.why}", hidden.pointer)
    for one in review.unreadable:
        yield _undetermined(f"a row that cannot be read: {one.why}", one.pointer)


def _access_row(review: AccessReviewRecord, row: ReviewedAccess, *, twice: bool) -> Row:
    wrong = list(row_objections(row, review))
    wrong += ["the row stands in the review more than once"] if twice else []
    said = f"{row.decision} by {row.reviewer or 'nobody named'} on {row.decided_on or 'no day'}"
    said = said if row.decision else "not decided"
    return Row(
        subject=f"{row.id or row.name} {row.access} {row.account}".strip(),
        account=row.account,
        verdict=Verdict.EXCEPTION if wrong else Verdict.MET,
        observed="; ".join([said, *wrong]),
        expected=_EXPECTED,
        pointers=(row.pointer,),
        severity=Severity.HIGH if wrong and row.administrator else None,
        note=row.comment,
        attributes=_attributes(row),
        arns=(row.id,) if row.id.startswith("arn:") else (),
    )


def _attributes(row: ReviewedAccess) -> Mapping[str, str]:
    day = row.decided_on.isoformat() if row.decided_on else ""
    values = (
        row.name, row.access, row.group, _WORDS[row.administrator], row.decision, row.reviewer, day,
        row.comment,
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))


def _review_row(review: AccessReviewRecord, often: Counter[str]) -> Row:
    window = window_of(review)
    wrong = []
    if review.closed > window.due:
        wrong.append(f"closed later than {plural(window.days, 'day')} after it was opened")
    if review.opened < review.reviewed_finished or review.closed < review.opened:
        wrong.append("it says that it was opened before its evidence was collected, or after it was closed")
    if old := too_old(review.reviewed_finished, window):
        wrong.append(old)
    if absent := [one.name for one in review.files if not one.file]:
        wrong.append(f"workbooks did not come back: {joined_names(absent)}")
    if review.expected != len(often) or review.expected != sum(one.rows for one in review.files):
        wrong.append(f"rows that were opened: {review.expected}; that are here: {len(often)}")
    if review.as_opened is False:
        wrong.append("the rows are not those that were opened")
    return Row(
        subject=review.bundle,
        account="",
        verdict=Verdict.EXCEPTION if wrong else Verdict.MET,
        observed="; ".join(
            [
                (
                    f"opened {review.opened:%Y-%m-%d %H:%M} UTC over {review.reviewed}, closed "
                    f"{review.closed:%Y-%m-%d %H:%M} UTC, {plural(len(review.files), 'workbook')}"
                ),
                *wrong,
            ]
        ),
        expected=f"closed within {plural(window.days, 'day')}, with every workbook and every row",
        pointers=(RUN,),
        attributes=dict.fromkeys(_COLUMNS, ""),
    )


def _undetermined(observed: str, pointer: Pointer) -> Row:
    return Row(
        subject=str(pointer),
        account="",
        verdict=Verdict.NOT_DETERMINED,
        observed=observed,
        expected=_EXPECTED,
        pointers=(pointer,),
        attributes=dict.fromkeys(_COLUMNS, ""),
    )
