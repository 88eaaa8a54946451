"""Simulates member accounts: refusals by the organization's services, their own IAM, a common baseline.

Config's rules and recorders and the account's analyzers came from the same stack in every account, so they
are those of the management account under the member's number. Findings are the management account's alone,
and so are trails, of which members see the organization's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.wire import ApiRequest

ORGANIZATION_SERVICES = {
    "organizations": None,
    "sso-admin": "sso.amazonaws.com",
    "identitystore": "sso.amazonaws.com",
}
"""Services that answer member accounts only as delegated administrators; None: of any service."""
ROOT_ACCESS = "iam.amazonaws.com"
NOT_A_MEMBERS_BUSINESS = "You don't have permissions to access this resource."
_BASELINE = ("config", "accessanalyzer", "cloudtrail")
_NOTHING = {"ListFindingsV2": "findings", "LookupEvents": "Events"}
"""Lists that are empty in member accounts: operation to list key."""


def member_answer(
    handler: Callable[[Any, ApiRequest], Mapping[str, Any]], context: Any, call: ApiRequest
) -> Mapping[str, Any]:
    """Return a member account's answer; raises AwsError where it has none."""
    if call.service in ORGANIZATION_SERVICES:
        if call.operation != "DescribeOrganization" and not _delegated(context, call):
            raise AwsError("AccessDeniedException", NOT_A_MEMBERS_BUSINESS)
        return handler(context, call)
    if call.operation == "ListOrganizationsFeatures" and not _administers(context, call, ROOT_ACCESS):
        raise AwsError(
            "AccountNotManagementOrDelegatedAdministratorException",
            "The account is neither the management account nor the delegated administrator.",
        )
    if call.service not in _BASELINE or context.own:
        return handler(context, call)
    if call.operation in _NOTHING:
        return {_NOTHING[call.operation]: []}
    if call.operation == "DescribeTrails":
        seen = handler(context, call)["trailList"]
        return {"trailList": [one for one in seen if one["IsOrganizationTrail"]]}
    asked = replace(call, parameters=_renumbered(call.parameters, call.account, MANAGEMENT_ACCOUNT))
    answer: Mapping[str, Any] = _renumbered(handler(context, asked), MANAGEMENT_ACCOUNT, call.account)
    if call.operation == "ListAnalyzers":
        return {**answer, "analyzers": [one for one in answer["analyzers"] if one["type"] == "ACCOUNT"]}
    return answer


def _delegated(context: Any, call: ApiRequest) -> bool:
    return _administers(context, call, ORGANIZATION_SERVICES[call.service])


def _administers(context: Any, call: ApiRequest, service: str | None) -> bool:
    """Say whether the caller's account is a delegated administrator of a service, or of any for None."""
    services = context.organization.DELEGATED.get(call.account, {})
    return service in services if service else bool(services)


def _renumbered(value: Any, old: str, new: str) -> Any:
    """Return a value with one account's number in the place of another's, in every text."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, Mapping):
        return {key: _renumbered(member, old, new) for key, member in value.items()}
    if isinstance(value, list):
        return [_renumbered(member, old, new) for member in value]
    return value
