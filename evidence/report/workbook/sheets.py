"""Writes one table of the workbook: a frozen header, filters, a name, print titles, bounded sheets.

XlsxWriter writes strings as strings. Where it would take a text for
XML of its own (`<r>…</r>`), or a spreadsheet for a formula, the text is written so that neither does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_range_abs

from evidence.bundle.open import Bundle
from evidence.report.names import INDEX, SHEET_NAME_LIMIT
from evidence.report.workbook import cells

MOST_ROWS = 1_048_576
MOST_LINKS = 60_000
"""Excel takes 65,530 links on a sheet and calls a workbook with more damaged."""
WIDEST = 70
PAGE_WIDTH = 200
"""Characters that fit a landscape page and stay legible, at SCALE; wider tables go on to the right."""
MOST_HEIGHTS = 20_000
"""Rows of a sheet whose height is set, as not every program fits it to wrapped text; each takes memory."""
MOST_HEADER = 120
LINE, HIGHEST = 15, 180
"""Points: a line's, and the most that a row takes of the screen."""
SCALE = 68
"""Percent of 11 pt: 7.5 pt."""
_INVALID = re.compile(r"[\[\]:*?/\\]")
_NO_NAME = re.compile(r"[^A-Za-z0-9_]")

OURS, MANAGEMENT, AUDITOR = "14304F", "3B5B2B", "6B4E16"
"""Fills of headers: what the evidence says, what management fills in, what the auditor does."""
MARKS = {
    "exceptions noted": "F8D7D3", "exception": "F8D7D3", "critical": "F1AFA8", "high": "F8D7D3",
    "medium": "FBE7C6", "low": "FFF6DD",
    "accepted": "E6E0F0", "not concluded": "FBE7C6", "not determined": "FBE7C6",
    "no exceptions": "DDEEDD", "met": "DDEEDD", "attested": "DCE8F5",
    "yes": "FBE7C6",
    "overdue": "F8D7D3", "late": "F8D7D3", "open": "FBE7C6", "in time": "DDEEDD",
    "not met": "F8D7D3", "not whole": "FBE7C6",
}  # fmt: skip
"""Fill behind a word; the word says the same without it."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its title, how wide it is (characters), and who fills it."""

    title: str
    width: int
    fill: str = OURS
    wrap: bool = True
    """In a sheet whose text is wrapped: this column's is, too."""


def columns_of(*shapes: tuple[str, int], fill: str = OURS, wrap: bool = True) -> tuple[SheetColumn, ...]:
    """Return columns from their titles and widths."""
    return tuple(SheetColumn(title, width, fill, wrap) for title, width in shapes)


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file of the bundle that a sheet shows."""

    path: str
    """Below data/."""
    sha256: str
    item: str = ""


@dataclass(slots=True)
class IndexEntry:
    """What the index says about one sheet."""

    name: str
    kind: str
    title: str
    files: Sequence[SheetFile]
    rows: int = 0
    exceptions: int | None = None


def bundle_file(bundle: Bundle, path: str, item: str = "") -> SheetFile:
    """Return a file below data/ with its digest."""
    return SheetFile(path, bundle.hashes.get(path, ""), item)


def place(sheet: str, row: int = 0) -> str:
    """Return the first cell of a row, counted from 0, as links name it."""
    return "'" + sheet.replace("'", "''") + f"'!A{row + 1}"


class WorkbookBuilder:
    """The workbook under construction: its styles, and what its index will say."""

    def __init__(self, path: Path, name: str = "", *, most_rows: int = MOST_ROWS, large: bool = True) -> None:
        """`path` is where it is written, in a folder that is free for the sheets until then.

        `large`: keep no more than a row of each sheet in memory, which takes half as long again.
        """
        self.workbook: Any = xlsxwriter.Workbook(
            str(path), {"constant_memory": large, "tmpdir": str(path.parent), "use_zip64": True}
        )
        self.name = name
        self.most_rows = most_rows
        self.entries: list[IndexEntry] = []
        self._reserved: dict[str, Any] = {}
        self._ranges: set[str] = set()
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def style(self, **properties: object) -> Any:
        """Return a style; the same for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"valign": "top", **properties})
        return self._formats[key]

    def reserve(self, *names: str) -> None:
        """Give sheets their places before the others, though they are written after them."""
        for name in names:
            self._reserved[name] = self._add(name)

    def open_sheet(self, wanted: str) -> Any:
        """Return the sheet of this name: one that is reserved, else a new one, which may have a number."""
        return self._reserved.pop(wanted, None) or self._add(wanted)

    def _add(self, wanted: str) -> Any:
        sheet = self.workbook.add_worksheet(self.sheet_name(wanted))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.hide_gridlines(0)  # print them too
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        shown = self.name.replace("&", "&&")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_footer(f"&L&8 {shown}&C&8&A&R&8Page &P of &N")
        return sheet

    def sheet_name(self, wanted: str) -> str:
        """Return a valid name that no sheet has yet; Excel does not tell upper from lower case."""
        base = cells.cut(_INVALID.sub("_", wanted), SHEET_NAME_LIMIT).strip("'") or "Sheet"
        taken = {name.casefold() for name in self.workbook.sheetnames} | {"history"}  # Excel's own
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            name = cells.cut(base, SHEET_NAME_LIMIT - len(suffix)) + suffix
        return name

    def name_range(self, sheet: str, area: str) -> None:
        """Give a table the name of its sheet, as far as a name may be so: `Tests_Root`."""
        name = _NO_NAME.sub("_", sheet)
        if name.casefold() not in self._ranges:
            self._ranges.add(name.casefold())
            where = sheet.replace("'", "''")
            self.workbook.define_name(name, f"='{where}'!{area}")

    def save(self, moment: datetime, title: str, keywords: str) -> None:
        """Write the workbook as it was at `moment`: the same sheets give the same bytes. Raises OSError."""
        self.workbook.set_properties(
            {
                "title": title,
                "author": "evidence",
                "subject": self.name,
                "keywords": keywords,
                "created": moment.astimezone(UTC).replace(microsecond=0, tzinfo=None),
            }
        )
        try:
            self.workbook.close()
        except FileCreateError as error:
            raise error.args[0] from error

    def put(
        self, sheet: Any, row: int, column: int, value: cells.Filled, pointer: str = "", *, wrap: bool = False
    ) -> None:
        """Write one cell."""
        if isinstance(value, str):
            self.put_text(sheet, row, column, cells.text(value, pointer), text_wrap=wrap)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value)
        elif isinstance(value, date):
            shape = "yyyy-mm-dd hh:mm:ss" if isinstance(value, datetime) else "yyyy-mm-dd"
            sheet.write_datetime(row, column, value, self.style(num_format=shape))
        elif isinstance(value, cells.Linked):
            style = self.style(font_color="#14304F", underline=1, text_wrap=wrap)
            sheet.write_url(row, column, f"internal:{value.place}", style, value.text)
        else:
            fill = MARKS.get(value.text)
            self.put_text(sheet, row, column, value.text, **({"bg_color": f"#{fill}"} if fill else {}))

    def put_text(self, sheet: Any, row: int, column: int, shown: str, **style: object) -> None:
        """Write text that `cells.text` returned, or that is ours; without a style, in its column's."""
        if cells.is_risky(shown):
            sheet.write_string(row, column, shown, self.style(quote_prefix=True, **style))
        elif shown.startswith("<r>") and shown.endswith("</r>"):
            sheet.write_rich_string(row, column, shown[:1], self.style(), shown[1:], self.style(**style))
        elif any(style.values()):
            sheet.write_string(row, column, shown, self.style(**style))
        elif shown:
            sheet.write_string(row, column, shown)


@dataclass
class SheetTable:
    """A table that continues on a further sheet when one is full."""

    book: WorkbookBuilder
    name: str
    title: str
    files: Sequence[SheetFile]
    columns: Sequence[SheetColumn]
    remarks: Sequence[str] = ()
    kind: str = "Evidence"
    wrap: bool = False
    """Of sheets for people to read; a record's row stays as high as the others."""
    first: int = 1
    """Columns that stay in sight, and are printed on each page."""
    sheet: Any = None
    used: int = 0
    """Rows of the current sheet that are taken."""
    header: int = 0
    """Rows above the first of the table."""
    links: int = 0
    exceptions: int | None = None
    breaks: Sequence[int] = field(default_factory=tuple)
    """Columns before which a new page begins, where the table is too wide for one."""

    def __enter__(self) -> "SheetTable":
        self._open()
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is None:
            self._close()

    def add(self, values: Iterable[cells.Value], pointer: str = "") -> None:
        """Append one row. `pointer` says where text too long for a cell is in full."""
        if self.used >= self.book.most_rows:
            self._close()
            self._open()
        put, sheet, row = self.book.put, self.sheet, self.used
        if self.wrap:
            values = tuple(values)
            self._set_height(values)
        for column, value in enumerate(values):
            if isinstance(value, str) and cells.HARMLESS.fullmatch(value):  # nearly all there is
                sheet.write_string(row, column, value)
            elif value is not None and value != "":
                wrap = self.wrap and self.columns[column].wrap
                put(sheet, row, column, self._bounded(value), pointer, wrap=wrap)
        self.used += 1

    def _bounded(self, value: cells.Filled) -> cells.Filled:
        """Return a value; of a link that would be one too many its text alone."""
        if not isinstance(value, cells.Linked):
            return value
        self.links += 1
        return value if self.links < MOST_LINKS else value.text

    def _set_height(self, values: Sequence[cells.Value]) -> None:
        """Make the next row as high as its wrapped text is estimated to be."""
        lines = 1
        for column, value in zip(self.columns, values, strict=False):
            shown = value.text if isinstance(value, cells.Linked | cells.Marked) else value
            if column.wrap and isinstance(shown, str) and (len(shown) >= column.width or "\n" in shown):
                room = min(column.width, WIDEST)
                lines = max(lines, sum(1 + len(line) // room for line in shown.split("\n")))
        if lines > 1 and self.used < MOST_HEIGHTS:
            self.sheet.set_row(self.used, min(LINE * lines, HIGHEST))

    @property
    def here(self) -> str:
        """The place of the next row."""
        return place(self.sheet.get_name(), self.used)

    def _open(self) -> None:
        sheet = self.sheet = self.book.open_sheet(self.name)
        style = self.book.style
        for number, column in enumerate(self.columns):
            body = style(text_wrap=True) if self.wrap and column.wrap else style() if self.wrap else None
            sheet.set_column(number, number, min(column.width, WIDEST), body)
        block = (*self.remarks, *self._files())
        self.book.put_text(sheet, 0, 0, cells.text(self.title), bold=True, font_size=14)
        self.book.put(sheet, 1, 0, cells.Linked(INDEX, place(INDEX)))
        for row, remark in enumerate(block, start=2):
            self.book.put_text(sheet, row, 0, cells.text(remark), text_wrap=False, font_size=11)
        self.header = len(block) + 4
        sheet.set_row(self.header - 1, 2 * LINE)
        for number, column in enumerate(self.columns):
            look = {"bold": True, "font_color": "#FFFFFF", "bg_color": f"#{column.fill}", "text_wrap": True}
            self.book.put_text(sheet, self.header - 1, number, cells.text(column.title), **look)
        self._arrange_pages()
        self.used, self.links = self.header, 1
        self.book.entries.append(IndexEntry(sheet.get_name(), self.kind, self.title, self.files))

    def _arrange_pages(self) -> None:
        self.sheet.freeze_panes(self.header, self.first)
        self.sheet.repeat_rows(self.header - 1)
        if sum(min(column.width, WIDEST) for column in self.columns) <= PAGE_WIDTH:
            self.sheet.fit_to_pages(1, 0)
            return
        self.sheet.set_print_scale(SCALE)
        self.sheet.set_header("&L&B" + self.title.replace("&", "&&")[:MOST_HEADER])
        self.sheet.repeat_columns(0, self.first - 1)
        self.sheet.set_v_pagebreaks(list(self.breaks))

    def _files(self) -> list[str]:
        """Name the file that the sheet shows, or how many."""
        if len(self.files) == 1:
            return [f"{self.files[0].path}   sha256:{self.files[0].sha256}"]
        return [f"{len(self.files):,} files below data/, with SHA-256 in sheet Files"] if self.files else []

    def _close(self) -> None:
        last = max(0, len(self.columns) - 1)
        lowest = max(self.used, self.header + 1) - 1
        self.sheet.autofilter(self.header - 1, 0, lowest, last)
        if self.sheet.print_scale == SCALE:  # the lines above the table belong to its first columns alone
            self.sheet.print_area(self.header - 1, 0, lowest, last)
        self.book.name_range(self.sheet.get_name(), xl_range_abs(self.header - 1, 0, lowest, last))
        self.book.entries[-1].rows = self.used - self.header
        self.book.entries[-1].exceptions = self.exceptions
