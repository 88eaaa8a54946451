"""`identity-center.assignments`: who holds which permission set in which account."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors._identity_center import NEEDS, IdentityCenterInstance, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

SETS = Operation("sso-admin", "ListPermissionSets", list_key="PermissionSets")
ACCOUNTS = Operation("sso-admin", "ListAccountsForProvisionedPermissionSet", list_key="AccountIds")
ASSIGNMENTS = Operation("sso-admin", "ListAccountAssignments", list_key="AccountAssignments")

Pair = tuple[IdentityCenterInstance, str, str]
"""The instance, a permission set and an account it is provisioned to."""


@collector(
    item="identity-center.assignments",
    title="Assignments of permission sets",
    scope=Scope.ORGANIZATION,
    operations=(SETS, ACCOUNTS, ASSIGNMENTS),
    shape="one record an assignment: InstanceArn, AccountId, PermissionSetArn, PrincipalType, PrincipalId",
    blind_spots=(
        "Principals are ids; an assignment stays behind when its user or group is deleted.",
        "Assignments as they are now: temporary ones granted and withdrawn in the period do not show.",
        "Applications are assigned elsewhere and not listed here.",
    ),
    needs=NEEDS,
    calls=5,
    grows_by=Scope.ACCOUNT,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the assignments of every pair of set and account, the pairs asked for at the same time.

    Lists the sets itself: waiting for identity-center.permission-sets would lengthen the chain of calls.
    """
    instance = organization_instance(ctx)
    if instance is None:
        return
    sets = ctx.records(SETS, region=instance.region, InstanceArn=instance.arn)
    provisioned = ctx.map(_pairs, ((instance, arn) for arn in sets))
    for assignments in ctx.map(_assignments, (pair for pairs in provisioned for pair in pairs)):
        yield from assignments


def _pairs(ctx: Context, asked: tuple[IdentityCenterInstance, str]) -> list[Pair]:
    instance, arn = asked
    where = {"InstanceArn": instance.arn, "PermissionSetArn": arn}
    return [(instance, arn, account) for account in ctx.records(ACCOUNTS, region=instance.region, **where)]


def _assignments(ctx: Context, pair: Pair) -> list[dict[str, Any]]:
    instance, arn, account = pair
    where = {"InstanceArn": instance.arn, "PermissionSetArn": arn, "AccountId": account}
    found = ctx.records(ASSIGNMENTS, region=instance.region, **where)
    return [{"InstanceArn": instance.arn, **assignment} for assignment in found]
