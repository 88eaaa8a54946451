"""Where the report sends its reader, there is what it says."""

import re
from html import unescape

import pytest
from openpyxl import Workbook, load_workbook

from evidence.pipeline import item_facts
from evidence.report.pdf.headlines import sections
from evidence.report.pdf.page import html
from evidence.report.pdf.sources import read_ledger
from tests.report.test_remedies_in_report import SAMPLES, sample


@pytest.fixture(scope="module")
def workbook() -> Workbook:
    return load_workbook(SAMPLES / "appendices.xlsx", read_only=True)


def test_every_sheet_that_is_named_is_in_the_workbook(workbook: Workbook) -> None:
    page = unescape(re.sub(r"<[^>]*>", "", html(*sample(), item_facts(), None)))
    named = set(re.findall(r"sheet ([^.,;()]+?) of appendices\.xlsx", " ".join(page.split())))
    assert len(named) > 10
    assert named <= set(workbook.sheetnames)


def test_files_that_are_not_printed_stand_on_the_sheet_that_is_named(workbook: Workbook) -> None:
    bundle, _ = sample()
    left = [item for one in sections(bundle, item_facts(), read_ledger(bundle.calls())) for item in one.items]
    left = [item for item in left if item.more]
    assert left
    for item in left:
        cells = {cell for row in workbook[item.elsewhere].iter_rows(values_only=True) for cell in row}
        assert {file for unit in bundle.units(item.item) for file in unit.files} <= cells
