"""`identity-store.memberships`: who is in which group."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors._identity_center import NEEDS, IdentityCenterInstance, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

MEMBERSHIPS = Operation("identitystore", "ListGroupMemberships", list_key="GroupMemberships")

GROUPS = "identity-store.groups"
KEPT = ("GroupId", "MembershipId", "MemberId")


@collector(
    item="identity-store.memberships",
    title="Members of Identity Center groups",
    scope=Scope.ORGANIZATION,
    operations=(MEMBERSHIPS,),
    shape=f"one record a membership: {', '.join(KEPT)}",
    blind_spots=(
        "Memberships as they are now: people added to a group and removed again in the period do not show.",
        "Members are ids; their names are in identity-store.users.",
    ),
    needs=(*NEEDS, GROUPS),
    calls=11,
    people={("MemberId", "UserId"): ValueKind.ID},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the members of every group, the groups asked for at the same time."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    groups = ((instance, group["GroupId"]) for group in ctx.needed(GROUPS))
    for members in ctx.map(_members, groups):
        yield from members


def _members(ctx: Context, asked: tuple[IdentityCenterInstance, str]) -> list[dict[str, Any]]:
    instance, group = asked
    where = {"IdentityStoreId": instance.identity_store, "GroupId": group}
    found = ctx.records(MEMBERSHIPS, region=instance.region, **where)
    return [{member: membership[member] for member in KEPT} for membership in found]
