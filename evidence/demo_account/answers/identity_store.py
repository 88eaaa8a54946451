"""Simulates the identity store: users, groups and memberships, as Okta provisioned them."""

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import IDENTITY_CENTER_REGION, IDENTITY_STORE_ID, digest, uuid_of
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest


def user_id(name: str) -> str:
    """Return a person's id in the store."""
    return uuid_of("identity-user", name)


def group_id(name: str) -> str:
    """Return a group's id in the store."""
    return uuid_of("identity-group", name)


def _check(call: ApiRequest) -> None:
    store = call.parameters.get("IdentityStoreId")
    if call.region != IDENTITY_CENTER_REGION or store != IDENTITY_STORE_ID:
        raise AwsError("ResourceNotFoundException", f"IdentityStore {store} does not exist in this region.")


@answers("identitystore", "ListUsers")
def users(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """People."""
    _check(call)
    return page(call, _users(context), key="Users")


@answers("identitystore", "DescribeUser")
def user(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One of them."""
    return _one(call, _users(context), "UserId", "USER")


@answers("identitystore", "DescribeGroup")
def group(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """One group."""
    return _one(call, _groups(context), "GroupId", "GROUP")


def _one(call: ApiRequest, listed: Sequence[dict[str, Any]], member: str, kind: str) -> Mapping[str, Any]:
    _check(call)
    for found in listed:
        if found[member] == call.parameters.get(member):
            return found
    raise AwsError("ResourceNotFoundException", f"{kind} not found.")


def _users(context: AnswerContext) -> list[dict[str, Any]]:
    return [_user(context, *row) for row in (*context.people.PEOPLE, *context.people.LOCAL)]


def _user(context: AnswerContext, name: str, given: str, family: str) -> dict[str, Any]:
    local = any(name == row[0] for row in context.people.LOCAL)
    joined = context.once(context.people.joined(name))
    external = (
        [] if local else [{"Issuer": context.people.ISSUER, "Id": f"00u{digest('okta', name).hex()[:17]}"}]
    )
    phone = f"+47 555 {digest('phone', name)[0]:05d}"
    return {
        "IdentityStoreId": IDENTITY_STORE_ID,
        "UserId": user_id(name),
        "UserName": f"{name}@northwind.example",
        "UserArn": f"arn:aws:identitystore:::user/{user_id(name)}",
        "Revision": "1",
        **({"ExternalIds": external} if external else {}),
        "Name": {"GivenName": given, "FamilyName": family, "Formatted": f"{given} {family}"},
        "DisplayName": f"{given} {family}",
        "Emails": [{"Value": f"{name}@northwind.example", "Type": "work", "Primary": True}],
        "PhoneNumbers": [{"Value": phone, "Type": "work", "Primary": True}],
        "Addresses": [{"Locality": "Oslo", "Country": "NO", "Type": "home", "Primary": True}],
        "UserStatus": "DISABLED" if name in context.people.DISABLED else "ENABLED",
        "CreatedAt": joined,
        "UpdatedAt": joined,
        "CreatedBy": "console" if local else "SCIM",
    }


@answers("identitystore", "ListGroups")
def groups(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Groups."""
    _check(call)
    return page(call, _groups(context), key="Groups")


def _groups(context: AnswerContext) -> list[dict[str, Any]]:
    return [
        {"IdentityStoreId": IDENTITY_STORE_ID, "GroupId": group_id(name), "DisplayName": name,
         "GroupArn": f"arn:aws:identitystore:::group/{group_id(name)}", "Revision": "1", "Description": about,
         "ExternalIds": [{"Issuer": context.people.ISSUER, "Id": f"00g{digest('okta', name).hex()[:17]}"}],
         "CreatedAt": context.ago(600), "UpdatedAt": context.ago(30)}
        for name, (about, _) in context.people.GROUPS.items()
    ]  # fmt: skip


@answers("identitystore", "ListGroupMemberships")
def memberships(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Members of one group."""
    _check(call)
    for name, (_, members) in context.people.GROUPS.items():
        if group_id(name) == call.parameters.get("GroupId"):
            return page(
                call, [_membership(context, name, member) for member in members], key="GroupMemberships"
            )
    raise AwsError("ResourceNotFoundException", "GROUP not found.")


def _membership(context: AnswerContext, group: str, member: str) -> dict[str, Any]:
    number = uuid_of("membership", group, member)
    since = context.once(context.people.member_since(group, member))
    return {
        "IdentityStoreId": IDENTITY_STORE_ID,
        "MembershipId": number,
        "GroupId": group_id(group),
        "MembershipArn": f"arn:aws:identitystore:::membership/{number}",
        "MemberId": {"UserId": user_id(member)},
        "CreatedAt": since,
        "UpdatedAt": since,
    }
