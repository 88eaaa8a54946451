"""The report and the workbook on an organization: each account counted, lists bounded, nothing hidden."""

from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.controls.by_account import by_account, of_organization
from evidence.controls.declaration import Conclusion
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.report import write_workbook
from evidence.report.pdf.annex import annex
from evidence.report.pdf.heatmap import heat_maps
from evidence.report.pdf.page import html
from evidence.report.pdf.scope import ACCOUNTS_NAMED, scope
from tests.report.report_data import FACTS
from tests.support.organizations import (
    account_id,
    has_old_key,
    is_closed,
    is_left_out,
    misses_a_region,
    organization,
)

ACCOUNTS = 50
IN_SCOPE = [number for number in range(ACCOUNTS) if not is_left_out(number)]
CLOSED = [number for number in IN_SCOPE if is_closed(number)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Results]:
    bundle = organization(tmp_path_factory.mktemp("organization"), ACCOUNTS)
    return bundle, run_tests(bundle)


@pytest.fixture(scope="module")
def page(source: tuple[Bundle, Results]) -> str:
    return html(*source, FACTS, None)


def test_organizational_units_count_every_account_once(source: tuple[Bundle, Results]) -> None:
    made = scope(source[0])
    assert made.organization
    ous = made.organization.ous
    partly = [number for number in IN_SCOPE if misses_a_region(number) and not is_closed(number)]
    assert sum(ou.nothing for ou in ous) == len(CLOSED) > 0
    assert sum(ou.partly for ou in ous) == len(partly) > 0
    assert sum(ou.complete for ou in ous) == len(IN_SCOPE) - len(CLOSED) - len(partly)
    assert sum(ou.out for ou in ous) == ACCOUNTS - len(IN_SCOPE)
    assert sum(ou.gaps for ou in ous) == len(source[0].gaps)
    assert sum(group.count for group in made.organization.left_out) == ACCOUNTS - len(IN_SCOPE)
    named = {row.account for row in made.accounts}
    assert ACCOUNTS > ACCOUNTS_NAMED
    assert named == {account_id(number) for number in (*CLOSED, *partly)}


def test_regions_are_counted_over_accounts(source: tuple[Bundle, Results]) -> None:
    made = scope(source[0]).organization
    assert made
    counted = {row.region: (row.inside, row.outside) for row in made.regions}
    assert counted["eu-west-1"] == (len(IN_SCOPE), 0)
    assert counted["ap-test-1"] == (0, len(IN_SCOPE))
    assert made.regions[-1].reasons == f"disabled in the account ({len(IN_SCOPE)})"


def test_items_missing_for_the_same_accounts_are_one_row(source: tuple[Bundle, Results]) -> None:
    rows = scope(source[0]).gaps
    assert sum(row.count for row in rows) == len(source[0].gaps)
    (entered,) = [row for row in rows if row.operation == "sts:AssumeRole"]
    assert f"{len(CLOSED)} accounts" in entered.targets
    assert all(account_id(number) in entered.targets for number in CLOSED)


def test_what_is_not_printed_is_pointed_to(page: str) -> None:
    for sheet in ("Accounts", "Regions", "Units", "Samples"):
        assert f"in sheet {sheet} of appendices.xlsx" in " ".join(page.split())


def test_the_workbook_holds_each_account_and_each_unit(
    source: tuple[Bundle, Results], tmp_path: Path
) -> None:
    bundle = source[0]
    path = tmp_path / "appendices.xlsx"
    write_workbook(*source, FACTS, path)
    book = load_workbook(path, read_only=True)
    accounts = _rows(book["Accounts"], "Account")
    assert {row["Account"] for row in accounts} == {account_id(number) for number in range(ACCOUNTS)}
    assert sum(int(str(row["Gaps"])) for row in accounts) == len(bundle.gaps)
    assert len(_rows(book["Regions"], "Account")) == len(bundle.run.regions)
    outcomes = Counter(str(row["Outcome"]) for row in _rows(book["Units"], "Item"))
    assert outcomes == Counter(unit.outcome.value for unit in bundle.run.units)
    assert {row["Account"] for row in _rows(book["Samples"], "Account")} == {
        sample.account for sample in bundle.run.samples
    }
    header = [row[:1] for row in book["IAM credentials"].iter_rows(max_row=15, values_only=True)]
    assert ("Item",) in header  # gaps and empty answers do not push it off the screen


def _rows(sheet: object, first: str) -> list[dict[str, object]]:
    rows = list(sheet.iter_rows(values_only=True))  # type: ignore[attr-defined]
    at = next(number for number, row in enumerate(rows) if row and row[0] == first)
    return [dict(zip(map(str, rows[at]), row, strict=False)) for row in rows[at + 1 :]]


def test_an_account_with_a_gap_never_comes_out_without_exceptions(source: tuple[Bundle, Results]) -> None:
    found = by_account(*source)
    for number in CLOSED:
        for test in ("KEY-1", "PWD-1", "CFG-1", "AA-1"):
            (one,) = [result for result in found[test] if result.account == account_id(number)]
            assert one.conclusion is Conclusion.NOT_CONCLUDED
            assert one.missing
    assert not any("ATT" in test for test in found)


def test_each_account_has_its_own_part_of_a_conclusion(source: tuple[Bundle, Results]) -> None:
    noted = {one.account for one in by_account(*source)["KEY-1"] if one.conclusion is Conclusion.EXCEPTIONS}
    expected = {account_id(number) for number in IN_SCOPE if has_old_key(number) and not is_closed(number)}
    assert noted == expected
    passed = [one for one in by_account(*source)["KEY-1"] if one.conclusion is Conclusion.NO_EXCEPTIONS]
    assert len(passed) == len(IN_SCOPE) - len(CLOSED) - len(expected)


def test_the_heat_map_tells_by_sign_and_by_number(source: tuple[Bundle, Results]) -> None:
    pictures = heat_maps(source[0], by_account(*source), of_organization(*source))
    (picture,) = (one for one in pictures if any(line.test == "KEY-1" for line in one.lines))
    number = [line.test for line in picture.lines].index("KEY-1")
    across = len(picture.columns)
    cells = picture.cells[number * across + 1 : (number + 1) * across]
    old = sum(has_old_key(one) and not is_closed(one) for one in IN_SCOPE)
    assert sum(int(cell.text.split()[0][1:]) for cell in cells if cell.text.startswith("▲")) == old
    assert [text for _, text in picture.lines[number].totals] == [
        str(len(IN_SCOPE) - len(CLOSED) - old), str(old), str(len(CLOSED)), "·",
    ]  # fmt: skip


def test_members_of_no_account_have_a_column_of_their_own(source: tuple[Bundle, Results]) -> None:
    found = of_organization(*source)
    inside = set(source[0].run.accounts)
    for test in source[1].tests:
        rows = [row for row in test.rows if row.account not in inside]
        assert (test.id in found) == bool(rows)
        if rows:
            assert found[test.id].exceptions == sum(row.verdict in ("exception", "accepted") for row in rows)
    assert found
    assert all(
        one.columns[0][1] == "organization" for one in heat_maps(source[0], by_account(*source), found)
    )


def test_the_annex_lists_the_accounts_that_need_a_look(source: tuple[Bundle, Results], page: str) -> None:
    made = annex(source[0], by_account(*source), {test.id: test.family for test in source[1].tests})
    assert made.more == 0
    assert len(made.lines) + made.clean == len(IN_SCOPE)
    lines = {line.account: line for line in made.lines}
    assert {account_id(number) for number in CLOSED} <= set(lines)
    assert all(lines[account_id(number)].gaps for number in CLOSED)
    counts = [[int(count) for count in one.passed.split(", ")] for one in made.lines]
    controls, tests = sum(first for first, _ in counts), sum(second for _, second in counts)
    without = [one for found in by_account(*source).values() for one in found if one.account in lines]
    assert controls + tests == sum(one.conclusion is Conclusion.NO_EXCEPTIONS for one in without)
    assert (controls > 0, tests > 0) == (True, True)
    assert 'id="accounts"' in page
