"""Reads tables out of a workbook that came back from people: texts, days, numbers, no formula, bounded."""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from evidence.errors import UsageError
from evidence.storage import read_named

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
_MOST_COLUMNS = 60
_MOST_ABOVE = 30
"""Rows in which the header is looked for."""
_LAST = 1_048_576
"""The last row of a sheet; some programs write it, empty."""
_RELATIONS = re.compile(r"xl/worksheets/_rels/[^/]*\.rels")
_SHEETS = re.compile(r"xl/worksheets/[^/]*\.xml")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_TARGET = re.compile(rb"""\bTarget\s*=\s*["']([^"']*)["']""")
_LINK = re.compile(rb"<(?:\w+:)?hyperlink\b[^>]*>")


class RefusedCellError(ValueError):
    """A cell, or its row, that does not fit; says why in a clause."""


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """In the place of a value that is never read."""

    what: str


_REFUSED = {"f": RefusedCell("a formula"), "e": RefusedCell("an error of a formula")}
"""By openpyxl's types of cells."""


@dataclass(frozen=True, slots=True)
class ReturnedTable:
    """One table of a sheet."""

    above: frozenset[str]
    """Texts of the cells above it."""
    titles: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[Any]]]
    """With their numbers, counted from 1, none of them empty."""


def read_content(path: Path) -> bytes:
    """Return the bytes of a workbook that a person named. Raises UsageError."""
    return read_named(path, MAX_BYTES, called="The workbook")


def read_tables(
    content: bytes, path: Path, sheet: str, titles: Collection[str], *, first: str, most: int
) -> list[ReturnedTable]:
    """Return the tables of a sheet, and of those that it continues on, that have each of these titles once.

    `first` is the title of the first column, `most` how many rows there can be. Raises UsageError for what is
    no workbook, and for one that holds more.
    """
    try:
        return list(_tables(content, sheet, titles, first, most))
    # Over hostile bytes openpyxl raises whatever its parsers raise. Whatever it was: it is no such workbook.
    except Exception as error:
        raise UsageError(f"{path} cannot be read as a workbook.", "Give the file as XLSX.") from error


def foreign_links(content: bytes) -> int:
    """Return how many links of a workbook's cells lead elsewhere than to an e-mail address.

    An address is made a link by programs themselves, as soon as somebody types it.
    """
    count = 0
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if _RELATIONS.fullmatch(name):
                links = [one for one in _RELATION.findall(parts.read(name)) if b"/hyperlink" in one]
                targets = [found[1] if (found := _TARGET.search(one)) else b"" for one in links]
                count += sum(not target.lower().startswith(b"mailto:") for target in targets)
            elif _SHEETS.fullmatch(name):
                count += sum(b"location" in one for one in _LINK.findall(parts.read(name)))
    return count


def _tables(
    content: bytes, sheet: str, titles: Collection[str], first: str, most: int
) -> Iterator[ReturnedTable]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
            raise ValueError("it is too large unpacked")
    book = load_workbook(io.BytesIO(content), read_only=True)
    for one in book.worksheets:
        if one.title == sheet or one.title.startswith(f"{sheet} ("):
            yield from _table(one, titles, first, most)


def _table(worksheet: Any, wanted: Collection[str], first: str, most: int) -> Iterator[ReturnedTable]:
    above: set[str] = set()
    titles: list[str] = []
    rows: list[tuple[int, Sequence[Any]]] = []
    worksheet.reset_dimensions()  # what programs leave there may be stale, or nothing
    before: Any = None
    for number, row in enumerate(worksheet.iter_rows(max_row=_LAST + 1, max_col=_MOST_COLUMNS), start=1):
        if number > _LAST:
            raise ValueError("it has rows further down than any program has")
        if titles and row is before:  # openpyxl gives the same tuple for each row that is not there
            continue
        before = row
        values = [_REFUSED.get(cell.data_type, cell.value) for cell in row]
        if titles and any(value is not None for value in values):
            rows.append((number, values))
            if len(rows) > most:
                raise ValueError("it has more rows than there are to be")
        elif titles:
            continue
        elif values and values[0] == first:
            titles = [str(value) for value in values]
        elif number > _MOST_ABOVE:
            return
        else:
            above.update(value for value in values if isinstance(value, str))
    if all(titles.count(title) == 1 for title in wanted):
        yield ReturnedTable(frozenset(above), tuple(titles), rows)


def text_of(value: object, title: str) -> str:
    """Return a text; a whole number is one, too: spreadsheets make it of a ticket's.

    Raises RefusedCellError.
    """
    if type(value) not in (str, int):
        raise RefusedCellError(f"{title} is no text")
    return str(value).strip()


def day_of(value: object, title: str) -> date:
    """Return a day, of a cell with a date or with its text. Raises RefusedCellError."""
    if isinstance(value, datetime):
        return value.date()
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise RefusedCellError(f"{title} is no day such as 2026-12-31") from error
