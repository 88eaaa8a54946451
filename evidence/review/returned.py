"""Reads one returned workbook of an access review, row by row, against what was opened."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from evidence.controls.review_rules import same_person
from evidence.errors import UsageError
from evidence.readers.access_review import CHOICES
from evidence.report.text import visible
from evidence.report.workbook.returned_tables import (
    RefusedCell,
    RefusedCellError,
    ReturnedTable,
    day_of,
    foreign_links,
    read_content,
    read_tables,
    text_of,
)
from evidence.review import workbook as sheet
from evidence.review.index import OpenedFile, OpenedReview
from evidence.review.listing import PERSON_COLUMN, ROW_COLUMN, AccessToReview

_AGAIN = "Give the files that `evidence review open` wrote, filled in, with the review.json beside them."
_SHOWN = 60
MOST_TEXT = 4_000
"""Characters of what a reviewer typed into a cell."""


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """What came back of one row."""

    decision: str = ""
    """`keep`, `revoke` or `change`; empty where nobody decided, or it does not count."""
    reviewer: str = ""
    decided_on: date | None = None
    comment: str = ""
    refused: str = ""
    """Why it does not count, a clause."""
    number: int | None = None
    """Of the sheet's row, where there is one."""

    def record(self, workbook: str, names: Iterable[str]) -> dict[str, Any]:
        """Return what the bundle holds of it; `names` are those of the person reviewed."""
        return {
            "Decision": self.decision,
            "Reviewer": self.reviewer,
            "Date": self.decided_on.isoformat() if self.decided_on else None,
            "Comment": self.comment,
            "Refused": self.refused,
            "SamePerson": same_person(self.reviewer, names),
            "Workbook": workbook,
        }


@dataclass(frozen=True, slots=True)
class ReturnedWorkbook:
    """One workbook that came back."""

    path: Path
    content: bytes
    opened: OpenedFile
    decided: Mapping[str, DecidedRow]
    """By row: one for each that it was to have."""
    strange: tuple[str, ...] = field(default=())
    """Rows that it was not to have, a clause each."""


def read_workbook(path: Path, review: OpenedReview, rows: Mapping[str, AccessToReview]) -> ReturnedWorkbook:
    """Return what came back in a file.

    `rows` are all of the review. Raises UsageError for what is no workbook of this review.
    """
    content = read_content(path)
    tables = read_tables(
        content, path, sheet.ACCESS, sheet.COLUMNS, first=PERSON_COLUMN, most=2 * review.rows + 1000
    )
    if len(tables) != 1:
        raise UsageError(
            f"{path} has no sheet '{sheet.ACCESS}' with the columns that it had, each once.", _AGAIN
        )
    table = tables[0]
    opened = _which(path, review, table)
    links = foreign_links(content)
    if links:
        raise UsageError(
            f"{path} holds {links} {'link' if links == 1 else 'links'} to elsewhere than an e-mail address.",
            "Have the reviewer take the links out, and give the file again.",
        )
    return _taken(path, content, opened, table, rows)


def _which(path: Path, review: OpenedReview, table: ReturnedTable) -> OpenedFile:
    """Return the workbook that a file is, by the lines above its table. Raises UsageError."""
    if f"{sheet.BUNDLE_LINE}{review.digest}" not in table.above:
        raise UsageError(f"{path} is of another bundle than {review.bundle}.", _AGAIN)
    if f"{sheet.REVIEW_LINE}{review.rows_sha256}" not in table.above:
        raise UsageError(f"{path} is of another review of {review.bundle}.", _AGAIN)
    found = [one for one in review.workbooks if f"{sheet.FILE_LINE}{one.name}" in table.above]
    if len(found) != 1:
        raise UsageError(f"{path} does not say which workbook of the review it is.", _AGAIN)
    return found[0]


def _taken(
    path: Path,
    content: bytes,
    opened: OpenedFile,
    table: ReturnedTable,
    rows: Mapping[str, AccessToReview],
) -> ReturnedWorkbook:
    asked = {one.row for one in opened.rows}
    decided: dict[str, DecidedRow] = {}
    strange: list[str] = []
    values = [(number, dict(zip(table.titles, row, strict=False))) for number, row in table.rows]
    often = Counter(_name(row) for _, row in values)
    for number, row in values:
        name = _name(row)
        if name not in asked:
            strange.append(f"row {number}: {visible(name)[:_SHOWN] or 'without a name'} was not asked about")
        elif often[name] > 1:
            decided[name] = DecidedRow(refused="the row came back more than once", number=number)
        else:
            decided[name] = _decided(row, rows[name], number)
    for name in asked - decided.keys():
        decided[name] = DecidedRow(refused="the row did not come back")
    return ReturnedWorkbook(path, content, opened, decided, tuple(strange))


def _name(row: Mapping[str, Any]) -> str:
    value = row.get(ROW_COLUMN)
    return value if isinstance(value, str) else ""


def _decided(row: Mapping[str, Any], asked: AccessToReview, number: int) -> DecidedRow:
    try:
        _require_unchanged(row, asked)
        return replace(_said(row), number=number)
    except RefusedCellError as error:
        return DecidedRow(refused=str(error), number=number)


def _require_unchanged(row: Mapping[str, Any], asked: AccessToReview) -> None:
    for title, cell in row.items():
        if isinstance(cell, RefusedCell):
            raise RefusedCellError(f"the cell {visible(title)[:_SHOWN]} holds {cell.what}")
    for title, shown in asked.shown.items():
        value = row.get(title)
        if not isinstance(value, str | None) or (value or "") != shown:
            raise RefusedCellError(f"the cell {title} is not as it was sent out")


def _said(row: Mapping[str, Any]) -> DecidedRow:
    """Return what a reviewer filled in. Raises RefusedCellError."""
    said = {title: _text(row, title) for title in (sheet.DECISION, sheet.REVIEWER, sheet.COMMENT)}
    decision = said[sheet.DECISION].casefold()
    if decision not in ("", *CHOICES):
        raise RefusedCellError(f"'{visible(decision)[:_SHOWN]}' is none of {', '.join(CHOICES)}")
    day = row.get(sheet.DATE)
    if day is None or not str(day).strip():
        return DecidedRow(decision, said[sheet.REVIEWER], None, said[sheet.COMMENT])
    return DecidedRow(decision, said[sheet.REVIEWER], day_of(day, "the date"), said[sheet.COMMENT])


def _text(row: Mapping[str, Any], title: str) -> str:
    value = row.get(title)
    text = "" if value is None else text_of(value, f"the cell {title}")
    if len(text) > MOST_TEXT:
        raise RefusedCellError(f"the cell {title} is longer than {MOST_TEXT:,} characters")
    return text
