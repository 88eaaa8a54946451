"""Writes the workbook of a period: all of period.json, a row each, so that a reader can filter and count."""

from pathlib import Path

from evidence.period import layout
from evidence.period.model import PeriodResults
from evidence.period.render import workbook_members, workbook_reviews, workbook_tests, workbook_time
from evidence.period.render.words import holes_headline
from evidence.report.model import plural
from evidence.report.names import INDEX
from evidence.report.workbook import cells
from evidence.report.workbook.index_sheet import write_index
from evidence.report.workbook.sheets import MOST_ROWS, SheetFile, SheetTable, WorkbookBuilder
from evidence.scratch import private_folder
from evidence.storage import blocks_of, publish, storage_errors

ROWS_IN_MEMORY = 20_000
"""Up to so many are kept in memory, some 3 KB each."""


def write(results: PeriodResults, path: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Write the workbook; sheets hold at most `most_rows`.

    Raises UsageError for a path that is taken, StorageError when the disk is full.
    """
    made_from = [
        f"Entity {results.entity or results.scope}",
        f"Period {results.first} to {results.last}, in UTC; scope {results.scope}",
        f"Last of {len(results.bundles):,} bundles: {results.bundles[-1].bundle}",
        f"SHA-256 of its tag manifest: {results.head}",
        f"SHA-256 of {layout.RESULTS}: {results.digest}",
        holes_headline(results),
        f"What else cannot be known: {plural(len(results.unknown), 'sentence')}, sheet Unknown",
    ]
    title = "What sealed bundles show of a period"
    with storage_errors(path), private_folder(f".{path.name}.", path.parent) as folder:
        staged = folder / path.name
        large = _rows(results) > ROWS_IN_MEMORY
        book = WorkbookBuilder(staged, f"{results.first} to {results.last}", most_rows=most_rows, large=large)
        book.reserve(INDEX)
        files = [SheetFile(layout.RESULTS, results.digest)]
        for part in (workbook_tests, workbook_time, workbook_reviews, workbook_members):
            for sheet in part.sheets(results):
                with SheetTable(
                    book, sheet.name, sheet.title, files, sheet.columns, sheet.remarks, sheet.kind,
                    wrap=sheet.wrap, breaks=sheet.breaks, exceptions=sheet.exceptions,
                ) as table:  # fmt: skip
                    for row in sheet.rows:
                        table.add(map(cells.value, row), layout.RESULTS)
        write_index(book, title, made_from)
        book.save(
            results.bundles[-1].finished, title, f"head sha256:{results.head} period sha256:{results.digest}"
        )
        publish(path, blocks_of(staged))


def _rows(results: PeriodResults) -> int:
    """Return about how many rows the workbook will have."""
    lines = sum(len(test.line) + len(test.exceptions) for test in results.tests)
    members = sum(len(one.members) for one in results.populations)
    return lines + 2 * members + len(results.events) + sum(len(one.days) for one in results.coverage)
