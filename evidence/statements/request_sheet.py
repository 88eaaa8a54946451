"""Reads an auditor's request list: two columns of a workbook (XLSX) or a CSV file, whatever else is there."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evidence.errors import ConfigError
from evidence.storage import read_named

MOST_ROWS = 5_000
_MAX_BYTES = 8 * 1024 * 1024
_MAX_UNPACKED = 128 * 1024 * 1024
_HEADS_WITHIN = 30
"""Rows in which a head is looked for: lists begin with titles and logos."""
NUMBERS = (
    "number",
    "request number",
    "request no",
    "no",
    "#",
    "ref",
    "reference",
    "request id",
    "id",
    "pbc no",
)
TEXTS = ("text", "request", "description", "request description", "asked for", "evidence requested")

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line of the list."""

    number: str
    text: str


def read_request_sheet(path: Path, number: str | None = None, text: str | None = None) -> list[AskedLine]:
    """Return the lines of a list that have a number and a text, in their order.

    `number` and `text` name the columns; absent, the first that is called as lists call them. Raises
    ConfigError for a file that is no table, and for one without such columns or lines.
    """
    called = "The request list"
    content = read_named(path, _MAX_BYTES, called=called, error=ConfigError)
    try:
        sheets = list(_workbook(content) if content.startswith(b"PK") else _csv(content))
    # Over hostile bytes openpyxl raises whatever its parsers raise. Whatever it was: it is no such workbook.
    except Exception as error:
        raise ConfigError(
            f"{called} {path} cannot be read as XLSX or CSV.", "Save it as CSV (UTF-8), and try again."
        ) from error
    named = [[name.casefold()] if name else list(known) for name, known in ((number, NUMBERS), (text, TEXTS))]
    for rows in sheets:
        for at, row in enumerate(rows[:_HEADS_WITHIN]):
            numbered, asked = (_column(row, names) for names in named)
            if numbered is None or asked in (None, numbered):
                continue
            if lines := list(_lines(rows[at + 1 :], numbered, asked or 0)):
                return lines
    heads = next((row for rows in sheets for row in rows if sum(map(bool, row)) > 1), ())
    raise ConfigError(
        f"{called} {path} has no two columns of numbers and texts that are called so.",
        f"Name them with --number-column and --text-column; its first row with texts has: {_names(heads)}.",
    )


def _names(heads: Iterable[str]) -> str:
    return ", ".join(head for head in heads if head)[:300] or "none"


def _column(row: Row, names: Sequence[str]) -> int | None:
    """Return the place of the column that is called by the first of the names that one is called by."""
    heads = [" ".join(cell.casefold().replace(".", " ").split()) for cell in row]
    wanted = (" ".join(name.replace(".", " ").split()) for name in names)
    return next((heads.index(name) for name in wanted if name in heads), None)


def _lines(rows: Iterable[Row], number: int, text: int) -> Iterator[AskedLine]:
    for row in rows:
        cells = [*row, *[""] * (max(number, text) + 1 - len(row))]
        if cells[number] and cells[text]:
            yield AskedLine(cells[number], cells[text])


def _csv(content: bytes) -> Iterator[list[Row]]:
    text = content.decode("utf-8-sig")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    yield [[cell.strip() for cell in row] for row in islice(reader, MOST_ROWS)]


def _workbook(content: bytes) -> Iterator[list[Row]]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
            raise ValueError("too large unpacked")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for sheet in book.worksheets:
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=100, values_only=True)
        yield [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
