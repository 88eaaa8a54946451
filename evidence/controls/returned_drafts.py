"""Writes drafts of management's files from what it wrote into the sheet of exceptions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from evidence.controls.results import TestResult
from evidence.controls.row_results import RowResult
from evidence.errors import UsageError
from evidence.statements.writing import toml_document

_RESPONSES = """\
# Management's responses to exceptions of {bundle}, from a sheet that was sent back.
"""
_EXCEPTIONS = """\
# Exceptions of {bundle} that management accepts, from a sheet that was sent back.
# Put the entries into your exceptions.toml. One with an empty reason, compensating_control, approver,
# approved_on or expires_on accepts nothing.
"""
_REQUIRED = ("reason", "compensating_control", "approver", "approved_on", "expires_on", "ticket")


class SaidOfRow(Protocol):
    """A row, and what management said about it, by the members of a statement file."""

    @property
    def test(self) -> TestResult:
        """The test it is of."""
        ...

    @property
    def row(self) -> RowResult:
        """The row."""
        ...

    @property
    def said(self) -> Mapping[str, str | date]:
        """What was said."""
        ...


def responses_draft(bundle: str, rows: Iterable[SaidOfRow]) -> str:
    """Return a responses.toml: one entry for each row, rows that are alike together.

    Raises UsageError for rows that are alike, of which different things are said.
    """
    entries = ({**_about(one), **one.said} for one, _ in _apart(rows))
    return toml_document(_RESPONSES.format(bundle=bundle), {"responses": entries}).decode()


def acceptances_draft(bundle: str, rows: Iterable[SaidOfRow]) -> str:
    """Return an exceptions.toml; raises as `responses_draft`."""
    entries = (
        {
            **_about(one),
            **({"maximum_matches": alike} if alike > 1 else {}),
            **{member: one.said.get(member, "") for member in _REQUIRED},
        }
        for one, alike in _apart(rows)
    )
    head = _EXCEPTIONS.format(bundle=bundle)
    return toml_document(head, {"exception": entries}, to_fill_in=True).decode()


def _about(one: SaidOfRow) -> dict[str, str]:
    account = {} if one.row.account in one.row.subject else {"account": one.row.account}
    return {"test": one.test.id, "subject": one.row.subject, **account}


def _apart(rows: Iterable[SaidOfRow]) -> Iterator[tuple[SaidOfRow, int]]:
    """Yield one of the rows that an entry cannot tell apart, and how many the results have of them."""
    said: dict[tuple[str, str, str], SaidOfRow] = {}
    for one in rows:
        first = said.setdefault((one.test.id, one.row.subject, one.row.account), one)
        if first.said != one.said:
            raise UsageError(
                f"Of {one.test.id} {one.row.subject} different things are said, and no entry can tell the "
                "rows apart.",
                "Say the same of each of them.",
            )
    counts = {one.test.id: _alike(one.test) for one in said.values()}
    for one in said.values():
        yield one, counts[one.test.id][one.row.subject, one.row.account]


def _alike(test: TestResult) -> Counter[tuple[str, str]]:
    return Counter((row.subject, row.account) for row in test.rows if row.severity)
