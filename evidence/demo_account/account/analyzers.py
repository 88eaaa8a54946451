"""Lists the demo account's IAM Access Analyzer analyzers, archive rules and findings, by region."""

from typing import Any

from evidence.demo_account.account.organization import DATA_ACCOUNT, PRODUCTION_ACCOUNT
from evidence.demo_account.account.shapes import DaysAgo
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, uuid_of


def arn(region: str, name: str, account: str = MANAGEMENT_ACCOUNT) -> str:
    """Return an analyzer's ARN."""
    return f"arn:aws:access-analyzer:{region}:{account}:analyzer/{name}"


def analyzer(region: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return an analyzer of the management account as AWS lists it."""
    return {
        "arn": arn(region, name),
        "name": name,
        "type": kind,
        "createdAt": DaysAgo(640),
        "status": "ACTIVE",
        "lastResourceAnalyzedAt": DaysAgo(0.05),
        "tags": {"owner": "security@northwind.example"},
        **more,
    }


# Planted: ap-southeast-2 has no analyzer.
ANALYZERS: dict[str, list[dict[str, Any]]] = {
    "us-east-1": [
        analyzer("us-east-1", "account-external", "ACCOUNT"),
        analyzer("us-east-1", "organization-external", "ORGANIZATION"),
        analyzer("us-east-1", "account-unused", "ACCOUNT_UNUSED_ACCESS",
                  configuration={"unusedAccess": {"unusedAccessAge": 90}}),
    ],
    "us-west-2": [analyzer("us-west-2", "account-external", "ACCOUNT")],
    "eu-west-1": [
        analyzer("eu-west-1", "account-external", "ACCOUNT"),
        analyzer("eu-west-1", "organization-external", "ORGANIZATION"),
    ],
    "eu-central-1": [analyzer("eu-central-1", "account-external", "ACCOUNT")],
}  # fmt: skip

ARCHIVE_RULES: dict[str, list[dict[str, Any]]] = {
    arn("us-east-1", "account-external"): [{
        "ruleName": "monitoring-vendors",
        "filter": {"principal.AWS": {"contains": ["464622532012", "197171649850"]},
                   "resourceType": {"eq": ["AWS::IAM::Role"]}},
        "createdAt": DaysAgo(410), "updatedAt": DaysAgo(410),
    }],
}  # fmt: skip
"""Analyzer ARN to its rules."""


def finding_id(name: str) -> str:
    """Return a finding's id."""
    return uuid_of("finding", name)


def external(  # noqa: PLR0917  a table row
    name: str,
    resource: str,
    kind: str,
    status: str,
    principal: dict[str, str],
    actions: list[str],
    **more: Any,
) -> dict[str, Any]:
    """Return a finding of external access, with the details that GetFindingV2 adds; ages in days."""
    details = {"action": actions, "condition": more.pop("condition", {}), "principal": principal,
               "isPublic": principal.get("AWS") == "*", "sources": [{"type": "POLICY"}]}  # fmt: skip
    return {
        "id": finding_id(name), "resource": resource, "resourceType": kind, "status": status,
        "resourceOwnerAccount": more.pop("owner", MANAGEMENT_ACCOUNT), "findingType": "ExternalAccess",
        "createdAt": DaysAgo(more.pop("age", 60)), "updatedAt": DaysAgo(12), "analyzedAt": DaysAgo(0.2),
        "findingDetails": [{"externalAccessDetails": details}],
    }  # fmt: skip


def _unused(  # noqa: PLR0917  a table row
    name: str, resource: str, kind: str, finding: str, details: dict[str, Any], age: float
) -> dict[str, Any]:
    return {
        "id": finding_id(name), "resource": resource, "resourceType": kind, "status": "ACTIVE",
        "resourceOwnerAccount": MANAGEMENT_ACCOUNT, "findingType": finding,
        "createdAt": DaysAgo(age), "updatedAt": DaysAgo(2), "analyzedAt": DaysAgo(0.2),
        "findingDetails": [details],
    }  # fmt: skip


def _role(name: str) -> str:
    return f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/{name}"


def _resolved(number: int) -> dict[str, Any]:
    """Return one of many findings that were dealt with long ago: review links, shared for a day."""
    bucket = f"arn:aws:s3:::northwind-review-{number:03d}"
    return external(f"review-{number}", bucket, "AWS::S3::Bucket", "RESOLVED", {"AWS": "902371465120"},
                     ["s3:GetObject"], age=400 - number)  # fmt: skip


FINDINGS: dict[str, list[dict[str, Any]]] = {
    arn("us-east-1", "account-external"): [
        # Planted: two that nobody has dealt with, one of them public.
        external(
            "brand-assets",
            "arn:aws:s3:::northwind-brand-assets",
            "AWS::S3::Bucket",
            "ACTIVE",
            {"AWS": "*"},
            ["s3:GetObject"],
            age=34,
        ),
        external(
            "vendor-role",
            _role("vendor-ledger-import"),
            "AWS::IAM::Role",
            "ACTIVE",
            {"AWS": "arn:aws:iam::902371465120:root"},
            ["sts:AssumeRole"],
            condition={"sts:ExternalId": "nw-c01d55"},
            age=330,
        ),
        # Planted: archived by a rule, and nobody has accepted them in writing.
        external(
            "datadog",
            _role("datadog-integration"),
            "AWS::IAM::Role",
            "ARCHIVED",
            {"AWS": "arn:aws:iam::464622532012:root"},
            ["sts:AssumeRole"],
            condition={"sts:ExternalId": "nw-7f3b1c"},
            age=780,
        ),
        external(
            "wiz",
            _role("wiz-scanner"),
            "AWS::IAM::Role",
            "ARCHIVED",
            {"AWS": "arn:aws:iam::197171649850:root"},
            ["sts:AssumeRole"],
            condition={"sts:ExternalId": "nw-2ad94e"},
            age=420,
        ),
        *[_resolved(number) for number in range(124)],
    ],
    arn("us-east-1", "organization-external"): [
        external(
            "lake-share",
            "arn:aws:s3:::northwind-lake-share",
            "AWS::S3::Bucket",
            "RESOLVED",
            {"AWS": "902371465120"},
            ["s3:GetObject"],
            owner=DATA_ACCOUNT,
            age=210,
        ),
    ],
    # Near misses: unused access, not external access. Planted: one of them has been left for too long.
    arn("us-east-1", "account-unused"): [
        _unused(
            "unused-migration",
            _role("DataPlatformMigration"),
            "AWS::IAM::Role",
            "UnusedIAMRole",
            {"unusedIamRoleDetails": {"lastAccessed": DaysAgo(160)}},
            age=70,
        ),
        _unused(
            "unused-auditor",
            f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:user/auditor.2024",
            "AWS::IAM::User",
            "UnusedIAMUserPassword",
            {"unusedIamUserPasswordDetails": {"lastAccessed": DaysAgo(297)}},
            age=207,
        ),
    ],
    arn("us-west-2", "account-external"): [],
    arn("eu-west-1", "account-external"): [
        # Planted: a key shared with a vendor.
        external(
            "ledger-key",
            f"arn:aws:kms:eu-west-1:{MANAGEMENT_ACCOUNT}:key/7d1f0c1e-94f2-4f0d-8b52-1c3d7a1b9e11",
            "AWS::KMS::Key",
            "ACTIVE",
            {"AWS": "arn:aws:iam::902371465120:role/importer"},
            ["kms:Decrypt"],
            age=51,
        ),
        external(
            "old-queue",
            f"arn:aws:sqs:eu-west-1:{MANAGEMENT_ACCOUNT}:payments-inbound",
            "AWS::SQS::Queue",
            "RESOLVED",
            {"AWS": "902371465120"},
            ["sqs:SendMessage"],
            age=300,
        ),
    ],
    arn("eu-west-1", "organization-external"): [
        # Planted: seen by the organization's analyzer only.
        external(
            "webhooks",
            f"arn:aws:lambda:eu-west-1:{PRODUCTION_ACCOUNT}:function:webhook-dispatch",
            "AWS::Lambda::Function",
            "ACTIVE",
            {"AWS": "*"},
            ["lambda:InvokeFunctionUrl"],
            owner=PRODUCTION_ACCOUNT,
            age=77,
        ),
    ],
    arn("eu-central-1", "account-external"): [],
}
"""Analyzer ARN to findings, with the details GetFindingV2 adds."""
