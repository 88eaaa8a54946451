"""Simulates IAM's GetAccountAuthorizationDetails, single roles and policies, from what moto holds."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from evidence.demo_account.answers import AnswerContext, answers, aware
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.paging import marked
from evidence.demo_account.wire import ApiRequest

DETAIL_KEYS = {
    "User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList",
    "LocalManagedPolicy": "Policies", "AWSManagedPolicy": "Policies",
}  # fmt: skip


@answers("iam", "GetAccountAuthorizationDetails")
def authorization_details(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """All entities in one sequence, cut into pages; each page holds four lists, some of them empty."""
    wanted = set(call.parameters.get("Filter") or DETAIL_KEYS)
    unknown = wanted - set(DETAIL_KEYS)
    if unknown:
        raise AwsError(
            "ValidationError", f"Value at 'filter' failed to satisfy constraint: {sorted(unknown)}"
        )
    everything = [entity for entity in _entities(context) if entity[0] in wanted]
    cut = marked(call, everything, key="Entities")
    lists: dict[str, list[Any]] = {key: [] for key in DETAIL_KEYS.values()}
    for kind, detail in cut.pop("Entities"):
        lists[DETAIL_KEYS[kind]].append(detail)
    return {**lists, **cut}


def _entities(context: AnswerContext) -> Iterable[tuple[str, dict[str, Any]]]:
    iam = context.iam
    for user in _by_name(iam.users.values()):
        yield "User", _user(context, user)
    for group in _by_name(iam.groups.values()):
        yield "Group", _group(group)
    for role in _by_name(iam.roles.values()):
        yield "Role", _role_detail(role)
    for policy in _by_name(iam.managed_policies.values()):
        if "::aws:" not in policy.arn:
            yield "LocalManagedPolicy", _policy_detail(context, policy)
        elif policy.attachment_count:
            yield "AWSManagedPolicy", _policy_detail(context, policy)


def _by_name(things: Iterable[Any]) -> list[Any]:
    return sorted(things, key=lambda thing: str(thing.name))


def _encoded(text: str) -> str:
    """Return a document as IAM sends it; boto3 decodes it again."""
    return quote(text, safe="")


def _inline(policies: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"PolicyName": name, "PolicyDocument": _encoded(text)} for name, text in policies.items()]


def _attached(owner: Any) -> list[dict[str, str]]:
    return [
        {"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in owner.managed_policies.values()
    ]


def _boundary(owner: Any) -> dict[str, str] | None:
    arn = getattr(owner, "permissions_boundary_arn", None)
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def _tags(context: AnswerContext, owner: Any) -> list[dict[str, str]]:
    """Return tags from the backend at hand: moto's own users ask the one of all the process."""
    tags: list[dict[str, str]] = context.iam.tagger.list_tags_for_resource(owner.arn)["Tags"]
    return tags


def _user(context: AnswerContext, user: Any) -> dict[str, Any]:
    groups = [group.name for group in _by_name(context.iam.groups.values()) if user in group.users]
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": aware(user.create_date),
        "UserPolicyList": _inline(user.policies),
        "GroupList": groups,
        "AttachedManagedPolicies": _attached(user),
        "PermissionsBoundary": _boundary(user),
        "Tags": _tags(context, user),
    }


def _group(group: Any) -> dict[str, Any]:
    return {
        "Path": group.path, "GroupName": group.name, "GroupId": group.id, "Arn": group.arn,
        "CreateDate": aware(group.create_date), "GroupPolicyList": _inline(group.policies),
        "AttachedManagedPolicies": _attached(group),
    }  # fmt: skip


def _last_used(role: Any) -> dict[str, Any]:
    return {"LastUsedDate": aware(role.last_used), "Region": role.last_used_region} if role.last_used else {}


def _common_role(role: Any) -> dict[str, Any]:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": aware(role.create_date),
        "AssumeRolePolicyDocument": _encoded(role.assume_role_policy_document),
        "PermissionsBoundary": _boundary(role),
        "Tags": role.tags,
        "RoleLastUsed": _last_used(role),
    }


def _role_detail(role: Any) -> dict[str, Any]:
    return {**_common_role(role), "InstanceProfileList": [], "RolePolicyList": _inline(role.policies),
            "AttachedManagedPolicies": _attached(role)}  # fmt: skip


def _boundary_uses(context: AnswerContext, arn: str) -> int:
    owners = [*context.iam.users.values(), *context.iam.roles.values()]
    return sum(1 for owner in owners if getattr(owner, "permissions_boundary_arn", None) == arn)


def _common_policy(context: AnswerContext, policy: Any) -> dict[str, Any]:
    return {
        "PolicyName": policy.name, "PolicyId": policy.id, "Arn": policy.arn, "Path": policy.path,
        "DefaultVersionId": policy.default_version_id, "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": _boundary_uses(context, policy.arn), "IsAttachable": True,
        "CreateDate": aware(policy.create_date), "UpdateDate": aware(policy.update_date),
    }  # fmt: skip


def _version(version: Any) -> dict[str, Any]:
    return {"Document": _encoded(version.document), "VersionId": version.version_id,
            "IsDefaultVersion": version.is_default, "CreateDate": aware(version.create_date)}  # fmt: skip


def _policy_detail(context: AnswerContext, policy: Any) -> dict[str, Any]:
    versions = [_version(version) for version in reversed(policy.versions)]
    return {**_common_policy(context, policy), "PolicyVersionList": versions}


def _found_role(context: AnswerContext, call: ApiRequest) -> Any:
    name = call.parameters.get("RoleName")
    for role in context.iam.roles.values():
        if role.name == name:
            return role
    raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)


def _found_policy(context: AnswerContext, call: ApiRequest) -> Any:
    arn = call.parameters.get("PolicyArn")
    policy = context.iam.managed_policies.get(arn)
    if policy is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return policy


@answers("iam", "GetRole")
def get_role(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One role."""
    role = _found_role(context, call)
    more = {
        "Description": role.description or None,
        "MaxSessionDuration": int(role.max_session_duration or 3600),
    }
    return {"Role": {**_common_role(role), **more}}


@answers("iam", "ListRolePolicies")
def list_role_policies(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Names of a role's inline policies."""
    return marked(call, list(_found_role(context, call).policies), key="PolicyNames")


@answers("iam", "GetRolePolicy")
def get_role_policy(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One inline policy of a role."""
    role, name = _found_role(context, call), call.parameters.get("PolicyName")
    if name not in role.policies:
        raise AwsError("NoSuchEntity", f"The role policy with name {name} cannot be found.", 404)
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _encoded(role.policies[name])}


@answers("iam", "ListAttachedRolePolicies")
def list_attached_role_policies(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Managed policies of a role."""
    return marked(call, _attached(_found_role(context, call)), key="AttachedPolicies")


@answers("iam", "GetPolicy")
def get_policy(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One managed policy."""
    policy = _found_policy(context, call)
    more = {"Description": policy.description or None, "Tags": policy.get_tags()}
    return {"Policy": {**_common_policy(context, policy), **more}}


@answers("iam", "GetPolicyVersion")
def get_policy_version(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One version of a managed policy."""
    wanted = call.parameters.get("VersionId")
    for version in _found_policy(context, call).versions:
        if version.version_id == wanted:
            return {"PolicyVersion": _version(version)}
    raise AwsError("NoSuchEntity", f"Policy version {wanted} does not exist.", 404)
