"""`account.regions`: every region and whether the account has it enabled."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from evidence.aws.cause import PERMISSION, error_code
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

REGIONS = Operation("account", "ListRegions", list_key="Regions")
EC2_REGIONS = Operation("ec2", "DescribeRegions", list_key="Regions")

EC2_STATUS = {
    "opt-in-not-required": "ENABLED_BY_DEFAULT",
    "opted-in": "ENABLED",
    "not-opted-in": "DISABLED",
}
"""EC2's OptInStatus in the words of ListRegions."""


@collector(
    item="account.regions",
    title="Regions of the account",
    scope=Scope.ACCOUNT,
    operations=(REGIONS, EC2_REGIONS),
    shape="one record a region: RegionName, RegionOptStatus, Source (the operation that answered)",
    blind_spots=(
        (
            "EC2, asked only where ListRegions is denied, cannot tell a region that is just being enabled or "
            "disabled."
        ),
        (
            "An enabled region may still be closed by a service control policy; that shows where calls are "
            "denied."
        ),
        "A disabled region is not looked into: what was left there before it was disabled stays unseen.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield regions as Account Management knows them, or else as EC2 does."""
    try:
        regions = list(ctx.records(REGIONS))
    except ClientError as error:
        # SecurityAudit lacks account:ListRegions; EC2 knows the same, and the record says who answered.
        if error_code(error) not in PERMISSION:
            raise
        yield from _from_ec2(ctx)
        return
    for region in regions:
        yield {**region, "Source": "account:ListRegions"}


def _from_ec2(ctx: Context) -> Iterator[Yield]:
    answer = ctx.call(EC2_REGIONS, AllRegions=True) or {}
    for region in answer["Regions"]:
        yield {
            "RegionName": region["RegionName"],
            "RegionOptStatus": EC2_STATUS.get(region["OptInStatus"], region["OptInStatus"]),
            "Source": "ec2:DescribeRegions",
        }
