"""`identity-store.users`: the people that Identity Center knows, and which provider they come from."""

from collections.abc import Iterator

from evidence.collectors._identity_center import NEEDS, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

USERS = Operation("identitystore", "ListUsers", list_key="Users")

KEPT = (
    *("IdentityStoreId", "UserId", "UserName", "DisplayName", "Name", "ExternalIds"),
    *("UserStatus", "UserType", "CreatedAt", "CreatedBy", "UpdatedAt"),
)
"""Personal data is collected no further than the tests need it."""


@collector(
    item="identity-store.users",
    title="Identity Center users",
    scope=Scope.ORGANIZATION,
    operations=(USERS,),
    shape=f"one record a user: {', '.join(KEPT)}, where AWS has them",
    blind_spots=(
        (
            "Addresses, phone numbers, photos, birth dates and the like are dropped on collection; a user's "
            "name stays, and may be an e-mail address."
        ),
        "ExternalIds show that a user was provisioned by a provider, not that signing in goes through it.",
        "Users as they are now: those deleted during the period are gone.",
        "MFA devices of Identity Center's own directory are listed by no API.",
    ),
    needs=NEEDS,
    people={
        ("UserName",): ValueKind.LOGIN,
        ("DisplayName",): ValueKind.NAME,
        ("UserId",): ValueKind.ID,
        ("ExternalIds", "Id"): ValueKind.ID,
    },
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every user of the organization's identity store, with the members kept."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    for user in ctx.records(USERS, region=instance.region, IdentityStoreId=instance.identity_store):
        yield {member: user[member] for member in KEPT if member in user}
