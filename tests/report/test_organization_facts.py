"""Facts of the organization on the report's pages: its policies by type, what encrypts Identity Center."""

from typing import Any

import pytest

from evidence.report.pdf.excerpts_identity import identity_center
from evidence.report.pdf.scope import scope
from tests.controls.world import ORGANIZATION_TARGET, good

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def facts_of(description: Any) -> dict[str, tuple[str, str]]:
    world = good()
    world.records["identity-center.instance"][ORGANIZATION_TARGET][0]["Description"] = description
    facts, _ = identity_center(world.bundle())
    return {fact.name: (fact.value, fact.remark) for fact in facts}


def test_what_describe_instance_tells_of_identity_center() -> None:
    regions = [
        {"RegionName": "eu-west-1", "Status": "ACTIVE", "IsPrimaryRegion": True},
        {"RegionName": "us-east-1", "Status": "ADDING"},
    ]
    facts = facts_of(
        {
            "PermissionSetsEnabled": True,
            "EncryptionConfigurationDetails": {
                "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY, "EncryptionStatus": "UPDATING",
            },
            "Regions": regions,
        }
    )  # fmt: skip
    assert facts["Permission sets enabled"] == ("yes", "")
    assert facts["Encryption key"] == (KEY, "UPDATING")
    assert facts["Regions"] == ("eu-west-1, us-east-1 (ADDING)", "")


@pytest.mark.parametrize("description", [None, {}])
def test_what_aws_does_not_tell_is_no_answer(description: Any) -> None:
    facts = facts_of(description)
    assert {facts[name][0] for name in ("Permission sets enabled", "Encryption key", "Regions")} == {"—"}


@pytest.mark.parametrize(
    "description",
    [
        {"PermissionSetsEnabled": "yes"},
        {"EncryptionConfigurationDetails": ["x"]},
        {"Regions": [{"Status": "ACTIVE"}]},
        ["x"],
    ],
)
def test_a_description_that_cannot_be_read_costs_the_instance_nothing(description: Any) -> None:
    facts = facts_of(description)
    assert facts["Description"][0].startswith("not readable")
    assert facts["Home region"][0] == "eu-west-1"


def policy(kind: str, number: str, *targets: str) -> dict[str, Any]:
    summary = {"Id": number, "Name": number, "Type": kind}
    return {"PolicySummary": summary, "Content": "{}", "Targets": [{"TargetId": one} for one in targets]}


def test_the_scope_page_counts_policies_by_type() -> None:
    world = good()
    world.records["organizations.policies"][ORGANIZATION_TARGET] = [
        {"PolicyTypeNotEnabled": "RESOURCE_CONTROL_POLICY"},
        policy("RESOURCE_CONTROL_POLICY", "p-1", "r-1"),
        policy("DECLARATIVE_POLICY_EC2", "p-2", "r-1", "ou-1"),
        policy("DECLARATIVE_POLICY_EC2", "p-3", "ou-1"),
        {"PolicySummary": None},
    ]
    shown = [(row.kind, row.in_force, row.count, row.targets) for row in scope(world.bundle()).policies]
    assert shown[:2] == [
        ("DECLARATIVE_POLICY_EC2", "yes", "2", "2"),
        ("RESOURCE_CONTROL_POLICY", "no: the type is not enabled", "1", "1"),
    ]
    assert shown[2][0] == "not readable (organization/organizations/policies.jsonl:5)"


def test_an_account_without_organization_has_no_such_table() -> None:
    world = good()
    world.records["organizations.policies"][ORGANIZATION_TARGET] = []
    assert scope(world.bundle()).policies == ()
