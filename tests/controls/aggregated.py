"""The same world with a Config aggregator as the source of what rules found."""

from collections.abc import Mapping
from typing import Any

from evidence.records import Target
from evidence.settings.model import SealedSettings
from tests.controls.world import ACCOUNT, ORGANIZATION_TARGET, World, ago

AGGREGATORS, AGGREGATE, COMPLIANCE = (
    "config.aggregators",
    "config.aggregate-compliance",
    "config.rule-compliance",
)
ARN = f"arn:aws:config:eu-west-1:{ACCOUNT}:config-aggregator/config-aggregator-1a2b3c4d"
LEFT_OUT = ("INSUFFICIENT_DATA", "NOT_APPLICABLE")
"""What an aggregator does not hold: of rules the first, of resources the second. Of resources Config says no
INSUFFICIENT_DATA at all (config EvaluationResult, AggregateEvaluationResult)."""
WHOLE = {"RoleArn": "arn:aws:iam::123456789012:role/aggregator", "AllAwsRegions": True}


def gathers(used: bool = True, **changes: Any) -> dict[str, Any]:
    """An aggregator of the whole organization."""
    one = {"ConfigurationAggregatorName": "all", "ConfigurationAggregatorArn": ARN}
    return {
        "Region": "eu-west-1",
        "Used": used,
        "ConfigurationAggregator": one | {"OrganizationAggregationSource": WHOLE} | changes,
    }


def source(account: str, region: str, status: str = "SUCCEEDED", days: float = 0.1, **more: Any) -> Any:
    """An account and region as a source of it; without a region, the organization."""
    kind = {"SourceType": "ACCOUNT", "AwsRegion": region} if region else {"SourceType": "ORGANIZATION"}
    state = {"LastUpdateStatus": status, "LastUpdateTime": ago(days)}
    return {"AggregatedSourceStatus": {"SourceId": account, **kind, **state, **more}}


SOUND = (
    gathers(),
    source("Organization", ""),
    source(ACCOUNT, "us-east-1"),
    source(ACCOUNT, "eu-west-1"),
)


def aggregated(world: World) -> World:
    """Move the results of all regions into an aggregator, as far as AWS keeps them there."""
    settings: SealedSettings = world.options.get("settings") or SealedSettings()
    world.options["settings"] = settings.model_copy(update={"config_source": "aggregator"})
    gathered = [
        moved
        for target, records in world.records.pop(COMPLIANCE).items()
        for record in records
        for moved in _moved(record, target)
    ]
    world.records |= {
        AGGREGATORS: {ORGANIZATION_TARGET: list(SOUND)},
        AGGREGATE: {ORGANIZATION_TARGET: gathered},
    }
    return world


def _moved(record: Mapping[str, Any], target: Target) -> list[dict[str, Any]]:
    place = {"AccountId": target.account, "AwsRegion": target.region}
    if "EvaluationResult" in record:
        result = record["EvaluationResult"]
        moved = {"ConfigRuleName": record["ConfigRuleName"], "AggregateEvaluationResult": result | place}
        return [] if result["ComplianceType"] == "NOT_APPLICABLE" else [moved]
    verdict = record["ComplianceByConfigRule"]
    held = verdict["Compliance"]["ComplianceType"] not in LEFT_OUT
    return [{"AggregateComplianceByConfigRule": verdict | place}] if held else []
