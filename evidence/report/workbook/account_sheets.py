"""Writes the workbook's sheets on many accounts: what the report shows in brief, one by one."""

from collections.abc import Iterator

from evidence.bundle.format import bag
from evidence.bundle.open import Bundle
from evidence.controls.by_account import by_account
from evidence.controls.results import Results
from evidence.report.accounts import account_rows, is_organization
from evidence.report.names import ACCOUNT_RESULTS, ACCOUNTS, REGIONS, SAMPLES, UNITS
from evidence.report.workbook import cells
from evidence.report.workbook.sheets import (
    SheetFile,
    SheetTable,
    WorkbookBuilder,
    bundle_file,
    columns_of,
)


def write(book: WorkbookBuilder, bundle: Bundle, results: Results) -> None:
    """Write the sheets of a bundle with several accounts in scope; nothing for one account."""
    if not is_organization(bundle):
        return
    files = [bundle_file(bundle, bag.RUN)]
    _accounts(book, bundle, files)
    _results(book, bundle, results, files)
    _regions(book, bundle, files)
    _units(book, bundle, files)
    if bundle.run.samples:
        _samples(book, bundle, files)


def _accounts(book: WorkbookBuilder, bundle: Bundle, files: list[SheetFile]) -> None:
    columns = columns_of(
        ("Account", 15), ("Name", 34), ("Organizational unit", 40), ("State", 14), ("In scope", 10),
        ("Why", 50),
        ("Units collected", 12), ("Gaps", 10), ("Read through the role", 60),
    )  # fmt: skip
    with SheetTable(book, ACCOUNTS, "Accounts that the run knew of", files, columns) as table:
        for row in account_rows(bundle):
            table.add(
                (
                    row.account, row.name, row.ou, row.state, row.in_scope, row.reason, row.collected,
                    row.gaps, row.role,
                ),
                bag.RUN,
            )  # fmt: skip


def _results(book: WorkbookBuilder, bundle: Bundle, results: Results, files: list[SheetFile]) -> None:
    columns = columns_of(
        ("Account", 15), ("Test", 14), ("Conclusion", 18), ("Complete", 10),
        ("Inspected", 12), ("Exceptions", 12), ("Not determined", 14), ("Targets missing", 14),
    )  # fmt: skip
    remark = "Not applicable: the test has no members there. What management attests is of no account."
    title = "What each test shows of each account"
    with SheetTable(book, ACCOUNT_RESULTS, title, files, columns, [remark]) as table:
        for test, found in by_account(bundle, results).items():
            for one in found:
                table.add(
                    (
                        one.account, test, one.conclusion.value, one.complete, one.inspected,
                        one.exceptions, one.not_determined, one.missing,
                    )
                )  # fmt: skip


def _regions(book: WorkbookBuilder, bundle: Bundle, files: list[SheetFile]) -> None:
    columns = columns_of(("Account", 15), ("Region", 18), ("Status", 22), ("In scope", 10), ("Why", 60))
    with SheetTable(book, REGIONS, "Regions of the accounts in scope", files, columns) as table:
        for state in bundle.run.regions:
            table.add((state.account, state.region, state.status, state.in_scope, state.reason), bag.RUN)


def _units(book: WorkbookBuilder, bundle: Bundle, files: list[SheetFile]) -> None:
    columns = columns_of(
        ("Item", 34), ("Scope", 14), ("Account", 15), ("Region", 18), ("Outcome", 12), ("Records", 10),
        ("Calls", 8), ("Started (UTC)", 20), ("Finished (UTC)", 20), ("Files below data/", 70),
    )  # fmt: skip
    title = "Units of evidence: each item of each target, and how it ended"
    with SheetTable(book, UNITS, title, files, columns) as table:
        for unit in bundle.run.units:
            where = unit.target
            table.add(
                (
                    unit.item, where.scope.value, where.account, where.region, unit.outcome.value,
                    unit.records, unit.calls, cells.value(unit.started), cells.value(unit.finished),
                    ", ".join(unit.files),
                ),
                bag.RUN,
            )  # fmt: skip


def _samples(book: WorkbookBuilder, bundle: Bundle, files: list[SheetFile]) -> None:
    columns = columns_of(
        ("Account", 15), ("Stratum", 24), ("Population", 12), ("Size", 8), ("Named", 60), ("Drawn", 60),
        ("Population, SHA-256", 66), ("Seed", 66), ("Seed from", 40), ("Method", 60),
    )  # fmt: skip
    with SheetTable(book, SAMPLES, "How roles were sampled, account by account", files, columns) as table:
        for values in _draws(bundle):
            table.add(map(cells.value, values), bag.RUN)


def _draws(bundle: Bundle) -> Iterator[tuple[object, ...]]:
    """Yield one row for each account's whole population, then one for each stratum of it."""
    for drawn in bundle.run.samples:
        how = (drawn.seed, drawn.seed_source, drawn.method)
        yield (
            drawn.account, "", drawn.population, drawn.size, drawn.named, drawn.chosen,
            drawn.population_digest, *how,
        )  # fmt: skip
        for part in drawn.strata:
            yield (
                drawn.account, part.name, part.population, len(part.chosen), (), part.chosen,
                part.population_digest, *how,
            )  # fmt: skip
