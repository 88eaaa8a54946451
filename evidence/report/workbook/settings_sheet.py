"""Writes the workbook's sheet of settings that are laxer than the defaults, where there are some."""

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.report.names import LAX_SETTINGS
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetTable, WorkbookBuilder, bundle_file, columns_of

_COLUMNS = columns_of(
    ("Setting", 40), ("Value", 40), ("Default", 40), ("Tests that use it", 40),
    ("Conclusions changed", 24), ("What it changed", 90),
)  # fmt: skip


def write(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    """Write one row a setting; nothing where all are at least as strict as the defaults."""
    if not results.lax_settings:
        return
    files = [bundle_file(bundle, bag.RUN)]
    remark = (
        "Each test was performed again with the one setting at its default, where the evidence allows it."
    )
    title = "Settings laxer than the defaults"
    with SheetTable(book, LAX_SETTINGS, title, files, _COLUMNS, [remark], "Read first", wrap=True) as table:
        for one in results.lax_settings:
            changed = ", ".join(change.test for change in one.changed)
            values = (one.key, one.value, one.default, one.tests, changed, one.effect)
            table.add(cells.value(member) for member in values)
