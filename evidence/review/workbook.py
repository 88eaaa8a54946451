"""Writes a reviewer's workbook: instructions, and a row for each access with cells to fill in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from evidence.readers.access_review import CHOICES
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import MANAGEMENT, OURS, WorkbookBuilder
from evidence.review.listing import PERSON_COLUMN, ROW_COLUMN, AccessToReview

INSTRUCTIONS, ACCESS = "Instructions", "Access to review"
DECISION, REVIEWER, DATE, COMMENT = "Decision", "Reviewer", "Date", "Comment"
DECIDED = (DECISION, REVIEWER, DATE, COMMENT)
BUNDLE_LINE, REVIEW_LINE, FILE_LINE = "Bundle sha256:", "Review sha256:", "Workbook: "
"""What the lines above the table begin with that say of what it is."""
ASKED = (
    PERSON_COLUMN, "Display name", "Access", "Account", "Account name", "Group", "Administrator",
    "Last use (UTC)", "MFA", "Last review",
)  # fmt: skip
BEHIND = ("Kind", "Status", "Note", ROW_COLUMN)
COLUMNS = (*ASKED, *DECIDED, *BEHIND)
_WIDTHS = {
    PERSON_COLUMN: 30, "Display name": 20, "Access": 26, "Account": 14, "Account name": 18, "Group": 18,
    "Administrator": 14, "Last use (UTC)": 17, "MFA": 11, "Last review": 24, DECISION: 11, REVIEWER: 24,
    DATE: 12, COMMENT: 34, "Kind": 15, "Status": 14, "Note": 36, ROW_COLUMN: 34,
}  # fmt: skip
_HEADER_HEIGHT = 30
_INSTRUCTIONS = """\
You are asked to look at {many} of access to AWS{whose}. For: {reviewer}.
The access is as it was on {taken} UTC. Please send this file back by {due}.

1. Open the sheet {sheet}. Each row is one access of one person.
2. In {decision}, choose one: keep, if the person needs this access for today's work; revoke, if not; \
change, if the person needs other access than this, and say in the comment which.
3. In {by}, write your own name or e-mail address. Nobody decides about their own access: where a row is \
yours, somebody else has to fill it in.
4. In {date}, write the day on which you decided, such as {day}.
5. Fill in every row. A row that is empty is a row that nobody reviewed.
6. Save the file as a workbook (XLSX) and send it back to whoever sent it to you.

The green columns are yours. The others are locked and must stay as they are: do not delete, add or correct \
rows. If something in them is wrong, say so in the comment.
Administrator 'not determined': the evidence does not settle it. Please treat it as yes.
Last use 'not known': AWS tells no last use of this kind of access.
Nothing happens by itself when you write revoke: somebody takes the access away, and the next collection of \
evidence shows whether it is gone.
"""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What every workbook of a review says of it."""

    bundle: str
    digest: str
    rows_sha256: str
    taken: datetime
    """When the bundle's run ended: the access is as it was then."""
    opened: datetime
    due: date
    """The last day, in UTC."""
    entity: str


def instructions(facts: ReviewFacts, reviewer: str, rows: int) -> tuple[str, ...]:
    """Return what the reviewer is asked to do, a line each."""
    many = f"{rows} {'row' if rows == 1 else 'rows'}"
    whose = f" of {facts.entity}" if facts.entity else ""
    return tuple(
        _INSTRUCTIONS.format(
            many=many, whose=whose, reviewer=reviewer, taken=f"{facts.taken:%Y-%m-%d %H:%M}", due=facts.due,
            day=f"{facts.opened:%Y-%m-%d}", sheet=ACCESS, decision=DECISION, by=REVIEWER, date=DATE,
        ).splitlines()
    )  # fmt: skip


def write_workbook(path: Path, facts: ReviewFacts, reviewer: str, rows: Sequence[AccessToReview]) -> None:
    """Write one workbook; the same rows give the same bytes. Raises OSError."""
    book = WorkbookBuilder(path, path.name, large=False)
    _instructions(book, facts, reviewer, len(rows))
    _access(book, path.name, facts, rows)
    book.save(facts.opened, f"Access review of {facts.bundle}", f"bundle sha256:{facts.digest} review")


def _instructions(book: WorkbookBuilder, facts: ReviewFacts, reviewer: str, rows: int) -> None:
    sheet = book.open_sheet(INSTRUCTIONS)
    sheet.set_column(0, 0, 110, book.style(text_wrap=True))
    book.put_text(sheet, 0, 0, "Review of access", bold=True, font_size=14)
    for at, line in enumerate(instructions(facts, reviewer, rows), start=2):
        book.put_text(sheet, at, 0, cells.text(line), text_wrap=True)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _access(book: WorkbookBuilder, name: str, facts: ReviewFacts, rows: Sequence[AccessToReview]) -> None:
    sheet = book.open_sheet(ACCESS)
    book.put_text(sheet, 0, 0, "Access to review", bold=True, font_size=14)
    above = (
        f"{FILE_LINE}{name}", f"{BUNDLE_LINE}{facts.digest}", f"{REVIEW_LINE}{facts.rows_sha256}",
        f"Fill in the green columns of every row by {facts.due.isoformat()}: see the sheet {INSTRUCTIONS}.",
    )  # fmt: skip
    for at, line in enumerate(above, start=1):
        book.put_text(sheet, at, 0, line, text_wrap=False)
    header = len(above) + 2
    sheet.set_row(header, _HEADER_HEIGHT)
    for column, title in enumerate(COLUMNS):
        fill = MANAGEMENT if title in DECIDED else OURS
        look = {"bold": True, "font_color": "#FFFFFF", "bg_color": f"#{fill}", "text_wrap": True}
        book.put_text(sheet, header, column, title, **look)
        sheet.set_column(column, column, _WIDTHS[title], book.style(text_wrap=True))
    for at, row in enumerate(rows, start=header + 1):
        _row(book, sheet, at, row)
    last = header + max(1, len(rows))
    sheet.freeze_panes(header + 1, 1)
    sheet.repeat_rows(header)
    sheet.print_area(0, 0, last, len(ASKED) + len(DECIDED) - 1)
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(header, 0, last, len(COLUMNS) - 1)
    _validate(sheet, header + 1, last, facts)
    sheet.protect(
        "", {"format_columns": True, "format_rows": True, "autofilter": True, "select_locked_cells": True}
    )


def _row(book: WorkbookBuilder, sheet: Any, at: int, row: AccessToReview) -> None:
    shown = row.shown
    for column, title in enumerate(COLUMNS):
        if title in DECIDED:
            kind = {"num_format": "yyyy-mm-dd"} if title == DATE else {"num_format": "@"}
            look = {"locked": False, "border": 1, "border_color": "#9DB08F", "text_wrap": True, **kind}
            sheet.write_blank(at, column, None, book.style(**look))
        elif shown[title]:
            strong = {"bg_color": "#FBE7C6"} if title == "Administrator" and shown[title] != "no" else {}
            book.put_text(sheet, at, column, shown[title], text_wrap=True, **strong)


def _validate(sheet: Any, first: int, last: int, facts: ReviewFacts) -> None:
    at = COLUMNS.index(DECISION)
    sheet.data_validation(
        first, at, last, at,
        {
            "validate": "list", "source": list(CHOICES), "error_title": DECISION,
            "error_message": "keep, revoke or change.",
        },
    )  # fmt: skip
    at = COLUMNS.index(DATE)
    sheet.data_validation(
        first, at, last, at,
        {
            "validate": "date", "criteria": ">=", "value": facts.opened.date(), "error_title": DATE,
            "error_message": f"A date, such as {facts.opened:%Y-%m-%d}, not before the review was opened.",
        },
    )  # fmt: skip
