"""Populations beside the independent figures they reconcile to."""

from datetime import timedelta
from typing import Any

import pytest

from evidence.controls.reconciliation import Reconciliation, reconcile
from evidence.records import Cause
from tests.controls.test_ipe import call
from tests.controls.world import ACCOUNT_TARGET, EU, NOW, US, Change, good, row, stamp
from tests.controls.world_records import finding, user, verdict
from tests.support.bundles import gap

DETAILS, SUMMARY = "iam.authorization-details", "iam.account-summary"
USERS, REPORTED = "IAM users", "IAM users in the credential report, less root"


def reconciled(*changes: Change) -> dict[str, Reconciliation]:
    world = good()
    for change in changes:
        change(world)
    return {found.population: found for found in reconcile(world.bundle())}


def test_what_agrees_needs_no_cause() -> None:
    found = reconciled()[USERS]
    assert (found.records, found.figure, found.difference, found.cause) == (2, 2, 0, "")
    assert (found.item, found.account) == (DETAILS, "123456789012")
    assert (found.first, found.last) == (NOW, NOW)
    assert found.by.endswith("assumed-role/EvidenceReader/audit")


@pytest.mark.parametrize(
    ("population", "records"),
    [
        (USERS, 2), (REPORTED, 2), ("IAM groups", 1), ("IAM roles", 3), ("Customer-managed policies", 2),
        ("Regions enabled", 2), ("Config rules", 5), ("IAM users that Config evaluated", 2),
    ],
)  # fmt: skip
def test_populations_in_good_order_agree(population: str, records: int) -> None:
    found = reconciled()[population]
    assert (found.records, found.difference) == (records, 0)


def summary(**members: int) -> Change:
    return lambda world: world.records[SUMMARY][ACCOUNT_TARGET][0].update(members)


def made(days: float, report_age: float) -> Change:
    def change(world: Any) -> None:
        world.records[DETAILS][ACCOUNT_TARGET].append(user("new", CreateDate=stamp(days)))
        world.records["iam.credential-report"][ACCOUNT_TARGET][0]["GeneratedTime"] = stamp(report_age)

    return change


def test_a_user_created_during_the_run_is_explained_by_name_and_time() -> None:
    found = reconciled(made(1 / 24, 2 / 24))
    assert found[REPORTED].difference == -1
    assert found[REPORTED].cause == (
        "arn:aws:iam::123456789012:user/new was created at 2026-10-01 05:00:00Z, after 2026-10-01 04:00:00Z."
    )
    assert found[USERS].difference == 1
    assert found[USERS].cause.startswith("Likely causes")


def test_a_user_created_after_the_summary() -> None:
    found = reconciled(made(-1 / 24, 0))[USERS]
    assert found.cause.startswith("arn:aws:iam::123456789012:user/new was created at 2026-10-01 07:00:00Z")


def test_many_late_users_are_bounded() -> None:
    def crowd(world: Any) -> None:
        late = stamp(-1)
        world.records[DETAILS][ACCOUNT_TARGET] += [user(f"u{n}", CreateDate=late) for n in range(9)]

    assert reconciled(crowd)[USERS].cause.endswith("and 4 more.")


@pytest.mark.parametrize(
    ("change", "population", "difference"),
    [
        (summary(Users=5), USERS, -3),
        (summary(Groups=0), "IAM groups", 1),
        (summary(Roles=4), "IAM roles", -1),
        (summary(Policies=3), "Customer-managed policies", -1),
        (summary(MFADevicesInUse=1), "Virtual MFA devices assigned", -1),
        (lambda world: world.report.append(row("gone")), REPORTED, 1),
        (
            lambda world: world.records["config.rule-compliance"][US].append(
                verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAother")
            ),
            "IAM users that Config evaluated",
            1,
        ),
    ],
)
def test_a_difference_has_a_cause(change: Change, population: str, difference: int) -> None:
    found = reconciled(change)[population]
    assert found.difference == difference
    assert found.cause


def test_the_ledger_s_own_count_and_parameters() -> None:
    def listed(seq: int, records: int, name: str, **token: str) -> Any:
        members = {
            "item": "access-analyzer.findings",
            "service": "accessanalyzer",
            "operation": "ListFindingsV2",
        }
        parameters = {"analyzerArn": name, "maxResults": 100, **token}
        return call(seq, False, **members, records=records, parameters=parameters)

    def change(world: Any) -> None:
        world.records["access-analyzer.findings"] = {
            US: [finding("a", "ACTIVE")],
            EU: [finding("b", "RESOLVED")],
        }
        world.options["calls"] = [
            listed(1, 1, "us"),
            listed(2, 0, "us", nextToken="sha256:0123456789abcdef"),
            listed(3, 1, "eu"),
        ]

    found = reconciled(change)["Access Analyzer findings"]
    assert (found.records, found.figure, found.difference) == (2, 2, 0)
    assert (
        found.query
        == "accessanalyzer:ListFindingsV2(analyzerArn=us, maxResults=100) and 1 more sets of parameters"
    )


def test_long_parameters_are_cut() -> None:
    def change(world: Any) -> None:
        members = {"item": SUMMARY, "service": "iam", "operation": "GetAccountAuthorizationDetails"}
        world.options["calls"] = [
            call(1, False, **members | {"item": DETAILS}, parameters={"Filter": ["x" * 500]})
        ]

    query = reconciled(change)[USERS].query
    assert query.endswith("…)")
    assert len(query) < 250


def test_what_was_not_collected_is_not_compared() -> None:
    def lose(world: Any) -> None:
        del world.records[SUMMARY]
        world.options["gaps"] = [gap(SUMMARY, cause=Cause.THROTTLED)]

    found = reconciled(lose)
    assert (found[USERS].records, found[USERS].figure, found[USERS].difference) == (2, None, None)
    assert "iam.account-summary" in found[USERS].cause
    assert found[REPORTED].difference == 0


def test_what_is_not_collected_at_all_has_no_line() -> None:
    assert USERS not in reconciled(lambda world: world.records.pop(DETAILS))


@pytest.mark.parametrize("record", [{}, {"UserDetail": {}}, {"UserDetail": {"Arn": 7}}])
def test_malformed_evidence_is_said_not_counted(record: dict[str, Any]) -> None:
    found = reconciled(lambda w: w.records[DETAILS][ACCOUNT_TARGET].append(record))[USERS]
    assert (found.records, found.difference) == (None, None)
    assert found.cause.startswith("The evidence is not in the documented form")


def test_the_time_of_asking_spans_the_item_s_units() -> None:
    bundle = good().bundle()
    units = tuple(
        unit.model_copy(
            update={"finished": NOW + timedelta(minutes=2)} if unit.target.region == "eu-west-1" else {}
        )
        for unit in bundle.run.units
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"units": units})
    (rules,) = [found for found in reconcile(bundle) if found.population == "Config rules"]
    assert (rules.first, rules.last) == (NOW, NOW + timedelta(minutes=2))
