"""`config.aggregators`: the AWS Config aggregators of an account, and how current the sources of one are."""

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.aws.failures import AnswerError, NotEnabledError
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope
from evidence.settings.model import AggregatorSettings

AGGREGATORS = Operation("config", "DescribeConfigurationAggregators", list_key="ConfigurationAggregators")
SOURCES = Operation(
    "config", "DescribeConfigurationAggregatorSourcesStatus", list_key="AggregatedSourceStatusList"
)

Found = tuple[str, dict[str, Any]]
"""A region and an aggregator there."""


@collector(
    item="config.aggregators",
    title="AWS Config aggregators and their sources",
    scope=Scope.ORGANIZATION,
    operations=(AGGREGATORS, SOURCES),
    shape=(
        "one record an aggregator: Region, Used (the results are read from it), ConfigurationAggregator; "
        "one a source of that one: AggregatedSourceStatus"
    ),
    blind_spots=(
        "Collected where an aggregator is the source of rule compliance; others are listed, not looked into.",
        (
            "LastUpdateStatus and LastUpdateTime tell of moving data and of the authorization to do so, not "
            "of when a rule was evaluated."
        ),
        "An aggregator in another account, or in a region left out of the run, is not found.",
    ),
    calls=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Look in every region of the run, or in the one named; then ask how current the one's sources are."""
    wanted = ctx.aggregator
    regions = [wanted.region] if wanted.region else sorted(ctx.regions)
    found = [one for listed in ctx.map(_listed, regions) for one in listed]
    region, used = _chosen(found, wanted, ctx.target.account)
    for where, one in found:
        yield {"Region": where, "Used": one is used, "ConfigurationAggregator": one}
    name = used["ConfigurationAggregatorName"]
    for status in ctx.records(SOURCES, region=region, ConfigurationAggregatorName=name):
        yield {"AggregatedSourceStatus": status}


def _listed(ctx: Context, region: str) -> list[Found]:
    return [(region, one) for one in ctx.records(AGGREGATORS, region=region)]


def _chosen(found: Sequence[Found], wanted: AggregatorSettings, account: str) -> Found:
    """Return the one named, or the only one of the organization, or else the only one there is.

    Raises NotEnabledError when there is none and AnswerError when there are several: none is guessed.
    """
    named = [one for one in found if wanted.name in (None, one[1]["ConfigurationAggregatorName"])]
    if not named:
        what = f"no AWS Config aggregator named {wanted.name}" if wanted.name else "no AWS Config aggregator"
        raise NotEnabledError(f"There is {what} in {account}; name its account and region in the settings.")
    of_organization = [one for one in named if one[1].get("OrganizationAggregationSource")]
    candidates = named if wanted.name else of_organization or named
    if len(candidates) > 1:
        names = ", ".join(f"{one['ConfigurationAggregatorName']} in {region}" for region, one in candidates)
        raise AnswerError(f"There are {len(candidates)} aggregators in {account}; name one of them: {names}")
    return candidates[0]
