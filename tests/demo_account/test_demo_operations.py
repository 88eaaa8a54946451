"""Every operation that a collector declares is answered, completely and in AWS's format."""

import json
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from evidence.demo_account.account import analyzers, config_rules, trails
from evidence.demo_account.account import identity_center as people
from evidence.demo_account.account.organization import PRODUCTION_ACCOUNT
from evidence.demo_account.answers.identity_center import permission_set_arn
from evidence.demo_account.answers.identity_store import group_id
from evidence.demo_account.history import events
from evidence.demo_account.ids import (
    COLLECTOR,
    EXTERNAL_ID,
    IDENTITY_STORE_ID,
    INSTANCE_ARN,
    MANAGEMENT_ACCOUNT,
)
from tests.demo_account.output_shapes import ask, misfits
from tests.demo_account.served_demo import NOW, ServedDemo

INSTANCE = {"InstanceArn": INSTANCE_ARN}
ADMIN_SET = {**INSTANCE, "PermissionSetArn": permission_set_arn("AdministratorAccess")}
STORE = {"IdentityStoreId": IDENTITY_STORE_ID}
ROLE = {"RoleName": "data-engineer"}
POLICY = "arn:aws:iam::123456789012:policy/engineering/data-engineering"
ANALYZER = {"analyzerArn": analyzers.arn("us-east-1", "account-external")}
RULE = "northwind-access-keys-rotated"
SAML = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:saml-provider/OktaLegacy"
GITHUB = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}'

# service, operation, parameters, region; then the member that must be there and not be empty
OPERATIONS: tuple[tuple[str, str, Mapping[str, Any], str, str], ...] = (
    ("sts", "GetCallerIdentity", {}, "us-east-1", "Arn"),
    ("iam", "GenerateCredentialReport", {}, "us-east-1", "State"),
    ("iam", "GetCredentialReport", {}, "us-east-1", "Content"),
    ("iam", "GetAccountSummary", {}, "us-east-1", "SummaryMap"),
    ("iam", "GetAccountPasswordPolicy", {}, "us-east-1", "PasswordPolicy"),
    ("iam", "GetAccountAuthorizationDetails", {}, "us-east-1", "UserDetailList"),
    ("iam", "ListVirtualMFADevices", {"AssignmentStatus": "Any"}, "us-east-1", "VirtualMFADevices"),
    ("iam", "ListSAMLProviders", {}, "us-east-1", "SAMLProviderList"),
    ("iam", "GetSAMLProvider", {"SAMLProviderArn": SAML}, "us-east-1", "SAMLMetadataDocument"),
    ("iam", "ListOpenIDConnectProviders", {}, "us-east-1", "OpenIDConnectProviderList"),
    ("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": GITHUB}, "us-east-1", "ClientIDList"),
    ("iam", "GenerateServiceLastAccessedDetails", {"Arn": POLICY}, "us-east-1", "JobId"),
    ("iam", "GetRole", ROLE, "us-east-1", "Role"),
    ("iam", "ListRolePolicies", {"RoleName": "lambda-ledger-post"}, "us-east-1", "PolicyNames"),
    (
        "iam",
        "GetRolePolicy",
        {"RoleName": "lambda-ledger-post", "PolicyName": "own-table"},
        "us-east-1",
        "PolicyDocument",
    ),
    ("iam", "ListAttachedRolePolicies", ROLE, "us-east-1", "AttachedPolicies"),
    ("iam", "GetPolicy", {"PolicyArn": POLICY}, "us-east-1", "Policy"),
    ("iam", "GetPolicyVersion", {"PolicyArn": POLICY, "VersionId": "v1"}, "us-east-1", "PolicyVersion"),
    ("iam", "ListOrganizationsFeatures", {}, "us-east-1", "EnabledFeatures"),
    ("accessanalyzer", "ListAnalyzers", {}, "us-east-1", "analyzers"),
    ("accessanalyzer", "ListArchiveRules", {"analyzerName": "account-external"}, "us-east-1", "archiveRules"),
    ("accessanalyzer", "ListFindingsV2", ANALYZER, "us-east-1", "findings"),
    (
        "accessanalyzer",
        "GetFindingV2",
        {**ANALYZER, "id": analyzers.finding_id("brand-assets")},
        "us-east-1",
        "findingDetails",
    ),
    (
        "accessanalyzer",
        "ValidatePolicy",
        {"policyDocument": DOCUMENT, "policyType": "IDENTITY_POLICY"},
        "us-east-1",
        "findings",
    ),
    ("account", "ListRegions", {}, "us-east-1", "Regions"),
    ("account", "GetAlternateContact", {"AlternateContactType": "SECURITY"}, "us-east-1", "AlternateContact"),
    ("ec2", "DescribeRegions", {"AllRegions": True}, "us-east-1", "Regions"),
    ("config", "DescribeConfigurationRecorders", {}, "us-east-1", "ConfigurationRecorders"),
    ("config", "DescribeConfigurationRecorderStatus", {}, "us-east-1", "ConfigurationRecordersStatus"),
    ("config", "DescribeDeliveryChannels", {}, "us-east-1", "DeliveryChannels"),
    ("config", "DescribeConfigRules", {}, "us-east-1", "ConfigRules"),
    ("config", "DescribeConfigRuleEvaluationStatus", {}, "us-east-1", "ConfigRulesEvaluationStatus"),
    ("config", "DescribeConformancePacks", {}, "us-east-1", "ConformancePackDetails"),
    (
        "config",
        "GetComplianceDetailsByConfigRule",
        {"ConfigRuleName": RULE},
        "us-east-1",
        "EvaluationResults",
    ),
    ("config", "DescribeComplianceByConfigRule", {}, "us-east-1", "ComplianceByConfigRules"),
    ("cloudtrail", "DescribeTrails", {"includeShadowTrails": False}, "us-east-1", "trailList"),
    ("cloudtrail", "GetTrailStatus", {"Name": trails.TRAIL_ARN}, "us-east-1", "IsLogging"),
    (
        "cloudtrail",
        "GetEventSelectors",
        {"TrailName": trails.TRAIL_ARN},
        "us-east-1",
        "AdvancedEventSelectors",
    ),
    ("cloudtrail", "LookupEvents", {}, "eu-west-1", "Events"),
    ("sso-admin", "ListInstances", {}, "eu-west-1", "Instances"),
    ("sso-admin", "DescribeInstance", INSTANCE, "eu-west-1", "OwnerAccountId"),
    ("sso-admin", "ListRegions", INSTANCE, "eu-west-1", "Regions"),
    ("sso-admin", "ListPermissionSets", INSTANCE, "eu-west-1", "PermissionSets"),
    ("sso-admin", "DescribePermissionSet", ADMIN_SET, "eu-west-1", "PermissionSet"),
    ("sso-admin", "ListManagedPoliciesInPermissionSet", ADMIN_SET, "eu-west-1", "AttachedManagedPolicies"),
    (
        "sso-admin",
        "ListCustomerManagedPolicyReferencesInPermissionSet",
        {**INSTANCE, "PermissionSetArn": permission_set_arn("OnCall")},
        "eu-west-1",
        "CustomerManagedPolicyReferences",
    ),
    (
        "sso-admin",
        "GetInlinePolicyForPermissionSet",
        {**INSTANCE, "PermissionSetArn": permission_set_arn("OnCall")},
        "eu-west-1",
        "InlinePolicy",
    ),
    (
        "sso-admin",
        "GetPermissionsBoundaryForPermissionSet",
        {**INSTANCE, "PermissionSetArn": permission_set_arn("DataEngineer")},
        "eu-west-1",
        "PermissionsBoundary",
    ),
    (
        "sso-admin",
        "ListTagsForResource",
        {**INSTANCE, "ResourceArn": permission_set_arn("OnCall")},
        "eu-west-1",
        "Tags",
    ),
    ("sso-admin", "ListAccountsForProvisionedPermissionSet", ADMIN_SET, "eu-west-1", "AccountIds"),
    (
        "sso-admin",
        "ListAccountAssignments",
        {**ADMIN_SET, "AccountId": MANAGEMENT_ACCOUNT},
        "eu-west-1",
        "AccountAssignments",
    ),
    ("sso-admin", "ListApplications", INSTANCE, "eu-west-1", "Applications"),
    ("sso-admin", "ListTrustedTokenIssuers", INSTANCE, "eu-west-1", "TrustedTokenIssuers"),
    ("identitystore", "ListUsers", STORE, "eu-west-1", "Users"),
    ("identitystore", "ListGroups", STORE, "eu-west-1", "Groups"),
    (
        "identitystore",
        "ListGroupMemberships",
        {**STORE, "GroupId": group_id("aws-engineering")},
        "eu-west-1",
        "GroupMemberships",
    ),
    ("organizations", "DescribeOrganization", {}, "us-east-1", "Organization"),
    ("organizations", "ListAccounts", {}, "us-east-1", "Accounts"),
    ("organizations", "ListRoots", {}, "us-east-1", "Roots"),
    (
        "organizations",
        "ListOrganizationalUnitsForParent",
        {"ParentId": "r-nw01"},
        "us-east-1",
        "OrganizationalUnits",
    ),
    ("organizations", "ListParents", {"ChildId": MANAGEMENT_ACCOUNT}, "us-east-1", "Parents"),
    ("organizations", "ListPolicies", {"Filter": "SERVICE_CONTROL_POLICY"}, "us-east-1", "Policies"),
    ("organizations", "DescribePolicy", {"PolicyId": "p-FullAWSAccess"}, "us-east-1", "Policy"),
    ("organizations", "ListTargetsForPolicy", {"PolicyId": "p-FullAWSAccess"}, "us-east-1", "Targets"),
    ("organizations", "ListDelegatedAdministrators", {}, "us-east-1", "DelegatedAdministrators"),
    (
        "organizations",
        "ListDelegatedServicesForAccount",
        {"AccountId": "210987654321"},
        "us-east-1",
        "DelegatedServices",
    ),
)


@pytest.mark.parametrize("case", OPERATIONS, ids=[f"{case[0]}-{case[1]}" for case in OPERATIONS])
def test_every_operation_is_answered_in_its_output_shape(clean: ServedDemo, case: tuple[Any, ...]) -> None:
    service, operation, parameters, region, member = case
    answer = ask(clean, service, operation, parameters, region)
    metadata = answer.pop("ResponseMetadata")
    shape = clean.client(service, region).meta.service_model.operation_model(operation).output_shape
    # IAM's own documents are decoded by boto3: any JSON is right there.
    # Root's MFA device names no user: that is how AWS answers, whatever the model says.
    assert not [
        found
        for found in misfits(shape, answer, operation)
        if "Document: dict" not in found
        and not found.endswith(("User.UserName: missing", "User.Path: missing"))
    ]
    assert answer[member]
    assert metadata["HTTPStatusCode"] == 200
    assert metadata["RetryAttempts"] == 0
    assert len(metadata["RequestId"]) == 36


def test_last_accessed_job_runs_first_and_then_completes(clean: ServedDemo) -> None:
    iam = clean.client("iam")
    arn = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/engineering/data-engineer"
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    assert iam.get_service_last_accessed_details(JobId=job)["JobStatus"] == "IN_PROGRESS"
    done = iam.get_service_last_accessed_details(JobId=job)
    assert (done["JobStatus"], done["JobType"]) == ("COMPLETED", "ACTION_LEVEL")
    assert any(service.get("TrackedActionsLastAccessed") for service in done["ServicesLastAccessed"])


def test_request_ids_differ_and_there_is_one_date_on_the_demo_accounts_clock(clean: ServedDemo) -> None:
    answers = [clean.client("config").describe_config_rules()["ResponseMetadata"] for _ in range(2)]
    assert answers[0]["RequestId"] != answers[1]["RequestId"]
    date = datetime.strptime(answers[0]["HTTPHeaders"]["date"], "%a, %d %b %Y %H:%M:%S %Z").replace(
        tzinfo=UTC
    )
    assert 0 <= (date - NOW).total_seconds() < 600


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "region", "code"),
    [
        ("iam", "GetRole", {"RoleName": "nobody"}, "us-east-1", "NoSuchEntity"),
        (
            "account",
            "GetAlternateContact",
            {"AlternateContactType": "BILLING"},
            "us-east-1",
            "ResourceNotFoundException",
        ),
        (
            "organizations",
            "ListPolicies",
            {"Filter": "TAG_POLICY"},
            "us-east-1",
            "PolicyTypeNotEnabledException",
        ),
        (
            "sso-admin",
            "GetPermissionsBoundaryForPermissionSet",
            ADMIN_SET,
            "eu-west-1",
            "ResourceNotFoundException",
        ),
        ("sso-admin", "ListPermissionSets", INSTANCE, "us-east-1", "ResourceNotFoundException"),
        ("accessanalyzer", "ListFindingsV2", ANALYZER, "eu-west-1", "ResourceNotFoundException"),
        (
            "config",
            "GetComplianceDetailsByConfigRule",
            {"ConfigRuleName": "no"},
            "us-east-1",
            "NoSuchConfigRuleException",
        ),
        ("organizations", "ListAccounts", {"NextToken": "forged"}, "us-east-1", "InvalidNextTokenException"),
        ("ec2", "DescribeVpcEndpointServicePermissions", {"ServiceId": "x"}, "us-east-1", None),
    ],
)
def test_errors_look_like_those_of_aws(  # noqa: PLR0917
    clean: ServedDemo,
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    region: str,
    code: str | None,
) -> None:
    with pytest.raises(ClientError) as caught:
        ask(clean, service, operation, parameters, region)
    assert caught.value.response["Error"]["Code"] == code or code is None


def test_what_moto_lacks_neither_breaks_nor_speaks(
    clean: ServedDemo, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ClientError) as caught:
        clean.client("iam").get_mfa_device(SerialNumber="arn:aws:iam::123456789012:mfa/x")
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    assert capfd.readouterr() == ("", "")


def test_a_member_account_may_not_read_the_organization(clean: ServedDemo) -> None:
    session = clean.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{PRODUCTION_ACCOUNT}:role/{COLLECTOR}",
        RoleSessionName="member",
        ExternalId=EXTERNAL_ID,
    )["Credentials"]
    member = boto3.Session(
        session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], "us-east-1"
    ).client("organizations", endpoint_url=clean.server.url)
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT_ACCOUNT
    with pytest.raises(ClientError) as caught:
        member.list_accounts()
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_what_moto_does_itself_passes_through_untouched(clean: ServedDemo) -> None:
    s3 = clean.client("s3")
    s3.create_bucket(Bucket="archive")
    s3.put_object(Bucket="archive", Key="a b/ü.zip", Body=b"\x00" * 70_000)
    assert s3.get_object(Bucket="archive", Key="a b/ü.zip")["Body"].read() == b"\x00" * 70_000


def pages(
    demo: ServedDemo, service: str, operation: str, region: str, size: int, **more: Any
) -> list[dict[str, Any]]:
    paginator = demo.client(service, region).get_paginator(operation)
    return list(paginator.paginate(PaginationConfig={"PageSize": size}, **more))


def test_authorization_details_come_in_pages_that_lose_nothing(clean: ServedDemo) -> None:
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    whole = pages(clean, "iam", "get_account_authorization_details", "us-east-1", 1000)
    small = pages(clean, "iam", "get_account_authorization_details", "us-east-1", 7)
    assert len(whole) > 1, "AWS gives 100 entities a page at most, whatever is asked"
    assert len(small) > 20
    for name in lists:
        assert [entry["Arn"] for page in small for entry in page[name]] == [
            entry["Arn"] for page in whole for entry in page[name]
        ]
    assert [page["IsTruncated"] for page in small] == [True] * (len(small) - 1) + [False]
    assert "Marker" not in small[-1]


def test_authorization_details_honour_the_filter(clean: ServedDemo) -> None:
    client = clean.client("iam")
    local = client.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert not local["UserDetailList"] and not local["RoleDetailList"]
    assert all(":aws:policy" not in policy["Arn"] for policy in local["Policies"])
    aws = client.get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in {policy["Arn"] for policy in aws}
    assert all(policy["PolicyId"].startswith("ANPA") and policy["AttachmentCount"] for policy in aws)


@pytest.mark.parametrize(
    ("service", "operation", "region", "key", "more", "count"),
    [
        ("accessanalyzer", "list_findings_v2", "us-east-1", "findings", ANALYZER, 128),
        ("identitystore", "list_users", "eu-west-1", "Users", STORE, len(people.PEOPLE) + len(people.LOCAL)),
        ("config", "get_compliance_details_by_config_rule", "eu-west-1", "EvaluationResults",
         {"ConfigRuleName": "encrypted-volumes"}, config_rules.VOLUMES["eu-west-1"]),
        ("organizations", "list_accounts", "us-east-1", "Accounts", {}, 7),
        ("sso-admin", "list_permission_sets", "eu-west-1", "PermissionSets", INSTANCE, 10),
        ("cloudtrail", "lookup_events", "eu-west-1", "Events", {}, len(events(0)["eu-west-1"])),
    ],
)  # fmt: skip
def test_listings_page_completely(  # noqa: PLR0917
    clean: ServedDemo, service: str, operation: str, region: str, key: str, more: dict[str, Any], count: int
) -> None:
    found = [json.dumps(entry, default=str) for page in pages(clean, service, operation, region, 3, **more)
             for entry in page[key]]  # fmt: skip
    assert len(found) == len(set(found)) == count


def test_lookup_events_filters_by_source_and_time(clean: ServedDemo) -> None:
    client = clean.client("cloudtrail", "eu-west-1")
    by_source = [{"AttributeKey": "EventSource", "AttributeValue": "sso-directory.amazonaws.com"}]
    events = client.lookup_events(LookupAttributes=by_source)["Events"]
    assert {event["EventSource"] for event in events} == {"sso-directory.amazonaws.com"}
    assert "EnableExternalIdPConfigurationForDirectory" in {event["EventName"] for event in events}
    assert not client.lookup_events(StartTime=NOW)["Events"]


def test_the_server_tells_which_operations_it_received(clean: ServedDemo) -> None:
    clean.client("sts").get_caller_identity()
    with urllib.request.urlopen(f"{clean.server.url}/_evidence/requests") as answer:  # noqa: S310
        assert {"service": "sts", "operation": "GetCallerIdentity"} in json.load(answer)
