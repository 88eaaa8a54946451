"""The policy is exactly what the collectors declare."""

import json

from evidence.aws.policy import actions, document
from evidence.aws.stacks import cloudformation
from evidence.collectors.base import catalogue
from evidence.records import Operation

OPERATIONS = [operation for collector in catalogue().values() for operation in collector.operations]


def test_prefixes_are_iams_not_boto3s() -> None:
    made = actions([Operation("accessanalyzer", "ListAnalyzers"), Operation("sso-admin", "ListInstances")])
    assert made == ["access-analyzer:ListAnalyzers", "sso:ListInstances", "sts:GetCallerIdentity"]


def test_an_operation_authorised_under_another_name() -> None:
    made = actions(
        [Operation("accessanalyzer", "ListFindingsV2", iam_actions=("access-analyzer:ListFindings",))]
    )
    assert made == ["access-analyzer:ListFindings", "sts:GetCallerIdentity"]


def test_every_declared_operation_is_allowed_and_no_wildcard() -> None:
    (statement,) = document(OPERATIONS)["Statement"]
    allowed = statement["Action"]
    for operation in OPERATIONS:
        expected = operation.iam_actions or (operation.name,)
        assert any(action.endswith(expected[0].split(":")[-1]) for action in allowed), operation
    assert not any("*" in action for action in allowed)
    assert allowed == sorted(set(allowed))


def test_it_fits_a_managed_policy() -> None:
    assert len(json.dumps(document(OPERATIONS), separators=(",", ":"))) <= 6144


def test_the_template_holds_the_same_policy() -> None:
    template = cloudformation(OPERATIONS)
    assert template["Resources"]["EvidencePolicy"]["Properties"]["PolicyDocument"] == document(OPERATIONS)
