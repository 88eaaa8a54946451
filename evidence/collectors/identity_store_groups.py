"""`identity-store.groups`: the groups that permission sets are assigned to."""

from collections.abc import Iterator

from evidence.collectors._identity_center import NEEDS, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

GROUPS = Operation("identitystore", "ListGroups", list_key="Groups")

KEPT = ("IdentityStoreId", "GroupId", "DisplayName", "ExternalIds", "Description")


@collector(
    item="identity-store.groups",
    title="Identity Center groups",
    scope=Scope.ORGANIZATION,
    operations=(GROUPS,),
    shape=f"one record a group: {', '.join(KEPT)}, where AWS has them",
    blind_spots=(
        "Nested groups of the identity provider do not exist here: only what it provisions.",
        "Groups as they are now: those deleted during the period are gone.",
    ),
    needs=NEEDS,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every group of the organization's identity store, with the members kept."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    for group in ctx.records(GROUPS, region=instance.region, IdentityStoreId=instance.identity_store):
        yield {member: group[member] for member in KEPT if member in group}
