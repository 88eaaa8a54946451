"""Writes tables as CSV that a spreadsheet opens without harm: no cell is a formula, nothing is hidden."""

import csv
import io
from collections.abc import Iterable, Sequence

from evidence.report.text import visible

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table (RFC 4180) in UTF-8, marked as such: spreadsheets would guess another encoding.

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA_SIGNS) else shown
