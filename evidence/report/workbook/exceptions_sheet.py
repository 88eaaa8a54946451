"""Writes the sheet of all exceptions, to work in: what was found, what management says, what is tested.

`read_responses` reads management's columns back; the titles and the first column are what both rest on.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from evidence.bundle.open import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult
from evidence.report.names import EXCEPTIONS
from evidence.report.workbook import cells
from evidence.report.workbook.population_sheets import PopulationPlaces, word
from evidence.report.workbook.sheets import (
    AUDITOR,
    MANAGEMENT,
    SheetFile,
    SheetTable,
    WorkbookBuilder,
    columns_of,
    place,
)

EXCEPTION, TEST, SUBJECT, ACCOUNT = "Exception", "Test", "Subject", "Account"
OWNER, RESPONSE, DUE = "Owner", "Management's response", "Due date"
ACCEPTED_BY, ACCEPTED_ON, ACCEPTED_UNTIL = "Accepted by", "Accepted on", "Accepted until"
REASON, COMPENSATING, TICKET = "Reason for acceptance", "Compensating control", "Ticket"
BUNDLE_LINE = "Bundle sha256:"
"""What the line above the table begins with that names the bundle."""
TICKS = ("A", "B", "C")
TICK, TESTED_ON = "Tick", "Tested on"

_FOUND = columns_of(
    (EXCEPTION, 13), ("Severity", 9), ("Status", 12), (TEST, 9), ("Criteria", 9), (SUBJECT, 34),
    (ACCOUNT, 14), ("Observed", 32), ("Expected", 20), ("Since", 11), ("Days", 7),
)  # fmt: skip
_STATED = (
    *columns_of(("Region", 11), ("Remedy, or what is open", 60)),
    *columns_of(("Where to look (file:line below data/)", 34), ("Control's owner", 16)),
    *columns_of(
        (OWNER, 16), (RESPONSE, 36), (DUE, 11), (ACCEPTED_BY, 18), (ACCEPTED_ON, 11), (ACCEPTED_UNTIL, 11),
        (REASON, 30), (COMPENSATING, 30), (TICKET, 12), fill=MANAGEMENT,
    ),
    *columns_of(("Entry", 7)),
)  # fmt: skip
_AUDITED = columns_of(
    ("W/P reference", 14), (TICK, 6), ("Tested by", 14), (TESTED_ON, 11), ("Reviewed by", 14), ("Note", 30),
    fill=AUDITOR,
)  # fmt: skip
_COLUMNS = (*_FOUND, *_STATED, *_AUDITED)
_DATES = (DUE, ACCEPTED_ON, ACCEPTED_UNTIL, TESTED_ON)
WANTED = (Verdict.EXCEPTION, Verdict.ACCEPTED, Verdict.NOT_DETERMINED)
"""In this order where the severity is the same; what is not determined has none and comes last."""


def management_word(row: RowResult) -> tuple[str, str, date | None]:
    """Return what management said about a row: who answers for it, what will be done, and by when."""
    said = row.response
    return (said.owner, said.response, said.due_on) if said else ("", "", None)


def exception_id(test: str, position: int) -> str:
    """Return how the sheet calls a row: `KEY-1:12`, the twelfth row of the test's population."""
    return f"{test}:{position + 1}"


def write(book: WorkbookBuilder, bundle: Bundle, results: Results, places: PopulationPlaces) -> None:
    """Write one row for each exception, accepted or not, and each member that is not determined."""
    remarks = [
        f"{BUNDLE_LINE}{bundle.digest}",
        "Accepted exceptions are still exceptions. Not determined: the evidence does not settle it.",
        "Green columns are management's: `evidence responses import` reads them. Brown are the auditor's.",
    ]
    files = [SheetFile("results.json (in the pack)", results.digest)]
    with SheetTable(
        book, EXCEPTIONS, "Exceptions, the heaviest first", files, _COLUMNS, remarks, "Read first",
        wrap=True, breaks=(len(_FOUND), len(_FOUND) + 7),
        exceptions=sum(test.exceptions for test in results.tests),
    ) as table:  # fmt: skip
        _validate(table)
        owners = {test.id: _owners(results, test.id) for test in results.tests}
        for test, position, row in _heaviest_first(results.tests):
            sheet, at = places.of(test, position)
            link = cells.Linked(exception_id(test.id, position), place(sheet, at))
            table.add(
                map(cells.value, _values(test, row, link, owners[test.id])),
                str(row.pointers[0]) if row.pointers else "",
            )


def _heaviest_first(tests: Sequence[TestResult]) -> Iterator[tuple[TestResult, int, RowResult]]:
    """Yield the rows by severity and verdict, and of each test in their order; kept are positions alone."""
    found: dict[tuple[int, int], dict[int, list[int]]] = {}
    for number, test in enumerate(tests):
        positions = [at for at, verdict in enumerate(test.rows.verdicts()) if verdict in WANTED]
        for at, row in zip(positions, test.rows.at(positions), strict=True):
            rank = (-row.severity.weight if row.severity else 0, WANTED.index(row.verdict))
            found.setdefault(rank, {}).setdefault(number, []).append(at)
    for rank in sorted(found):
        for number, positions in found[rank].items():
            test = tests[number]
            for at, row in zip(positions, test.rows.at(positions), strict=True):
                yield test, at, row


def _owners(results: Results, test: str) -> str:
    """Return who owns the entity's controls that a test looks at."""
    return ", ".join(dict.fromkeys(one.owner for one in results.controls_of(test) if one.owner))


def _values(test: TestResult, row: RowResult, link: cells.Linked, owners: str) -> Iterator[Any]:
    accepted = row.accepted
    open_for = (test.as_of - row.since).days if test.as_of and row.since else None
    yield from (
        link, word(row.severity), cells.Marked(row.verdict.value), test.id, test.criteria, row.subject,
        row.account, row.observed, row.expected, cells.day(row.since), open_for, row.region,
        row.remedy.console if row.remedy else row.note, ", ".join(map(str, row.pointers)), owners,
        *management_word(row),
    )  # fmt: skip
    if accepted:
        yield from (
            accepted.approver, accepted.approved_on, accepted.expires_on, accepted.reason,
            accepted.compensating_control, accepted.ticket, accepted.entry,
        )  # fmt: skip


def _validate(table: SheetTable) -> None:
    """Let the columns to fill in take ticks and dates alone."""
    titles = [column.title for column in _COLUMNS]
    rows = table.header, table.book.most_rows - 1
    at = titles.index(TICK)
    table.sheet.data_validation(
        rows[0], at, rows[1], at,
        {"validate": "list", "source": list(TICKS), "error_title": "Tick", "error_message": "A, B or C."},
    )  # fmt: skip
    for title in _DATES:
        at = titles.index(title)
        table.sheet.data_validation(
            rows[0], at, rows[1], at,
            {
                "validate": "date", "criteria": ">=", "value": date(2000, 1, 1), "error_title": title,
                "error_message": "A date, such as 2026-12-31.",
            },
        )  # fmt: skip
