"""Writes the index, a line for each sheet, and the files that the sheets show with their digests."""

from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.report.names import FILES, INDEX
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import (
    IndexEntry,
    SheetFile,
    SheetTable,
    WorkbookBuilder,
    columns_of,
    place,
)

MOST_INDEXED = 500
"""Files of one sheet that have a row of their own."""


def write(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    """Write both, when all other sheets are there; the index has the first sheet's place."""
    _files(book)
    remarks = [
        f"Bundle {bundle.name}",
        f"SHA-256 of its tag manifest: {bundle.digest}",
        f"SHA-256 of results.json: {results.digest}",
    ]
    if bundle.run.redacted_from:
        remarks.append(f"Redacted copy of bundle {bundle.run.redacted_from.origin}")
    write_index(book, "Appendices: the evidence and every population", remarks)


def write_index(book: WorkbookBuilder, title: str, remarks: list[str]) -> None:
    """Write a line for each sheet that is there; `remarks` say what the workbook is made from."""
    order = {name: number for number, name in enumerate(book.workbook.sheetnames)}
    entries = sorted(book.entries, key=lambda entry: order[entry.name])
    columns = columns_of(
        ("Sheet", 33), ("Kind", 20), ("What it holds", 70), ("Rows", 9), ("Exceptions", 11), ("Files", 9)
    )
    with SheetTable(book, INDEX, title, [], columns, remarks, wrap=True) as table:
        for entry in entries:
            link = cells.Linked(entry.name, place(entry.name))
            table.add((link, entry.kind, entry.title, entry.rows, entry.exceptions, len(entry.files)))


def _files(book: WorkbookBuilder) -> None:
    columns = columns_of(("Sheet", 33), ("Item", 34), ("File below data/", 92), ("SHA-256", 68))
    title = "Files that the sheets show, with their digests"
    with SheetTable(book, FILES, title, [], columns, kind="The run") as table:
        for entry in book.entries:
            for file in _listed(entry):
                table.add((entry.name, file.item, file.path, file.sha256))


def _listed(entry: IndexEntry) -> list[SheetFile]:
    """Return a sheet's files as listed: of very many, the first, and where the digests of all are."""
    if len(entry.files) <= MOST_INDEXED:
        return list(entry.files)
    more = f"and {len(entry.files) - MOST_INDEXED:,} more: each row names its own"
    return [*entry.files[:MOST_INDEXED], SheetFile(f"{more}; digests in manifest-sha256.txt", "")]
