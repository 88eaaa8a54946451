"""Writes the decisions of an access review: a row for each access, and first what nobody could review."""

from collections.abc import Iterator

from evidence.bundle.open import Bundle
from evidence.readers.access_review import ReviewedAccess, read_review
from evidence.readers.evidence import Evidence
from evidence.report.access_listing import NOT_KNOWN
from evidence.report.access_review import decision_rows, review_view
from evidence.report.names import DECISIONS
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetTable, WorkbookBuilder, bundle_file, columns_of

_COLUMNS = (
    *columns_of(
        ("Person or user", 34), ("Access", 24), ("Account", 14), ("Group", 18), ("Administrator", 13),
        ("Decision", 12), ("Reviewer", 28), ("Date", 11), ("Does not count, because", 36), ("Comment", 36),
        ("Last use (UTC)", 19), ("MFA", 10), ("Last review before", 26), ("Kind", 14), ("Account name", 20),
        ("Workbook", 34),
    ),
    *columns_of(
        ("Row", 34), ("Id of person or user", 40), ("Id of group", 40),
        ("ARN of permission set or policies", 50), ("Where to look (file:line below data/)", 50), wrap=False,
    ),
)  # fmt: skip
_WORDS = {True: "yes", False: "no", None: "not determined"}
_REMARKS = (
    (
        "A row does not count where nobody decided, where the reviewer is the person reviewed, where the "
        "date is outside of the window, and where what came back is not what was sent out: REV-2."
    ),
    "Reviewers are as they wrote themselves: nobody signed in to decide.",
)


def write(book: WorkbookBuilder, bundle: Bundle) -> None:
    """Write the sheet. The bundle holds a review."""
    view = review_view(bundle)
    title = f"{view.title}: what was decided" if view else "Access review"
    files = [bundle_file(bundle, path, unit.item) for unit in bundle.run.units for path in unit.files]
    with SheetTable(
        book, DECISIONS, title, files, _COLUMNS, _REMARKS, "Read first", wrap=True, breaks=(5, 10, 16)
    ) as table:
        for not_reviewed in _not_reviewed(bundle):
            table.add(not_reviewed)
        for row, why in decision_rows(bundle):
            table.add(_values(row, why))


def _not_reviewed(bundle: Bundle) -> Iterator[tuple[cells.Value, ...]]:
    review = read_review(Evidence.whole(bundle))
    empty = ("",) * 11
    for one in review.not_shown:
        head = ("cannot be shown", "", one.account, "", cells.Marked("not determined"), "", "", "", one.why)
        yield *head, *empty, str(one.pointer)
    for row in review.unreadable:
        head = ("not readable", "", "", "", cells.Marked("not determined"), "", "", "", row.why)
        yield *head, *empty, str(row.pointer)


def _values(row: ReviewedAccess, why: str) -> tuple[cells.Value, ...]:
    used: cells.Value = cells.value(row.last_used) or ("none on record" if row.never_used else NOT_KNOWN)
    return (
        row.name, row.access, row.account, row.group, cells.Marked(_WORDS[row.administrator]),
        row.decision or "not decided", row.reviewer, row.decided_on, why, row.comment, used,
        NOT_KNOWN if row.mfa is None else _WORDS[row.mfa], row.reviewed_before, row.kind, row.account_name,
        row.workbook, row.row, row.id, row.group_id, row.access_id, str(row.pointer),
    )  # fmt: skip
