"""Lists the demo organization: accounts, organizational units, policies, administrators, regions."""

from evidence.demo_account.account.shapes import allow, deny, document
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT

ROOT_ID = "r-nw01"
OUS = {
    "ou-nw01-security": ("Security", ROOT_ID),
    "ou-nw01-infrast0": ("Infrastructure", ROOT_ID),
    "ou-nw01-workload": ("Workloads", ROOT_ID),
    "ou-nw01-producti": ("Production", "ou-nw01-workload"),
    "ou-nw01-nonprodu": ("Non-production", "ou-nw01-workload"),
    "ou-nw01-suspende": ("Suspended", ROOT_ID),
}
"""Id to name and parent."""

SECURITY_ACCOUNT = "210987654321"
LOG_ACCOUNT = "345678901234"
PRODUCTION_ACCOUNT = "456789012345"
STAGING_ACCOUNT = "567890123456"
DATA_ACCOUNT = "678901234567"
SANDBOX_ACCOUNT = "789012345678"

ACCOUNTS = (
    (MANAGEMENT_ACCOUNT, "Northwind Ledger (management)", "aws@northwind.example", "ACTIVE", ROOT_ID, 2190),
    (
        SECURITY_ACCOUNT,
        "security-tooling",
        "aws+security@northwind.example",
        "ACTIVE",
        "ou-nw01-security",
        1400,
    ),
    (LOG_ACCOUNT, "log-archive", "aws+logs@northwind.example", "ACTIVE", "ou-nw01-security", 1400),
    (
        PRODUCTION_ACCOUNT,
        "ledger-production",
        "aws+prod@northwind.example",
        "ACTIVE",
        "ou-nw01-producti",
        1390,
    ),
    (STAGING_ACCOUNT, "ledger-staging", "aws+staging@northwind.example", "ACTIVE", "ou-nw01-nonprodu", 1390),
    (DATA_ACCOUNT, "data-platform", "aws+data@northwind.example", "ACTIVE", "ou-nw01-producti", 800),
    (
        SANDBOX_ACCOUNT,
        "hackathon-2023",
        "aws+sandbox@northwind.example",
        "SUSPENDED",
        "ou-nw01-suspende",
        900,
    ),
)
"""Id, name, mail address, state, parent, age in days."""

ROWS = {row[0]: row for row in ACCOUNTS}
"""Id to the account's row."""

_FULL = document(allow("*"))
_RCP_FULL = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
DECLARATIVE = "DECLARATIVE_POLICY_EC2"
POLICIES = (
    (
        "p-FullAWSAccess",
        "FullAWSAccess",
        "Allows access to every operation",
        SCP,
        True,
        _FULL,
        (ROOT_ID, *OUS, *(account[0] for account in ACCOUNTS)),
    ),
    (
        "p-nwleave1",
        "DenyLeaveOrganization",
        "Members stay in the organization",
        SCP,
        False,
        document(deny("organizations:LeaveOrganization")),
        (ROOT_ID,),
    ),
    (
        "p-nwroot01",
        "DenyRootUser",
        "Root of member accounts does nothing",
        SCP,
        False,
        document(deny("*", "*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})),
        # Planted: not the security accounts' organizational unit.
        ("ou-nw01-workload", "ou-nw01-infrast0"),
    ),
    (
        "p-nwregion",
        "AllowedRegions",
        "Work stays in the five regions",
        SCP,
        False,
        document(
            {
                "Sid": "OtherRegions",
                "Effect": "Deny",
                "NotAction": ["iam:*", "organizations:*", "sts:*", "support:*", "cloudfront:*", "route53:*"],
                "Resource": "*",
                "Condition": {
                    "StringNotEquals": {
                        "aws:RequestedRegion": [
                            "us-east-1",
                            "us-west-2",
                            "eu-west-1",
                            "eu-central-1",
                            "ap-southeast-2",
                        ]
                    }
                },
            }
        ),
        ("ou-nw01-workload",),
    ),
    (
        "p-nwtrail1",
        "ProtectLogging",
        "Nobody stops the trail, Config or the analyzers",
        SCP,
        False,
        document(
            deny(
                [
                    "cloudtrail:StopLogging",
                    "cloudtrail:DeleteTrail",
                    "config:StopConfigurationRecorder",
                    "access-analyzer:DeleteAnalyzer",
                ]
            )
        ),
        ("ou-nw01-workload", "ou-nw01-infrast0"),
    ),
    (
        "p-nwquaran",
        "DenyAll",
        "Suspended accounts do nothing",
        SCP,
        False,
        document(deny("*")),
        ("ou-nw01-suspende",),
    ),
    (
        "p-RCPFullAWSAccess",
        "RCPFullAWSAccess",
        "Allows access to every resource",
        RCP,
        True,
        _RCP_FULL,
        (ROOT_ID, *OUS, *(account[0] for account in ACCOUNTS)),
    ),
    (
        "p-nwrcps3x",
        "OrganizationOnlyBuckets",
        "Buckets are for our organization",
        RCP,
        False,
        document(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-n0rthw1nd7"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            }
        ),
        ("ou-nw01-producti",),
    ),
    (
        "p-nwdecla01",
        "NoPublicSnapshots",
        "Snapshots are shared with nobody",
        DECLARATIVE,
        False,
        {"ec2_attributes": {"snapshot_block_public_access": {"state": {"@@assign": "block_all_sharing"}}}},
        (ROOT_ID,),
    ),
)
"""Id, name, description, type, managed by AWS, document, targets."""

DELEGATED = {
    SECURITY_ACCOUNT: {"access-analyzer.amazonaws.com": 700, "config-multiaccountsetup.amazonaws.com": 700,
                       "guardduty.amazonaws.com": 720, "sso.amazonaws.com": 640},
    LOG_ACCOUNT: {"cloudtrail.amazonaws.com": 690},
}  # fmt: skip
"""Account to service principals, each with its age in days."""

AGGREGATOR = (MANAGEMENT_ACCOUNT, "eu-west-1", "organization")
"""Account, region and name of AWS Config's aggregator over all accounts and regions."""

ACCOUNT_TAGS = {
    SECURITY_ACCOUNT: {"environment": "shared", "owner": "security@northwind.example"},
    LOG_ACCOUNT: {"environment": "shared", "owner": "security@northwind.example"},
    PRODUCTION_ACCOUNT: {"environment": "production", "owner": "platform@northwind.example"},
    STAGING_ACCOUNT: {"environment": "staging", "owner": "platform@northwind.example"},
    DATA_ACCOUNT: {"environment": "production", "owner": "analytics@northwind.example"},
}

ROOT_FEATURES = ("RootCredentialsManagement", "RootSessions")

ENABLED_REGIONS = {
    "us-east-1": "ENABLED_BY_DEFAULT", "us-west-2": "ENABLED_BY_DEFAULT", "eu-west-1": "ENABLED_BY_DEFAULT",
    "eu-central-1": "ENABLED_BY_DEFAULT", "ap-southeast-2": "ENABLED_BY_DEFAULT",
}  # fmt: skip
DISABLED_REGIONS = (
    "af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ca-west-1", "eu-central-2",
    "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1",
)  # fmt: skip

SECURITY_CONTACT = {
    "AlternateContactType": "SECURITY",
    "Name": "Ingrid Solheim",
    "Title": "Head of Information Security",
    "EmailAddress": "security@northwind.example",
    "PhoneNumber": "+47 22 00 00 00",
}
