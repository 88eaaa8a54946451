"""`access-analyzer.policy-validation`: what Access Analyzer says about the sampled roles' documents."""

import json
from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.policies.role_documents import DocumentKind, RoleDocument, role_documents
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
    documents = ((role["Arn"], found) for role in _there(ctx) for found in role_documents(role))
    yield from ctx.map(_validated, (one for one in documents if one[1].kind is not DocumentKind.BOUNDARY))


def _there(ctx: Context) -> Iterator[dict[str, Any]]:
    """Yield the sampled roles but those that vanished before their documents were read."""
    return (role for role in ctx.needed(ROLES) if not role.get("Vanished"))


def _validated(ctx: Context, one: tuple[str, RoleDocument]) -> dict[str, Any]:
    arn, found = one
    kind = TRUST if found.kind is DocumentKind.TRUST else IDENTITY
    findings = list(ctx.records(VALIDATE, policyDocument=json.dumps(found.document), **kind))
    return {"Arn": arn, "Document": found.label(":"), "PolicyType": kind["policyType"], "Findings": findings}
