"""Management's responses: beside the exceptions that they answer, and never part of a conclusion."""

from dataclasses import replace
from datetime import date

import pytest

from evidence.controls.engine import run_tests
from evidence.controls.results import Results
from evidence.settings.sections import StatementSettings
from evidence.statements.files import STATEMENT_KINDS, Statements
from evidence.statements.records import EntryProblem, Response
from tests.controls.statements import exception, stated
from tests.controls.test_accepted_exceptions import ITEM, MEETS, OPEN, made_up, row
from tests.support.bundles import ACCOUNT_TARGET, bundle_in_memory

OTHER = "210987654321"
ROWS = [row("a"), row("a", account=OTHER), row("b"), row("c", MEETS), row("d", OPEN)]
DONE = {"test": "KEY-1", "response": "Rotated.", "owner": "Ines Falk, CISO"}


def answered(folder, *entries: dict, exceptions=()) -> Results:
    given = stated(folder, exceptions=exceptions, responses=[DONE | entry for entry in entries])
    bundle = bundle_in_memory(records={ITEM: {ACCOUNT_TARGET: []}})
    return run_tests(bundle, [made_up(ROWS)], given)


def test_a_response_stands_beside_the_row_and_changes_nothing(tmp_path) -> None:
    plain = answered(tmp_path / "plain", {"subject": "nobody"})
    results = answered(tmp_path, {"subject": "b", "due_on": date(2026, 12, 1)})
    (test,), (before,) = results.tests, plain.tests
    said = Response(entry=1, response="Rotated.", owner="Ines Falk, CISO", due_on=date(2026, 12, 1))
    assert [one.response for one in test.rows] == [None, None, said, None, None]
    assert [replace(one, response=None) for one in test.rows] == list(before.rows)
    assert test.model_copy(update={"rows": before.rows}) == before
    assert (results.response_findings, results.used_files["responses"].entries) == ((), 1)


def test_an_accepted_exception_may_be_answered_too(tmp_path) -> None:
    results = answered(tmp_path, {"subject": "b"}, exceptions=[exception("KEY-1", "b")])
    (found,) = [one for one in results.tests[0].rows if one.response]
    assert (found.verdict, found.accepted is not None) == ("accepted", True)


def test_an_entry_answers_all_that_are_called_so_or_those_of_one_account(tmp_path) -> None:
    both = answered(tmp_path / "both", {"subject": "a"})
    one = answered(tmp_path / "one", {"subject": "a", "account": OTHER}, {"subject": "a"}, {"subject": "a"})
    assert [bool(entry.response) for entry in both.tests[0].rows[:2]] == [True, True]
    assert [entry.response.entry for entry in one.tests[0].rows[:2] if entry.response] == [2, 1]
    assert [found.entry for found in one.response_findings] == [3]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"subject": "nobody"}, EntryProblem.MATCHES_NOTHING),
        ({"subject": "c"}, EntryProblem.MATCHES_NOTHING),
        ({"subject": "d"}, EntryProblem.MATCHES_NOTHING),
        ({"subject": "*"}, EntryProblem.MATCHES_NOTHING),
        ({"subject": "b", "response": "TODO"}, EntryProblem.INCOMPLETE),
        ({"subject": "b", "owner": " "}, EntryProblem.INCOMPLETE),
        ({"subject": "b", "test": "KEY-0"}, EntryProblem.UNKNOWN_TEST),
    ],
)
def test_what_answers_nothing_is_a_finding(entry, problem, tmp_path) -> None:
    results = answered(tmp_path, entry)
    assert [found.problem for found in results.response_findings] == [problem]
    assert not any(one.response for one in results.tests[0].rows)


def test_a_kind_of_file_is_known_to_settings_statements_and_results() -> None:
    names = [kind.name for kind in STATEMENT_KINDS]
    assert list(StatementSettings.model_fields) == list(Statements.model_fields) == names
    for kind in STATEMENT_KINDS:
        assert {kind.used, kind.findings} - {""} <= set(Results.model_fields)
