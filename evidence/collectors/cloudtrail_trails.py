"""`cloudtrail.trails`: the trails homed in a region and whether they log."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

TRAILS = Operation("cloudtrail", "DescribeTrails", list_key="trailList")
STATUS = Operation("cloudtrail", "GetTrailStatus", list_key="IsLogging")


@collector(
    item="cloudtrail.trails",
    title="CloudTrail trails",
    scope=Scope.REGION,
    operations=(TRAILS, STATUS),
    shape="one record a trail: Trail and Status",
    blind_spots=(
        "Trails homed in this region only; copies of a multi-region or organization trail are left out.",
        "A member account sees its organization's trail only as such a copy: none here does not mean no log.",
        "What the trail's bucket holds, and who may change it, is not collected.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield each trail with its status."""
    answer = ctx.call(TRAILS, includeShadowTrails=False) or {}
    yield from ctx.map(_with_status, answer["trailList"])


def _with_status(ctx: Context, trail: dict[str, Any]) -> dict[str, Any]:
    return {"Trail": trail, "Status": ctx.call(STATUS, Name=trail["TrailARN"])}
