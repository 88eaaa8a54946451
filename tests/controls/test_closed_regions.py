"""A region that a collected SCP closes to an account is out of scope; any other refusal stays a gap."""

from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import GapRecord, RegionState, TargetRecord
from evidence.controls.by_account import by_account
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.records import Cause
from tests.controls.world import ACCOUNT, EU, ORGANIZATION_TARGET, World, good, perform_in
from tests.controls.world_records import (
    EVERYTHING,
    MEMBER,
    analyzer,
    document,
    finding,
    scp,
)
from tests.corpus.reconciled import ledger

GLOBAL = ["iam:*", "organizations:*", "sts:*", "support:*"]
HOME = {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}
BUT_ONE = {"ArnNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/AWSControlTowerExecution"]}}
FULL = scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1", ACCOUNT, MEMBER)


def closing(condition: Any = HOME, target: str = "r-1", **elements: Any) -> dict[str, Any]:
    elements = {"NotAction": GLOBAL, "Resource": "*"} | elements
    if "Action" in elements:
        del elements["NotAction"]
    return scp("regions", document("Deny", Condition=condition, **elements), target)


def member_with(*policies: Any) -> World:
    """The account in good order, a member of another's organization that these policies bind."""
    world = good()
    described = world.records["organizations.organization"][ORGANIZATION_TARGET][0]["Organization"]
    described["MasterAccountId"] = MEMBER
    world.records["organizations.policies"] = {ORGANIZATION_TARGET: [FULL, *policies]}
    return world


OPERATIONS = {
    "config.recorders": "config:DescribeConfigurationRecorders",
    "config.rules": "config:DescribeConfigRules",
    "config.rule-compliance": "config:GetComplianceDetailsByConfigRule",
    "access-analyzer.analyzers": "accessanalyzer:ListAnalyzers",
    "access-analyzer.findings": "accessanalyzer:ListFindingsV2",
}


def refused(world: World, cause: Cause = Cause.DENIED_BY_SCP, items: Any = tuple(OPERATIONS)) -> World:
    """What Europe says when it is closed; findings build on analyzers, results on rules."""
    gaps = []
    for item in items:
        del world.records[item][EU]
        built = item in ("config.rule-compliance", "access-analyzer.findings")
        gaps.append(GapRecord(
            item=item, target=TargetRecord.of(EU), cause=Cause.PREREQUISITE_MISSING if built else cause,
            operation="" if built else OPERATIONS[item], error_code="" if built else "AccessDenied",
            message="with an explicit deny in a service control policy", effect="Nothing can be concluded.",
        ))  # fmt: skip
    world.options["gaps"] = gaps
    return world


TESTS = ("CFG-1", "CFG-2", "CFG-3", "CFG-4", "CFG-5", "AA-1", "AA-2")


@pytest.mark.parametrize("test", TESTS)
def test_a_closed_region_is_out_of_scope_with_the_policy_s_name(test: str) -> None:
    result = perform_in(refused(member_with(closing())), test)
    assert (result.conclusion, result.complete, result.missing) == ("no exceptions", True, ())
    (found,) = [row for row in result.rows if row.region == "eu-west-1"]
    assert found.verdict == "out of scope"
    assert "closed to the account by the service control policy regions (p-regions)" in found.observed
    assert [pointer.file for pointer in found.pointers] == [
        "gaps.json",
        "organization/organizations/policies.jsonl",
    ]


OPEN = {
    "no policy": [],
    "a policy that closes another region": [closing({"StringEquals": {"aws:RequestedRegion": "ap-east-1"}})],
    "a policy that leaves the service out": [closing(NotAction=[*GLOBAL, "config:*", "access-analyzer:*"])],
    "a policy of a few actions": [closing(Action=["ec2:*", "config:*", "access-analyzer:*"])],
    "a policy of a few resources": [closing(Resource="arn:aws:*")],
    "a policy that binds another account": [closing(target="ou-1")],
    "a policy that binds one role alone": [
        closing(HOME | {"ArnLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/EvidenceReader"}})
    ],
    "a policy that lets most roles in": [
        closing(HOME | {"ArnNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/*"}})
    ],
    "a policy that hangs on something else": [closing(HOME | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
    "policies that are not enabled": [closing(), {"PolicyTypeNotEnabled": "SERVICE_CONTROL_POLICY"}],
}


@pytest.mark.parametrize("policies", OPEN.values(), ids=OPEN)
@pytest.mark.parametrize("test", TESTS)
def test_a_refusal_without_such_a_policy_stays_a_gap(test: str, policies: list[Any]) -> None:
    result = perform_in(refused(member_with(*policies)), test)
    assert (result.conclusion, result.complete) == ("not concluded", False)
    assert any("eu-west-1" in line for line in map(str, result.holes))


CLOSING = {
    "by what is left out": [closing(HOME | BUT_ONE)],
    "of every action": [closing(Action="*")],
    "by name": [closing({"StringEquals": {"aws:RequestedRegion": ["ap-east-1", "eu-west-1"]}})],
    "by a pattern": [closing({"StringLike": {"aws:RequestedRegion": "eu-*"}})],
    "at the account itself": [closing(target=ACCOUNT)],
}


@pytest.mark.parametrize("policies", CLOSING.values(), ids=CLOSING)
def test_regions_are_closed_in_many_ways(policies: list[Any]) -> None:
    assert perform_in(refused(member_with(*policies)), "CFG-1").conclusion == "no exceptions"


def test_whom_the_policy_leaves_out_is_said() -> None:
    result = perform_in(refused(member_with(closing(HOME | BUT_ONE))), "AA-1")
    assert "role/AWSControlTowerExecution" in result.rows[-1].note


@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.UNREACHABLE, Cause.REGION_DISABLED, Cause.FAILED])
def test_what_is_no_refusal_stays_a_gap(cause: Cause) -> None:
    assert perform_in(refused(member_with(closing()), cause), "CFG-1").conclusion == "not concluded"


def test_the_management_account_is_closed_to_by_no_policy() -> None:
    world = good()
    world.records["organizations.policies"] = {ORGANIZATION_TARGET: [FULL, closing()]}
    assert perform_in(refused(world), "CFG-1").conclusion == "not concluded"


@pytest.mark.parametrize(
    "item", ["organizations.policies", "organizations.units", "organizations.organization"]
)
def test_what_was_not_collected_closes_nothing(item: str) -> None:
    world = member_with(closing())
    del world.records[item]
    assert perform_in(refused(world), "CFG-1").conclusion == "not concluded"


def test_one_gap_that_no_policy_explains_is_enough() -> None:
    world = refused(member_with(closing()))
    world.options["gaps"][0] = world.options["gaps"][0].model_copy(update={"cause": Cause.THROTTLED})
    result = perform_in(world, "CFG-2")
    assert (result.conclusion, len(result.holes)) == ("not concluded", 1)
    assert [row for row in result.rows if row.region == "eu-west-1"] == []


@pytest.mark.parametrize(
    ("test", "item"), [("CFG-1", "config.recorders"), ("AA-1", "access-analyzer.analyzers")]
)
def test_nothing_need_be_in_a_closed_region_that_answers(test: str, item: str) -> None:
    """AWS's own example leaves AWS Config out of what it denies, so that it answers."""
    for policies, conclusion in (([closing()], "no exceptions"), ([], "exceptions noted")):
        world = member_with(*policies)
        world.records[item][EU] = []
        assert perform_in(world, test).conclusion == conclusion


def test_what_is_found_in_a_closed_region_stays_found() -> None:
    world = member_with(closing())
    world.records["access-analyzer.findings"][EU] = [
        finding("open", "ACTIVE", public=True) | {"AnalyzerArn": analyzer("eu-west-1")["Analyzer"]["arn"]}
    ]
    assert perform_in(world, "AA-2").conclusion == "exceptions noted"


@pytest.mark.parametrize(
    ("policies", "conclusion"), [([closing()], "no exceptions"), ([], "exceptions noted")]
)
def test_a_closed_region_was_not_forgotten(policies: list[Any], conclusion: str) -> None:
    world = member_with(*policies)
    world.options["regions"] = [
        RegionState(account=ACCOUNT, region=region, status="ENABLED", in_scope=scope, reason="not asked for")
        for region, scope in (("us-east-1", True), ("eu-west-1", False))
    ]
    result = perform_in(world, "IPE-9")
    assert result.conclusion == conclusion
    assert ("p-regions" in result.rows[1].observed) is (conclusion == "no exceptions")


def test_the_account_s_own_result_counts_no_closed_region() -> None:
    bundle = refused(member_with(closing())).bundle()
    (found,) = by_account(bundle, run_tests(bundle))["CFG-1"]
    assert (found.conclusion, found.missing) == ("no exceptions", 0)


def contradicted(world: World) -> Bundle:
    """The call ledger counted more policies than the bundle holds."""
    world.options["calls"] = ledger("organizations.policies", records=99)
    return world.bundle()


@pytest.mark.parametrize("test", TESTS)
def test_a_contradicted_list_of_policies_closes_no_region(test: str) -> None:
    """What does not answer is not determined; a recorder that is not there stays an exception."""
    known = [catalogue()[test]]
    (result,) = run_tests(contradicted(refused(member_with(closing()))), known).tests
    (found,) = [row for row in result.rows if row.region == "eu-west-1"]
    assert (found.verdict, result.complete) == ("not determined", False)
    assert result.conclusion == "not concluded"


def test_what_is_not_there_in_such_a_region_stays_an_exception() -> None:
    world = member_with(closing())
    world.records["config.recorders"][EU] = []
    (result,) = run_tests(contradicted(world), [catalogue()["CFG-1"]]).tests
    assert [row.verdict for row in result.rows if row.region == "eu-west-1"] == ["exception"]
