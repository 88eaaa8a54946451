"""Writes the workbook's index: every sheet, the files it shows and their digests."""

from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet.hyperlink import Hyperlink

from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import MOST_INDEXED, IndexEntry, SheetFile, WorkbookBuilder, print_wide

MOST_LINKS = 60_000
"""Excel takes 65,530 links on a sheet and calls a workbook with more damaged."""
_HEADER = 6
_COLUMNS = (
    ("Sheet", 34),
    ("What it holds", 50),
    ("File below data/", 92),
    ("SHA-256", 68),
    ("Rows of the sheet", 18),
)
_LINK = Font(name="Calibri", color="14304F", underline="single")


def write(sheet: Any, book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    """Write the index to the workbook's first sheet, when all others are there."""
    sheet.freeze_panes = f"A{_HEADER + 1}"
    print_wide(sheet)
    for letter, (_, width) in zip("ABCDE", _COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append(cells.title_row(sheet, "Appendices: the evidence and every population"))
    sheet.append(cells.label_row(sheet, "Bundle", bundle.name))
    sheet.append(cells.label_row(sheet, "SHA-256 of its tag manifest", bundle.digest))
    sheet.append(cells.label_row(sheet, "SHA-256 of results.json", results.digest))
    redacted = bundle.run.redacted_from
    note = cells.label_row(sheet, "Redacted copy of bundle", redacted.origin) if redacted else []
    sheet.append(note)
    sheet.append(cells.header_row(sheet, [title for title, _ in _COLUMNS]))
    row = _HEADER
    for entry in book.entries:
        for number, file in enumerate(_files(entry)):
            row += 1
            rows = "" if number else entry.rows  # once: they are those of all its files together
            rest = cells.row_after_style(sheet, (entry.title, file.path, file.sha256, rows))
            linked = number == 0 or row < MOST_LINKS
            sheet.append([_link(sheet, row, entry.name) if linked else entry.name, *rest])
    sheet.auto_filter.ref = f"A{_HEADER}:E{row}"
    sheet.close()


def _files(entry: IndexEntry) -> list[SheetFile]:
    """Return a sheet's files as listed: of very many, the first, and where the digests of all are."""
    files = list(entry.files) or [SheetFile("none: nothing was collected", "")]
    if len(files) <= MOST_INDEXED:
        return files
    more = f"and {len(files) - MOST_INDEXED:,} more: each row names its own; digests in manifest-sha256.txt"
    return [*files[:MOST_INDEXED], SheetFile(more, "")]


def _link(sheet: Any, row: int, name: str) -> Any:
    """Return a cell that leads to a sheet of this workbook; the name is ours, made valid, never AWS's."""
    cell: Any = WriteOnlyCell(sheet, name)
    cell.font = _LINK
    cell._hyperlink = Hyperlink(ref=f"A{row}", location=f"'{name}'!A1", display=name)
    return cell
