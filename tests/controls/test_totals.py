"""Two sums that are never added up: of controls, and of the reliability of the evidence."""

from pathlib import Path

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, Family, Severity
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import Results, TestResult
from evidence.controls.summary import ended_as, table
from evidence.controls.totals import in_words, totals
from evidence.delivery import Delivery
from evidence.report.conclusions import views
from evidence.report.executive_summary import summary
from tests.controls.world import good

NONE, NOTED, OPEN = Conclusion.NO_EXCEPTIONS, Conclusion.EXCEPTIONS, Conclusion.NOT_CONCLUDED
KNOWN = perform(catalogue()["KEY-1"], good().bundle())


def ended(name: str, family: Family, conclusion: Conclusion, complete: bool | None = None) -> TestResult:
    complete = conclusion is not OPEN if complete is None else complete
    return KNOWN.model_copy(
        update={
            "id": name,
            "family": family,
            "conclusion": conclusion,
            "complete": complete,
            "reason": f"{name} why",
            "criteria": ("CC6.1",) if family is Family.CONTROLS else (),
            "exceptions": int(conclusion is NOTED),
        }
    )


TESTS = (
    ended("A-1", Family.CONTROLS, NONE), ended("A-2", Family.CONTROLS, NOTED),
    ended("A-3", Family.CONTROLS, NOTED, False), ended("A-4", Family.CONTROLS, OPEN),
    ended("I-1", Family.RELIABILITY, NONE), ended("I-2", Family.RELIABILITY, NONE),
    ended("I-3", Family.RELIABILITY, NOTED),
)  # fmt: skip
CONTROLS = "1 no exceptions, 2 exceptions noted (1 of them not complete), 1 not concluded"
RELIABILITY = "2 no exceptions, 1 exceptions noted"


def results(*tests: TestResult) -> Results:
    return run_tests(good().bundle(), [catalogue()["KEY-1"]]).model_copy(update={"tests": tests})


def test_each_family_has_its_own_sum() -> None:
    controls, reliability = totals(TESTS)
    assert (controls.name, controls.tests, controls.words) == ("Controls", 4, CONTROLS)
    assert (reliability.name, reliability.tests, reliability.words) == (
        "Reliability of the evidence", 3, RELIABILITY,
    )  # fmt: skip
    assert controls.document() == {
        "tests": 4,
        "conclusions": {"no exceptions": 1, "exceptions noted": 2, "not concluded": 1},
        "exceptions_not_complete": 1,
    }


def test_a_family_without_tests_has_no_sum() -> None:
    assert [total.family for total in totals(TESTS[:2])] == ["controls"]
    assert totals(()) == ()


def test_the_catalogue_has_both_families() -> None:
    of = {test.id: test.family for test in catalogue().values()}
    assert {name for name, family in of.items() if family is Family.RELIABILITY} == {
        name for name in of if name.startswith("IPE-") or name == "SAMPLE"
    }


def test_the_terminal_has_both_sums_and_none_of_all() -> None:
    lines = table(results(*TESTS)).splitlines()
    assert f"Controls: 4 tests: {CONTROLS}." in lines
    assert f"Reliability of the evidence: 3 tests: {RELIABILITY}." in lines
    assert not [line for line in lines if "7 tests" in line]
    assert [line for line in lines if line.endswith(" why")] == ["A-3: A-3 why", "A-4: A-4 why"]
    assert [in_words(test) for test in TESTS[1:3]] == ["exceptions noted", "exceptions noted, not complete"]


def test_a_delivery_has_both_sums() -> None:
    paths = dict.fromkeys(("bundle", "results", "report", "appendices", "page", "pack"), Path("x"))
    delivery = Delivery(**paths, outcome=results(*TESTS), gaps=(), time_stamp=None, unstamped=())
    assert delivery.text().splitlines()[:2] == [f"Controls    4: {CONTROLS}", f"Reliability 3: {RELIABILITY}"]
    document = delivery.document()
    assert (document["controls"]["tests"], document["reliability"]["tests"]) == (4, 3)
    assert "conclusions" not in document


def test_the_report_has_both_sums_and_lists_holes_before_exceptions() -> None:
    made = summary(views(results(*TESTS)))
    controls, reliability = made.headlines
    assert controls.startswith(
        "Controls: 4 tests, no exceptions in 1, exceptions noted in 2 (1 of them not com"
    )
    assert reliability == (
        "Reliability of the evidence: 3 tests, no exceptions in 2, exceptions noted in 1, not concluded in 0."
    )
    assert [(one.name, [count for _, count in one.tiles]) for one in made.sums] == [
        ("Controls", [1, 2, 1, 0, 0]), ("Reliability of the evidence", [2, 1, 0, 0, 0]),
    ]  # fmt: skip
    assert [test.result.id for test in made.open] == ["A-3", "A-4"]
    assert [test.result.id for test in made.noted] == ["A-2", "A-3", "I-3"]
    assert [test.mark.beside for test in made.noted] == ["", "not complete", ""]
    assert [one.id for one in made.criteria] == ["CC6.1"]
    assert len(made.criteria[0].tests) == 4


def test_the_heaviest_exceptions_come_first() -> None:
    severities = {"A-2": Severity.MEDIUM, "A-3": Severity.CRITICAL, "I-3": Severity.LOW}
    tests = [one.model_copy(update={"severity": severities.get(one.id)}) for one in TESTS]
    assert [test.result.id for test in summary(views(results(*tests))).noted] == ["A-3", "A-2", "I-3"]


@pytest.mark.parametrize(
    ("number", "conditions", "fails"),
    [
        (0, ["exceptions", "not-concluded"], False), (1, ["exceptions"], True), (1, ["not-concluded"], False),
        (2, ["exceptions"], True), (2, ["not-concluded"], True), (3, ["exceptions"], False),
        (3, ["not-concluded"], True),
    ],
)  # fmt: skip
def test_what_is_not_complete_ends_a_run_as_what_is_not_concluded(number, conditions, fails) -> None:
    assert ended_as(results(TESTS[number]), conditions) is fails
