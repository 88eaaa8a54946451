"""Writes the workbook: index, conclusions, every record of every item, populations, gaps and calls."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evidence.bundle.open import Bundle, LocatedRecord
from evidence.controls.declaration import Severity
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowRemedy
from evidence.controls.totals import in_words, totals
from evidence.readers import credential_report
from evidence.readers.pointer import pointer_to
from evidence.readers.unreadable import Unreadable
from evidence.records import Outcome
from evidence.report import reconciliation
from evidence.report.facts import ItemFacts, check_same_bundle
from evidence.report.lax_settings import lax_headline
from evidence.report.model import plural
from evidence.report.names import LAX_SETTINGS, item_sheet, population_sheet
from evidence.report.workbook import (
    account_sheets,
    cells,
    crosswalk_sheet,
    index_sheet,
    settings_sheet,
    statement_sheets,
)
from evidence.report.workbook.canonical_zip import save
from evidence.report.workbook.columns import layout
from evidence.report.workbook.readable import unreadable_records
from evidence.report.workbook.sheets import MOST_ROWS, SheetFile, SheetTable, WorkbookBuilder
from evidence.statements.records import Acceptance
from evidence.storage import blocks_of, private_folder, publish, storage_errors

CREDENTIAL_REPORT = "iam.credential-report"
_PLACE = (("Account", 15), ("Region", 14))
_LINE = ("Line", 8)  # before any date, which would lend it its format (see cells.row)
_FILE = ("File below data/", 44)
_GAP = "GAP: "
_NOT_READABLE = ("Not readable", 60)
"""The column beside AWS's words that says which row no test of controls can read, and why."""
REMARKS_SHOWN = 12
"""Gaps and empty answers named above an item's table; more would push its header off the screen."""


def write(
    bundle: Bundle, results: Results, facts: Sequence[ItemFacts], path: Path, *, most_rows: int = MOST_ROWS
) -> None:
    """Write the workbook; sheets hold at most `most_rows`.

    Raises UsageError for foreign results or a path that is taken, StorageError when the disk is full.
    """
    check_same_bundle(bundle, results)
    with storage_errors(path), private_folder(f".{path.name}.", path.parent) as folder:
        staged = folder / path.name
        book = WorkbookBuilder(most_rows=most_rows)
        index = book.workbook.create_sheet("Index")
        _conclusions(book, bundle, results)
        _joined(book, bundle, results)
        settings_sheet.write(book, bundle, results)
        statement_sheets.write(book, results)
        crosswalk_sheet.write(book, results)
        account_sheets.write(book, bundle, results)
        titles = {fact.item: fact.title for fact in facts}
        for entry in bundle.run.items:
            if entry.planned:
                _item(book, bundle, entry.item, titles.get(entry.item, entry.item))
        for test in results.tests:
            _population(book, bundle, test)
        _reconciliation(book, bundle)
        _gaps(book, bundle)
        _calls(book, bundle)
        index_sheet.write(index, book, bundle, results)
        book.workbook.properties.keywords = f"bundle sha256:{bundle.digest} results sha256:{results.digest}"
        save(book.workbook, staged, bundle.run.finished)
        publish(path, blocks_of(staged))


def _file(bundle: Bundle, path: str) -> SheetFile:
    return SheetFile(path, bundle.hashes.get(path, ""))


def _conclusions(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    columns = (
        ("Test", 12), ("Title", 40), ("Topic", 24), ("Criteria", 18), ("Counted with", 14),
        ("Conclusion", 18), ("Complete", 10), ("Severity", 10), ("Advisory", 10), ("Why", 60),
        ("Considered", 12), ("Out of scope", 12), ("Why out of scope", 40), ("Population", 12),
        ("Inspected", 12), ("Exceptions", 12), ("Accepted", 12),
        ("Not determined", 14),
        ("As of (UTC)", 20), ("Risk", 50), ("Procedure", 70), ("Population ranges over", 40),
        ("Attribute", 40), ("Needs", 40), ("Missing", 50), ("Limits", 40), ("Remedy", 60), ("Sheet", 16),
    )  # fmt: skip
    remark = f"Computed from bundle {bundle.name}, sha256:{bundle.digest}"
    sums = [f"{total.name}: {plural(total.tests, 'test')}: {total.words}" for total in totals(results.tests)]
    if laxer := lax_headline(results):
        sums.append(f"{laxer}: see sheet {LAX_SETTINGS}.")
    with SheetTable(
        book,
        "Conclusions",
        "Conclusions of the tests of controls",
        [_file(bundle, "run.json")],
        columns,
        [remark, *sums],
    ) as table:
        for test in results.tests:
            table.add(cells.value(member) for member in _conclusion(test))


def _conclusion(test: TestResult) -> tuple[Any, ...]:
    return (
        test.id, test.title, test.topic, test.criteria, test.family.value, test.conclusion.value,
        test.complete, _word(test.severity), test.advisory, test.reason,
        test.considered, test.out_of_scope, _reasons(test), test.population_size, test.inspected,
        test.exceptions, test.accepted, test.not_determined,
        test.as_of, test.risk, test.procedure, test.population, test.attribute, test.needs,
        tuple(map(str, test.missing)),
        test.limits, _remedy(test.remedy), population_sheet(test.id),
    )  # fmt: skip


def _reasons(test: TestResult) -> tuple[str, ...]:
    return tuple(f"{count}: {reason}" for reason, count in test.out_of_scope_why.items())


def _remedy(remedy: RowRemedy | None) -> str:
    """Return the steps and the commands, a line each; nothing where there is nothing to mend."""
    return "\n".join((remedy.console, *remedy.cli)) if remedy else ""


def _joined(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    columns = (
        ("Severity", 10), ("Fact", 40), ("Subject", 60), ("Account", 15), ("Why", 70), ("Tests", 18),
        ("Rows", 60), ("Remedy", 70), ("Where to look (file:line below data/)", 60),
    )  # fmt: skip
    remark = "What rows make together, of several tests or with the organization's units; counted in none."
    paths = {pointer.file for fact in results.joined for pointer in fact.pointers} or {"run.json"}
    files = [_file(bundle, path) for path in sorted(paths)]
    with SheetTable(
        book, "Joined facts", "Joined facts, the heaviest first", files, columns, [remark]
    ) as table:
        for fact in results.joined:
            rows = [f"{row.test} {row.subject}" for row in fact.rows]
            rows += [f"and {fact.more:,} more"] if fact.more else []
            values = (
                fact.severity.value, fact.title, fact.subject, fact.account, fact.why, fact.tests,
                "\n".join(rows), _remedy(fact.remedy), ", ".join(map(str, fact.pointers)),
            )  # fmt: skip
            table.add(map(cells.value, values), str(fact.pointers[0]) if fact.pointers else "")


def _reconciliation(book: WorkbookBuilder, bundle: Bundle) -> None:
    files = [_file(bundle, "run.json"), _file(bundle, "calls.jsonl")]
    with SheetTable(book, reconciliation.SHEET, reconciliation.TITLE, files, reconciliation.COLUMNS) as table:
        for row in reconciliation.rows(bundle):
            table.add(cells.value(member) for member in row)


def _item(book: WorkbookBuilder, bundle: Bundle, item: str, title: str) -> None:
    files = [_file(bundle, path) for unit in bundle.units(item) for path in unit.files]
    remarks = [f"Item {item}", *_bounded(list(_missing(bundle, item)))]
    if item == CREDENTIAL_REPORT:
        _credential_report(book, bundle, title, files, remarks)
        return
    broken = unreadable_records(bundle, item)
    plan = layout(item, lambda: (_members(located) for located in bundle.records(item)))
    why = [_NOT_READABLE] if broken else []
    columns = (*_PLACE, _LINE, *plan.columns, *why, _FILE)
    with SheetTable(book, item_sheet(item), title, files, columns, remarks) as table:
        for located in bundle.records(item):
            target, pointer = located.target, pointer_to(located)
            values = list(map(cells.value, plan.values(_members(located))))
            if broken:
                values.append(str(broken.get(pointer, "")))
            table.add((target.account, target.region, located.line, *values, located.file), str(pointer))


def _members(located: LocatedRecord) -> dict[str, Any]:
    """Return a record's members; none of one that is no object, which its row says."""
    if not isinstance(located.value, dict):
        return {}
    return located.value


def _bounded(remarks: list[str]) -> list[str]:
    if len(remarks) <= REMARKS_SHOWN:
        return remarks
    gaps = sum(remark.startswith(_GAP) for remark in remarks[REMARKS_SHOWN:])
    empty = len(remarks) - REMARKS_SHOWN - gaps
    return [
        *remarks[:REMARKS_SHOWN],
        f"and {plural(gaps, 'more gap')} (sheet Gaps), {plural(empty, 'more empty answer')} (run.json)",
    ]


def _missing(bundle: Bundle, item: str) -> Iterator[str]:
    for gap in bundle.gaps_of(item):
        yield f"{_GAP}{gap.where}, {gap.cause.value}. {gap.effect}"
    for unit in bundle.units(item):
        if unit.outcome is Outcome.EMPTY:
            yield f"Empty answer, asked correctly: {unit.target.target().label}"


def _credential_report(
    book: WorkbookBuilder, bundle: Bundle, title: str, files: Sequence[SheetFile], remarks: Sequence[str]
) -> None:
    """Write AWS's own words, line by line; beside those that cannot be read, why."""
    reports = [file.path for file in files if file.path.endswith(".csv")]
    names: dict[str, None] = {}
    broken = False
    for row, written in _credential_lines(bundle, reports):
        names.update(dict.fromkeys(written))
        broken = broken or isinstance(row, Unreadable)
    columns = [_LINE, *((name, 22 if "time" in name or "date" in name else 18) for name in names)]
    columns += [*([_NOT_READABLE] if broken else []), _FILE]
    with SheetTable(book, item_sheet(CREDENTIAL_REPORT), title, files, columns, remarks) as table:
        for row, written in _credential_lines(bundle, reports):
            why = [str(row) if isinstance(row, Unreadable) else ""] if broken else []
            words = (cells.value(written.get(name)) for name in names)
            table.add((row.pointer.line, *words, *why, row.pointer.file), str(row.pointer))


def _credential_lines(bundle: Bundle, paths: Sequence[str]) -> Iterator[credential_report.Line]:
    return (line for path in paths for line in credential_report.rows(bundle.read(path), path))


def _population(book: WorkbookBuilder, bundle: Bundle, test: TestResult) -> None:
    keys: dict[str, None] = {}
    paths: set[str] = set()
    for row in test.rows:
        keys.update(dict.fromkeys(row.attributes))
        paths.update(pointer.file for pointer in row.pointers)
    extra = list(keys)
    columns = (
        ("Subject", 60), *_PLACE, ("Verdict", 16), ("Severity", 10), ("Observed", 50),
        ("Expected", 40), ("Since (UTC)", 20),
        ("Accepted by", 30), ("Until", 12), *((key, 24) for key in extra), ("Note", 40),
        ("Remedy by command", 60),
        ("Where to look (file:line below data/)", 60),
    )  # fmt: skip
    files = [_file(bundle, path) for path in sorted(paths or {"run.json"})]
    remarks = [f"{in_words(test)}: {test.reason}", f"Population: {test.population}"]
    remarks += [f"Remedy: {test.remedy.console}"] if test.exceptions or test.accepted else []
    with SheetTable(
        book, population_sheet(test.id), f"{test.id} {test.title}", files, columns, remarks
    ) as table:
        for row in test.rows:
            attributes = (cells.value(row.attributes.get(key)) for key in extra)
            table.add(
                (
                    row.subject, row.account, row.region, row.verdict.value, _word(row.severity),
                    row.observed, row.expected, cells.value(row.since), *_accepted_by(row.accepted),
                    *attributes, row.note, "\n".join(row.remedy.cli) if row.remedy else "",
                    ", ".join(map(str, row.pointers)),
                ),
                str(row.pointers[0]) if row.pointers else "",
            )  # fmt: skip


def _word(severity: Severity | None) -> str:
    return severity.value if severity else ""


def _accepted_by(accepted: Acceptance | None) -> tuple[str, str]:
    return (accepted.approver, str(accepted.expires_on)) if accepted else ("", "")


def _gaps(book: WorkbookBuilder, bundle: Bundle) -> None:
    columns = (
        ("Item", 30), ("Scope", 14), *_PLACE, ("Cause", 26), ("Operation", 34), ("Error code", 24),
        ("Message", 60), ("Effect", 60),
    )  # fmt: skip
    with SheetTable(
        book, "Gaps", "Gaps: planned and not collected", [_file(bundle, "gaps.json")], columns
    ) as table:
        for gap in bundle.gaps:
            where = gap.target.target()
            table.add(
                (
                    gap.item, where.scope.value, where.account, where.region, gap.cause.value, gap.operation,
                    gap.error_code, gap.message, gap.effect,
                ),
                "gaps.json",
            )  # fmt: skip


def _calls(book: WorkbookBuilder, bundle: Bundle) -> None:
    columns = (
        ("No.", 8), ("Item", 30), ("Operation", 44), *_PLACE, ("AWS request id", 38), ("HTTP status", 10),
        ("Error code", 22), ("Attempts", 9), ("Sent (UTC)", 20), ("Answered (UTC)", 20),
        ("AWS's Date (UTC)", 20), ("Records", 10), ("More pages", 10), ("Parameters", 50), ("Fed file", 44),
    )  # fmt: skip
    with SheetTable(
        book, "Calls", "The call ledger: every request to AWS", [_file(bundle, "calls.jsonl")], columns
    ) as table:
        for call in bundle.calls():
            table.add(
                (
                    call.seq, call.item, f"{call.service}:{call.operation}", call.account, call.region,
                    call.request_id, call.status, call.error_code, call.attempts, cells.value(call.started),
                    cells.value(call.finished), cells.value(call.aws_date), call.records, call.truncated,
                    json.dumps(call.parameters, sort_keys=True, ensure_ascii=False), call.file,
                ),
                f"calls.jsonl:{call.seq}",
            )  # fmt: skip
