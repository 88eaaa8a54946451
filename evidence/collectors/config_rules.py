"""`config.rules`: the Config rules of a region and when each was last evaluated."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

RULES = Operation("config", "DescribeConfigRules", list_key="ConfigRules")
STATUS = Operation("config", "DescribeConfigRuleEvaluationStatus", list_key="ConfigRulesEvaluationStatus")
PACKS = Operation("config", "DescribeConformancePacks", list_key="ConformancePackDetails")


@collector(
    item="config.rules",
    title="AWS Config rules and conformance packs",
    scope=Scope.REGION,
    operations=(RULES, STATUS, PACKS),
    shape="one record a rule: ConfigRule and EvaluationStatus or null; one a pack: ConformancePack",
    blind_spots=(
        (
            "A rule's name proves nothing: what it checks is its Source.SourceIdentifier with its "
            "InputParameters."
        ),
        "The code of custom rules is not collected.",
        "Rules as they are now: one added yesterday did not watch the period before.",
    ),
    calls=3,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the rules with their evaluation status, then the conformance packs."""
    rules, statuses, packs = ctx.map(_listed, (RULES, STATUS, PACKS))
    by_name = {status["ConfigRuleName"]: status for status in statuses}
    for rule in rules:
        yield {"ConfigRule": rule, "EvaluationStatus": by_name.get(rule["ConfigRuleName"])}
    for pack in packs:
        yield {"ConformancePack": pack}


def _listed(ctx: Context, operation: Operation) -> list[Any]:
    return list(ctx.records(operation))
