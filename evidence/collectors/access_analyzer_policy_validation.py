"""`access-analyzer.policy-validation`: what Access Analyzer says about the sampled roles' documents."""

import json
from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

VALIDATE = Operation("accessanalyzer", "ValidatePolicy", list_key="findings")

ROLES = "iam.sample-role-policies"
IDENTITY = {"policyType": "IDENTITY_POLICY"}
TRUST = {"policyType": "RESOURCE_POLICY", "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument"}


@collector(
    item="access-analyzer.policy-validation",
    title="Access Analyzer's policy checks on sampled roles",
    scope=Scope.ACCOUNT,
    operations=(VALIDATE,),
    shape=(
        "one record a document: Arn of the role, Document, PolicyType, Findings (none where nothing was "
        "found)"
    ),
    blind_spots=(
        (
            "Checks grammar and known bad practice in one document; it does not judge whether the access is "
            "needed."
        ),
        "No finding does not mean least privilege.",
        "Permissions boundaries and the roles outside the sample are not checked.",
    ),
    needs=(ROLES,),
    calls=72,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Have each document of each sampled role checked."""
    yield from ctx.map(_validated, (found for role in ctx.needed(ROLES) for found in _documents(role)))


def _documents(role: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    arn = role["Arn"]
    yield arn, "trust", role["Role"]["AssumeRolePolicyDocument"]
    for policy in role["InlinePolicies"]:
        yield arn, f"inline:{policy['PolicyName']}", policy["PolicyDocument"]
    for policy in role["AttachedPolicies"]:
        yield arn, f"attached:{policy['PolicyArn']}", policy["PolicyDocument"]


def _validated(ctx: Context, found: tuple[str, str, Any]) -> dict[str, Any]:
    arn, name, document = found
    kind = TRUST if name == "trust" else IDENTITY
    findings = list(ctx.records(VALIDATE, policyDocument=json.dumps(document), **kind))
    return {"Arn": arn, "Document": name, "PolicyType": kind["policyType"], "Findings": findings}
