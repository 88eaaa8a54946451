"""`identity-center.instance`: Identity Center's instances, and the home region of each."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

INSTANCES = Operation("sso-admin", "ListInstances", list_key="Instances")
INSTANCE = Operation("sso-admin", "DescribeInstance", list_key="InstanceArn")

Found = tuple[str, dict[str, Any]]
"""A region and the instance that answered there."""


@collector(
    item="identity-center.instance",
    title="IAM Identity Center instance",
    scope=Scope.ORGANIZATION,
    operations=(INSTANCES, INSTANCE),
    shape="one record an instance: Region (its home), Instance (as listed), Description (in full)",
    blind_spots=(
        (
            "No API shows the identity source (external provider, Active Directory, own directory), nor its "
            "SAML metadata and MFA settings: attach a screenshot of the console."
        ),
        (
            "Only an instance whose OwnerAccountId is the management account is the organization's; account "
            "instances grant no access to AWS accounts."
        ),
        "Account instances of other accounts are not visible from here.",
        "Looks in the regions of this run only: an instance at home in a region left out is not found.",
    ),
    headline=5,
    grows_by=Scope.ACCOUNT,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Look in every region of the run and yield each instance once.

    An instance answers in its home region, which nothing tells in advance. Asking all regions at the same
    time takes no longer than asking one, and finds account instances too, so the search does not stop at
    the organization's.
    """
    answers = ctx.map(_listed, sorted(ctx.regions))
    yield from ctx.map(_described, _at_home(found for listed in answers for found in listed))


def _listed(ctx: Context, region: str) -> list[Found]:
    return [(region, instance) for instance in ctx.records(INSTANCES, region=region)]


def _at_home(seen: Iterator[Found]) -> list[Found]:
    """Keep each instance once: where it is at home, also when it answers in the regions it is copied to."""
    homes: dict[str, Found] = {}
    for region, instance in seen:
        arn = instance["InstanceArn"]
        if arn not in homes or region == instance.get("PrimaryRegion"):
            homes[arn] = (region, instance)
    return list(homes.values())


def _described(ctx: Context, found: Found) -> dict[str, Any]:
    region, instance = found
    description = ctx.call(INSTANCE, region=region, InstanceArn=instance["InstanceArn"])
    return {"Region": region, "Instance": instance, "Description": description}
