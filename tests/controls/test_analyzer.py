"""Access Analyzer: coverage, active findings, archived findings."""

from typing import Any

import pytest

from evidence.bundle.format.models import RegionState
from evidence.controls.catalogue import catalogue
from evidence.readers.pointer import Pointer
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT, EU, ORGANIZATION_TARGET, US, Change, World, good, perform_in
from tests.controls.world_records import analyzer, finding
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
    (found,) = [row for row in perform_in(world, "AA-1").rows if row.verdict == "exception"]
    assert (found.subject, found.pointers) == (
        "eu-west-1",
        (Pointer(f"{ACCOUNT}/eu-west-1/access-analyzer/analyzers.jsonl"),),
    )
    assert "210987654321" in found.note


def test_public_findings_come_first_and_twins_name_each_other() -> None:
    world = good()
    twin = finding("two", "ACTIVE", analyzer="org", resource="arn:aws:s3:::one")
    findings(finding("one", "ACTIVE"), twin, finding("open", "ACTIVE", public=True))(world)
    rows = [row for row in perform_in(world, "AA-2").rows if row.verdict == "exception"]
    assert [row.subject for row in rows] == ["open", "one", "two"]
    assert [row.note for row in rows] == [
        "",
        "The same access is found by org as two.",
        "The same access is found by a as one.",
    ]
