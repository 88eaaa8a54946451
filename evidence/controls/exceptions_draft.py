"""Writes an exceptions.toml to fill in, from the exceptions of one bundle's results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidence.controls.declaration import Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult
from evidence.toml import toml_comment, toml_string

_HEAD = """\
# Exceptions of {bundle}
# that nobody has accepted. For each: delete the entry and repair what it names, or fill it in. An entry with
# an empty reason, compensating_control, approver, approved_on or expires_on accepts nothing.
# Days are written "2026-10-01", in UTC, the last one included. An entry holds for evidence collected from
# approved_on to expires_on: what is approved after a collection counts from the next one.

version = "1"
"""


@dataclass(frozen=True, slots=True)
class ExceptionsDraft:
    """A draft and how many entries it has."""

    text: str
    entries: int


def draft_of(results: Results) -> ExceptionsDraft:
    """Return one entry for each row that fails and that nobody accepted."""
    entries = [entry for test in results.tests for entry in draft_entries(test)]
    head = _HEAD.format(bundle=toml_comment(results.bundle))
    return ExceptionsDraft("\n".join([head, *entries]), len(entries))


def draft_entries(test: TestResult, wanted: Callable[[RowResult], bool] = lambda _: True) -> Iterator[str]:
    """Yield an entry for each subject whose rows fail, that nobody accepted, and that is wanted."""
    seen: dict[tuple[str, str], int] = {}
    for row in test.rows.with_verdict((Verdict.EXCEPTION,)):
        seen[row.subject, row.account] = seen.get((row.subject, row.account), 0) + 1
    for row in test.rows.with_verdict((Verdict.EXCEPTION,)):
        if wanted(row) and (alike := seen.pop((row.subject, row.account), 0)):
            yield _entry(test, row, alike)


def _entry(test: TestResult, row: RowResult, alike: int) -> str:
    account = (
        f"account = {toml_string(row.account)}\n" if row.account and row.account not in row.subject else ""
    )
    maximum = f"maximum_matches = {alike}\n" if alike > 1 else ""
    return (
        f"# {test.id} {toml_comment(test.title)}\n"
        f"# Observed: {toml_comment(row.observed)}\n"
        f"[[exception]]\n"
        f"test = {toml_string(test.id)}\n"
        f"subject = {toml_string(row.subject)}\n"
        f"{account}{maximum}"
        'reason = ""\n'
        'compensating_control = ""\n'
        'approver = ""\n'
        'approved_on = ""\n'
        'expires_on = ""\n'
        'ticket = ""\n'
    )
