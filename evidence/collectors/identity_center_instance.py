"""`identity-center.instance`: Identity Center's instances, and the home region of each."""

from collections.abc import Iterable, Iterator
from typing import Any

from evidence.collectors.base import Context, Refusal, Yield, collector
from evidence.records import Operation, Scope

INSTANCES = Operation("sso-admin", "ListInstances", list_key="Instances")
INSTANCE = Operation("sso-admin", "DescribeInstance", list_key="InstanceArn")

Found = tuple[str, dict[str, Any]]
"""The region where an instance is at home, empty where AWS does not tell, and the instance."""
EVERY, HERE = "ALL_REGIONS", "CURRENT_REGION"


@collector(
    item="identity-center.instance",
    title="IAM Identity Center instance",
    scope=Scope.ORGANIZATION,
    operations=(INSTANCES, INSTANCE),
    shape=(
        "one record a question: Region, Asked (RegionScope, Answered, and where refused Cause, ErrorCode, "
        "Message); then one an instance: Region (its home), Instance (as listed), Description (in full, or "
        "null), and DescriptionRefused where AWS refused to describe it"
    ),
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
        "Where AWS refuses to list all regions at once, looks in the regions of this run only.",
    ),
    headline=5,
    grows_by=Scope.ACCOUNT,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Ask for the instances of all regions in one question, then region by region where that is refused.

    The regions are asked too when the one question finds nothing or does not tell where an instance is at
    home. A region that refuses takes nothing from what the others gave.
    """
    regions = sorted(ctx.regions)
    every = [ctx.attempt(_listed_everywhere, region) for region in regions[:1]]
    yield from map(_asked, regions, (EVERY,) * len(every), every)
    found = [one for answer in every if not isinstance(answer, Refusal) for one in answer]
    if not found or not all(region for region, _ in found):
        answers = list(ctx.map(lambda child, region: child.attempt(_listed, region), regions))
        refused = [one for one in (*every, *answers) if isinstance(one, Refusal)]
        if refused and len(refused) == len(every) + len(answers):
            raise refused[-1].error
        yield from map(_asked, regions, (HERE,) * len(regions), answers)
        found = [one for answer in answers if not isinstance(answer, Refusal) for one in answer]
    yield from ctx.map(_described, _at_home(found))


def _asked(region: str, scope: str, answer: list[Found] | Refusal) -> dict[str, Any]:
    """Return the record of a question."""
    asked: dict[str, Any] = {"RegionScope": scope, "Answered": not isinstance(answer, Refusal)}
    if isinstance(answer, Refusal):
        asked |= _said(answer)
    return {"Region": region, "Asked": asked}


def _said(refusal: Refusal) -> dict[str, str]:
    return {
        "Cause": refusal.cause.value,
        "ErrorCode": refusal.error_code,
        "Message": refusal.message,
    }


def _listed_everywhere(ctx: Context, region: str) -> list[Found]:
    return [
        (instance.get("PrimaryRegion", ""), instance)
        for instance in ctx.records(INSTANCES, region=region, RegionScope=EVERY)
    ]


def _listed(ctx: Context, region: str) -> list[Found]:
    return [(region, instance) for instance in ctx.records(INSTANCES, region=region)]


def _at_home(seen: Iterable[Found]) -> list[Found]:
    """Keep each instance once: where it is at home, also when it answers in the regions it is copied to."""
    homes: dict[str, Found] = {}
    for region, instance in seen:
        arn = instance["InstanceArn"]
        if arn not in homes or region == instance.get("PrimaryRegion"):
            homes[arn] = (region, instance)
    return list(homes.values())


def _described(ctx: Context, found: Found) -> dict[str, Any]:
    """Return the record of an instance; one that AWS refuses to describe is there all the same."""
    region, instance = found

    def ask(child: Context, arn: str) -> dict[str, Any] | None:
        return child.call(INSTANCE, region=region, InstanceArn=arn)

    description = ctx.attempt(ask, instance["InstanceArn"])
    record: dict[str, Any] = {"Region": region, "Instance": instance}
    if isinstance(description, Refusal):
        return {**record, "Description": None, "DescriptionRefused": _said(description)}
    return {**record, "Description": description}
