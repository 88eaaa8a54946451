"""Lists the demo account's CloudTrail trails, and the events that tell of the identity provider."""

from typing import Any

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


def event(name: str, source: str, age: float, who: str, read_only: bool = False) -> dict[str, Any]:
    """Return an event as LookupEvents lists it."""
    return {
        "EventId": uuid_of("event", name, str(age)),
        "EventName": name,
        "ReadOnly": str(read_only).lower(),
        "EventTime": DaysAgo(age, once=True),
        "EventSource": source,
        "Username": who,
        "Resources": [],
    }


ABOUT, ANSWERED = "requestParameters", "responseElements"
"""Members of an event that its full record alone has: what was asked for, and what came of it."""
REMEMBERED = 90
"""Days for which CloudTrail's history tells of an event."""
DIRECTORY, SSO = "sso-directory.amazonaws.com", "sso.amazonaws.com"
LEAD = "ingrid.solheim@northwind.example"

EVENTS: dict[str, list[dict[str, Any]]] = {
    "us-east-1": [
        event("CreateUser", "quicksight.amazonaws.com", 9.0, "SCIM"),
    ],
    "eu-west-1": [
        *[event("UpdateUser", DIRECTORY, 1.5 + 2 * number, "SCIM") for number in range(36)],
        event("ListExternalIdPConfigurationsForDirectory", DIRECTORY, 6.0, LEAD, read_only=True),
        event("CreateBearerToken", DIRECTORY, 33.0, LEAD),
        event("ImportExternalIdPCertificate", DIRECTORY, 62.0, LEAD),
        event("EnableExternalIdPConfigurationForDirectory", DIRECTORY, 62.1, LEAD),
        event("CreateExternalIdPConfigurationForDirectory", DIRECTORY, 62.2, LEAD),
        event("CreateProvisioningTenant", DIRECTORY, 62.3, LEAD),
        *[event("ProvisionPermissionSet", SSO, 3.01 + 5 * number, LEAD) for number in range(14)],
    ],
}  # fmt: skip
"""Region to events. The provider was set up again 62 days ago, when its certificate was replaced. Near miss:
a user of another service, whose events are nobody's access to AWS. What `script` changes comes beside."""

DIRECTORY_DETAILS = {
    "awsRegion": "eu-west-1", "recipientAccountId": MANAGEMENT_ACCOUNT, "organizationId": ORGANIZATION_ID,
    "sourceIPAddress": "203.0.113.24", "accessKeyId": f"ASIA{hex_of(16, 'lead').upper()}",
}  # fmt: skip
