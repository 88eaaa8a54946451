"""Makes workbook cells that cannot harm: no formula, no lost row, no lost digit, no silent cut.

Measured on openpyxl 3.1.5 in write-only mode: a string that starts with `=` becomes a formula, control
characters lose the row, text beyond 32,767 characters is cut without a word, time zones raise, a style sticks
to the plain values that follow it in its row.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, Cell
from openpyxl.styles import Alignment, Font, PatternFill

from evidence.report.text import visible

CELL_LIMIT = 32_767
MOST_DIGITS = 10**15
FIRST_YEAR = 1900

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Most text: printable ASCII, no formula sign in front, no escape of Excel's; saves looking closer.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9/\[{(:.<\"](?:[ -^`-~]|_(?!x)){0,8000})?")
# What a spreadsheet may take for a formula, here or after export to CSV.
_RISKY = ("=", "+", "-", "@", "\t")

BOLD = Font(name="Calibri", bold=True)
TITLE = Font(name="Calibri", bold=True, size=14)
HEADER_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="14304F")
TOP = Alignment(vertical="top", wrap_text=True)

Value = str | int | float | bool | datetime | None


def value(raw: Any) -> Value:
    """Return what a cell holds for a JSON value: moments as dates in UTC, long integers as text."""
    if raw is None or isinstance(raw, bool):
        made: Value = raw
    elif isinstance(raw, str):
        made = _moment(raw) if raw[:2] in {"19", "20"} and _MOMENT.fullmatch(raw) else raw
    elif isinstance(raw, int | float):
        made = raw if math.isfinite(raw) and abs(raw) < MOST_DIGITS else str(raw)
    elif isinstance(raw, datetime):
        made = _in_utc(raw) if raw.tzinfo else raw
    else:
        made = _collection(raw)
    return made


def _collection(raw: Any) -> str:
    """Return a list of plain values joined, anything deeper as JSON."""
    if isinstance(raw, list | tuple) and all(isinstance(member, str | int) for member in raw):
        return "; ".join(map(str, raw))
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)


def _moment(text: str) -> Value:
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        return text


def _in_utc(moment: datetime) -> Value:
    """Return a moment in UTC; as text one that UTC has no day for."""
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return moment.isoformat()


def row(sheet: Any, values: Iterable[Value], pointer: str = "") -> list[Any]:
    """Return one row for a write-only sheet. `pointer` says where text too long for a cell is in full.

    openpyxl writes a row's plain values through one cell object, whose style they inherit. That is fast, so
    only what must not inherit gets a cell of its own: a number after a date, anything after quoted text.
    """
    made: list[Any] = []
    dated = quoted = False
    for raw in values:
        item: Any = raw
        if isinstance(raw, str):
            item = _text(sheet, raw, pointer)
            if quoted and item.__class__ is str:
                item, quoted, dated = WriteOnlyCell(sheet, item), False, False
            quoted = quoted or (item.__class__ is not str and item.quotePrefix)
        elif isinstance(raw, datetime):
            item = _date(sheet, raw, quoted)
            dated, quoted = True, False
        elif raw is not None and (dated or quoted):
            item, dated, quoted = WriteOnlyCell(sheet, raw), False, False
        made.append(item)
    return made


def _text(sheet: Any, text: str, pointer: str) -> Any:
    return text if _HARMLESS.fullmatch(text) else text_cell(sheet, text, pointer)


def text_cell(sheet: Any, text: str, pointer: str = "") -> Any:
    """Return a cell that holds exactly this text, visibly changed only where Excel cannot hold it."""
    shown = _fit(_ESCAPE.sub("_x005F_", visible(text).replace("\r", "‹U+000D›")), pointer)
    if shown not in ERROR_CODES and not shown.startswith(_RISKY):
        return shown
    cell = WriteOnlyCell(sheet)
    cell.value = shown
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _fit(text: str, pointer: str) -> str:
    if len(text) <= CELL_LIMIT:
        return text
    where = f" at {pointer}" if pointer else " in the bundle"
    note = f" … [cut: {len(text)} characters; in full{where}]"
    return text[: CELL_LIMIT - len(note)] + note


def _date(sheet: Any, moment: datetime, quoted: bool) -> Any:
    if moment.year < FIRST_YEAR:
        return WriteOnlyCell(sheet, moment.isoformat(" "))
    return WriteOnlyCell(sheet, moment) if quoted else moment


def title_row(sheet: Any, text: str) -> list[Any]:
    """Return the row with a sheet's title."""
    return [_styled(sheet, text, TITLE)]


def label_row(sheet: Any, label: str, *values: Value, pointer: str = "") -> list[Any]:
    """Return a row above the table: a bold label and its values."""
    return [_styled(sheet, label, BOLD), *row_after_style(sheet, values, pointer)]


def row_after_style(sheet: Any, values: Sequence[Value], pointer: str = "") -> list[Any]:
    """Return cells that follow a styled one: each a cell of its own, so that the style does not stick."""
    made = row(sheet, values, pointer)
    return [cell if isinstance(cell, Cell) or cell is None else WriteOnlyCell(sheet, cell) for cell in made]


def header_row(sheet: Any, titles: Iterable[str]) -> list[Any]:
    """Return the header of a table."""
    cells = [_styled(sheet, title, HEADER_FONT) for title in titles]
    for cell in cells:
        cell.fill = HEADER_FILL
        cell.alignment = TOP
    return cells


def _styled(sheet: Any, text: str, font: Font) -> Any:
    made = text_cell(sheet, text)
    cell = made if isinstance(made, Cell) else WriteOnlyCell(sheet, made)
    cell.font = font
    return cell
