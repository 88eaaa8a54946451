"""`identity-store.unlisted-principals`: whether those exist whom an assignment names and no list holds."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors._identity_center import NEEDS, IdentityCenterInstance, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

USER = Operation("identitystore", "DescribeUser", list_key="UserId")
GROUP = Operation("identitystore", "DescribeGroup", list_key="GroupId")
NONE = ("ResourceNotFoundException",)

ASSIGNMENTS, USERS, GROUPS = "identity-center.assignments", "identity-store.users", "identity-store.groups"

Unlisted = tuple[IdentityCenterInstance, str, str]
"""The instance, the kind of principal, its id."""


@collector(
    item="identity-store.unlisted-principals",
    title="Principals of assignments that no list holds",
    scope=Scope.ORGANIZATION,
    operations=(USER, GROUP),
    shape=(
        "one record a user or group that an assignment names and the lists lack: PrincipalType, PrincipalId, "
        "Exists (false where AWS answered ResourceNotFoundException)"
    ),
    blind_spots=(
        "Whether a user or group exists as of now: when and by whom it was deleted does not show.",
        "Only those whom an assignment names are asked for; nothing else of them is kept.",
    ),
    needs=(*NEEDS, ASSIGNMENTS, USERS, GROUPS),
    calls=2,
    people={("PrincipalId",): ValueKind.ID},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Ask for each such principal by its id: that tells one that is deleted from a list that was cut."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    listed = {("USER", one.get("UserId")) for one in ctx.needed(USERS)}
    listed |= {("GROUP", one.get("GroupId")) for one in ctx.needed(GROUPS)}
    named = {(one["PrincipalType"], one["PrincipalId"]) for one in ctx.needed(ASSIGNMENTS)}
    yield from ctx.map(_described, ((instance, *one) for one in sorted(named - listed)))


def _described(ctx: Context, asked: Unlisted) -> dict[str, Any]:
    instance, kind, principal = asked
    operation, member = (USER, "UserId") if kind == "USER" else (GROUP, "GroupId")
    where = {"IdentityStoreId": instance.identity_store, member: principal}
    found = ctx.call(operation, region=instance.region, absent=NONE, **where)
    return {"PrincipalType": kind, "PrincipalId": principal, "Exists": found is not None}
