"""Reads what management wrote into the sheet of exceptions, and refuses what does not fit the sealed rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from evidence.bundle.open import Bundle
from evidence.controls.declaration import Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult
from evidence.errors import UsageError
from evidence.report.names import EXCEPTIONS
from evidence.report.workbook import cells
from evidence.report.workbook import exceptions_sheet as sheet
from evidence.report.workbook.returned_tables import (
    RefusedCell,
    RefusedCellError,
    day_of,
    read_content,
    read_tables,
    text_of,
)
from evidence.statements.records import Acceptance

_SHOWN = 5
_ID = re.compile(r"([A-Z0-9-]{1,40}):([1-9][0-9]{0,8})")
_ACCEPTANCE = {
    "approver": sheet.ACCEPTED_BY, "approved_on": sheet.ACCEPTED_ON, "expires_on": sheet.ACCEPTED_UNTIL,
    "reason": sheet.REASON, "compensating_control": sheet.COMPENSATING, "ticket": sheet.TICKET,
}  # fmt: skip
_ANSWER = {"response": sheet.RESPONSE, "owner": sheet.OWNER, "due_on": sheet.DUE}
_TITLES = (
    sheet.EXCEPTION, sheet.TEST, sheet.SUBJECT, sheet.ACCOUNT, *_ANSWER.values(), *_ACCEPTANCE.values(),
)  # fmt: skip
"""Columns that are read: each stands there once."""
_DATES = frozenset({"approved_on", "expires_on", "due_on"})
_AGAIN = "Correct the sheet, or take a new one from the pack; nothing was written."

Said = dict[str, str | date]
"""What stands in columns of management, by the members of a statement file; nothing for empty cells."""


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """A sealed row, and what management said about it."""

    test: TestResult
    row: RowResult
    said: Said


@dataclass(slots=True)
class ReturnedSheet:
    """What management said in a workbook."""

    answers: list[ReturnedRow] = field(default_factory=list)
    """Responses to exceptions, accepted or not."""
    acceptances: list[ReturnedRow] = field(default_factory=list)
    """Of exceptions that nobody had accepted yet."""


def read_returned(path: Path, bundle: Bundle, results: Results) -> ReturnedSheet:
    """Return what management said in the sheet Exceptions of a workbook.

    Raises UsageError for a file that is no such workbook, for one of another bundle, and for rows that are
    not those of the results, that hold formulas, or days that are none.
    """
    tests = {test.id: test for test in results.tests}
    found, refused, seen = ReturnedSheet(), [], set[str]()
    most = sum(len(test.rows) for test in results.tests)
    for number, row in _rows(path, bundle, most):
        try:
            _take(found, tests, row, seen)
        except RefusedCellError as error:
            refused.append(f"row {number}: {error}")
    if refused:
        more = f"; and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        raise UsageError(
            f"Sheet {EXCEPTIONS} of {path} does not fit what is sealed: {'; '.join(refused[:_SHOWN])}{more}.",
            _AGAIN,
        )
    return found


def _rows(path: Path, bundle: Bundle, most: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of the sheet, and of those that it continues on, by the titles of their columns."""
    content = read_content(path)
    tables = read_tables(content, path, EXCEPTIONS, _TITLES, first=sheet.EXCEPTION, most=most)
    if not tables:
        raise UsageError(
            f"{path} has no sheet {EXCEPTIONS} with the columns that it had, each once.",
            "Give the workbook that lies in the pack, filled in.",
        )
    for table in tables:
        if f"{sheet.BUNDLE_LINE}{bundle.digest}" not in table.above:
            raise UsageError(f"{path} is of another bundle than {bundle.name}.", "Name the bundle it is of.")
        for number, row in table.rows:
            yield number, dict(zip(table.titles, row, strict=False))


def _take(
    found: ReturnedSheet, tests: Mapping[str, TestResult], row: Mapping[str, Any], seen: set[str]
) -> None:
    """Add what a row of the sheet says. Raises RefusedCellError."""
    refused = next((value for value in row.values() if isinstance(value, RefusedCell)), None)
    if refused is not None:
        raise RefusedCellError(f"it holds {refused.what}")
    test, sealed = _sealed(tests, row)
    name = str(row[sheet.EXCEPTION])
    if name in seen:
        raise RefusedCellError(f"{name} stands there twice")
    seen.add(name)
    answer, acceptance = _said(row, _ANSWER), _said(row, _ACCEPTANCE)
    if sealed.verdict is Verdict.NOT_DETERMINED and (answer or acceptance):
        raise RefusedCellError(f"{name} is not determined, and only exceptions are answered or accepted")
    if answer:
        found.answers.append(ReturnedRow(test, sealed, answer))
    if sealed.accepted:
        if acceptance != _acceptance(sealed.accepted):
            entry = sealed.accepted.entry
            raise RefusedCellError(f"{name} is accepted by entry {entry} of exceptions.toml: change it there")
    elif acceptance:
        found.acceptances.append(ReturnedRow(test, sealed, acceptance))


def _sealed(tests: Mapping[str, TestResult], row: Mapping[str, Any]) -> tuple[TestResult, RowResult]:
    """Return the row of the results that a row of the sheet is about."""
    name = _ID.fullmatch(str(row[sheet.EXCEPTION] or ""))
    test = tests.get(name[1]) if name else None
    if name is None or test is None or int(name[2]) > len(test.rows):
        raise RefusedCellError(f"{cells.text(str(row[sheet.EXCEPTION]))[:60]} is no exception of this bundle")
    sealed = test.rows[int(name[2]) - 1]
    shown = {sheet.TEST: test.id, sheet.SUBJECT: sealed.subject, sheet.ACCOUNT: sealed.account}
    for title, value in shown.items():
        if str(row[title] or "") != cells.text(value, str(sealed.pointers[0]) if sealed.pointers else ""):
            raise RefusedCellError(f"the {title.lower()} of {name[0]} is not what the sealed row has")
    if sealed.verdict not in sheet.WANTED:
        raise RefusedCellError(f"{name[0]} is no exception")
    return test, sealed


def _said(row: Mapping[str, Any], columns: Mapping[str, str]) -> Said:
    said: Said = {}
    for member, title in columns.items():
        value = row.get(title)
        if value is None or not str(value).strip():
            continue
        said[member] = day_of(value, title) if member in _DATES else text_of(value, title)
    return said


def _acceptance(accepted: Acceptance) -> Said:
    """Return an acceptance as the sheet has it."""
    said: Said = {}
    for member in _ACCEPTANCE:
        value = getattr(accepted, member)
        if value:
            said[member] = value if isinstance(value, date) else cells.text(value).strip()
    return said
