"""`identity-center.permission-sets`: what each permission set grants."""

from collections.abc import Callable, Iterator
from typing import Any

from evidence.collectors._identity_center import NEEDS, IdentityCenterInstance, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

SETS = Operation("sso-admin", "ListPermissionSets", list_key="PermissionSets")
SET = Operation("sso-admin", "DescribePermissionSet", list_key="PermissionSet")
MANAGED = Operation("sso-admin", "ListManagedPoliciesInPermissionSet", list_key="AttachedManagedPolicies")
CUSTOMER = Operation(
    "sso-admin",
    "ListCustomerManagedPolicyReferencesInPermissionSet",
    list_key="CustomerManagedPolicyReferences",
)
INLINE = Operation("sso-admin", "GetInlinePolicyForPermissionSet", list_key="InlinePolicy")
BOUNDARY = Operation("sso-admin", "GetPermissionsBoundaryForPermissionSet", list_key="PermissionsBoundary")
TAGS = Operation("sso-admin", "ListTagsForResource", list_key="Tags")

GONE = ("ResourceNotFoundException",)
"""A set that was listed and is no more."""

Part = Callable[[Context, IdentityCenterInstance, str], Any]


@collector(
    item="identity-center.permission-sets",
    title="Permission sets",
    scope=Scope.ORGANIZATION,
    operations=(SETS, SET, MANAGED, CUSTOMER, INLINE, BOUNDARY, TAGS),
    shape=(
        "one record a set: InstanceArn, PermissionSet, ManagedPolicies, CustomerManagedPolicies, "
        "InlinePolicy (text, empty where none), PermissionsBoundary or null, Tags; of a set deleted "
        "meanwhile InstanceArn, PermissionSetArn and Vanished (true)"
    ),
    blind_spots=(
        "The set as defined now; accounts keep what was provisioned last until it is provisioned again.",
        (
            "Customer managed policies are referred to by name: their content is each account's own and may "
            "differ."
        ),
        (
            "Empty when the organization has no Identity Center instance; account instances have no "
            "permission sets."
        ),
    ),
    needs=NEEDS,
    calls=61,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every permission set, its parts asked for at the same time."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    sets = ctx.records(SETS, region=instance.region, InstanceArn=instance.arn)
    yield from ctx.map(_set, ((instance, arn) for arn in sets))


def _set(ctx: Context, asked: tuple[IdentityCenterInstance, str]) -> dict[str, Any]:
    instance, arn = asked
    parts = dict(
        zip(PARTS, ctx.map(lambda child, part: part(child, instance, arn), PARTS.values()), strict=True)
    )
    if any(value is None for name, value in parts.items() if name != "PermissionsBoundary"):
        return {"InstanceArn": instance.arn, "PermissionSetArn": arn, "Vanished": True}
    return {"InstanceArn": instance.arn, **parts}


def _single(operation: Operation) -> Part:
    """Return what asks for the one member an operation answers with; None where there is none."""

    def ask(ctx: Context, instance: IdentityCenterInstance, arn: str) -> Any:
        where = {"InstanceArn": instance.arn, "PermissionSetArn": arn}
        answer = ctx.call(operation, region=instance.region, absent=GONE, **where)
        return None if answer is None else answer[str(operation.list_key)]

    return ask


def _list(operation: Operation, resource: str = "PermissionSetArn") -> Part:
    """Return what asks for a list; `resource` is the parameter that takes the set's ARN."""

    def ask(ctx: Context, instance: IdentityCenterInstance, arn: str) -> Any:
        where = {"InstanceArn": instance.arn, resource: arn}
        pages = list(ctx.pages(operation, region=instance.region, absent=GONE, **where))
        return [one for page in pages for one in page[str(operation.list_key)]] if pages else None

    return ask


PARTS: dict[str, Part] = {
    "PermissionSet": _single(SET),
    "ManagedPolicies": _list(MANAGED),
    "CustomerManagedPolicies": _list(CUSTOMER),
    "InlinePolicy": _single(INLINE),
    "PermissionsBoundary": _single(BOUNDARY),  # none: AWS answers GONE for a set without a boundary, too
    "Tags": _list(TAGS, "ResourceArn"),
}
"""The members of a record, and how each is asked for."""
