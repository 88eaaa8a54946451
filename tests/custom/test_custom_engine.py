"""Custom tests through the engine: whatever their rules do, nothing that is missing is a pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.controls.catalogue import catalogue
from evidence.controls.custom import switched_on
from evidence.controls.declaration import Conclusion, ControlTest, Family
from evidence.controls.doubts import concerns
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import Results, TestResult
from tests.support.bundles import ACCOUNT, bundle_in_memory, gap, region_target
from tests.support.custom import ITEM, ROTATION, installed, scope


def secret(name: str, *, rotates: object = True, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}"
    return {
        "ListSecrets": {"ARN": arn},
        "DescribeSecret": {"ARN": arn, "Name": name, "RotationEnabled": rotates},
    }


HERE, THERE = region_target("us-east-1"), region_target("eu-west-1")
GOOD = {ITEM: {HERE: [secret("a"), secret("b")], THERE: []}}


def conclude(records: dict[str, Any] = GOOD, **more: Any) -> TestResult:
    bundle = bundle_in_memory(records, custom=scope(), **more)
    test = next(test for sealed, test in switched_on(bundle) if sealed.id == ROTATION)
    assert isinstance(test, ControlTest)
    return perform(test, bundle)


def test_a_custom_test_is_performed_and_named_as_foreign_in_a_sum_of_its_own(example: Path) -> None:
    results = run_tests(bundle_in_memory(GOOD, custom=scope()))
    test = next(test for test in results.tests if test.id == ROTATION)
    assert (test.conclusion, test.family, test.criteria) == (Conclusion.NO_EXCEPTIONS, Family.CUSTOM, ())
    assert test.reason == "All 2 inspected meet the rule."
    (package,) = results.custom
    assert (package.name, package.version, package.items) == ("acme-evidence", "1.2.0", (ITEM,))
    assert ROTATION in package.tests and not package.not_performed
    assert Results.model_validate_json(results.to_bytes()).to_bytes() == results.to_bytes()


def test_an_exception_is_one(example: Path) -> None:
    test = conclude({ITEM: {HERE: [secret("a", rotates=False)], THERE: []}})
    assert (test.conclusion, test.exceptions) == (Conclusion.EXCEPTIONS, 1)
    (row,) = test.rows
    assert row.remedy is not None and "rotate-secret --secret-id arn:aws" in row.remedy.cli[0]


@pytest.mark.parametrize(
    ("records", "gaps"),
    [
        ({ITEM: {HERE: [secret("a")]}}, [gap(ITEM, THERE)]),
        ({ITEM: {HERE: [secret("a")]}}, []),
        ({}, [gap(ITEM, HERE), gap(ITEM, THERE)]),
        ({}, []),
        ({ITEM: {HERE: [{"ListSecrets": {}}], THERE: []}}, []),
    ],
    ids=["a region is a gap", "a region is forgotten", "all is a gap", "not in the bundle", "unreadable"],
)
def test_missing_evidence_is_never_a_pass(example: Path, records: dict[str, Any], gaps: list[Any]) -> None:
    test = conclude(records, gaps=gaps)
    assert (test.conclusion, test.complete) == (Conclusion.NOT_CONCLUDED, False)


def test_no_secrets_anywhere_is_not_applicable(example: Path) -> None:
    test = conclude({ITEM: {HERE: [], THERE: []}})
    assert test.conclusion is Conclusion.NOT_APPLICABLE


RULE = "    for located in evidence.records(ITEM):\n"
YIELD = "        yield Row(\n            subject=described"
WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "raises": (lambda text: text.replace(RULE, "    raise KeyboardError\n" + RULE), "NameError"),
    "exits": (lambda text: text.replace(RULE, "    raise SystemExit(0)\n" + RULE), "SystemExit"),
    "returns nothing": (lambda text: text.replace("rule=rotation", "rule=lambda _: None"), "TypeError"),
    "no row for records": (
        lambda text: text.replace("rule=rotation", "rule=lambda evidence: iter(())"),
        f"gave no row, though there are records ({ITEM} 2)",
    ),
    "no row": (lambda text: text.replace("rule=rotation", "rule=lambda evidence: ['x']"), "is no row"),
    "accepts": (lambda text: text.replace("Verdict.MET if", "Verdict.ACCEPTED if"), "is not a rule's"),
    "words for a verdict": (lambda text: text.replace("Verdict.MET if", "'met' if"), "is not a rule's"),
    "points nowhere": (
        lambda text: text.replace("pointers=(pointer_to(located),)", "pointers=()"), "no pointer"
    ),
    "points elsewhere": (
        lambda text: text.replace("pointer_to(located),", "type(pointer_to(located))('x.jsonl', 1),"),
        "points to no file of the items it needs",
    ),
    "another account": (
        lambda text: text.replace("account=located.target.account", "account='999999999999'"),
        "of an account that the run does not cover",
    ),
    "an item it does not need": (
        lambda text: text.replace("evidence.records(ITEM)", "evidence.records('iam.mfa-devices')"),
        "reads iam.mfa-devices, which its test does not declare",
    ),
    "around the reader": (
        lambda text: text.replace("evidence.records(ITEM)", "evidence.bundle.records('iam.mfa-devices')"),
        "reads iam.mfa-devices, which its test does not declare",
    ),
    "skips a record": (
        lambda text: text.replace(YIELD, "        if described['Name'] == 'a': continue\n" + YIELD),
        "says nothing of 1 of 2 records",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_rule_that_does_wrong_concludes_nothing(tmp_path: Path, wrong: str) -> None:
    change, said = WRONG[wrong]

    def changed(text: str) -> str:
        made = change(text)
        assert made != text
        return made

    with installed(tmp_path / "site", changed):
        test = conclude()
    assert (test.conclusion, test.complete) == (Conclusion.NOT_CONCLUDED, False)
    assert said in test.reason


def test_an_exception_stays_known_though_the_rule_fails_later(tmp_path: Path) -> None:
    records = {ITEM: {HERE: [secret("a", rotates=False), {"ListSecrets": {}}], THERE: []}}
    with installed(tmp_path / "other"):
        test = conclude(records)
    assert (test.conclusion, test.complete, test.exceptions) == (Conclusion.EXCEPTIONS, False, 1)


def test_nothing_that_a_rule_remembers_reaches_our_readers(tmp_path: Path) -> None:
    poison = RULE + "        evidence.bundle.memory['x'] = evidence.once(ITEM, dict)\n"
    with installed(tmp_path / "site", lambda text: text.replace(RULE, poison, 1)):
        bundle = bundle_in_memory(GOOD, custom=scope())
        before = dict(bundle.memory)
        results = run_tests(bundle)
    assert next(one for one in results.tests if one.id == ROTATION).conclusion is Conclusion.NO_EXCEPTIONS
    assert "x" not in {**before, **bundle.memory}


def test_without_its_package_or_with_another_it_is_not_performed(tmp_path: Path) -> None:
    with installed(tmp_path / "site"):
        sealed = scope()
    bundle = bundle_in_memory(GOOD, custom=sealed)
    results = run_tests(bundle)
    test = next(one for one in results.tests if one.id == ROTATION)
    assert (test.conclusion, test.family) == (Conclusion.NOT_CONCLUDED, Family.CUSTOM)
    assert "It was not performed. No installed package has the entry point" in test.reason
    assert ROTATION in results.custom[0].not_performed
    with installed(tmp_path / "changed", lambda text: text + "\n# changed\n"):
        again = run_tests(bundle)
    test = next(one for one in again.tests if one.id == ROTATION)
    assert test.conclusion is Conclusion.NOT_CONCLUDED and "the run had acme-evidence 1.2.0" in test.reason


def test_what_contradicts_a_list_concerns_a_custom_test_whatever_its_package_is_called(example: Path) -> None:
    bundle = bundle_in_memory(GOOD, custom=scope())
    test = next(test for sealed, test in switched_on(bundle) if sealed.id == ROTATION)
    assert isinstance(test, ControlTest)
    ours = catalogue()
    for reconciling in (one for one in ours.values() if one.reconciles):
        assert concerns(reconciling, replace(test, id=f"{reconciling.id.partition('-')[0]}-X.ROT-1"))
