"""What to do, and what to do first, as the report and the workbook print it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from openpyxl import load_workbook

from evidence.bundle import Bundle, open_bundle
from evidence.controls.declaration import Severity, Verdict
from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.controls.row_results import Rows
from evidence.pipeline import item_facts
from evidence.report import write_workbook
from evidence.report.conclusions import SERIOUS, views
from evidence.report.executive_summary import criteria
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


def test_the_heaviest_come_first_and_nothing_is_named_twice() -> None:
    """Joined facts of one kind, exceptions of one subject and those of one test are a line each."""
    _, results = sample()
    first = priorities(results)
    weights = [one.severity.weight for one in first]
    assert weights == sorted(weights, reverse=True)
    assert first[0].title == "An outsider may become administrator"
    titles = [one.title for one in first]
    assert "A disabled person has access left (3)" in titles
    legacy = next(one for one in first if one.title == "user/legacy-admin")
    assert [test for test, _ in legacy.tests] == ["USER-1", "MFA-2", "PRIV-2", "JML-1"]
    told = sum(len(fact.rows) + fact.more for fact in results.joined)
    advisory = {test.id for test in results.tests if test.advisory}
    heavy = [
        (test.id, row.subject)
        for test in results.tests
        for row in test.rows
        if row.verdict is Verdict.EXCEPTION and row.severity in SERIOUS and test.id not in advisory
    ]
    joined = {(row.test, row.subject) for fact in results.joined for row in fact.rows}
    assert sum(one.exceptions for one in first) - told == len([one for one in heavy if one not in joined])


def test_without_serious_exceptions_the_others_stand_in() -> None:
    _, results = sample()
    mild = [test for test in results.tests if test.severity not in SERIOUS]
    made = results.model_copy(update={"joined": (), "tests": tuple(mild)})
    found = priorities(made)
    assert {one.severity for one in found} == {"medium"}
    nothing = results.model_copy(update={"joined": (), "tests": ()})
    assert priorities(nothing) == []


def test_subjects_of_one_name_in_two_accounts_are_told_apart() -> None:
    """`recorder` and `root` say nothing in an organization: each is with its account, and never one line."""
    _, results = sample()
    some = [test for test in results.tests if test.severity in SERIOUS and test.exceptions][:2]
    (row,) = islice(some[0].rows.with_verdict((Verdict.EXCEPTION,)), 1)
    here, there = (
        replace(row, subject="recorder", account=account, severity=Severity.HIGH)
        for account in ("111122223333", "444455556666")
    )
    tests = [
        test.model_copy(update={"rows": Rows.of(rows), "advisory": False, "severity": Severity.HIGH})
        for test, rows in zip(some, ([here, there], [here]), strict=True)
    ]
    made = results.model_copy(update={"joined": (), "tests": tuple(tests)})
    found = {one.title: one for one in priorities(made, among_accounts=True)}
    assert "recorder of 111122223333" in found
    (other,) = (one for title, one in found.items() if title != "recorder of 111122223333")
    assert (other.exceptions, other.subject) == (1, "recorder of 444455556666")
    seen = views(made, among_accounts=True)
    assert any("recorder of 444455556666" in one.serious for one in criteria(seen))
    assert {row.where.split()[0] for row in seen[0].rows} == {"111122223333", "444455556666"}


def test_an_acceptance_that_lapses_within_thirty_days_stands_on_the_first_pages() -> None:
    _, results = sample()
    until = min(one.accepted.expires_on for one in lapses(results, date.max))
    assert lapses(results, until - timedelta(days=31)) == []
    (first, *_) = lapses(results, until - timedelta(days=30))
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
