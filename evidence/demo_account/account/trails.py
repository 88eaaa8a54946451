"""Lists the demo account's CloudTrail trails, and the events that tell of the identity provider."""

from typing import Any

from evidence.demo_account.account.identity_center import LEFT_BEHIND
from evidence.demo_account.account.shapes import DaysAgo
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, ORGANIZATION_ID, hex_of, uuid_of

TRAIL_ARN = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT_ACCOUNT}:trail/northwind-organization"

TRAILS: dict[str, list[dict[str, Any]]] = {
    "us-east-1": [{
        "Name": "northwind-organization", "S3BucketName": "northwind-trail-345678901234",
        "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": True, "HomeRegion": "us-east-1",
        "TrailARN": TRAIL_ARN, "LogFileValidationEnabled": True, "HasCustomEventSelectors": True,
        "HasInsightSelectors": False, "IsOrganizationTrail": True,
        "KmsKeyId": f"arn:aws:kms:us-east-1:{MANAGEMENT_ACCOUNT}:key/{uuid_of('trail-key')}",
    }],
}  # fmt: skip

SELECTORS = [
    {"Name": "Management events", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}]},
    {"Name": "Objects of the lake", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::northwind-lake/"]}]},
]  # fmt: skip
"""What the trail records. Near miss: it leaves out KMS and the Data API, whose events are many."""

STATUS = {
    "IsLogging": True, "LatestDeliveryTime": DaysAgo(0.003), "StartLoggingTime": DaysAgo(1390),
    "LatestDigestDeliveryTime": DaysAgo(0.03),
}  # fmt: skip


def _event(name: str, source: str, age: float, who: str, read_only: bool = False) -> dict[str, Any]:
    return {
        "EventId": uuid_of("event", name, str(age)),
        "EventName": name,
        "ReadOnly": str(read_only).lower(),
        "EventTime": DaysAgo(age),
        "EventSource": source,
        "Username": who,
        "Resources": [],
    }


ABOUT = "userId"
"""The member of an event that its full record alone has: whom the request was about."""
_DIRECTORY, _SSO = "sso-directory.amazonaws.com", "sso.amazonaws.com"
_LEAD = "ingrid.solheim@northwind.example"

_IAM = "iam.amazonaws.com"

EVENTS: dict[str, list[dict[str, Any]]] = {
    "us-east-1": [
        _event("CreateAccessKey", _IAM, 41.0, _LEAD),
        _event("UpdateAccessKey", _IAM, 40.0, _LEAD),
        _event("DeleteAccessKey", _IAM, 12.0, _LEAD),
        _event("CreateUser", "quicksight.amazonaws.com", 9.0, "SCIM"),
    ],
    "eu-west-1": [
        *[_event("CreateUser", _DIRECTORY, 1.5 + 2 * number, "SCIM") for number in range(36)],
        _event("DeleteUser", _DIRECTORY, 20.0, "SCIM") | {ABOUT: uuid_of("identity-user", LEFT_BEHIND)},
        _event("ListExternalIdPConfigurationsForDirectory", _DIRECTORY, 6.0, _LEAD, read_only=True),
        _event("CreateBearerToken", _DIRECTORY, 33.0, _LEAD),
        _event("ImportExternalIdPCertificate", _DIRECTORY, 62.0, _LEAD),
        _event("EnableExternalIdPConfigurationForDirectory", _DIRECTORY, 62.1, _LEAD),
        _event("CreateExternalIdPConfigurationForDirectory", _DIRECTORY, 62.2, _LEAD),
        _event("CreateProvisioningTenant", _DIRECTORY, 62.3, _LEAD),
        *[_event("CreateAccountAssignment", _SSO, 3.0 + 5 * number, _LEAD) for number in range(14)],
        *[_event("ProvisionPermissionSet", _SSO, 3.01 + 5 * number, _LEAD) for number in range(14)],
    ],
}  # fmt: skip
"""Region to events. The provider was set up again 62 days ago, when its certificate was replaced. Near miss:
a user of another service, whose events are nobody's access to AWS."""

DIRECTORY_DETAILS = {
    "awsRegion": "eu-west-1", "recipientAccountId": MANAGEMENT_ACCOUNT, "organizationId": ORGANIZATION_ID,
    "sourceIPAddress": "203.0.113.24", "accessKeyId": f"ASIA{hex_of(16, 'lead').upper()}",
}  # fmt: skip
