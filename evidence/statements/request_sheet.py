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
_MOST_LINES = 100_000
"""Rows looked at, with those in which nothing stands."""
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
Sheet = tuple[str, list[Row]]
"""A sheet's name, and its rows in which something stands."""
_NOT_COMPUTED = "\0formula"
"""Stands for a formula of which the file holds no value: openpyxl takes no cell with this character."""


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line of the list."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class AskedList:
    """A whole list."""

    lines: list[AskedLine]
    unread: tuple[str, ...] = ()
    """Names of sheets in which something stands, but not such columns."""


def read_request_sheet(path: Path, number: str | None = None, text: str | None = None) -> AskedList:
    """Return the lines that have a number and a text, of all sheets with such columns, in their order.

    `number` and `text` name the columns; absent, the first that is called as lists call them. Raises
    ConfigError for a file that is no table, for one without such columns or lines, and for one of which some
    would be lost: with more rows than MOST_ROWS, or a formula without its value.
    """
    called = "The request list"
    advice = "Name the auditor's list as XLSX or CSV."
    content = read_named(path, _MAX_BYTES, called=called, error=ConfigError, advice=advice)
    try:
        sheets = list(_workbook(content) if content.startswith(b"PK") else _csv(content))
    except ConfigError:
        raise
    # Over hostile bytes openpyxl raises whatever its parsers raise. Whatever it was: it is no such workbook.
    except Exception as error:
        raise ConfigError(
            f"{called} {path} cannot be read as XLSX or CSV.", "Save it as CSV (UTF-8), and try again."
        ) from error
    named = [[name.casefold()] if name else list(known) for name, known in ((number, NUMBERS), (text, TEXTS))]
    found = [(name, rows, _asked(rows, *named)) for name, rows in sheets]
    if lines := [line for _, _, of_sheet in found for line in of_sheet]:
        return AskedList(lines, tuple(name for name, rows, of_sheet in found if rows and not of_sheet))
    heads = next((row for _, rows in sheets for row in rows if sum(map(bool, row)) > 1), ())
    raise ConfigError(
        f"{called} {path} has no two columns of numbers and texts that are called so.",
        f"Name them with --number-column and --text-column; its first row with texts has: {_names(heads)}.",
    )


def _asked(rows: Sequence[Row], numbers: Sequence[str], texts: Sequence[str]) -> list[AskedLine]:
    for at, row in enumerate(rows[:_HEADS_WITHIN]):
        numbered, asked = (_column(row, names) for names in (numbers, texts))
        if numbered is None or asked is None or asked == numbered:
            continue
        if lines := list(_lines(rows[at + 1 :], numbered, asked)):
            return lines
    return []


def _names(heads: Iterable[str]) -> str:
    return ", ".join(head for head in heads if head not in ("", _NOT_COMPUTED))[:300] or "none"


def _column(row: Row, names: Sequence[str]) -> int | None:
    """Return the place of the column that is called by the first of the names that one is called by."""
    heads = [" ".join(cell.casefold().replace(".", " ").split()) for cell in row]
    wanted = (" ".join(name.replace(".", " ").split()) for name in names)
    return next((heads.index(name) for name in wanted if name in heads), None)


def _lines(rows: Iterable[Row], number: int, text: int) -> Iterator[AskedLine]:
    for row in rows:
        cells = [*row, *[""] * (max(number, text) + 1 - len(row))]
        if cells[number] and cells[text]:
            if _NOT_COMPUTED in (cells[number], cells[text]):
                raise ConfigError(
                    f"The request list has a formula without a value, beside {_names(cells)}.",
                    "Open it in a spreadsheet program, save it, and try again.",
                )
            yield AskedLine(cells[number], cells[text])


def _filled(rows: Iterator[Row]) -> list[Row]:
    """Return the rows in which something stands. Raises ConfigError for more than are read."""
    read = list(islice((row for row in islice(rows, _MOST_LINES) if any(row)), MOST_ROWS + 1))
    if len(read) > MOST_ROWS or any(True for _ in rows):
        raise ConfigError(
            f"The request list has more than {MOST_ROWS:,} rows, or some below line {_MOST_LINES:,}.",
            "Split it into several files, and delete empty rows at the end.",
        )
    return read


def _csv(content: bytes) -> Iterator[Sheet]:
    text = content.decode("utf-8-sig")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    yield "", _filled([cell.strip() for cell in row] for row in reader)


def _workbook(content: bytes) -> Iterator[Sheet]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
            raise ValueError("too large unpacked")
    values, formulas = (
        load_workbook(io.BytesIO(content), read_only=True, data_only=computed).worksheets
        for computed in (True, False)
    )
    for sheet, written in zip(values, formulas, strict=True):
        pairs = (one.iter_rows(max_col=100, values_only=True) for one in (sheet, written))
        yield sheet.title, _filled([*map(_cell, *rows)] for rows in zip(*pairs, strict=True))


def _cell(value: object, written: object) -> str:
    if value is None:
        return "" if written is None else _NOT_COMPUTED
    return str(value).strip()
