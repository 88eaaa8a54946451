"""Shows what is in a bundle or a pack: its contents, rows of tests by test, subject and account, its page."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evidence.bundle.open import Bundle, open_bundle
from evidence.bundle.summary import bundle_document, bundle_tree
from evidence.comparison import PackedResults, read_any
from evidence.controls.engine import run_tests
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult, row_text
from evidence.controls.totals import in_words
from evidence.errors import UsageError
from evidence.foreign import printable
from evidence.pack.layout import SUMS
from evidence.report.model import plural
from evidence.report.names import is_named
from evidence.statements.files import Statements

if TYPE_CHECKING:
    from rich.tree import Tree


Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a bundle is shown; all of it by default."""

    tests: tuple[str, ...] = ()
    """Rows of these tests."""
    subject: str = ""
    """Rows about this: a name, or a shell pattern."""
    account: str = ""
    """What is of this account."""

    @property
    def asks_for_rows(self) -> bool:
        """Tests have to be performed: what was collected does not answer it."""
        return bool(self.tests or self.subject)

    def takes(self, row: RowResult) -> bool:
        """Say whether a row is shown, of a test that is."""
        return (not self.account or row.account == self.account) and (
            not self.subject or is_named(self.subject, row)
        )


@dataclass(frozen=True, slots=True)
class ShownBundle:
    """What is shown: as JSON members, and for people."""

    document: dict[str, Any]
    drawn: "Tree | str"


def show_bundle(path: Path, selection: Selection, statements: Statements, *, now: datetime) -> ShownBundle:
    """Return what is selected of a bundle or a pack, which is verified first.

    Contents are shown of a bundle without a seal, too. A pack is tested with the statements in it, a bundle
    with those given. Raises UsageError for what is neither, and for tests and accounts that are not there;
    VerificationError for what does not verify.
    """
    if not selection.asks_for_rows and not _is_pack(path):
        return _contents(open_bundle(path, sealed=False, now=now), selection)

    def take(bundle: Bundle, stated: Statements) -> ShownBundle:
        if not selection.asks_for_rows:
            return _contents(bundle, selection)
        _require_account(bundle, selection.account)
        return _rows(run_tests(bundle, statements=stated), selection)

    return _opened(path, take, statements, now)


def draw_page(path: Path, target: Path, statements: Statements, *, now: datetime) -> None:
    """Write the page of a bundle or a pack to a new file, drawn from its evidence.

    A pack's own page is not opened: whoever packed it wrote it, and it would run in the reader's browser.
    Raises as `show_bundle`, and UsageError when the name is taken.
    """
    from evidence.pipeline import item_facts
    from evidence.report import write_page

    def take(bundle: Bundle, stated: Statements) -> None:
        write_page(bundle, run_tests(bundle, statements=stated), item_facts(bundle), target)

    _opened(path, take, statements, now)


def _opened(
    path: Path, take: Callable[[Bundle, Statements], Taken], statements: Statements, now: datetime
) -> Taken:
    def taken(bundle: Bundle, _: PackedResults | None, stated: Statements) -> Taken:
        return take(bundle, stated)

    return read_any(path, taken, now=now, statements=statements)[0]


def _is_pack(path: Path) -> bool:
    return path.is_file() or (path / SUMS).is_file()


def _contents(bundle: Bundle, selection: Selection) -> ShownBundle:
    _require_account(bundle, selection.account)
    account = selection.account
    return ShownBundle(bundle_document(bundle, account), bundle_tree(bundle, account))


def _require_account(bundle: Bundle, account: str) -> None:
    known = {*bundle.run.accounts, *(state.account for state in bundle.run.account_states)}
    if account and account not in known:
        raise UsageError(
            f"{bundle.name} knows no account {account}.",
            f"It knows {plural(len(known), 'account')}, such as {min(known)}." if known else "",
        )


def _rows(results: Results, selection: Selection) -> ShownBundle:
    chosen = list(_chosen(results, selection))
    document = {
        "bundle": results.bundle,
        "digest": results.bundle_digest,
        "tests": [
            {
                **test.model_dump(mode="json", include={"id", "title", "conclusion", "complete", "reason"}),
                "rows": [json.loads(row_text(row)) for row in rows],
            }
            for test, rows in chosen
        ],
    }
    lines = list(_lines(chosen, results))
    if selection.subject and not any(rows for _, rows in chosen):
        lines.append("Nothing has this name; a shell pattern such as '*NAME*' finds names that hold it.")
    return ShownBundle(document, "\n".join(map(printable, lines)))


def _chosen(results: Results, selection: Selection) -> Iterator[tuple[TestResult, list[RowResult]]]:
    """Yield the tests that were asked for, each with the rows that are selected; else those with some."""
    named = {test.upper() for test in selection.tests}
    if unknown := named - {test.id for test in results.tests}:
        raise UsageError(f"There is no test {', '.join(sorted(unknown))}.", "`evidence controls` lists them.")
    for test in results.tests:
        if named and test.id not in named:
            continue
        rows = list(filter(selection.takes, test.rows))
        if rows or (named and not selection.subject):
            yield test, rows


def _lines(chosen: list[tuple[TestResult, list[RowResult]]], results: Results) -> Iterator[str]:
    for test, rows in chosen:
        yield f"{test.id}  {test.title}: {in_words(test)}. {test.reason}"
        for row in rows:
            weight = f", {row.severity}" if row.severity else ""
            region = f" {row.region}" if row.region else ""
            yield f"  {row.verdict}{weight}: {row.subject}{region}"
            yield f"    {row.observed}; expected: {row.expected} ({', '.join(map(str, row.pointers))})"
    shown = sum(len(rows) for _, rows in chosen)
    yield f"{plural(shown, 'row')} of {plural(len(chosen), 'test')} of {results.bundle}."
