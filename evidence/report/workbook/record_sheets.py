"""Writes the sheets of evidence items: every record, as AWS gave it, with the line it stands on."""

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.bundle.open import Bundle
from evidence.readers import credential_report
from evidence.readers.evidence import CREDENTIAL_REPORT
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable
from evidence.records import Outcome
from evidence.report.facts import ItemFacts
from evidence.report.model import plural
from evidence.report.names import item_sheet
from evidence.report.workbook import cells
from evidence.report.workbook.columns import RecordLayout, members
from evidence.report.workbook.readable import check_of
from evidence.report.workbook.sheets import SheetFile, SheetTable, WorkbookBuilder, bundle_file, columns_of

REMARKS_SHOWN = 6
"""Gaps and empty answers named above a table; more would push its header off the screen."""
_GAP = "GAP: "
_ITEM = columns_of(("Item", 34))
_PLACE = columns_of(("Account", 15), ("Region", 14), ("Line", 8))
_NOT_READABLE = columns_of(("Not readable", 60))
"""The column beside AWS's words that says which row no test of controls can read, and why."""
_FILE = columns_of(("File below data/", 44))


def write(book: WorkbookBuilder, bundle: Bundle, facts: Sequence[ItemFacts]) -> None:
    """Write one sheet for each item, or for those that share one, in the order of the run."""
    titles = {fact.item: fact.title for fact in facts}
    sheets: dict[str, list[str]] = {}
    for entry in bundle.run.items:
        if entry.planned:
            sheets.setdefault(item_sheet(entry.item), []).append(entry.item)
    for sheet, items in sheets.items():
        title = "; ".join(f"{titles.get(item, item)} ({item})" for item in items)
        if items == [CREDENTIAL_REPORT]:
            _credential_report(book, bundle, title)
        else:
            _records(book, bundle, sheet, title, items)


def _records(book: WorkbookBuilder, bundle: Bundle, sheet: str, title: str, items: Sequence[str]) -> None:
    broken: dict[Pointer, str] = {}
    layout = RecordLayout(_surveyed(bundle, items, broken))
    shared = sheet not in items
    why = _NOT_READABLE if broken else ()
    columns = (*(_ITEM if shared else ()), *_PLACE, *layout.columns, *why, *_FILE)
    with SheetTable(book, sheet, title, _files(bundle, items), columns, _remarks(bundle, items)) as table:
        for item in items:
            for located in bundle.records(item):
                target, pointer = located.target, pointer_to(located)
                values = list(map(cells.value, layout.values(members(item, located.value))))
                if why:
                    values.append(broken.get(pointer, ""))
                where = (target.account, target.region, located.line)
                named = (item, *where) if shared else where
                table.add((*named, *values, located.file), str(pointer))


def _surveyed(bundle: Bundle, items: Sequence[str], broken: dict[Pointer, str]) -> Iterator[dict[str, Any]]:
    """Yield the members of each record; note those that nobody can read, and why."""
    for item in items:
        check = check_of(item)
        for located in bundle.records(item):
            if why := check(located):
                broken[why.pointer] = str(why)
            yield members(item, located.value)


def _files(bundle: Bundle, items: Sequence[str]) -> list[SheetFile]:
    return [
        bundle_file(bundle, path, item)
        for item in items
        for unit in bundle.units(item)
        for path in unit.files
    ]


def _remarks(bundle: Bundle, items: Sequence[str]) -> list[str]:
    remarks = [remark for item in items for remark in _missing(bundle, item)]
    if len(remarks) <= REMARKS_SHOWN:
        return remarks
    gaps = sum(remark.startswith(_GAP) for remark in remarks[REMARKS_SHOWN:])
    empty = len(remarks) - REMARKS_SHOWN - gaps
    more = f"and {plural(gaps, 'more gap')} (sheet Gaps), {plural(empty, 'more empty answer')} (run.json)"
    return [*remarks[:REMARKS_SHOWN], more]


def _missing(bundle: Bundle, item: str) -> Iterator[str]:
    for gap in bundle.gaps_of(item):
        yield f"{_GAP}{item}: {gap.where}, {gap.cause.value}. {gap.effect}"
    for unit in bundle.units(item):
        if unit.outcome is Outcome.EMPTY:
            yield f"Empty answer, asked correctly: {item}: {unit.target.target().label}"


def _credential_report(book: WorkbookBuilder, bundle: Bundle, title: str) -> None:
    """Write AWS's own words, line by line; beside those that cannot be read, why."""
    items = [CREDENTIAL_REPORT]
    files = _files(bundle, items)
    reports = [file.path for file in files if file.path.endswith(".csv")]
    names: dict[str, None] = {}
    broken = False
    for row, written in _credential_lines(bundle, reports):
        names.update(dict.fromkeys(written))
        broken = broken or isinstance(row, Unreadable)
    columns = columns_of(*((name, 22 if "time" in name or "date" in name else 18) for name in names))
    columns += columns_of(("Line", 8)) + (_NOT_READABLE if broken else ()) + _FILE
    sheet = item_sheet(CREDENTIAL_REPORT)
    with SheetTable(book, sheet, title, files, columns, _remarks(bundle, items)) as table:
        for row, written in _credential_lines(bundle, reports):
            why = [str(row) if isinstance(row, Unreadable) else ""] if broken else []
            words = (cells.value(written.get(name)) for name in names)
            table.add((*words, row.pointer.line, *why, row.pointer.file), str(row.pointer))


def _credential_lines(bundle: Bundle, paths: Sequence[str]) -> Iterator[credential_report.Line]:
    return (line for path in paths for line in credential_report.rows(bundle.read(path), path))
