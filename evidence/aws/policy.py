"""The IAM policy that lets the collectors read what they declare, and nothing else."""

from collections.abc import Iterable
from typing import Any

import botocore.session

from evidence.aws.gate import CALLER_IDENTITY
from evidence.records import Operation

SID = "EvidenceReadOnly"


def actions(operations: Iterable[Operation]) -> list[str]:
    """Return the IAM actions that authorise the operations, sorted, each once.

    The prefix is the service's name in request signatures (botocore's model): `access-analyzer` for boto3's
    `accessanalyzer`, `sso` for `sso-admin`. Where AWS authorises an operation under another name, the
    operation's declaration says so.
    """
    session = botocore.session.Session()
    return sorted(
        {action for operation in (*operations, CALLER_IDENTITY) for action in _actions(session, operation)}
    )


def _actions(session: botocore.session.Session, operation: Operation) -> Iterable[str]:
    if operation.iam_actions:
        return operation.iam_actions
    return (f"{session.get_service_model(operation.service).signing_name}:{operation.name}",)


def document(operations: Iterable[Operation], *more: dict[str, Any]) -> dict[str, Any]:
    """Return the policy document; `more` are statements beside the one for the operations."""
    read = {"Sid": SID, "Effect": "Allow", "Action": actions(operations), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [read, *more]}


def cloudformation(operations: Iterable[Operation], *more: dict[str, Any]) -> dict[str, Any]:
    """Return a CloudFormation template with the policy and a role that a named principal may assume."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role that may read SOC 2 access-control evidence, and change nothing.",
        "Parameters": {
            "Principal": {
                "Type": "String",
                "Description": "ARN of the user or role that collects, or an account id.",
            },
            "ExternalId": {
                "Type": "String",
                "Default": "",
                "NoEcho": True,
                "Description": "Asked of the principal when it assumes the role; empty for none.",
            },
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {
            "EvidencePolicy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": "Exactly the read operations that the evidence collectors declare.",
                    "PolicyDocument": document(operations, *more),
                },
            },
            "EvidenceRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "Description": "Assumed to collect audit evidence.",
                    "AssumeRolePolicyDocument": _trust(),
                    "ManagedPolicyArns": [{"Ref": "EvidencePolicy"}],
                    "MaxSessionDuration": 14_400,
                },
            },
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["EvidenceRole", "Arn"]}}},
    }


def _trust() -> dict[str, Any]:
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
