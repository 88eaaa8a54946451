"""Simulates AWS Account Management and EC2's DescribeRegions: enabled regions, the security contact."""

from collections.abc import Mapping
from typing import Any

from evidence.demo_account.answers import AnswerContext, answers
from evidence.demo_account.aws_error import AwsError
from evidence.demo_account.paging import page
from evidence.demo_account.wire import ApiRequest


def _regions(context: AnswerContext) -> list[tuple[str, str]]:
    return sorted(
        {
            **context.organization.ENABLED_REGIONS,
            **dict.fromkeys(context.organization.DISABLED_REGIONS, "DISABLED"),
        }.items()
    )


@answers("account", "ListRegions")
def list_regions(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Regions and whether they are enabled; pages of 50 at most."""
    wanted = call.parameters.get("RegionOptStatusContains")
    shown = [{"RegionName": name, "RegionOptStatus": status} for name, status in _regions(context)
             if not wanted or status in wanted]  # fmt: skip
    return page(call, shown, key="Regions", size=50)


@answers("ec2", "DescribeRegions")
def describe_regions(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """EC2's view: disabled regions only when AllRegions is asked for."""
    names = {"ENABLED_BY_DEFAULT": "opt-in-not-required", "ENABLED": "opted-in", "DISABLED": "not-opted-in"}
    return {"Regions": [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": names[status]}
        for name, status in _regions(context)
        if status != "DISABLED" or call.parameters.get("AllRegions")
    ]}  # fmt: skip


@answers("account", "GetAlternateContact")
def alternate_contact(context: AnswerContext, call: ApiRequest) -> Mapping[str, Any]:
    """Only a security contact is set."""
    if call.parameters.get("AlternateContactType") != "SECURITY":
        raise AwsError(
            "ResourceNotFoundException", "No contact of the inputted alternate contact type found.", 404
        )
    return {"AlternateContact": context.organization.SECURITY_CONTACT}
