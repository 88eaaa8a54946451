"""The report and the workbook say of each test what was considered, what of it is the population, and why."""

import re
from html import unescape
from pathlib import Path

from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.report import write_workbook
from evidence.report.pdf.page import html
from tests.controls.world import good, password
from tests.controls.world import row as report_row
from tests.report.report_data import FACTS

TESTS = ("USER-1", "USER-2", "PRIV-1")


def people(parent: Path) -> tuple[Bundle, Results]:
    """An account with a person among its users."""
    world = good()
    world.report.append(report_row("person", **password(300, 1)))
    bundle = world.written(parent)
    return bundle, run_tests(bundle, [catalogue()[test] for test in TESTS])


def test_the_report_counts_each_test_in_one_line(tmp_path) -> None:
    bundle, results = people(tmp_path)
    page = unescape(re.sub(r"<[^>]*>", "", html(bundle, results, FACTS, None)))
    said = [test.population_in_words.partition("considered")[2] for test in results.tests]
    assert said[1].startswith(" 3, out of scope 2 (")
    assert [f"Considered{words}." in page for words in said] == [True] * len(TESTS)


def test_the_workbook_has_a_column_for_each_number(tmp_path) -> None:
    bundle, results = people(tmp_path)
    write_workbook(bundle, results, FACTS, tmp_path / "book.xlsx")
    rows = list(load_workbook(tmp_path / "book.xlsx")["Conclusions"].iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "Test")
    user = dict(zip(head, next(row for row in rows if row[0] == "USER-2"), strict=True))
    counts = ("Considered", "Out of scope", "Population", "Inspected")
    assert [user[name] for name in counts] == [3, 2, 1, 1]
    assert "no key-only user" in user["Why out of scope"]
