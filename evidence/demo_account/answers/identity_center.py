"""Simulates IAM Identity Center: the instance, permission sets, assignments, applications."""

import json
from collections.abc import Mapping
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.answers.identity_store import group_id, user_id
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import (
    IDENTITY_CENTER_REGION,
    IDENTITY_STORE_ID,
    INSTANCE_ARN,
    MANAGEMENT_ACCOUNT,
    hex_of,
)
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest

STORE_ARN = f"arn:aws:identitystore::{MANAGEMENT_ACCOUNT}:identitystore/{IDENTITY_STORE_ID}"


def permission_set_arn(name: str) -> str:
    """Return a permission set's ARN."""
    return f"{INSTANCE_ARN.replace('instance', 'permissionSet', 1)}/ps-{hex_of(16, 'permission-set', name)}"


def _instance(context: AnswerContext) -> dict[str, Any]:
    return {
        "InstanceArn": INSTANCE_ARN, "IdentityStoreId": IDENTITY_STORE_ID, "IdentityStoreArn": STORE_ARN,
        "OwnerAccountId": MANAGEMENT_ACCOUNT, "Name": "Northwind Ledger", "Status": "ACTIVE",
        "CreatedDate": context.ago(context.people.INSTANCE_AGE), "PrimaryRegion": IDENTITY_CENTER_REGION,
        "Regions": [_home(context)],
    }  # fmt: skip


def _home(context: AnswerContext) -> dict[str, Any]:
    return {"RegionName": IDENTITY_CENTER_REGION, "Status": "ACTIVE", "IsPrimaryRegion": True,
            "AddedDate": context.ago(context.people.INSTANCE_AGE)}  # fmt: skip


def _check(call: ApiRequest) -> None:
    """Refuse an instance that is unknown here, as every region but the home region does."""
    if call.region != IDENTITY_CENTER_REGION or call.parameters.get("InstanceArn") != INSTANCE_ARN:
        raise AwsError("ResourceNotFoundException", "The instance does not exist in this region.")


@answers("sso-admin", "ListInstances")
def instances(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The instance, in its home region only."""
    here = call.region == IDENTITY_CENTER_REGION or call.parameters.get("RegionScope") == "ALL_REGIONS"
    return page(call, [_instance(context)] if here else [], key="Instances")


@answers("sso-admin", "DescribeInstance")
def describe_instance(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The instance, with its key."""
    _check(call)
    return {
        **_instance(context),
        "PermissionSetsEnabled": True,
        "EncryptionConfigurationDetails": {"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"},
    }


@answers("sso-admin", "ListRegions")
def regions(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Regions the instance is in."""
    _check(call)
    return page(call, [_home(context)], key="Regions")


@answers("sso-admin", "ListPermissionSets")
def permission_sets(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """ARNs of the permission sets."""
    _check(call)
    return page(
        call, [permission_set_arn(name) for name in context.people.PERMISSION_SETS], key="PermissionSets"
    )


def _set(
    context: AnswerContext, call: ApiRequest, member: str = "PermissionSetArn"
) -> tuple[str, dict[str, Any]]:
    _check(call)
    for name, content in context.people.PERMISSION_SETS.items():
        if permission_set_arn(name) == call.parameters.get(member):
            return name, content
    raise AwsError("ResourceNotFoundException", "Could not find PermissionSet.")


@answers("sso-admin", "DescribePermissionSet")
def describe_permission_set(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One permission set."""
    name, content = _set(context, call)
    return {"PermissionSet": {
        "Name": name, "PermissionSetArn": permission_set_arn(name), "Description": content["about"],
        "CreatedDate": context.ago(context.people.INSTANCE_AGE - 2), "SessionDuration": content["session"],
    }}  # fmt: skip


@answers("sso-admin", "ListManagedPoliciesInPermissionSet")
def managed_policies(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """AWS managed policies of a permission set."""
    _, content = _set(context, call)
    found = [{"Name": arn.rsplit("/", 1)[-1], "Arn": arn} for arn in content["managed"]]
    return page(call, found, key="AttachedManagedPolicies")


@answers("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet")
def customer_policies(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Customer-managed policies of a permission set, by name and path."""
    _, content = _set(context, call)
    found = [{"Name": name, "Path": path} for name, path in content.get("customer", [])]
    return page(call, found, key="CustomerManagedPolicyReferences")


@answers("sso-admin", "GetInlinePolicyForPermissionSet")
def inline_policy(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The inline policy, or an empty string."""
    _, content = _set(context, call)
    return {"InlinePolicy": json.dumps(content["inline"]) if "inline" in content else ""}


@answers("sso-admin", "GetPermissionsBoundaryForPermissionSet")
def boundary(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The boundary; none is an error, as at AWS."""
    name, content = _set(context, call)
    if "boundary" not in content:
        raise AwsError("ResourceNotFoundException", f"PermissionSet {name} has no permissions boundary.")
    return {"PermissionsBoundary": content["boundary"]}


@answers("sso-admin", "ListTagsForResource")
def tags(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Tags of a permission set."""
    name, _ = _set(context, call, "ResourceArn")
    return page(
        call, [{"Key": "managed-by", "Value": "terraform"}, {"Key": "set", "Value": name}], key="Tags"
    )


@answers("sso-admin", "ListAccountsForProvisionedPermissionSet")
def provisioned_accounts(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Accounts a permission set is provisioned in."""
    name, _ = _set(context, call)
    found = {account for given, _, _, accounts in context.people.ASSIGNMENTS if given == name
             for account in accounts}  # fmt: skip
    return page(call, sorted(found), key="AccountIds")


@answers("sso-admin", "ListAccountAssignments")
def account_assignments(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Who has a permission set in an account."""
    name, _ = _set(context, call)
    account, find = call.parameters.get("AccountId"), {"GROUP": group_id, "USER": user_id}
    found = [
        {"AccountId": account, "PermissionSetArn": permission_set_arn(name), "PrincipalType": kind,
         "PrincipalId": find[kind](principal)}
        for given, kind, principal, accounts in context.people.ASSIGNMENTS
        if given == name and account in accounts
    ]  # fmt: skip
    return page(call, found, key="AccountAssignments")


@answers("sso-admin", "ListApplications")
def applications(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """SAML and AWS-managed applications."""
    _check(call)
    found = [_application(context, *row) for row in context.people.APPLICATIONS]
    return page(call, found, key="Applications")


def _application(context: AnswerContext, name: str, provider: str, status: str) -> dict[str, Any]:
    number = hex_of(16, "application", name)
    instance = INSTANCE_ARN.rsplit("/", 1)[-1]
    return {
        "ApplicationArn": f"arn:aws:sso::{MANAGEMENT_ACCOUNT}:application/{instance}/apl-{number}",
        "ApplicationProviderArn": provider, "Name": name, "ApplicationAccount": MANAGEMENT_ACCOUNT,
        "InstanceArn": INSTANCE_ARN, "Status": status, "CreatedDate": context.ago(500),
        "PortalOptions": {"Visibility": "ENABLED", "SignInOptions": {"Origin": "IDENTITY_CENTER"}},
    }  # fmt: skip


@answers("sso-admin", "ListTrustedTokenIssuers")
def token_issuers(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Trusted token issuers."""
    _check(call)
    instance = INSTANCE_ARN.rsplit("/", 1)[-1]
    found = [
        {"Name": name, "TrustedTokenIssuerType": "OIDC_JWT", "TrustedTokenIssuerArn":
         f"arn:aws:sso::{MANAGEMENT_ACCOUNT}:trustedTokenIssuer/{instance}/tti-{hex_of(16, name)}"}
        for name in context.people.TOKEN_ISSUERS
    ]  # fmt: skip
    return page(call, found, key="TrustedTokenIssuers")
