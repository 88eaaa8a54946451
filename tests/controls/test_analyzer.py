"""Access Analyzer: coverage, active findings, archived findings."""

from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import RegionState
from evidence.controls.by_account import by_account
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import run_tests
from evidence.controls.tests import access_findings
from evidence.readers.access_analyzer import findings as findings_of
from evidence.readers.pointer import Pointer
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, EU, ORGANIZATION_TARGET, US, Change, World, good, perform_in
from tests.controls.world_records import MEMBER, analyzer, finding, member
from tests.corpus.reconciled import ledger
from tests.support.rows import performed

ANALYZERS, FINDINGS = "access-analyzer.analyzers", "access-analyzer.findings"


def analyzers(*records: dict[str, Any], target=EU) -> Change:
    return lambda world: world.records[ANALYZERS].update({target: list(records)})


def findings(*records: dict[str, Any]) -> Change:
    return lambda world: world.records[FINDINGS].update({US: list(records)})


def archive_rule(**criteria: Any) -> Change:
    def change(world: World) -> None:
        world.records[ANALYZERS][US][0]["ArchiveRules"] = [{"ruleName": "r", "filter": criteria}]

    return change


def region(status: str = "ACTIVE", kind: str = "ACCOUNT") -> dict[str, Any]:
    return analyzer("eu-west-1", type=kind, status=status)


ORGANIZATION = region(kind="ORGANIZATION")
UNUSED = region(kind="ACCOUNT_UNUSED_ACCESS")
SELECTIVE = {"resourceType": {"eq": ["AWS::S3::Bucket"]}}

CASES = [
    ("AA-1", "no exceptions", []),
    ("AA-1", "exceptions noted", [analyzers()]),
    ("AA-1", "no exceptions", [analyzers(ORGANIZATION)]),
    ("AA-1", "exceptions noted", [analyzers(UNUSED)]),
    ("AA-1", "exceptions noted", [analyzers(region(kind="ORGANIZATION_INTERNAL_ACCESS"))]),
    *(
        ("AA-1", "exceptions noted", [analyzers(region(status))])
        for status in ("CREATING", "DISABLED", "FAILED")
    ),
    ("AA-1", "no exceptions", [analyzers(region("FAILED"), ORGANIZATION)]),
    ("AA-2", "no exceptions", []),
    ("AA-2", "exceptions noted", [findings(finding("f", "ACTIVE"))]),
    ("AA-2", "no exceptions", [findings(finding("f", "ARCHIVED"))]),
    ("AA-2", "not concluded", [findings(finding("f", "ACTIVE", error="ACCESS_DENIED"))]),
    ("AA-2", "no exceptions", [findings(finding("f", "ACTIVE", findingType="UnusedPermission"))]),
    ("AA-2", "not concluded", [analyzers(target=US), analyzers(), findings()]),
    ("AA-2", "not concluded", [analyzers(target=US), analyzers(region("DISABLED")), findings()]),
    ("AA-2", "not concluded", [findings(finding("f", "GONE"))]),
    ("AA-3", "not applicable", []),
    ("AA-3", "exceptions noted", [findings(finding("f", "ARCHIVED"))]),
    ("AA-3", "exceptions noted", [archive_rule()]),
    ("AA-3", "no exceptions", [archive_rule(**SELECTIVE)]),
    ("AA-3", "exceptions noted", [archive_rule(status={"eq": ["ACTIVE"]})]),
    ("AA-3", "exceptions noted", [archive_rule(isPublic={"eq": ["true", "false"]})]),
    ("AA-3", "no exceptions", [archive_rule(isPublic={"eq": ["false"]})]),
    ("AA-3", "exceptions noted", [archive_rule(resource={"contains": ["arn"]})]),
    ("AA-3", "no exceptions", [archive_rule(resource={"contains": ["bucket"]})]),
    ("AA-3", "exceptions noted", [archive_rule(resourceType={"exists": True})]),
    ("AA-3", "no exceptions", [archive_rule(id={"eq": ["f"]})]),
    ("AA-3", "no exceptions", [archive_rule(status={"eq": ["ACTIVE"]}, **SELECTIVE)]),
]


@pytest.mark.parametrize(("test", "conclusion", "changes"), CASES)
def test_analyzer(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)


@pytest.mark.parametrize(
    ("test", "analyzer", "conclusion"),
    [
        ("AA-1", ORGANIZATION, "no exceptions"),
        ("AA-2", ORGANIZATION, "no exceptions"),
        ("AA-2", region("CREATING", "ORGANIZATION"), "not concluded"),
        ("AA-2", region(), "not concluded"),
    ],
)
def test_the_organization_s_analyzer_in_another_account_covers_this_one(
    test: str, analyzer: dict[str, Any], conclusion: str
) -> None:
    world = good()
    other = "210987654321"
    analyzers()(world)
    if test == "AA-2":
        analyzers(target=US)(world)
        findings()(world)
        world.records[FINDINGS][Target(Scope.REGION, other, "eu-west-1")] = []
    world.options["accounts"] = (ACCOUNT, other)
    states = [("us-east-1", ACCOUNT), ("eu-west-1", ACCOUNT), ("eu-west-1", other)]
    regions = tuple(
        RegionState(account=account, region=name, status="ENABLED", in_scope=True, reason="enabled")
        for name, account in states
    )
    world.records[ANALYZERS][Target(Scope.REGION, other, "eu-west-1")] = [analyzer]
    bundle = world.bundle()
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": regions})
    result = performed(catalogue()[test], bundle)
    assert result.conclusion == conclusion, (result.reason, result.rows)


def test_an_uncovered_region_points_at_the_empty_answer_and_names_the_delegated_administrator() -> None:
    world = good()
    analyzers()(world)
    world.records["organizations.delegated-administrators"] = {
        ORGANIZATION_TARGET: [
            {
                "DelegatedAdministrator": {"Id": "210987654321"},
                "DelegatedServices": [{"ServicePrincipal": "access-analyzer.amazonaws.com"}],
            }
        ]
    }
    (found,) = [row for row in perform_in(world, "AA-1").rows if row.verdict == "not determined"]
    assert (found.subject, found.pointers) == (
        "eu-west-1",
        (Pointer(f"{ACCOUNT}/eu-west-1/access-analyzer/analyzers.jsonl"),),
    )
    assert "210987654321" in found.note


def test_public_findings_come_first_and_are_critical_and_twins_are_one_row() -> None:
    world = good()
    twin = finding("two", "ACTIVE", analyzer="org", resource="arn:aws:s3:::one")
    findings(finding("one", "ACTIVE"), twin, finding("open", "ACTIVE", public=True))(world)
    rows = [row for row in perform_in(world, "AA-2").rows if row.verdict == "exception"]
    assert [(row.subject, row.severity) for row in rows] == [("open", "critical"), ("one", "high")]
    assert rows[1].note == f"The same access is found by org of {ACCOUNT} us-east-1 as two."
    assert len(rows[1].pointers) == 2


@pytest.mark.parametrize(
    ("access", "public"),
    [
        ({"isPublic": True}, True),
        ({"isPublic": False, "principal": {"AWS": "*"}}, False),
        ({"principal": {"AWS": "*"}}, True),
        ({"principal": {"AWS": "*"}, "condition": {"aws:SourceVpc": "v"}}, False),
        ({"principal": {"AWS": "1"}}, False),
    ],
)
def test_public_is_what_aws_says_and_else_what_everybody_may(access: dict[str, Any], public: bool) -> None:
    world = good()
    one = finding("one", "ACTIVE") | {"Details": {"findingDetails": [{"externalAccessDetails": access}]}}
    findings(one)(world)
    (row,) = [row for row in perform_in(world, "AA-2").rows if row.verdict == "exception"]
    assert (row.severity == "critical") is public


def organization(*found: dict[str, Any]) -> World:
    """Two accounts; the first one's analyzer is the organization's, and no other is there."""
    world = good("AA-2")
    shared = [analyzer(name, type="ORGANIZATION") for name in ("us-east-1", "eu-west-1")]
    member = [Target(Scope.REGION, MEMBER, name) for name in ("us-east-1", "eu-west-1")]
    world.records[ANALYZERS] = {US: [shared[0]], EU: [shared[1]]} | {one: [] for one in member}
    world.records[FINDINGS] = {US: list(found), EU: []} | {one: [] for one in member}
    world.options["accounts"] = (ACCOUNT, MEMBER)
    return world


def in_both(world: World) -> Bundle:
    bundle = world.bundle()
    regions = tuple(
        RegionState(account=account, region=name, status="ENABLED", in_scope=True, reason="enabled")
        for account in (ACCOUNT, MEMBER)
        for name in ("us-east-1", "eu-west-1")
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": regions})
    return bundle


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (MEMBER, ["no exceptions", "exceptions noted"]),
        (ACCOUNT, ["exceptions noted", "no exceptions"]),
        ("210987654321", ["no exceptions", "no exceptions"]),
    ],
)
def test_a_finding_of_the_organization_is_its_owner_s_exception(owner: str, said: list[str]) -> None:
    world = organization(finding("f", "ACTIVE", public=True, resourceOwnerAccount=owner))
    listed = sorted({ACCOUNT, MEMBER, owner})
    world.records["organizations.accounts"] = {ORGANIZATION_TARGET: [member(one, one) for one in listed]}
    bundle = in_both(world)
    results = run_tests(bundle, [catalogue()["AA-2"]])
    (row,) = [row for row in results.tests[0].rows if row.verdict == "exception"]
    assert (row.account, "is not in this run" in row.note) == (owner, owner == "210987654321")
    assert [one.conclusion for one in by_account(bundle, results)["AA-2"]] == said


def test_an_account_that_the_organization_does_not_list_is_not_covered() -> None:
    world = organization()
    world.records["organizations.accounts"] = {ORGANIZATION_TARGET: [member(ACCOUNT, "management")]}
    rows = {row.account: row.verdict for row in performed(catalogue()["AA-2"], in_both(world)).rows}
    assert rows == {ACCOUNT: "met", MEMBER: "not determined"}


def narrowed(world: World) -> Bundle:
    """One of the account's two enabled regions was left out of the run."""
    bundle = world.bundle()
    regions = tuple(
        RegionState(account=ACCOUNT, region=name, status="ENABLED", in_scope=name != "eu-west-1", reason="r")
        for name in ("us-east-1", "eu-west-1")
    )
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": regions})
    return bundle


@pytest.mark.parametrize("test", ["AA-4", "AA-5", "AA-6"])
def test_none_is_said_only_of_regions_that_were_asked(test: str) -> None:
    world = good()
    world.records[ANALYZERS] = {US: [analyzer("us-east-1")]}
    world.records[FINDINGS] = {US: []}
    assert performed(catalogue()[test], narrowed(world)).conclusion == "not concluded"


@pytest.mark.parametrize("test", ["AA-4", "AA-5", "AA-6", "CT-1"])
def test_none_is_not_said_where_nobody_could_list_the_regions(test: str) -> None:
    """The one region that was asked is a guess: `UNKNOWN` is neither enabled nor left out."""
    world = good(test)
    world.records[ANALYZERS], world.records[FINDINGS] = {US: [analyzer("us-east-1")]}, {US: []}
    world.records["cloudtrail.trails"] = {US: []}
    guess = RegionState(account=ACCOUNT, region="us-east-1", status="UNKNOWN", in_scope=True, reason="g")
    world.options["regions"] = (guess,)
    result = perform_in(world, test)
    assert [(row.account, row.verdict) for row in result.rows] == [(ACCOUNT, "not determined")]
    assert "nobody could list" in result.rows[0].note
    assert result.conclusion == "not concluded"


def test_none_is_not_said_of_a_list_that_another_source_contradicts() -> None:
    world = good()
    world.records[ANALYZERS] = {US: [analyzer("us-east-1")], EU: []}
    world.options["calls"] = ledger(ANALYZERS, records=9)
    found = run_tests(world.bundle(), [catalogue()["AA-4"]]).tests[0]
    assert (found.conclusion, [row.verdict for row in found.rows]) == ("not concluded", ["not determined"])


def test_the_findings_are_read_once(monkeypatch) -> None:
    read = []
    monkeypatch.setattr(access_findings, "findings", lambda *a: read.append(a) or findings_of(*a))
    tests = [catalogue()[test] for test in ("AA-2", "AA-3", "AA-5", "AA-6")]
    run_tests(good().bundle(), tests)
    assert len(read) == 2  # a region each
