"""Writes the workbook: index, conclusions, exceptions, access, every record, populations, gaps and calls."""

from collections.abc import Sequence
from pathlib import Path

from evidence.bundle.open import Bundle
from evidence.controls.results import Results
from evidence.readers.access_review import is_review
from evidence.report.facts import ItemFacts, check_same_bundle
from evidence.report.names import ACCESS, CONCLUSIONS, DECISIONS, EXCEPTIONS, INDEX
from evidence.report.workbook import (
    access_sheet,
    account_sheets,
    conclusion_sheets,
    crosswalk_sheet,
    exceptions_sheet,
    index_sheet,
    population_sheets,
    record_sheets,
    review_sheet,
    run_sheets,
    settings_sheet,
    statement_sheets,
)
from evidence.report.workbook.sheets import MOST_ROWS, WorkbookBuilder
from evidence.scratch import private_folder
from evidence.storage import blocks_of, publish, storage_errors

ROWS_IN_MEMORY = 20_000
"""Up to so many rows of evidence and populations are kept in memory, some 3 KB each."""


def write(
    bundle: Bundle, results: Results, facts: Sequence[ItemFacts], path: Path, *, most_rows: int = MOST_ROWS
) -> None:
    """Write the workbook; sheets hold at most `most_rows`.

    Raises UsageError for foreign results or a path that is taken, StorageError when the disk is full.
    """
    check_same_bundle(bundle, results)
    with storage_errors(path), private_folder(f".{path.name}.", path.parent) as folder:
        staged = folder / path.name
        large = _rows(bundle, results) > ROWS_IN_MEMORY
        book = WorkbookBuilder(staged, bundle.name, most_rows=most_rows, large=large)
        review = is_review(bundle)
        book.reserve(
            INDEX, CONCLUSIONS, EXCEPTIONS, DECISIONS if review else ACCESS
        )  # they lead to the others, or tell of them
        conclusion_sheets.write_joined(book, bundle, results)
        conclusion_sheets.write_procedures(book, results)
        settings_sheet.write(book, bundle, results)
        statement_sheets.write(book, results)
        crosswalk_sheet.write(book, results)
        account_sheets.write(book, bundle, results)
        places = population_sheets.write(book, bundle, results)
        record_sheets.write(book, bundle, facts)
        run_sheets.write(book, bundle)
        conclusion_sheets.write(book, bundle, results, places)
        exceptions_sheet.write(book, bundle, results, places)
        (review_sheet if review else access_sheet).write(book, bundle)
        index_sheet.write(book, bundle, results)
        book.save(
            bundle.run.finished,
            f"Appendices to {bundle.name}",
            f"bundle sha256:{bundle.digest} results sha256:{results.digest}",
        )
        publish(path, blocks_of(staged))


def _rows(bundle: Bundle, results: Results) -> int:
    """Return about how many rows the workbook will have."""
    collected = sum(unit.records + unit.calls for unit in bundle.run.units)
    return collected + sum(len(test.rows) for test in results.tests)
