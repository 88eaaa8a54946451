"""What to do, and what to do first, as the report and the workbook print it."""

from datetime import date, timedelta
from pathlib import Path

from openpyxl import load_workbook

from evidence.bundle import Bundle, open_bundle
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.controls.summary import FIX_FIRST
from evidence.pipeline import item_facts
from evidence.report import write_workbook
from evidence.report.conclusions import SERIOUS, views
from evidence.report.pdf.page import html
from evidence.report.priorities import lapses, priorities
from evidence.statements.files import statements_in

SAMPLES = Path(__file__).parents[2] / "samples"


def sample() -> tuple[Bundle, Results]:
    (folder,) = SAMPLES.glob("evidence-*-*Z")
    stated = statements_in(SAMPLES)
    bundle = open_bundle(folder)
    return bundle, run_tests(bundle, statements=stated)


def test_the_report_says_what_to_do_once_a_test_and_what_to_do_first() -> None:
    bundle, results = sample()
    page = html(bundle, results, item_facts(), None)
    failing = sum(test.exceptions > 0 for test in results.tests)
    assert page.count("<b>Remedy</b>") == failing > 20
    assert page.count("<h3>Fix first</h3>") == 1
    assert "function:webhook-dispatch is public, in an account of the unit /Workloads/Production." in page
    # One exception alone: its own names. Several: placeholders, and where all of them are.
    assert "svc-poc-textract, Last Accessed" in page
    assert (
        "with the names of each exception: sheet Tests People and credentials of appendices.xlsx (USER-1)"
        in page
    )


def test_what_is_first_are_facts_then_the_heaviest_exceptions_and_never_one_twice() -> None:
    _, results = sample()
    tests = views(results)
    first = priorities(results, tests)
    assert len(first) == FIX_FIRST
    weights = [one.severity.weight for one in first]
    assert weights == sorted(weights, reverse=True)
    assert {fact.title for fact in results.joined} <= {one.title for one in first}
    told = {row.subject for fact in results.joined for row in fact.rows if row.test == "AA-2"}
    assert not told & {one.subject for one in first if one.title.startswith("Exception")}
    without = priorities(results.model_copy(update={"joined": ()}), tests)
    assert [one.severity for one in without] == ["critical"] * 3 + ["high"] * 4


def test_a_company_without_serious_exceptions_has_nothing_to_fix_first() -> None:
    _, results = sample()
    mild = [test for test in results.tests if test.severity not in SERIOUS]
    made = results.model_copy(update={"joined": (), "tests": tuple(mild)})
    assert priorities(made, views(made)) == []


def test_more_than_seven_facts_are_counted() -> None:
    bundle, results = sample()
    page = html(bundle, results.model_copy(update={"joined": results.joined * 3}), item_facts(), None)
    assert "5 more joined facts in sheet Joined facts of appendices.xlsx." in page


def test_an_acceptance_that_lapses_within_thirty_days_stands_on_the_first_pages() -> None:
    _, results = sample()
    tests = views(results)
    until = min(one.accepted.expires_on for one in lapses(tests, date.max))
    assert lapses(tests, until - timedelta(days=31)) == []
    (first, *_) = lapses(tests, until - timedelta(days=30))
    assert (first.days, first.accepted.expires_on) == (30, until)


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
