"""Turns values into what a cell can hold: no formula, no lost digit, no silent cut."""

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from evidence.report.text import visible

CELL_LIMIT = 32_767
MOST_DIGITS = 10**15
FIRST_YEAR = 1900

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
"""Fewer digits than an account's id has."""
# Most text: printable ASCII with no formula sign in front; saves looking closer.
HARMLESS = re.compile(r"[A-Za-z0-9/\[{(:.\"][ -~]{0,8000}")
_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)
# What a spreadsheet may take for a formula, here or after export to CSV.
_RISKY = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Linked:
    """Text that leads to a cell of this workbook."""

    text: str
    place: str
    """`'Sheet'!A1`, from `sheets.place`: names are ours, never AWS's."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A word with a colour that says the same: of a conclusion, a verdict or a severity."""

    text: str
    """A key of `sheets.MARKS`; no colour for any other."""


Filled = str | int | float | bool | date | datetime | Linked | Marked
Value = Filled | None


def value(raw: Any) -> Value:
    """Return what a cell holds for a JSON value: moments as dates in UTC, long integers as text."""
    if raw is None or isinstance(raw, bool | Linked | Marked):
        made: Value = raw
    elif isinstance(raw, str):
        made = _moment(raw) if raw[:2] in {"19", "20"} and _MOMENT.fullmatch(raw) else raw
    elif isinstance(raw, int | float):
        made = raw if math.isfinite(raw) and abs(raw) < MOST_DIGITS else str(raw)
    elif isinstance(raw, datetime):
        made = _in_utc(raw) if raw.tzinfo else raw
    elif isinstance(raw, date):
        made = raw
    else:
        made = _collection(raw)
    return made


def attribute(text: str | None) -> Value:
    """Return what a cell holds for an attribute of a row, which is text: counts as numbers."""
    return int(text) if text and _COUNT.fullmatch(text) else value(text)


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
    """Return a moment in UTC; as text one that UTC has no day for, or a spreadsheet."""
    try:
        made = moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return moment.isoformat()
    return made if made.year >= FIRST_YEAR else made.isoformat(" ")


def day(moment: datetime | None) -> Value:
    """Return the day of a moment, in UTC."""
    found = None if moment is None else _in_utc(moment)
    return found.date() if isinstance(found, datetime) else found


def text(raw: str, pointer: str = "") -> str:
    """Return text as a cell holds it, visibly changed only where Excel cannot hold it.

    `pointer` says where text too long for a cell is in full.
    """
    shown = visible(raw).replace("\r", "‹U+000D›")
    if _units(shown) <= CELL_LIMIT:
        return shown
    where = f" at {pointer}" if pointer else " in the bundle"
    note = f" … [cut: {len(shown)} characters; in full{where}]"
    return cut(shown, CELL_LIMIT - _units(note)) + note


def cut(shown: str, most: int) -> str:
    """Return the beginning of a text, no longer than this as Excel counts."""
    return (
        shown
        if _units(shown) <= most
        else shown.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
    )


def _units(shown: str) -> int:
    """Return how long a text is as Excel counts: a character beyond the first 65,536 is two."""
    return len(shown) if shown.isascii() else len(shown.encode("utf-16-le")) // 2


def is_risky(shown: str) -> bool:
    """Say whether a spreadsheet may take text for a formula or an error, unless it is quoted."""
    return shown.startswith(_RISKY) or shown in _ERRORS
