"""`cloudtrail.access-events`: who gained or lost access, and what watches over it was turned off."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.aws.event_sources import global_region
from evidence.collectors._access_events import ROOT, Recorded, sources_by_name
from evidence.collectors._identity_center import INSTANCE, ORGANIZATION, organization_instance
from evidence.collectors.base import Context, Refusal, Yield, collector
from evidence.records import DENIALS, Cause, Operation, Scope

EVENTS = Operation("cloudtrail", "LookupEvents", list_key="Events")
DELEGATED = "organizations.delegated-administrators"
SERVICE = "sso.amazonaws.com"
OF_THE_REGION: frozenset[Cause] = DENIALS | {
    Cause.DEADLINE, Cause.UNREACHABLE, Cause.THROTTLED, Cause.REGION_DISABLED, Cause.SERVICE_NOT_ENABLED,
}  # fmt: skip
"""What no other name would be answered to, in the same region."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """One question to CloudTrail's event history of a region."""

    region: str
    attribute: str
    """`EventName` or `Username`."""
    value: str
    sources: frozenset[str] = field(default_factory=frozenset)
    """Whose events are kept; those of every source where it is empty."""


@collector(
    item="cloudtrail.access-events",
    title="CloudTrail events that changed access",
    scope=Scope.ACCOUNT,
    operations=(EVENTS,),
    shape=(
        "one record a question: Region, Asked (EventName or Username, From: null for the 90 days that AWS "
        "keeps, Answered, Kept: how many events of the answer follow, or where there is no answer Cause, "
        "ErrorCode, Message); then one an event that it found: "
        "Region and Event (as LookupEvents returns it)"
    ),
    blind_spots=(
        "The last 90 days only: what changed earlier leaves no event here.",
        "The names that are listed as asked and answered, in those regions, and no others.",
        (
            "Identity Center's events are asked for in its home region, in the management account and in "
            "Identity Center's delegated administrator, as far as the run covers them."
        ),
        "A SCIM token from before September 2024 may log nothing until it is rotated.",
        "Events of root in other regions than that of IAM are not asked for.",
        "Events reach CloudTrail's lookup up to 15 minutes late.",
    ),
    uses=(INSTANCE, ORGANIZATION, DELEGATED),
    calls=57,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Look up name after name in each region, the regions side by side: AWS allows two a second in each.

    A name that is refused, or that the unit's time does not suffice for, takes nothing from the others.
    """
    by_region: dict[str, list[LookUp]] = defaultdict(list)
    for one in _look_ups(ctx):
        by_region[one.region].append(one)
    refused: Refusal | None = None
    answered = False
    for asked in ctx.map(_asked, by_region.values()):
        for look_up, answer in asked:
            yield _question(look_up, answer)
            if isinstance(answer, Refusal):
                refused = answer
                continue
            answered = True
            yield from ({"Region": look_up.region, "Event": event} for event in answer)
    if refused and not answered:
        raise refused.error


def _look_ups(ctx: Context) -> Iterator[LookUp]:
    """Yield the questions, each where CloudTrail records what it asks for."""
    if not ctx.regions:
        return  # nobody knows where to ask
    places: dict[str, set[Recorded]] = {region: {Recorded.EVERYWHERE} for region in sorted(ctx.regions)}
    some = min(ctx.regions)
    places.setdefault(global_region("iam", some), set()).add(Recorded.IAM)
    places.setdefault(global_region("organizations", some), set()).add(Recorded.ORGANIZATIONS)
    home = _home(ctx)
    if home:
        places.setdefault(home, set()).add(Recorded.HOME)
    for region, recorded in places.items():
        if Recorded.IAM in recorded:
            yield LookUp(region, "Username", ROOT)
        for name, sources in sources_by_name(frozenset(recorded)).items():
            yield LookUp(region, "EventName", name, sources)


def _home(ctx: Context) -> str:
    """Return Identity Center's home region; nothing where it is not administered in this account."""
    instance = organization_instance(ctx)
    if instance is None:
        return ""
    administrators = {instance.owner} | {
        str(record["DelegatedAdministrator"]["Id"])
        for record in ctx.needed(DELEGATED)
        if any(one["ServicePrincipal"] == SERVICE for one in record["DelegatedServices"])
    }
    return instance.region if ctx.target.account in administrators else ""


Answer = list[dict[str, Any]] | Refusal


def _asked(ctx: Context, look_ups: list[LookUp]) -> list[tuple[LookUp, Answer]]:
    """Ask in one region, one after the other; what was answered is kept.

    What would refuse every name alike is waited for once, and is the answer to those that are left.
    """
    answers: list[tuple[LookUp, Answer]] = []
    alike: Refusal | None = None
    for one in look_ups:
        answer = ctx.attempt(_events, one, may_be_late=True) if alike is None else alike
        if isinstance(answer, Refusal) and answer.cause in OF_THE_REGION:
            alike = answer
        answers.append((one, answer))
    return answers


def _events(ctx: Context, asked: LookUp) -> list[dict[str, Any]]:
    """Return what changed something, of all pages."""
    attributes = [{"AttributeKey": asked.attribute, "AttributeValue": asked.value}]
    found = ctx.records(EVENTS, region=asked.region, LookupAttributes=attributes)
    return [event for event in found if _is_wanted(event, asked)]


def _is_wanted(event: Mapping[str, Any], asked: LookUp) -> bool:
    if event.get("ReadOnly") == "true":
        return False
    if asked.attribute == "Username":
        return _by_root(event)
    return not event.get("EventSource") or event["EventSource"] in asked.sources


def _by_root(event: Mapping[str, Any]) -> bool:
    """Say whether root acted, as far as the record tells: a user or a session may be named like it."""
    try:
        identity = json.loads(event.get("CloudTrailEvent") or "{}").get("userIdentity") or {}
        return bool(identity.get("type", "Root") == "Root")
    except (ValueError, AttributeError):
        return True


def _question(asked: LookUp, answer: Answer) -> dict[str, Any]:
    """Return the record of a question."""
    said: dict[str, Any] = {asked.attribute: asked.value, "From": None, "Answered": True}
    if isinstance(answer, Refusal):
        said |= {
            "Answered": False,
            "Cause": answer.cause.value,
            "ErrorCode": answer.error_code,
            "Message": answer.message,
        }
    else:
        said["Kept"] = len(answer)
    return {"Region": asked.region, "Asked": said}
