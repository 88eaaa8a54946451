"""`config.aggregate-compliance`: what the rules of all accounts found, as an aggregator holds it."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, NamedTuple

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

SUMMARY = Operation(
    "config", "DescribeAggregateComplianceByConfigRules", list_key="AggregateComplianceByConfigRules"
)
DETAILS = Operation(
    "config", "GetAggregateComplianceDetailsByConfigRule", list_key="AggregateEvaluationResults"
)

AGGREGATORS = "config.aggregators"
PAGE = 100
"""The most results that AWS puts on a page."""


class AggregatorLocation(NamedTuple):
    """Where the aggregator answers."""

    region: str
    name: str


@collector(
    item="config.aggregate-compliance",
    title="Results of AWS Config rules, from an aggregator",
    scope=Scope.ORGANIZATION,
    operations=(SUMMARY, DETAILS),
    shape=(
        "one record a rule of an account and region: AggregateComplianceByConfigRule, AWS's own verdict; "
        "one a result: ConfigRuleName and AggregateEvaluationResult"
    ),
    blind_spots=(
        "Copies that AWS Config made of what accounts hold: config.aggregators says of when.",
        "Holds COMPLIANT and NON_COMPLIANT only, and no rule without such results.",
        (
            "Shows neither what a rule checks nor its parameters nor when it was evaluated: config.rules, "
            "collected in each account, does."
        ),
        (
            "The latest verdict only: a resource that failed during the period and was mended since is "
            "COMPLIANT."
        ),
        "IAM users appear by id (AIDA…), and in every region that records them.",
    ),
    needs=(AGGREGATORS,),
    calls=3,
    grows_by=Scope.REGION,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield AWS's verdict on each rule of each account and region, followed by the rule's results."""
    used = next(record for record in ctx.needed(AGGREGATORS) if record.get("Used"))
    place = AggregatorLocation(used["Region"], used["ConfigurationAggregator"]["ConfigurationAggregatorName"])
    verdicts = ctx.records(SUMMARY, region=place.region, ConfigurationAggregatorName=place.name)
    for records in ctx.map(partial(_of_rule, place=place), verdicts):
        yield from records


def _of_rule(ctx: Context, verdict: dict[str, Any], *, place: AggregatorLocation) -> list[dict[str, Any]]:
    """Return the verdict on one rule of one account and region, then its results where they are asked for."""
    rule, wanted = verdict["ConfigRuleName"], ctx.aggregator.rules
    records: list[dict[str, Any]] = [{"AggregateComplianceByConfigRule": verdict}]
    if wanted and not any(fnmatchcase(rule, pattern) for pattern in wanted):
        return records
    results = ctx.records(
        DETAILS,
        region=place.region,
        ConfigurationAggregatorName=place.name,
        ConfigRuleName=rule,
        AccountId=verdict["AccountId"],
        AwsRegion=verdict["AwsRegion"],
        Limit=PAGE,
    )
    records += [{"ConfigRuleName": rule, "AggregateEvaluationResult": result} for result in results]
    return records
