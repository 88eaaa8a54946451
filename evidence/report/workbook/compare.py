"""Finds the first row in which two workbooks differ, whatever library wrote them."""

import zipfile
from collections.abc import Iterable
from contextlib import ExitStack, closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

SPARE = 1024 * 1024
"""Bytes, unpacked, by which another version's workbook may be larger than twice ours, to be looked into."""


def other_content(given: Path, computed: Path) -> str:
    """Name the first row in which two workbooks differ; empty where only their bytes do."""
    try:
        there, here = (_unpacked_size(book) for book in (given, computed))
        if there > 2 * here + SPARE:
            return "it is far larger than its evidence makes it"
        return _other_row(given, computed)
    # Over hostile bytes openpyxl raises whatever its parsers raise. Whatever it was: it is no such workbook.
    except Exception:  # noqa: BLE001
        return "it cannot be read as a workbook"


def _other_row(given: Path, computed: Path) -> str:
    from openpyxl import load_workbook

    with ExitStack() as open_:
        books = [
            open_.enter_context(closing(load_workbook(book, read_only=True))) for book in (given, computed)
        ]
        names = [book.sheetnames for book in books]
        if names[0] != names[1]:
            return "it has other sheets"
        for name in names[0]:
            sheets = (map(_cells, book[name].iter_rows(values_only=True)) for book in books)
            rows = zip_longest(*sheets, fillvalue=[])
            for number, (one, other) in enumerate(rows, start=1):
                if one != other:
                    return f"row {number} of sheet {name} holds something else"
    return ""


def _cells(row: Iterable[Any]) -> list[Any]:
    """Return the values of a row, without the empty cells at its end, which a writer may leave out."""
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _unpacked_size(book: Path) -> int:
    with zipfile.ZipFile(book) as parts:
        return sum(part.file_size for part in parts.infolist())
