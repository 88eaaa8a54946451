"""Writing the workbook against bare openpyxl, write-only, for the same cells."""

import io
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row, pairwise
from evidence.bundle import open_bundle
from evidence.pipeline import item_facts
from evidence.report import write_workbook
from evidence.report.facts import read_results
from tests.support.make_samples import SAMPLES

MOST_PAGES = 80


def workbook_row(scratch: Path) -> Row:
    """The demo account's appendices over the same values put into plain cells, of openpyxl."""
    import openpyxl

    (folder,) = SAMPLES.glob("evidence-*")
    bundle, results, facts = open_bundle(folder), read_results(SAMPLES / "results.json"), item_facts()
    write_workbook(bundle, results, facts, scratch / "first.xlsx")
    made = openpyxl.load_workbook(scratch / "first.xlsx", read_only=True)
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in made}
    cells = sum(cell is not None for rows in sheets.values() for row in rows for cell in row)

    def ours() -> None:
        with tempfile.TemporaryDirectory(dir=scratch) as fresh:
            write_workbook(bundle, results, facts, Path(fresh) / "ours.xlsx")

    def bare() -> None:
        workbook = openpyxl.Workbook(write_only=True)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        workbook.save(scratch / "bare.xlsx")

    return Row(
        "workbook / bare openpyxl write-only", *pairwise(ours, bare), 1.3, f"{cells} cells, {sys.platform}"
    )


def organization_row(scratch: Path) -> Row:
    """The PDF of 1,000 accounts over that of 50: lists are bounded, so the report hardly grows."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    from evidence.controls.engine import run_tests
    from evidence.report import render_pdf
    from tests.support.organizations import organization

    facts, made = item_facts(), []
    for accounts in (1_000, 50):
        folder = scratch / str(accounts)
        folder.mkdir()
        bundle = organization(folder, accounts)
        made.append((bundle, run_tests(bundle)))
    (large, results), (small, fewer) = made
    document = PdfFileReader(io.BytesIO(render_pdf(large, results, facts, None)))
    pages = document.root["/Pages"]["/Count"]
    seconds = pairwise(
        lambda: render_pdf(large, results, facts, None), lambda: render_pdf(small, fewer, facts, None), runs=1
    )
    return Row("PDF of 1,000 accounts / of 50", *seconds, 3.0, f"{pages} pages, goal below {MOST_PAGES}")
