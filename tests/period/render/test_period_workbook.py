"""The period's workbook as spreadsheets see it: a row for each member of period.json, and no formula."""

import zipfile
from contextlib import closing
from pathlib import Path

from openpyxl import load_workbook

from evidence.period.model import PeriodResults
from evidence.period.render import write_workbook
from tests.period.example import period_results
from tests.period.example_names import HOSTILE, LONG_ARN


def rows(path: Path, sheet: str, first: str) -> list[dict[str, object]]:
    with closing(load_workbook(path, read_only=True)) as book:
        grid = list(book[sheet].iter_rows(values_only=True))
    at = next(number for number, row in enumerate(grid) if row and row[0] == first)
    return [dict(zip(map(str, grid[at]), row, strict=False)) for row in grid[at + 1 :]]


def test_first_sheet_says_what_it_is_made_from(period_workbook: Path, year: PeriodResults) -> None:
    with closing(load_workbook(period_workbook, read_only=True)) as book:
        said = [row[0] for row in book["Index"].iter_rows(values_only=True, max_row=12)]
        keywords = book.properties.keywords
    assert f"SHA-256 of period.json: {year.digest}" in said
    assert f"SHA-256 of its tag manifest: {year.head}" in said
    assert any("holes in the evidence" in str(one) for one in said)
    assert keywords == f"head sha256:{year.head} period sha256:{year.digest}"


def test_a_row_for_each_member_of_the_results(period_workbook: Path, year: PeriodResults) -> None:
    members = [one for population in year.populations for one in population.members]
    expected = {
        ("Unknown", "No."): len(year.unknown),
        ("Tests", "Test"): sum(len(test.line) for test in year.tests),
        ("Exceptions", "Test"): sum(len(test.exceptions) for test in year.tests),
        ("Summary", "Test"): len(year.tests) + len(year.over_period),
        ("Period tests", "Test"): sum(len(test.rows) for test in year.over_period),
        ("Procedures", "Test"): len(year.over_period),
        ("Coverage", "Item"): len(year.coverage),
        ("Days", "Item"): sum(len(item.days) for item in year.coverage),
        ("Holes", "Item"): sum(len(item.holes) for item in year.coverage),
        ("Events", "No."): len(year.events),
        ("Sources", "Source"): len(year.sources),
        ("Days without events", "First day"): len(year.events_missing),
        ("Bundles", "No."): len(year.bundles),
        ("Findings", "Entry"): len(year.findings),
        ("Files", "File"): 3,
        ("Reviews", "Bundle"): len(year.reviews),
        ("Decisions", "Review, bundle"): sum(len(one.decisions) for one in year.reviews),
        ("Samples", "Of"): len(year.samples),
        ("Sampled", "Sample of"): sum(len(one.members) for one in year.samples),
        ("Population counts", "Kind"): sum(len(one.counts) for one in year.populations),
        ("Populations", "Kind"): sum(len(one.presences) for one in members),
        ("Changes", "Kind"): sum(len(one.changes) for one in members),
    }
    with closing(load_workbook(period_workbook, read_only=True)) as book:
        assert {name for name, _ in expected} | {"Index", "Settings"} == set(book.sheetnames)
    for (sheet, first), many in expected.items():
        assert len(rows(period_workbook, sheet, first)) == many, sheet


def test_hostile_names_read_back_and_are_no_formula(period_workbook: Path) -> None:
    with zipfile.ZipFile(period_workbook) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"<f>" not in content and b't="e"' not in content and b"TargetMode=" not in content, name
    names = {row["Subject"] for row in rows(period_workbook, "Exceptions", "Test")}
    assert {HOSTILE[0], LONG_ARN, "turn‹U+202E›left", "<r><t>rich</t></r>"} <= names


def test_same_bytes_and_a_year_in_which_all_is_well(tmp_path: Path) -> None:
    results = period_results(bundles=1, exceptions=False, members=4)
    write_workbook(results, tmp_path / "one.xlsx")
    write_workbook(results, tmp_path / "other.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()
    assert rows(tmp_path / "one.xlsx", "Exceptions", "Test") == []
