"""Makes roles with exactly the collectors' permissions, as CloudFormation and as Terraform.

Three kinds: a role in one account; the one in the management account, which may also enter the others; and
the one in every member account, which trusts it. All three may be assumed by one named principal only.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from evidence.aws.policy import assume_role_statement, document
from evidence.records import Operation

ROLE = "EvidenceCollector"
"""Default name of the role, the same in every account."""
SECONDS = 14_400
"""Longest session: as long as the longest run should take."""
_ABOUT = "Assumed to collect audit evidence; may read it, and change nothing."
_POLICY = "Exactly the read operations that the evidence collectors declare."
_PRINCIPAL = "ARN of the user or role that collects, or an account id."
_EXTERNAL_ID = "Asked of the principal when it assumes the role; empty for none."
_NAME = "Name of the role, the same in every account."


class RoleLocation(StrEnum):
    """Where a role stands."""

    ACCOUNT = "account"
    MANAGEMENT = "management"
    MEMBERS = "members"


def cloudformation(
    operations: Iterable[Operation], kind: RoleLocation = RoleLocation.ACCOUNT, *more: dict[str, Any]
) -> dict[str, Any]:
    """Return a CloudFormation template, with `more` statements; that of `members` is meant for a StackSet."""
    parameters: dict[str, Any] = {
        "Principal": {"Type": "String", "Description": _PRINCIPAL},
        "ExternalId": {"Type": "String", "Default": "", "NoEcho": True, "Description": _EXTERNAL_ID},
    }
    role: dict[str, Any] = {
        "Description": _ABOUT,
        "AssumeRolePolicyDocument": _cloudformation_trust(),
        "MaxSessionDuration": SECONDS,
    }
    enters = []
    if kind is not RoleLocation.ACCOUNT:
        parameters["RoleName"] = {"Type": "String", "Default": ROLE, "Description": _NAME}
        role["RoleName"] = {"Ref": "RoleName"}
    if kind is RoleLocation.MANAGEMENT:
        enters = [assume_role_statement({"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"})]
    policy = {
        "Description": _POLICY,
        "PolicyDocument": document(operations, *enters, *more),
        "Roles": [{"Ref": "EvidenceRole"}],
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role that may read SOC 2 access-control evidence, and change nothing.",
        "Parameters": parameters,
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {
            "EvidencePolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
            "EvidenceRole": {"Type": "AWS::IAM::Role", "Properties": role},
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["EvidenceRole", "Arn"]}}},
    }


def _cloudformation_trust() -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "Principal"}},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Fn::If": [
                "HasExternalId",
                {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                {"Ref": "AWS::NoValue"},
            ]
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def terraform(
    operations: Iterable[Operation], kind: RoleLocation = RoleLocation.ACCOUNT, *more: dict[str, Any]
) -> dict[str, Any]:
    """Return a Terraform module in its JSON syntax, with `more` statements: keep it as `main.tf.json`."""
    roles = "arn:${data.aws_partition.current.partition}:iam::*:role/${var.role_name}"
    enters = [assume_role_statement(roles)] if kind is RoleLocation.MANAGEMENT else []
    made = document(operations, *enters, *more)
    variables = {
        "principal": {"type": "string", "description": _PRINCIPAL},
        "external_id": {"type": "string", "default": "", "sensitive": True, "description": _EXTERNAL_ID},
        "role_name": {"type": "string", "default": ROLE, "description": _NAME},
    }
    policies = {"evidence": {"name_prefix": "EvidencePolicy-", "description": _POLICY,
                             "policy": f"${{jsonencode({_hcl(made)})}}"}}  # fmt: skip
    role = {
        "name": "${var.role_name}",
        "description": _ABOUT,
        "max_session_duration": SECONDS,
        "assume_role_policy": "${data.aws_iam_policy_document.trust.json}",
    }
    attachment = {"role": "${aws_iam_role.evidence.name}", "policy_arn": "${aws_iam_policy.evidence.arn}"}
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "variable": variables,
        "data": {
            "aws_partition": {"current": {}},
            "aws_iam_policy_document": {"trust": _terraform_trust()},
        },
        "resource": {
            "aws_iam_policy": policies,
            "aws_iam_role": {"evidence": role},
            "aws_iam_role_policy_attachment": {"evidence": attachment},
        },
        "output": {"role_arn": {"value": "${aws_iam_role.evidence.arn}"}},
    }


def _terraform_trust() -> dict[str, Any]:
    condition = {
        "for_each": '${var.external_id == "" ? [] : [var.external_id]}',
        "content": {
            "test": "StringEquals",
            "variable": "sts:ExternalId",
            "values": ["${condition.value}"],
        },
    }
    statement = {
        "effect": "Allow",
        "actions": ["sts:AssumeRole"],
        "principals": {"type": "AWS", "identifiers": ["${var.principal}"]},
        "dynamic": {"condition": condition},
    }
    return {"statement": statement}


def _hcl(value: Any) -> str:
    """Return a policy document as a Terraform expression."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_hcl(member)}' for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_hcl(member) for member in value) + "]"
    return f'"{value}"'
