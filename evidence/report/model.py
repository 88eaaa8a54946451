"""Defines the building blocks of the report's pages: bounded tables, and numbers with names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from evidence.readers.unreadable import Unreadable

EXCERPT_ROWS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; `width` is a step of the style sheet's scale (percent, 0 for the rest)."""

    title: str
    kind: str = "text"
    """text, mono, number."""
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A bounded excerpt of `total` rows, and where all of them are."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    elsewhere: str
    """Where all rows are: `sheet config.rules of appendices.xlsx`."""
    note: str = ""

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


def excerpt(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[tuple[str, ...]],
    elsewhere: str,
    *,
    limit: int = EXCERPT_ROWS,
    note: str = "",
) -> Table:
    """Return a table of the first `limit` rows that counts the rest without keeping them."""
    left = iter(rows)
    shown = tuple(islice(left, limit))
    return Table(caption, tuple(columns), shown, len(shown) + sum(1 for _ in left), elsewhere, note)


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value, with a remark where the value alone would mislead."""

    name: str
    value: str
    remark: str = ""
    mono: bool = False


def counted(name: str, count: int, unreadable: Sequence[Unreadable], remark: str = "") -> Fact:
    """Return a figure, or in its place what it counts and nobody can read, with file and line."""
    if unreadable:
        return Fact(name, unreadable[0].short, unreadable[0].why)
    return Fact(name, f"{count:,}", remark)


def moment(value: datetime | str | None) -> str:
    """Return a moment as people read it, in UTC: `2026-10-01 06:00:00 UTC`; other text unchanged."""
    if value is None:
        return "—"
    try:
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if parsed.tzinfo is None and isinstance(value, str):
            return value
        return f"{parsed.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError):  # a time before all days of UTC, or after: what anybody may write
        return str(value)


def day(value: datetime | str | None) -> str:
    """Return the day of a moment, `2026-10-01`; text that is no moment unchanged."""
    shown = moment(value)
    return shown[:10] if shown.endswith(" UTC") else shown


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 user`, `2 users`, `1,204 users`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def yes_no(value: bool) -> str:
    """Return a truth value as a word."""
    return "yes" if value else "no"
