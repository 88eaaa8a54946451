"""Writes the workbook's sheets on the run: reconciliation, gaps and every call."""

import json

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.readers.access_review import is_review
from evidence.report import reconciliation
from evidence.report.names import CALLS, GAPS
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import SheetTable, WorkbookBuilder, bundle_file, columns_of

KIND = "The run"


def write(book: WorkbookBuilder, bundle: Bundle) -> None:
    """Write the three; of an access review, for which AWS was asked nothing, the gaps alone."""
    if is_review(bundle):
        _gaps(book, bundle)
        return
    _reconciliation(book, bundle)
    _gaps(book, bundle)
    _calls(book, bundle)


def _reconciliation(book: WorkbookBuilder, bundle: Bundle) -> None:
    files = [bundle_file(bundle, bag.RUN), bundle_file(bundle, bag.CALLS)]
    columns = columns_of(*reconciliation.COLUMNS)
    with SheetTable(
        book, reconciliation.SHEET, reconciliation.TITLE, files, columns, kind=KIND, wrap=True
    ) as table:
        for row in reconciliation.rows(bundle):
            table.add(map(cells.value, row))


def _gaps(book: WorkbookBuilder, bundle: Bundle) -> None:
    columns = columns_of(
        ("Item", 30), ("Scope", 14), ("Account", 15), ("Region", 14), ("Cause", 24),
        ("Operation", 30), ("Error code", 22), ("Message", 50),
        ("Effect", 50),
    )  # fmt: skip
    files, title = [bundle_file(bundle, bag.GAPS)], "Gaps: planned and not collected"
    with SheetTable(book, GAPS, title, files, columns, kind=KIND, wrap=True) as table:
        for gap in bundle.gaps:
            where = gap.target.target()
            table.add(
                (
                    gap.item, where.scope.value, where.account, where.region, gap.cause.value, gap.operation,
                    gap.error_code, gap.message, gap.effect,
                ),
                bag.GAPS,
            )  # fmt: skip


def _calls(book: WorkbookBuilder, bundle: Bundle) -> None:
    columns = columns_of(
        ("No.", 8), ("Item", 30), ("Operation", 44), ("Account", 15), ("Region", 14),
        ("AWS request id", 38), ("HTTP status", 10), ("Error code", 22),
        ("Attempts", 9), ("Sent (UTC)", 20), ("Answered (UTC)", 20),
        ("AWS's Date (UTC)", 20), ("Records", 10), ("More pages", 10),
        ("Parameters", 50), ("Fed file", 44),
    )  # fmt: skip
    files, title = [bundle_file(bundle, bag.CALLS)], "The call ledger: every request to AWS"
    with SheetTable(book, CALLS, title, files, columns, kind=KIND) as table:
        for call in bundle.calls():
            table.add(
                (
                    call.seq, call.item, f"{call.service}:{call.operation}", call.account, call.region,
                    call.request_id, call.status, call.error_code, call.attempts, cells.value(call.started),
                    cells.value(call.finished), cells.value(call.aws_date), call.records, call.truncated,
                    json.dumps(call.parameters, sort_keys=True, ensure_ascii=False), call.file,
                ),
                f"{bag.CALLS}:{call.seq}",
            )  # fmt: skip
