"""The records of the account in good order (tests/controls/world.py), as collectors leave them."""

import json
from typing import Any

from evidence.collectors._access_events import Recorded, sources_by_name
from tests.controls.world import ACCOUNT, ACCOUNT_TARGET, EU, IAM, ORGANIZATION_TARGET, US, ago

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SUPPORT = "arn:aws:iam::aws:policy/AWSSupportAccess"
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"
OWN = f"{IAM}:policy/own"
INSTANCE = "arn:aws:sso:::instance/ssoins-1"
ADMIN_SET = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
ISSUER = "https://idp.example/1"

SUMMARY = {
    "AccountMFAEnabled": 1,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "AccountPasswordPresent": 1,
    "Users": 2,
    "Groups": 1,
    "Roles": 3,
    "Policies": 2,
    "MFADevicesInUse": 3,
}
PASSWORD_POLICY = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "ExpirePasswords": False,
    "PasswordReusePrevention": 24,
}


def document(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, **elements}]}


NARROW = document(Action="s3:GetObject", Resource="arn:aws:s3:::bucket/*")
EVERYTHING = document(Action="*", Resource="*")
TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


def user(name: str, **changes: Any) -> dict[str, Any]:
    detail = {"UserName": name, "UserId": f"AIDA{name}", "Arn": f"{IAM}:user/{name}", "Path": "/"}
    detail |= {"CreateDate": ago(400), "Tags": [{"Key": "Owner", "Value": "ledger team"}]}
    return {"UserDetail": detail | {"GroupList": [], "AttachedManagedPolicies": []} | changes}


def role(name: str, path: str = "/", attached: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    return {
        "RoleDetail": {
            "RoleName": name,
            "Arn": f"{IAM}:role{path}{name}",
            "Path": path,
            "RolePolicyList": [],
            "AttachedManagedPolicies": [{"PolicyArn": arn, "PolicyName": "p"} for arn in attached],
            "AssumeRolePolicyDocument": TRUST,
            "CreateDate": ago(400),
            "RoleLastUsed": {"LastUsedDate": ago(1), "Region": "us-east-1"},
            **changes,
        }
    }


def policy(arn: str, default: Any, *older: Any) -> dict[str, Any]:
    versions = [
        {"VersionId": f"v{n}", "IsDefaultVersion": False, "Document": d} for n, d in enumerate(older, 1)
    ]
    newest = {"VersionId": f"v{len(older) + 1}", "IsDefaultVersion": True, "Document": default}
    return {"Policy": {"Arn": arn, "PolicyVersionList": [newest, *versions]}}


def sampled(detail: dict[str, Any], how: str) -> dict[str, Any]:
    """The record of a sampled role's documents."""
    role = detail["RoleDetail"]
    return {
        "RoleName": role["RoleName"],
        "Arn": role["Arn"],
        "SelectedBy": how,
        "Role": {"AssumeRolePolicyDocument": TRUST},
        "InlinePolicies": role["RolePolicyList"],
        "AttachedPolicies": [
            {"PolicyArn": entry["PolicyArn"], "VersionId": "v1", "PolicyDocument": NARROW}
            for entry in role["AttachedManagedPolicies"]
        ],
        "PermissionsBoundary": None,
    }


ROLES = [role("app", attached=(OWN,)), role("audit", attached=(READ_ONLY,))]
DETAILS = [
    user("svc-ledger"),
    user("dormant", GroupList=["g"]),
    {
        "GroupDetail": {
            "GroupName": "g",
            "Arn": f"{IAM}:group/g",
            "Path": "/",
            "AttachedManagedPolicies": [{"PolicyArn": SUPPORT}],
        }
    },
    *ROLES,
    role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", (ADMINISTRATOR,)),
    policy(OWN, NARROW, EVERYTHING),
    policy(READ_ONLY, document(Action=["s3:Get*", "s3:List*"], Resource="*")),
    policy(ADMINISTRATOR, EVERYTHING),
    policy(POWER_USER, document(NotAction=["iam:*"], Resource="*")),
    policy(f"{IAM}:policy/unattached", EVERYTHING),
    policy(SUPPORT, document(Action="support:*", Resource="*")),
]


def recorder(iam: bool = True, **status: Any) -> dict[str, Any]:
    group = {"allSupported": True, "includeGlobalResourceTypes": iam}
    return {
        "ConfigurationRecorder": {"name": "default", "recordingGroup": group},
        "Status": {"name": "default", "recording": True, "lastStatus": "Success"} | status,
    }


def rule(identifier: str, **changes: Any) -> dict[str, Any]:
    described = {
        "ConfigRuleName": f"securityhub-{identifier.lower()}-1a2b",
        "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
        "ConfigRuleState": "ACTIVE",
        "InputParameters": '{"maxAccessKeyAge":"90"}' if identifier == "ACCESS_KEYS_ROTATED" else "{}",
    }
    return {
        "ConfigRule": described | changes,
        "EvaluationStatus": {"LastSuccessfulEvaluationTime": ago(0.5)},
    }


REQUIRED = (
    "IAM_ROOT_ACCESS_KEY_CHECK",
    "ROOT_ACCOUNT_MFA_ENABLED",
    "IAM_USER_MFA_ENABLED",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "ACCESS_KEYS_ROTATED",
)


OF_USERS = ("IAM_USER_MFA_ENABLED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "ACCESS_KEYS_ROTATED")
"""Those of REQUIRED that Config evaluates on users."""


def verdict(identifier: str, compliance: str, resource: str = ACCOUNT, name: str = "") -> dict[str, Any]:
    name = name or f"securityhub-{identifier.lower()}-1a2b"
    kind = "AWS::IAM::User" if resource.startswith("AIDA") else "AWS::::Account"
    qualifier = {"ConfigRuleName": name, "ResourceType": kind, "ResourceId": resource}
    result = {
        "EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier},
        "ComplianceType": compliance,
        "ResultRecordedTime": ago(0.5),
    }
    return {"ConfigRuleName": name, "EvaluationResult": result}


def own_verdict(identifier: str, compliance: str) -> dict[str, Any]:
    name = f"securityhub-{identifier.lower()}-1a2b"
    return {"ComplianceByConfigRule": {"ConfigRuleName": name, "Compliance": {"ComplianceType": compliance}}}


def analyzer(region: str, name: str = "a", **changes: Any) -> dict[str, Any]:
    arn = f"arn:aws:access-analyzer:{region}:{ACCOUNT}:analyzer/{name}"
    return {"Analyzer": {"arn": arn, "type": "ACCOUNT", "status": "ACTIVE"} | changes, "ArchiveRules": []}


def finding(
    name: str, status: str, public: bool = False, analyzer: str = "a", **changes: Any
) -> dict[str, Any]:
    external = {"isPublic": public, "principal": {"AWS": "*" if public else "902371465120"}, "condition": {}}
    summary = {
        "id": name,
        "status": status,
        "resource": f"arn:aws:s3:::{name}",
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": ACCOUNT,
        "findingType": "ExternalAccess",
        "createdAt": ago(30),
    }
    return {
        "AnalyzerArn": f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/{analyzer}",
        "Finding": summary | changes,
        "Details": {"findingDetails": [{"externalAccessDetails": external}]},
    }


def permission_set(
    name: str, arn: str, session: str = "PT1H", managed: tuple[str, ...] = (), **changes: Any
) -> dict[str, Any]:
    return {
        "InstanceArn": INSTANCE,
        "PermissionSet": {"Name": name, "PermissionSetArn": arn, "SessionDuration": session},
        "ManagedPolicies": [{"Name": policy.rpartition("/")[2], "Arn": policy} for policy in managed],
        "CustomerManagedPolicies": [],
        "InlinePolicy": "",
        "PermissionsBoundary": None,
        "Tags": [],
        **changes,
    }


def validation(arn: str, document: str, *findings: str) -> dict[str, Any]:
    """Access Analyzer's word on a document; findings as `TYPE CODE`."""
    kind = "RESOURCE_POLICY" if document == "trust" else "IDENTITY_POLICY"
    said = [dict(zip(("findingType", "issueCode"), one.split(), strict=True)) for one in findings]
    return {"Arn": arn, "Document": document, "PolicyType": kind, "Findings": said}


def accessed(arn: str, **services: float | None) -> dict[str, Any]:
    """A role's report: services and days since their last use, None for never."""
    listed = [
        {"ServiceNamespace": name} | ({"LastAuthenticated": ago(days)} if days is not None else {})
        for name, days in services.items()
    ]
    return {"Arn": arn, "JobStatus": "COMPLETED", "JobCompletionDate": ago(0), "ServicesLastAccessed": listed}


def person(name: str, issuer: str = ISSUER) -> dict[str, Any]:
    external = {"ExternalIds": [{"Issuer": issuer, "Id": name}]} if issuer else {}
    return {
        "IdentityStoreId": "d-1",
        "UserId": f"id-{name}",
        "UserName": name,
        "UserStatus": "ENABLED",
        **external,
    }


MEMBER = "333333333333"
OUR_ORGANIZATION = "o-northwind1"
ORGANIZATION = {
    "Organization": {
        "Arn": f"arn:aws:organizations::{ACCOUNT}:organization/{OUR_ORGANIZATION}",
        "MasterAccountId": ACCOUNT,
    }
}
"""An organization whose ARN tells its id, which trust is judged by."""
ROOT_DENIED = document(
    "Deny",
    Action="*",
    Resource="*",
    Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
)


def member(account: str, name: str, state: str = "ACTIVE") -> dict[str, Any]:
    """An account of the organization."""
    arn = f"arn:aws:organizations::{ACCOUNT}:account/o-1/{account}"
    return {"Account": {"Id": account, "Arn": arn, "Name": name, "State": state, "Status": state}}


def scp(name: str, content: Any, *targets: str) -> dict[str, Any]:
    """A service control policy and what it is attached to."""
    summary = {"Id": f"p-{name}", "Name": name, "Type": "SERVICE_CONTROL_POLICY"}
    return {
        "PolicySummary": summary,
        "Content": json.dumps(content),
        "Targets": [{"TargetId": target} for target in targets],
    }


CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/EvidenceReader/audit"
REGIONS = {"us-east-1": "ENABLED_BY_DEFAULT", "eu-west-1": "ENABLED", "af-south-1": "DISABLED"}

LOOKED_UP = [
    {"Region": "eu-west-1", "Asked": {"EventName": name, "From": None, "Answered": True, "Kept": 0}}
    for name in sources_by_name(frozenset({Recorded.HOME}))
]
"""The questions to CloudTrail about Identity Center, all of them answered."""

RECORDS = {
    "sts.caller": {ACCOUNT_TARGET: [{"Account": ACCOUNT, "Arn": CALLER, "UserId": "AROA1"}]},
    "account.regions": {
        ACCOUNT_TARGET: [
            {"RegionName": region, "RegionOptStatus": status} for region, status in REGIONS.items()
        ]
    },
    "iam.credential-report": {ACCOUNT_TARGET: [{"GeneratedTime": ago(0), "ReportFormat": "text/csv"}]},
    "iam.account-summary": {ACCOUNT_TARGET: [SUMMARY]},
    "iam.password-policy": {ACCOUNT_TARGET: [{"PasswordPolicy": PASSWORD_POLICY}]},
    "iam.mfa-devices": {ACCOUNT_TARGET: []},
    "iam.authorization-details": {ACCOUNT_TARGET: DETAILS},
    "iam.sample-role-policies": {ACCOUNT_TARGET: [sampled(detail, "random") for detail in ROLES]},
    "access-analyzer.policy-validation": {
        ACCOUNT_TARGET: [
            *(validation(f"{IAM}:role/{name}", "trust") for name in ("app", "audit")),
            validation(f"{IAM}:role/app", f"attached:{OWN}"),
            validation(f"{IAM}:role/audit", f"attached:{READ_ONLY}"),
        ]
    },
    "iam.last-accessed": {
        ACCOUNT_TARGET: [accessed(f"{IAM}:role/{name}", s3=3, ec2=399) for name in ("app", "audit")]
    },
    "organizations.root-access": {
        ORGANIZATION_TARGET: [{"EnabledFeatures": ["RootCredentialsManagement"], "Enabled": True}]
    },
    "config.recorders": {US: [recorder()], EU: [recorder(iam=False), {"DeliveryChannel": {}}]},
    "config.rules": {US: [rule(identifier) for identifier in REQUIRED], EU: [{"ConformancePack": {}}]},
    "config.rule-compliance": {
        US: [
            *(own_verdict(identifier, "COMPLIANT") for identifier in REQUIRED),
            *(verdict(identifier, "COMPLIANT") for identifier in REQUIRED if identifier not in OF_USERS),
            *(verdict(identifier, "COMPLIANT", "AIDAsvc-ledger") for identifier in OF_USERS),
            verdict("IAM_USER_MFA_ENABLED", "COMPLIANT", "AIDAdormant"),
        ],
        EU: [],
    },
    "access-analyzer.analyzers": {
        US: [analyzer("us-east-1"), analyzer("us-east-1", "u", type="ACCOUNT_UNUSED_ACCESS")],
        EU: [analyzer("eu-west-1")],
    },
    "access-analyzer.findings": {US: [finding("old", "RESOLVED")], EU: []},
    "organizations.accounts": {
        ORGANIZATION_TARGET: [member(ACCOUNT, "management"), member(MEMBER, "ledger")]
    },
    "organizations.units": {
        ORGANIZATION_TARGET: [
            {"Root": {"Id": "r-1"}},
            {"OrganizationalUnit": {"Id": "ou-1"}, "ParentId": "r-1"},
            {"AccountId": ACCOUNT, "ParentId": "r-1"},
            {"AccountId": MEMBER, "ParentId": "ou-1"},
        ]
    },
    "organizations.policies": {
        ORGANIZATION_TARGET: [
            scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1", ACCOUNT, MEMBER),
            scp("stay", document("Deny", Action="organizations:LeaveOrganization", Resource="*"), "r-1"),
            scp("root", ROOT_DENIED, "ou-1"),
            {"PolicyTypeNotEnabled": "RESOURCE_CONTROL_POLICY"},
        ]
    },
    "organizations.organization": {
        ORGANIZATION_TARGET: [{"Organization": {"Arn": "arn:o", "MasterAccountId": ACCOUNT}}]
    },
    "identity-center.instance": {
        ORGANIZATION_TARGET: [
            {
                "Region": "eu-west-1",
                "Instance": {
                    "InstanceArn": INSTANCE,
                    "IdentityStoreId": "d-1",
                    "OwnerAccountId": ACCOUNT,
                    "Status": "ACTIVE",
                },
                "Description": None,
            }
        ]
    },
    "identity-center.permission-sets": {
        ORGANIZATION_TARGET: [permission_set("Admin_Set", ADMIN_SET, managed=(ADMINISTRATOR,))]
    },
    "identity-center.assignments": {
        ORGANIZATION_TARGET: [
            {
                "AccountId": ACCOUNT,
                "PermissionSetArn": ADMIN_SET,
                "PrincipalType": "GROUP",
                "PrincipalId": "g-1",
            }
        ]
    },
    "cloudtrail.access-events": {ACCOUNT_TARGET: LOOKED_UP},
    "identity-store.users": {ORGANIZATION_TARGET: [person("ingrid"), person("tomas")]},
    "identity-store.groups": {ORGANIZATION_TARGET: [{"GroupId": "g-1", "DisplayName": "leads"}]},
    "identity-store.memberships": {
        ORGANIZATION_TARGET: [{"GroupId": "g-1", "MembershipId": "m-1", "MemberId": {"UserId": "id-ingrid"}}]
    },
    "identity-store.unlisted-principals": {ORGANIZATION_TARGET: []},
}
