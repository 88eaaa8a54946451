"""What to do, and what to do first, as the report and the workbook print it."""

from pathlib import Path

from openpyxl import load_workbook

from evidence.bundle import Bundle, open_bundle
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.pipeline import item_facts
from evidence.report import write_workbook
from evidence.report.pdf.page import html
from evidence.statements.files import read_statements

SAMPLES = Path(__file__).parents[2] / "samples"


def sample() -> tuple[Bundle, Results]:
    (folder,) = SAMPLES.glob("evidence-*-*Z")
    stated = read_statements(SAMPLES / "exceptions.toml", SAMPLES / "attestations.toml")
    bundle = open_bundle(folder)
    return bundle, run_tests(bundle, statements=stated)


def test_the_report_says_what_to_do_once_a_test_and_what_to_do_first() -> None:
    bundle, results = sample()
    page = html(bundle, results, item_facts(), None)
    failing = sum(test.exceptions > 0 for test in results.tests)
    assert page.count('<th scope="row">Remedy</th>') == failing > 20
    assert page.count("<h3>Fix first</h3>") == 1
    assert "webhook-dispatch is public, in an account of the unit /Workloads/Production." in page
    # One exception alone: its own names. Several: placeholders, and where all of them are.
    assert "aws iam tag-user --user-name svc-poc-textract" in page
    assert "aws iam delete-login-profile --user-name &lt;user&gt;" in page


def test_without_joined_facts_nothing_is_first() -> None:
    bundle, results = sample()
    page = html(bundle, results.model_copy(update={"joined": ()}), item_facts(), None)
    assert "Fix first" not in page


def test_more_than_seven_facts_are_counted() -> None:
    bundle, results = sample()
    page = html(bundle, results.model_copy(update={"joined": results.joined * 3}), item_facts(), None)
    assert "7 of 12 shown; all in sheet Joined facts of appendices.xlsx." in page


def test_the_workbook_has_every_command_and_every_fact(tmp_path: Path) -> None:
    bundle, results = sample()
    write_workbook(bundle, results, item_facts(), tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx", read_only=True)
    facts = list(book["Joined facts"].iter_rows(values_only=True))
    assert [row[0] for row in facts[-len(results.joined) :]] == [fact.severity for fact in results.joined]
    commands = {
        "\n".join(row.remedy.cli)
        for test in results.tests
        for row in test.rows
        if row.remedy and row.remedy.cli
    }
    written = {
        cell
        for sheet in book.sheetnames
        if sheet.startswith("Tests ")
        for row in book[sheet].iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str) and cell.startswith(("aws ", "evidence "))
    }
    assert commands <= written
