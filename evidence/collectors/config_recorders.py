"""`config.recorders`: whether AWS Config records in a region, what, and where to."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

RECORDERS = Operation("config", "DescribeConfigurationRecorders", list_key="ConfigurationRecorders")
STATUS = Operation("config", "DescribeConfigurationRecorderStatus", list_key="ConfigurationRecordersStatus")
CHANNELS = Operation("config", "DescribeDeliveryChannels", list_key="DeliveryChannels")


@collector(
    item="config.recorders",
    title="AWS Config recorders and delivery channels",
    scope=Scope.REGION,
    operations=(RECORDERS, STATUS, CHANNELS),
    shape="one record a recorder: ConfigurationRecorder and Status or null; one a channel: DeliveryChannel",
    blind_spots=(
        (
            "The state at this moment: a recorder stopped during the period and started again looks as if it "
            "had always run."
        ),
        "Recorders that other AWS services manage are not listed.",
        "IAM is a global type: a recorder that records everything may still leave it out of this region.",
    ),
    calls=3,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the recorders with their status, then the delivery channels."""
    recorders, statuses, channels = ctx.map(_listed, (RECORDERS, STATUS, CHANNELS))
    by_name = {status["name"]: status for status in statuses}
    for recorder in recorders:
        yield {"ConfigurationRecorder": recorder, "Status": by_name.get(recorder["name"])}
    for channel in channels:
        yield {"DeliveryChannel": channel}


def _listed(ctx: Context, operation: Operation) -> list[Any]:
    answer = ctx.call(operation) or {}
    return list(answer[str(operation.list_key)])
