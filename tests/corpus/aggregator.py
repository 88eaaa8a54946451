"""IPE-11: whether the Config aggregator holds every account and region."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.settings.model import SealedSettings, Thresholds
from tests.controls.aggregated import AGGREGATE, AGGREGATORS, ARN, SOUND, gathers, source
from tests.controls.world import ACCOUNT, ORGANIZATION_TARGET
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

OTHER = "210987654321"
HOUR = 1 / 24
VERDICT = {
    "ConfigRuleName": "r",
    "Compliance": {"ComplianceType": "COMPLIANT"},
    "AccountId": ACCOUNT,
    "AwsRegion": "us-east-1",
}
ALL = {ARN: MET, "the organization": MET, ACCOUNT: [MET, MET]}
US, EU = SOUND[2:]
ORGANIZATION = SOUND[1]
NAMED = {
    "OrganizationAggregationSource": None,
    "AccountAggregationSources": [{"AccountIds": [ACCOUNT], "AwsRegions": ["us-east-1", "eu-west-1"]}],
}
FILTER = {"ServicePrincipal": {"Type": "INCLUDE", "Value": ["config.amazonaws.com"]}}


def _sources(value: tuple[list[Any], Any, dict[str, Any]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {
        "records": {AGGREGATORS: {ORGANIZATION_TARGET: records},
                    AGGREGATE: {ORGANIZATION_TARGET: [{"AggregateComplianceByConfigRule": VERDICT}]}},
        "conclusion": conclusion, "rows": rows, "only": True,
        "options": {"settings": SealedSettings(config_source="aggregator", thresholds=Thresholds(aggregator_update_hours=6))},
    }  # fmt: skip


CASES = (
    Case("IPE-11", "each account was asked itself", EMPTY, only=True),
    *table("IPE-11", {
        "all sources": (list(SOUND), PASS, ALL),
        "accounts named one by one": ([gathers(**NAMED), US, EU], PASS, {ARN: MET, ACCOUNT: [MET, MET]}),
        "one beside that is not used": ([gathers(), gathers(used=False), *SOUND[1:]], PASS, ALL),
        "a region is missing": ([gathers(), ORGANIZATION, US], FAIL, ALL | {ACCOUNT: [MET, EXCEPTION]}),
        "no source at all": ([gathers()], FAIL, {ARN: MET, ACCOUNT: [EXCEPTION, EXCEPTION]}),
        "the organization could not be read": (
            [gathers(), source("Organization", "", "FAILED"), US, EU], FAIL, ALL | {"the organization": EXCEPTION}),
        "updated exactly as long ago as allowed": (
            [gathers(), ORGANIZATION, source(ACCOUNT, "us-east-1", days=6 * HOUR), EU], PASS, ALL),
        "updated too long ago": (
            [gathers(), ORGANIZATION, source(ACCOUNT, "us-east-1", days=6.02 * HOUR), EU], FAIL, ALL | {ACCOUNT: [EXCEPTION, MET]}),
        "a failed update": (
            [gathers(), ORGANIZATION, US, source(ACCOUNT, "eu-west-1", "FAILED", LastErrorCode="X")], FAIL, ALL | {ACCOUNT: [MET, EXCEPTION]}),
        "outdated": (
            [gathers(), ORGANIZATION, source(ACCOUNT, "us-east-1", "OUTDATED"), EU], FAIL, ALL | {ACCOUNT: [EXCEPTION, MET]}),
        "never updated": (
            [gathers(), ORGANIZATION, source(ACCOUNT, "us-east-1", LastUpdateTime=None), EU], FAIL, ALL | {ACCOUNT: [EXCEPTION, MET]}),
        "a status that AWS does not document": ([gathers(), ORGANIZATION, source(ACCOUNT, "us-east-1", "FINE"), EU], OPEN, {}),
        "filters": ([gathers(AggregatorFilters=FILTER), *SOUND[1:]], OPEN, ALL | {ARN: UNSETTLED}),
        "empty filters": ([gathers(AggregatorFilters={}), *SOUND[1:]], PASS, ALL),
        "sources that the run leaves out": (
            [*SOUND, source(OTHER, "us-east-1", "FAILED"), source(OTHER, "eu-west-1")], PASS, ALL | {OTHER: OUTSIDE}),
        "none is used": ([gathers(used=False), *SOUND[1:]], OPEN, {}),
        "two are used": ([gathers(), gathers(), *SOUND[1:]], OPEN, {}),
    }, _sources),
)  # fmt: skip
