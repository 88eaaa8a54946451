"""Writes CSV that a spreadsheet cannot take for formulas (RFC 4180, with plain newlines)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from evidence.report.text import visible

_BEGINS = re.compile(r"[\t\r\n]|[\s\"]*[=+\-@]")
"""How a cell begins that a spreadsheet may take for a formula."""
_SPLIT = re.compile(r"([;\t][\s\"]*)(?=[=+\-@])")
"""Where one would begin, for a spreadsheet that splits at semicolons or tabulators."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table. Where a formula would begin stands an apostrophe; nothing is hidden."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue()


def _cell(value: object) -> str:
    text = _SPLIT.sub(r"\1'", visible(str(value)))
    return f"'{text}" if _BEGINS.match(text) else text
