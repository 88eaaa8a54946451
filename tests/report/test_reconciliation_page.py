"""The page that an auditor lifts into a work paper, and its sheet."""

from openpyxl import load_workbook

from evidence.controls.reconciliation import reconcile
from evidence.report import reconciliation
from tests.report.conftest import Rendered


def test_the_page_prints_each_population_with_both_figures(rendered: Rendered) -> None:
    page = rendered.text.partition("Populations and what they reconcile to\nOn the completeness")[2]
    assert page
    text = " ".join(page.split())
    assert f"bundle {rendered.bundle.name}" in text
    assert rendered.bundle.digest in "".join(page.split())
    assert rendered.bundle.run.caller_start.arn in "".join(page.split())
    for found in reconcile(rendered.bundle):
        assert found.population in text


def test_what_differs_says_why(rendered: Rendered) -> None:
    page = reconciliation.page(rendered.bundle)
    assert page.differing == sum(found.difference != 0 for found in reconcile(rendered.bundle))
    assert all(line.cause for line in page.lines if line.attention)


def test_the_sheet_holds_the_same(workbook, rendered: Rendered) -> None:
    sheet = load_workbook(workbook, read_only=True)[reconciliation.SHEET]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(number for number, row in enumerate(rows) if row[:2] == ("Population", "Account"))
    found = reconcile(rendered.bundle)
    assert [row[0] for row in rows[header + 1 :]] == [one.population for one in found]
    assert [row[7] for row in rows[header + 1 :]] == [one.records for one in found]
    assert [row[10] for row in rows[header + 1 :]] == [one.difference for one in found]
