"""`cloudtrail.trails`: the trails homed in a region, what they record and whether they do."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

TRAILS = Operation("cloudtrail", "DescribeTrails", list_key="trailList")
STATUS = Operation("cloudtrail", "GetTrailStatus", list_key="IsLogging")
SELECTORS = Operation("cloudtrail", "GetEventSelectors", list_key="TrailARN")


@collector(
    item="cloudtrail.trails",
    title="CloudTrail trails",
    scope=Scope.REGION,
    operations=(TRAILS, STATUS, SELECTORS),
    shape=(
        "one record a trail: Trail, Status and EventSelectors, both null for the organization's trail as a "
        "member sees it"
    ),
    blind_spots=(
        "Trails homed in this region only: an account's own trail of all regions is not repeated in each.",
        "A member account sees its organization's trail; whether it logs, the management account tells.",
        "What the trail's bucket holds, and who may change it, is not collected.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield each trail homed here with its status, and the organization's as a member sees it."""
    answer = ctx.call(TRAILS, includeShadowTrails=True) or {}
    here = ctx.target.region
    seen = (one for one in answer["trailList"] if one["HomeRegion"] == here or _others(ctx, one))
    yield from ctx.map(_with_status, seen)


def _others(ctx: Context, trail: dict[str, Any]) -> bool:
    """Say whether it is another account's: the organization's, which that account alone answers for."""
    owner: str = trail["TrailARN"].split(":")[4]
    return owner != ctx.target.account


def _with_status(ctx: Context, trail: dict[str, Any]) -> dict[str, Any]:
    if _others(ctx, trail):
        return {"Trail": trail, "Status": None, "EventSelectors": None}
    asked = trail["TrailARN"]
    selectors = ctx.call(SELECTORS, TrailName=asked)
    return {"Trail": trail, "Status": ctx.call(STATUS, Name=asked), "EventSelectors": selectors}
