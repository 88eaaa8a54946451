"""Defines what a sheet of the period's workbook is: its columns, and its rows as they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetColumn

READ_FIRST, OVER_TIME, PEOPLE, RECORDS = "Read first", "Over time", "Who and what", "Records"
"""Kinds of sheets, as the index has them."""


@dataclass(frozen=True, slots=True)
class PeriodSheet:
    """One sheet; `rows` are values by column, each row once."""

    name: str
    title: str
    kind: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Any]]
    remarks: Sequence[str] = ()
    wrap: bool = True
    breaks: Sequence[int] = ()
    """Columns before which a new page begins, where the table is too wide for one."""
    exceptions: int | None = None


def marked(word: str | None) -> cells.Value:
    """Return a word of the results with its fill; nothing for none."""
    return cells.Marked(word) if word else None
