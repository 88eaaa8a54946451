"""CFG-4 and CFG-5 over an aggregator: as the accounts say it, and never more than its sources bear."""

from typing import Any

import pytest

from evidence.bundle.format.models import RegionState
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform
from evidence.controls.reconciliation import reconcile
from evidence.readers.pointer import Pointer
from evidence.records import Scope, Target
from tests.controls import test_config, test_config_agreement
from tests.controls.aggregated import AGGREGATE, AGGREGATORS, SOUND, aggregated, gathers, source
from tests.controls.world import (
    ACCOUNT,
    ORGANIZATION_TARGET,
    Change,
    World,
    good,
    perform_in,
)
from tests.support.bundles import gap
from tests.support.rows import performed

WORST = ["not concluded", "exceptions noted", "no exceptions", "not applicable"]
TOLD = [
    *((test, conclusion, changes) for test, conclusion, changes in test_config.CASES if test == "CFG-4"),
    *(("CFG-5", conclusion, changes) for conclusion, changes in test_config_agreement.CASES),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), TOLD)
def test_an_aggregator_says_no_better_than_the_accounts(test, conclusion, changes) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform(catalogue()[test], aggregated(world).bundle())
    assert WORST.index(result.conclusion) <= WORST.index(conclusion)
    if conclusion == "no exceptions":
        assert result.conclusion == conclusion, result.reason


def only(*records: Any) -> Change:
    return lambda world: world.records[AGGREGATORS].update({ORGANIZATION_TARGET: list(records)})


US, EU = source(ACCOUNT, "us-east-1"), source(ACCOUNT, "eu-west-1")
DOUBTS = {
    "no source": (only(gathers(), EU), "not a source of the aggregator"),
    "failed": (
        only(gathers(), source(ACCOUNT, "us-east-1", "FAILED", LastErrorCode="AccessDenied"), EU),
        "last update FAILED (AccessDenied)",
    ),
    "outdated": (only(gathers(), source(ACCOUNT, "us-east-1", "OUTDATED"), EU), "last update OUTDATED"),
    "old": (
        only(gathers(), source(ACCOUNT, "us-east-1", days=1 + 1 / 1440), EU),
        "last updated 2026-09-30 05:59Z, more than 24 hours before 2026-10-01 06:00Z",
    ),
    "no time": (
        only(gathers(), source(ACCOUNT, "us-east-1", LastUpdateTime=None), EU),
        "last update of an unknown time",
    ),
    "twice, once failed": (
        only(gathers(), US, source(ACCOUNT, "us-east-1", "FAILED"), EU),
        "last update FAILED",
    ),
    "filtered": (
        only(
            gathers(AggregatorFilters={"ResourceType": {"Type": "INCLUDE", "Value": ["AWS::EC2::Volume"]}}),
            US,
            EU,
        ),
        "the aggregator gathers ResourceType AWS::EC2::Volume only",
    ),
    "of another account": (only(gathers(), source("210987654321", "us-east-1"), EU), "not a source of the"),
}


@pytest.mark.parametrize(("change", "doubt"), DOUBTS.values(), ids=DOUBTS)
def test_what_a_source_in_doubt_holds_is_not_taken_for_what_is_there(change, doubt) -> None:
    world = aggregated(good())
    change(world)
    bundle = world.bundle()
    resources, agreement = (performed(catalogue()[test], bundle) for test in ("CFG-4", "CFG-5"))
    assert (resources.conclusion, agreement.conclusion) == ("not concluded", "not concluded")
    assert {row.verdict for row in (*resources.rows, *agreement.rows)} == {"not determined"}
    assert all(doubt in row.observed for row in resources.rows)
    assert all(doubt in row.note for row in agreement.rows)


def test_exactly_as_old_as_allowed_is_not_in_doubt() -> None:
    world = aggregated(good())
    only(gathers(), source(ACCOUNT, "us-east-1", days=1), EU)(world)
    assert perform_in(world, "CFG-4").conclusion == "no exceptions"


def test_an_exception_held_by_a_source_in_doubt_is_still_one() -> None:
    world = good()
    test_config.results(test_config.verdict(test_config.ROOT_KEY, "NON_COMPLIANT"))(world)
    only(gathers(), source(ACCOUNT, "us-east-1", "OUTDATED"), EU)(aggregated(world))
    result = perform_in(world, "CFG-4")
    assert (result.conclusion, result.complete, result.exceptions) == ("exceptions noted", False, 1)
    assert "Not complete: the evidence of 10 members does not settle" in result.reason


def test_rows_name_the_aggregator() -> None:
    bundle = aggregated(good()).bundle()
    for test in ("CFG-4", "CFG-5"):
        result = performed(catalogue()[test], bundle)
        assert {row.attributes["source"] for row in result.rows} == {f"aggregator all in {ACCOUNT} eu-west-1"}
        assert "aggregator" in result.procedure
        assert AGGREGATE in result.needs
    pointers = {row.pointers[0].file for row in performed(catalogue()["CFG-4"], bundle).rows}
    assert pointers == {"organization/config/aggregate-compliance.jsonl"}


def test_results_of_another_account_or_region_do_not_count_here() -> None:
    world = aggregated(good())
    for record in world.records[AGGREGATE][ORGANIZATION_TARGET]:
        for body in record.values():
            if isinstance(body, dict):
                body["AccountId"] = "210987654321"
    result = perform_in(world, "CFG-4")
    assert result.conclusion == "not concluded"
    assert {row.observed.partition(":")[0] for row in result.rows} == {"no result"}


def test_a_result_stays_one_whatever_else_it_says() -> None:
    """A member that a verdict on a rule has does not turn a result into one."""
    world = good()
    test_config.results(test_config.verdict(test_config.ROOT_KEY, "NON_COMPLIANT"))(world)
    aggregated(world)
    for record in world.records[AGGREGATE][ORGANIZATION_TARGET]:
        if "AggregateEvaluationResult" in record:
            record["AggregateEvaluationResult"]["Compliance"] = {"ComplianceType": "COMPLIANT"}
    assert perform_in(world, "CFG-4").conclusion == "exceptions noted"


@pytest.mark.parametrize("test", ["CFG-4", "CFG-5", "IPE-11"])
@pytest.mark.parametrize("item", [AGGREGATORS, AGGREGATE])
def test_an_aggregator_that_was_not_read_is_no_pass(test, item) -> None:
    world = aggregated(good())
    del world.records[item]
    world.options["gaps"] = [gap(item, ORGANIZATION_TARGET)]
    result = perform_in(world, test)
    assert result.conclusion == "not concluded"
    assert any(item in line for line in map(str, result.holes))


@pytest.mark.parametrize("used", [0, 2])
def test_not_exactly_one_aggregator_is_malformed(used: int) -> None:
    world = aggregated(good())
    only(*[gathers()] * used, gathers(used=False), *SOUND[1:])(world)
    result = perform_in(world, "CFG-4")
    said = f"{used} aggregators are said to be used where one belongs"
    assert result.conclusion == "not concluded"
    assert all(said in row.observed for row in result.rows)


def test_results_in_the_accounts_do_not_stand_in_for_the_source_that_the_run_names() -> None:
    world: World = good()
    told = world.records["config.rule-compliance"]
    aggregated(world)
    world.records["config.rule-compliance"] = told
    del world.records[AGGREGATE]
    assert perform_in(world, "CFG-4").conclusion == "not concluded"


def test_an_account_without_any_region_in_scope_has_no_row_and_covers_for_none() -> None:
    world = aggregated(good())
    other = "210987654321"
    world.options["accounts"] = (ACCOUNT, other)
    world.options["regions"] = tuple(
        RegionState(account=account, region="us-east-1", status="ENABLED", in_scope=True, reason="all")
        for account in (ACCOUNT, other)
    )
    rows = {row.subject: row.verdict for row in perform_in(world, "IPE-11").rows}
    assert rows[other] == "exception"


def test_a_rule_that_was_not_read_resource_by_resource_is_not_concluded() -> None:
    world = aggregated(good())
    records = world.records[AGGREGATE][ORGANIZATION_TARGET]
    records[:] = [record for record in records if "root" not in str(record.get("ConfigRuleName", ""))]
    result = perform_in(world, "CFG-4")
    assert result.conclusion == "not concluded"
    open_ones = {row.subject: row.observed for row in result.rows if row.verdict == "not determined"}
    assert open_ones == {"IAM_ROOT_ACCESS_KEY_CHECK": "no result", "ROOT_ACCOUNT_MFA_ENABLED": "no result"}


def test_populations_are_reconciled_with_what_the_aggregator_holds() -> None:
    world = aggregated(good())
    elsewhere = {"AccountId": "210987654321", "AwsRegion": "us-east-1"}
    records = world.records[AGGREGATE][ORGANIZATION_TARGET]
    verdict = next(record for record in records if "AggregateComplianceByConfigRule" in record)
    records.append(
        {"AggregateComplianceByConfigRule": verdict["AggregateComplianceByConfigRule"] | elsewhere}
    )
    rows = {row.population: row for row in reconcile(world.bundle()) if row.item.startswith("config.")}
    rules, users = rows["Config rules"], rows["IAM users that Config evaluated"]
    assert (rules.records, rules.figure, rules.cause) == (5, 5, "")
    assert (users.item, users.records, users.figure) == (AGGREGATE, 2, 2)
    assert len(rows) == 2


def test_an_account_without_any_rule_is_not_concluded_beside_others() -> None:
    world = aggregated(good())
    other = "210987654321"
    place = Target(Scope.REGION, other, "us-east-1")
    world.records["config.rules"] |= {place: []}
    world.options |= {
        "accounts": (ACCOUNT, other),
        "regions": tuple(
            RegionState(account=account, region=region, status="ENABLED", in_scope=True, reason="all")
            for account, region in ((ACCOUNT, "us-east-1"), (ACCOUNT, "eu-west-1"), (other, "us-east-1"))
        ),
    }
    result = perform_in(world, "CFG-4")
    assert result.conclusion == "not concluded"
    (found,) = [row for row in result.rows if row.account == other]
    assert (found.observed, found.pointers) == (
        "no rule gave a result",
        (Pointer(f"{other}/us-east-1/config/rules.jsonl"),),
    )


def test_what_it_gathers_is_said_in_words() -> None:
    world = aggregated(good())
    named = {"AccountIds": [ACCOUNT, "210987654321"], "AwsRegions": ["us-east-1", "eu-west-1"]}
    filters = {
        "ServicePrincipal": {"Type": "INCLUDE", "Value": ["a.amazonaws.com"]},
        "ResourceType": {"Type": "INCLUDE", "Value": ["AWS::IAM::User"]},
    }
    changed = {"OrganizationAggregationSource": None, "AccountAggregationSources": [named]}
    only(gathers(**changed, AggregatorFilters=filters), US, EU)(world)
    assert perform_in(world, "IPE-11").rows[0].observed == (
        "gathers 2 named accounts in us-east-1, eu-west-1, "
        "ResourceType AWS::IAM::User and ServicePrincipal a.amazonaws.com only"
    )
