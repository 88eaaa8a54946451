"""Tests that bear on what management attests stand beside the statement, and say where they deny it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from evidence.controls.bearing import beside_statement
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import Conclusion, Verdict
from evidence.controls.engine import perform, run_tests
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult, Rows
from evidence.controls.summary import catalogue_markdown, table
from evidence.delivery import Delivery
from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.statements import EVERY_ATTESTATION, attestation, exception, stated
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, IAM, NOW, good, password, row
from tests.support.bundles import bundle_in_memory

DAY = date(2026, 10, 1)
BEARING = {
    "ATT-1": ("ROOT-3", "ROOT-4"),
    "ATT-2": ("IDC-2", "MFA-1"),
    "ATT-3": ("IDC-2", "TRUST-1", "USER-1"),
    "ATT-4": (),
    "ATT-5": ("AA-2", "AA-3"),
    "ATT-6": ("KEY-1", "USER-2"),
}
DENY = {("ATT-1", "ROOT-3"), ("ATT-1", "ROOT-4"), ("ATT-2", "IDC-2"), ("ATT-2", "MFA-1"),
        ("ATT-3", "TRUST-1"), ("ATT-5", "AA-2"), ("ATT-5", "AA-3")}  # fmt: skip
PAIRS = [(name, test) for name, tests in BEARING.items() for test in tests]


def result_of(test: str, verdict: str, days: int = 400) -> TestResult:
    """A test of the catalogue as if it had one row."""
    made = RowResult("s", ACCOUNT, "", Verdict(verdict), "", "", (), NOW - timedelta(days=days), "", {})
    plain = perform(catalogue()[test], bundle_in_memory())
    failing = Conclusion.EXCEPTIONS if verdict in ("exception", "accepted") else Conclusion.NO_EXCEPTIONS
    return plain.model_copy(
        update={"rows": Rows.of([made]), "conclusion": failing, "exceptions": verdict == "exception"}
    )


def beside(name: str, *performed: TestResult, attested: bool = True) -> TestResult:
    plain = perform(catalogue()[name], bundle_in_memory())
    conclusion = Conclusion.ATTESTED if attested else Conclusion.NOT_CONCLUDED
    said = plain.model_copy(update={"conclusion": conclusion, "reason": "Stated."})
    return beside_statement(said, catalogue()[name], {one.id: one for one in performed}, NOW.date())


def test_the_catalogue_names_the_tests_that_bear_on_each() -> None:
    declared = {name: tuple(one.test for one in catalogue()[name].bearings) for name in BEARING}
    assert declared == BEARING
    assert all(one in catalogue() for tests in declared.values() for one in tests)
    assert "- **Beside it:** ROOT-3; an exception contradicts it" in catalogue_markdown()
    assert "- **Beside it:** KEY-1\n" in catalogue_markdown()


@pytest.mark.parametrize(("name", "test"), PAIRS)
def test_an_exception_that_denies_the_statement_contradicts_it(name: str, test: str) -> None:
    said = beside(name, result_of(test, "exception"))
    assert said.conclusion is Conclusion.ATTESTED
    (one,) = said.bearing
    assert (one.test, one.conclusion, one.exceptions) == (test, Conclusion.EXCEPTIONS, 1)
    assert said.contradicted_by == ((test,) if (name, test) in DENY else ())
    if (name, test) in DENY:
        assert said.reason == f"Stated. Contradicted by {test}: {one.contradicts}."


@pytest.mark.parametrize("verdict", ["met", "not determined", "out of scope"])
@pytest.mark.parametrize(("name", "test"), PAIRS)
def test_what_is_no_exception_contradicts_nothing(name: str, test: str, verdict: str) -> None:
    said = beside(name, result_of(test, verdict))
    assert (said.contradicted_by, said.reason, len(said.bearing)) == ((), "Stated.", 1)


@pytest.mark.parametrize(("name", "test"), sorted(DENY))
def test_what_is_not_attested_is_not_contradicted(name: str, test: str) -> None:
    said = beside(name, result_of(test, "exception"), attested=False)
    assert (said.contradicted_by, len(said.bearing)) == ((), 1)


@pytest.mark.parametrize(("name", "test"), sorted(DENY))
def test_acceptance_explains_a_use_and_does_not_make_a_device_hardware(name: str, test: str) -> None:
    facts = {("ATT-1", "ROOT-3"), ("ATT-2", "IDC-2"), ("ATT-2", "MFA-1")}
    said = beside(name, result_of(test, "accepted"))
    assert said.contradicted_by == ((test,) if (name, test) in facts else ())


@pytest.mark.parametrize(("days", "denied"), [(31, False), (32, True)])
def test_a_finding_of_this_month_may_still_be_reviewed(days: int, denied: bool) -> None:
    assert beside("ATT-5", result_of("AA-2", "exception", days)).contradicted_by == (
        ("AA-2",) if denied else ()
    )


def test_what_was_not_performed_is_not_shown(tmp_path) -> None:
    given = stated(tmp_path, attestations=[attestation("ATT-1")])
    (said,) = run_tests(good().bundle(), [catalogue()["ATT-1"]], given).tests
    assert (said.conclusion, said.bearing) == ("attested", ())


VIRTUAL = {
    "VirtualMFADevice": {"SerialNumber": f"{IAM}:mfa/root-account-mfa-device", "User": {"Arn": f"{IAM}:root"}}
}


def with_virtual_root_mfa(folder, **given) -> Results:
    world = good()
    world.records["iam.mfa-devices"][ACCOUNT_TARGET].append(VIRTUAL["VirtualMFADevice"])
    return run_tests(world.bundle(), None, stated(folder, attestations=EVERY_ATTESTATION, **given))


def test_a_key_in_the_safe_beside_a_virtual_device(tmp_path) -> None:
    results = with_virtual_root_mfa(tmp_path)
    said = next(one for one in results.tests if one.id == "ATT-1")
    assert (said.conclusion, said.contradicted_by) == ("attested", ("ROOT-3",))
    assert [one.test for one in said.bearing] == ["ROOT-3", "ROOT-4"]
    printed = table(results)
    assert (
        "ATT-1: Ines Falk, CISO stated it on 2026-09-01, valid until 2026-12-31. Contradicted by ROOT-3: "
        in printed
    )
    assert Results.model_validate_json(results.to_bytes()) == results


def test_it_stays_so_where_the_device_is_accepted(tmp_path) -> None:
    results = with_virtual_root_mfa(tmp_path, exceptions=[exception("ROOT-3", f"{IAM}:root")])
    assert next(one for one in results.tests if one.id == "ROOT-3").accepted == 1
    assert next(one for one in results.tests if one.id == "ATT-1").contradicted_by == ("ROOT-3",)


def test_in_good_order_nothing_is_contradicted(tmp_path) -> None:
    results = run_tests(good().bundle(), None, stated(tmp_path, attestations=EVERY_ATTESTATION))
    assert [one.id for one in results.tests if one.contradicted_by] == []
    world = good()
    world.report[2] = row("dormant", **password(10, 1, mfa=False))
    results = run_tests(world.bundle(), None, stated(tmp_path, attestations=EVERY_ATTESTATION))
    assert {one.id: one.contradicted_by for one in results.tests if one.contradicted_by} == {
        "ATT-2": ("MFA-1",)
    }


def test_a_delivery_says_what_is_lax_and_what_is_contradicted(tmp_path) -> None:
    paths = dict.fromkeys(("bundle", "results", "report", "appendices", "page", "pack"), Path("x"))
    world = good()
    world.records["iam.mfa-devices"][ACCOUNT_TARGET].append(VIRTUAL["VirtualMFADevice"])
    world.options["settings"] = SealedSettings(thresholds=Thresholds(unused_days=365))
    outcome = run_tests(world.bundle(), None, stated(tmp_path, attestations=EVERY_ATTESTATION))
    delivery = Delivery(**paths, outcome=outcome, gaps=(), time_stamp=None, unstamped=())
    lines = delivery.text().splitlines()
    assert "Disputed    ATT-1, attested, is contradicted by ROOT-3" in lines
    assert any(line.startswith("Laxer       1 setting is laxer than the defaults: ") for line in lines)
    document = delivery.document()
    assert (document["lax_settings"], document["contradicted"]) == (["thresholds.unused_days"], ["ATT-1"])
