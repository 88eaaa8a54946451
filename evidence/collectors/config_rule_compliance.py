"""`config.rule-compliance`: what each Config rule found, resource by resource."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

DETAILS = Operation("config", "GetComplianceDetailsByConfigRule", list_key="EvaluationResults")
SUMMARY = Operation("config", "DescribeComplianceByConfigRule", list_key="ComplianceByConfigRules")

RULES = "config.rules"
PAGE = 100
"""The most results that AWS puts on a page."""
GONE = ("NoSuchConfigRuleException",)
"""The rule was deleted after it was listed."""


@collector(
    item="config.rule-compliance",
    title="Results of AWS Config rules",
    scope=Scope.REGION,
    operations=(DETAILS, SUMMARY),
    shape=(
        "one record a result: ConfigRuleName and EvaluationResult; one a rule: ComplianceByConfigRule, "
        "AWS's own verdict"
    ),
    blind_spots=(
        (
            "The latest verdict only: a resource that failed during the period and was mended since is "
            "COMPLIANT."
        ),
        "A rule sees only what the recorder records: nothing recorded, nothing found.",
        "A verdict may be old; ResultRecordedTime says when it was reached.",
        "IAM users appear by id (AIDA…), and in every region that records them.",
    ),
    needs=(RULES,),
    headline=3,
    calls=4,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield AWS's verdict on each rule, then the results of every rule."""
    names = (record["ConfigRule"]["ConfigRuleName"] for record in ctx.needed(RULES) if "ConfigRule" in record)
    for records in ctx.map(_results, chain((None,), names)):
        yield from records


def _results(ctx: Context, rule: str | None) -> list[dict[str, Any]]:
    """Return one rule's results; without a rule, AWS's verdicts on all of them."""
    if rule is None:
        return [{"ComplianceByConfigRule": verdict} for verdict in ctx.records(SUMMARY)]
    results = ctx.records(DETAILS, absent=GONE, ConfigRuleName=rule, Limit=PAGE)
    return [{"ConfigRuleName": rule, "EvaluationResult": result} for result in results]
