"""Writes one table of the workbook: files it shows, a frozen header, filters, bounded sheets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from evidence.report.names import SHEET_NAME_LIMIT
from evidence.report.workbook import cells

MOST_ROWS = 1_048_576
FILES_LISTED = 6
MOST_INDEXED = 500
"""Files of one sheet that have a row of their own in the index."""
MOST_NAMED = 400
"""Files whose names are joined at all: their digests alone are more than a cell holds."""
WIDEST = 70
_INVALID = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file of the bundle that a sheet shows."""

    path: str
    """Below data/."""
    sha256: str


@dataclass(slots=True)
class IndexEntry:
    """What the index says about one sheet."""

    name: str
    title: str
    files: Sequence[SheetFile]
    rows: int = 0


@dataclass
class WorkbookBuilder:
    """The workbook under construction and its index."""

    workbook: Workbook = field(default_factory=lambda: Workbook(write_only=True))
    entries: list[IndexEntry] = field(default_factory=list)
    most_rows: int = MOST_ROWS

    def sheet_name(self, wanted: str) -> str:
        """Return a valid name that no sheet has yet; Excel does not tell upper from lower case."""
        base = _INVALID.sub("_", wanted).strip("'")[:SHEET_NAME_LIMIT] or "Sheet"
        taken = {name.casefold() for name in self.workbook.sheetnames}
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            name = base[: SHEET_NAME_LIMIT - len(suffix)] + suffix
        return name


def print_wide(sheet: Any) -> None:
    """Make a sheet print on landscape pages, all columns on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


@dataclass
class SheetTable:
    """A table that continues on a further sheet when one is full."""

    book: WorkbookBuilder
    name: str
    title: str
    files: Sequence[SheetFile]
    columns: Sequence[tuple[str, int]]
    """(title, width in characters)."""
    remarks: Sequence[str] = ()
    sheet: Any = None
    used: int = 0
    """Rows of the current sheet that are taken."""
    header: int = 0

    def __enter__(self) -> "SheetTable":
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def add(self, values: Iterable[cells.Value], pointer: str = "") -> None:
        """Append one row. `pointer` says where text too long for a cell is in full."""
        if self.used >= self.book.most_rows:
            self._close()
            self._open()
        self.sheet.append(cells.row(self.sheet, values, pointer))
        self.used += 1

    def _open(self) -> None:
        name = self.book.sheet_name(self.name)
        sheet = self.sheet = self.book.workbook.create_sheet(name)
        block = self._block()
        self.header = len(block) + 2
        sheet.freeze_panes = f"A{self.header + 1}"
        print_wide(sheet)
        for number, (_, width) in enumerate(self.columns, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = min(width, WIDEST)
        for cells_of_row in (*block, [], cells.header_row(sheet, [title for title, _ in self.columns])):
            sheet.append(cells_of_row)
        self.used = self.header
        self.book.entries.append(IndexEntry(name, self.title, self.files))

    def _block(self) -> list[list[Any]]:
        """The rows above the table: title, remarks, and each file with its SHA-256."""
        sheet = self.sheet
        rows = [cells.title_row(sheet, self.title)]
        rows += [cells.label_row(sheet, remark) for remark in self.remarks]
        if len(self.files) > FILES_LISTED:
            listing = "; ".join(f"{file.path} sha256:{file.sha256}" for file in self.files[:MOST_NAMED])
            listing = f"{len(self.files)} files below data/, with SHA-256: {listing}"
            where = "sheet Index" if len(self.files) <= MOST_INDEXED else "manifest-sha256.txt"
            return [*rows, cells.row(sheet, [listing], where)]
        return [*rows, *([f"{file.path}   sha256:{file.sha256}"] for file in self.files)]

    def _close(self) -> None:
        last = get_column_letter(max(1, len(self.columns)))
        self.sheet.auto_filter.ref = f"A{self.header}:{last}{max(self.used, self.header)}"
        self.book.entries[-1].rows = self.used - self.header
        self.sheet.close()
