"""`identity-center.source-events`: what CloudTrail saw change in Identity Center and its directory."""

from collections.abc import Iterator

from evidence.collectors._identity_center import NEEDS, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

EVENTS = Operation("cloudtrail", "LookupEvents", list_key="Events")

SOURCES = ("sso.amazonaws.com", "sso-directory.amazonaws.com")


@collector(
    item="identity-center.source-events",
    title="CloudTrail events of Identity Center and its directory",
    scope=Scope.ORGANIZATION,
    operations=(EVENTS,),
    shape="one record an event: Region and Event (as LookupEvents returns it)",
    blind_spots=(
        "The last 90 days only: an identity provider connected earlier leaves no event here.",
        "Read-only events are dropped on collection.",
        (
            "Events of the account asked, in Identity Center's home region: with a delegated administrator, "
            "changes made in the other account are in that account's trail."
        ),
        "Events reach CloudTrail's lookup up to 15 minutes late.",
    ),
    needs=NEEDS,
    calls=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the events that changed something, source after source: AWS allows two look-ups a second."""
    instance = organization_instance(ctx)
    if instance is None:
        return
    for source in SOURCES:
        # Without a start time AWS looks back the whole 90 days that it keeps.
        attributes = [{"AttributeKey": "EventSource", "AttributeValue": source}]
        for event in ctx.records(EVENTS, region=instance.region, LookupAttributes=attributes):
            if event.get("ReadOnly") != "true":
                yield {"Region": instance.region, "Event": event}
