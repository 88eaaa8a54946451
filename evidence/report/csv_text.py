"""Writes CSV that a spreadsheet cannot take for formulas (RFC 4180, with plain newlines)."""

import csv
import io
from collections.abc import Iterable, Sequence

from evidence.report.text import visible

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for a formula."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table. Text that begins as a formula does gets an apostrophe in front; nothing is hidden."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue()


def _cell(value: object) -> str:
    text = visible(str(value))
    return f"'{text}" if text.startswith(_RISKY) else text
