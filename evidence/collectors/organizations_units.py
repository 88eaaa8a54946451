"""`organizations.units`: the tree of organizational units, and where each account hangs in it."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

ROOTS = Operation("organizations", "ListRoots", list_key="Roots")
UNITS = Operation("organizations", "ListOrganizationalUnitsForParent", list_key="OrganizationalUnits")
PARENTS = Operation("organizations", "ListParents", list_key="Parents")

ACCOUNTS = "organizations.accounts"
NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)


@collector(
    item="organizations.units",
    title="Organizational units",
    scope=Scope.ORGANIZATION,
    operations=(ROOTS, UNITS, PARENTS),
    shape="one record a Root; an OrganizationalUnit with its ParentId; an AccountId with its ParentId",
    blind_spots=("The tree as it is now: an account moved during the period shows only where it is today.",),
    needs=(ACCOUNTS,),
    calls=2,
    grows_by=Scope.ACCOUNT,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the roots, the units level by level, then the parent of each account."""
    parents: list[str] = []
    for root in ctx.records(ROOTS, absent=NO_ORGANIZATION):
        yield {"Root": root}
        parents.append(root["Id"])
    while parents:
        level = [record for records in ctx.map(_units, parents) for record in records]
        yield from level
        parents = [record["OrganizationalUnit"]["Id"] for record in level]
    accounts = (record["Account"]["Id"] for record in ctx.needed(ACCOUNTS))
    for places in ctx.map(_places, accounts):
        yield from places


def _units(ctx: Context, parent: str) -> list[dict[str, Any]]:
    return [{"OrganizationalUnit": unit, "ParentId": parent} for unit in ctx.records(UNITS, ParentId=parent)]


def _places(ctx: Context, account: str) -> list[dict[str, Any]]:
    parents = ctx.records(PARENTS, ChildId=account)
    return [{"AccountId": account, "ParentId": parent["Id"]} for parent in parents]
