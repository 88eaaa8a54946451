"""Simulates CloudTrail: trails and the last 90 days of management events."""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.ids import IDENTITY_STORE_ID, root_arn
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest


@answers("cloudtrail", "DescribeTrails")
def describe_trails(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Trails of the region; with shadow trails, the multi-region ones of other regions too."""
    shadows = call.parameters.get("includeShadowTrails")
    here = context.trails.TRAILS.get(call.region, [])
    if shadows is False:
        return {"trailList": here}
    elsewhere = [
        trail for region, found in context.trails.TRAILS.items() if region != call.region for trail in found
    ]
    return {"trailList": [*here, *(trail for trail in elsewhere if trail["IsMultiRegionTrail"])]}


@answers("cloudtrail", "GetTrailStatus")
def trail_status(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Whether a trail logs."""
    name = call.parameters.get("Name")
    if name not in (context.trails.TRAIL_ARN, context.trails.TRAIL_ARN.rsplit("/", 1)[-1]):
        raise AwsError("TrailNotFoundException", f"Unknown trail: {name}", 404)
    status: Mapping[str, Any] = context.resolved(context.trails.STATUS)
    return status


@answers("cloudtrail", "GetEventSelectors")
def event_selectors(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """What a trail records."""
    name = call.parameters.get("TrailName")
    if name not in (context.trails.TRAIL_ARN, context.trails.TRAIL_ARN.rsplit("/", 1)[-1]):
        raise AwsError("TrailNotFoundException", f"Unknown trail: {name}", 404)
    return {"TrailARN": context.trails.TRAIL_ARN, "AdvancedEventSelectors": context.trails.SELECTORS}


@answers("cloudtrail", "LookupEvents")
def lookup_events(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Events, the newest first; one lookup attribute at most, pages of 50 at most."""
    events = [
        _event(context, call.region, event)
        for event in context.resolved(context.trails.EVENTS.get(call.region, []))
    ]
    events += context.trail.events(call.region) if context.trail else []
    for attribute in call.parameters.get("LookupAttributes") or []:
        member = {"ReadOnly": "ReadOnly", "Username": "Username"}.get(
            attribute["AttributeKey"], attribute["AttributeKey"]
        )
        events = [event for event in events if event.get(member) == attribute["AttributeValue"]]
    chosen = [event for event in events if _within(event, call.parameters)]
    newest = sorted(chosen, key=lambda event: event["EventTime"], reverse=True)
    shown = [{name: value for name, value in event.items() if name != "_region"} for event in newest]
    return page(call, shown, key="Events", size=50)


def _within(event: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    moment = event["EventTime"].timestamp()
    start, end = _seconds(parameters.get("StartTime")), _seconds(parameters.get("EndTime"))
    return (start is None or moment >= start) and (end is None or moment <= end)


def _seconds(moment: Any) -> float | None:
    """Return seconds since the epoch; moto parses a request's moments to naive UTC."""
    if moment is None:
        return None
    return float(moment.replace(tzinfo=UTC).timestamp())


_KINDS = {"sso-directory.amazonaws.com": "AwsServiceEvent", "signin.amazonaws.com": "AwsConsoleSignIn"}


def _event(context: AnswerContext, region: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with its full record, which has what was asked for and what came of it."""
    of_directory = {"directoryId": IDENTITY_STORE_ID} if event["EventSource"].startswith("sso") else {}
    root = event["Username"] == "root"
    told = {
        "eventVersion": "1.11",
        "eventID": event["EventId"],
        "eventName": event["EventName"],
        "eventSource": event["EventSource"],
        "eventTime": event["EventTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "readOnly": event["ReadOnly"] == "true",
        "userIdentity": {"type": "Root", "arn": root_arn(context.account)}
        if root
        else {"type": "AssumedRole", "userName": event["Username"]},
        "requestParameters": of_directory | event.get(context.trails.ABOUT, {}),
        "responseElements": event.get(context.trails.ANSWERED),
        "eventType": _KINDS.get(event["EventSource"], "AwsApiCall"),
        **context.trails.DIRECTORY_DETAILS,
        "awsRegion": region,
    }
    unlisted = (context.trails.ABOUT, context.trails.ANSWERED)
    listed = {key: value for key, value in event.items() if key not in unlisted}
    return {**listed, "CloudTrailEvent": json.dumps(told)}
