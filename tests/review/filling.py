"""Fills in the workbooks of an access review, as reviewers do."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from evidence.review import workbook as sheet
from evidence.review.listing import PERSON_COLUMN

REVIEWER = "Rhea Quinn <rhea@x.example>"
Row = Mapping[str, Any]
"""Cells of one row of a workbook, by the title of their column."""


def rows_of(worksheet: Any) -> Iterator[Row]:
    """Yield the rows of the table, as cells by title."""
    header = next(row for row in worksheet.iter_rows() if row[0].value == PERSON_COLUMN)
    for row in worksheet.iter_rows(min_row=header[0].row + 1):
        yield {title.value: cell for title, cell in zip(header, row, strict=True)}


def fill_in(path: Path, reviewer: str, day: date, **of: Mapping[str, str]) -> None:
    """Decide every row of a workbook; `of` has what is told otherwise of a person, by name."""
    book = load_workbook(path)
    for row in rows_of(book[sheet.ACCESS]):
        told: dict[str, Any] = {sheet.DECISION: "keep", sheet.REVIEWER: reviewer, sheet.DATE: day}
        for title, value in {**told, **of.get(row[PERSON_COLUMN].value, {})}.items():
            row[title].value = value
    book.save(path)
