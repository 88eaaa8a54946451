"""Simulates AWS Organizations: accounts, organizational units, policies, in pages of 20, as AWS's are."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evidence.demo_account.account.organization import DECLARATIVE, RCP, SCP
from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT, ORGANIZATION_ID
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest

PAGE = 20
_BASE = f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}"
_TYPES = [{"Type": kind, "Status": "ENABLED"} for kind in (SCP, RCP, DECLARATIVE)]


def _page(
    call: ApiRequest, items: Sequence[Any], key: str, show: Callable[[Any], Any] = lambda item: item
) -> Mapping[str, Any]:
    return page(call, items, key=key, size=PAGE, show=show)


@answers("organizations", "DescribeOrganization")
def describe(context: AnswerContext, _call: ApiRequest) -> Mapping[str, Any]:
    """The organization."""
    return {"Organization": {
        "Id": ORGANIZATION_ID, "Arn": f"{_BASE}:organization/{ORGANIZATION_ID}", "FeatureSet": "ALL",
        "MasterAccountArn": f"{_BASE}:account/{ORGANIZATION_ID}/{MANAGEMENT_ACCOUNT}",
        "MasterAccountId": MANAGEMENT_ACCOUNT, "MasterAccountEmail": context.organization.ACCOUNTS[0][2],
        "AvailablePolicyTypes": [_TYPES[0]],
    }}  # fmt: skip


def _account(context: AnswerContext, row: tuple[str, str, str, str, str, int]) -> dict[str, Any]:
    number, name, mail, state, _, age = row
    return {
        "Id": number, "Arn": f"{_BASE}:account/{ORGANIZATION_ID}/{number}", "Email": mail, "Name": name,
        "Status": state, "State": state, "JoinedTimestamp": context.ago(age),
        "JoinedMethod": "INVITED" if number == MANAGEMENT_ACCOUNT else "CREATED",
    }  # fmt: skip


@answers("organizations", "ListAccounts")
def accounts(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Accounts, the suspended one too."""
    return _page(call, context.organization.ACCOUNTS, "Accounts", lambda row: _account(context, row))


@answers("organizations", "ListRoots")
def roots(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """The one root."""
    root = {
        "Id": context.organization.ROOT_ID,
        "Arn": _root_arn(context),
        "Name": "Root",
        "PolicyTypes": _TYPES,
    }
    return _page(call, [root], "Roots")


def _root_arn(context: AnswerContext) -> str:
    return f"{_BASE}:root/{ORGANIZATION_ID}/{context.organization.ROOT_ID}"


def _ou_arn(ou: str) -> str:
    return f"{_BASE}:ou/{ORGANIZATION_ID}/{ou}"


@answers("organizations", "ListOrganizationalUnitsForParent")
def organizational_units(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Organizational units below a root or another one."""
    parent = call.parameters.get("ParentId")
    if parent != context.organization.ROOT_ID and parent not in context.organization.OUS:
        raise AwsError("ParentNotFoundException", "You specified parent that doesn't exist.")
    found = [{"Id": ou, "Arn": _ou_arn(ou), "Name": name}
             for ou, (name, above) in context.organization.OUS.items() if above == parent]  # fmt: skip
    return _page(call, found, "OrganizationalUnits")


@answers("organizations", "ListParents")
def parents(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Where an account or an organizational unit hangs."""
    child, org = call.parameters.get("ChildId"), context.organization
    if child in org.ROWS:
        above = org.ROWS[child][4]
    elif child in org.OUS:
        above = org.OUS[child][1]
    else:
        raise AwsError("ChildNotFoundException", "You specified a child that doesn't exist.")
    kind = "ROOT" if above == org.ROOT_ID else "ORGANIZATIONAL_UNIT"
    return _page(call, [{"Id": above, "Type": kind}], "Parents")


def _summary(row: tuple[Any, ...]) -> dict[str, Any]:
    number, name, about, kind, managed, _, _ = row
    owner = "aws" if managed else MANAGEMENT_ACCOUNT
    scope = "" if managed else f"{ORGANIZATION_ID}/"
    arn = f"arn:aws:organizations::{owner}:policy/{scope}{kind.lower()}/{number}"
    return {"Id": number, "Arn": arn, "Name": name, "Description": about, "Type": kind, "AwsManaged": managed}


@answers("organizations", "ListPolicies")
def policies(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Policies of one type; types that are not enabled say so."""
    wanted = call.parameters.get("Filter")
    if wanted not in (SCP, RCP, DECLARATIVE):
        raise AwsError("PolicyTypeNotEnabledException", f"The policy type {wanted} is not enabled.")
    return _page(
        call, [_summary(row) for row in context.organization.POLICIES if row[3] == wanted], "Policies"
    )


def _policy(context: AnswerContext, call: ApiRequest) -> tuple[Any, ...]:
    row: tuple[Any, ...]
    for row in context.organization.POLICIES:
        if row[0] == call.parameters.get("PolicyId"):
            return row
    raise AwsError("PolicyNotFoundException", "You specified a policy that doesn't exist.")


@answers("organizations", "DescribePolicy")
def describe_policy(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One policy with its document."""
    row = _policy(context, call)
    return {"Policy": {"PolicySummary": _summary(row), "Content": json.dumps(row[5])}}


@answers("organizations", "ListTargetsForPolicy")
def targets(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """What a policy is attached to."""
    return _page(call, _policy(context, call)[6], "Targets", lambda target: _target(context, target))


def _target(context: AnswerContext, target: str) -> dict[str, str]:
    if target == context.organization.ROOT_ID:
        return {"TargetId": target, "Arn": _root_arn(context), "Name": "Root", "Type": "ROOT"}
    if target in context.organization.OUS:
        return {"TargetId": target, "Arn": _ou_arn(target), "Name": context.organization.OUS[target][0],
                "Type": "ORGANIZATIONAL_UNIT"}  # fmt: skip
    name = context.organization.ROWS[target][1]
    arn = f"{_BASE}:account/{ORGANIZATION_ID}/{target}"
    return {"TargetId": target, "Arn": arn, "Name": name, "Type": "ACCOUNT"}


@answers("organizations", "ListDelegatedAdministrators")
def delegated_administrators(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Accounts that run services for the organization."""
    wanted = call.parameters.get("ServicePrincipal")
    org = context.organization
    found = [
        {**_account(context, org.ROWS[account]), "DelegationEnabledDate": context.ago(max(services.values()))}
        for account, services in org.DELEGATED.items()
        if not wanted or wanted in services
    ]
    return _page(call, found, "DelegatedAdministrators")


@answers("organizations", "ListDelegatedServicesForAccount")
def delegated_services(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Services an account runs for the organization."""
    account = call.parameters.get("AccountId")
    if account not in context.organization.DELEGATED:
        raise AwsError(
            "AccountNotRegisteredException", "The account is not a registered delegated administrator."
        )
    services = [{"ServicePrincipal": service, "DelegationEnabledDate": context.ago(age)}
                for service, age in context.organization.DELEGATED[account].items()]  # fmt: skip
    return _page(call, services, "DelegatedServices")


@answers("organizations", "ListTagsForResource")
def resource_tags(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Tags of an account."""
    tags = context.organization.ACCOUNT_TAGS.get(str(call.parameters.get("ResourceId")), {})
    return _page(call, [{"Key": key, "Value": value} for key, value in tags.items()], "Tags")
