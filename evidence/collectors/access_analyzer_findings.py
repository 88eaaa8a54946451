"""`access-analyzer.findings`: what analyzers found; details of external access not yet resolved."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

# Both authorise by the action of the older version of the operation.
FINDINGS = Operation(
    "accessanalyzer", "ListFindingsV2", list_key="findings", iam_actions=("access-analyzer:ListFindings",)
)
DETAILS = Operation(
    "accessanalyzer", "GetFindingV2", list_key="findingDetails", iam_actions=("access-analyzer:GetFinding",)
)

ANALYZERS = "access-analyzer.analyzers"
RESOLVED = "RESOLVED"
EXTERNAL_ACCESS = "ExternalAccess"


@collector(
    item="access-analyzer.findings",
    title="IAM Access Analyzer findings",
    scope=Scope.REGION,
    operations=(FINDINGS, DETAILS),
    shape=(
        "one record a finding: AnalyzerArn, Finding (the summary), Details or null "
        "(resolved, of unused or internal access, or gone since it was listed)"
    ),
    blind_spots=(
        "Only the resource types that Access Analyzer supports, and only in regions with an analyzer.",
        "Access inside the analyzer's zone of trust is not a finding of an external-access analyzer.",
        "What exactly is unused, or which policy gives internal access, is not read: the list alone is.",
        "A finding with an `error` could not be analysed: unknown, not clean.",
        (
            "AWS deletes resolved findings after 90 days; access granted and withdrawn before that has left "
            "no trace."
        ),
    ),
    needs=(ANALYZERS,),
    headline=4,
    calls=3,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the findings of every analyzer, active, archived and resolved."""
    yield from ctx.map(_detailed, _listed(ctx))


def _listed(ctx: Context) -> Iterator[tuple[str, dict[str, Any]]]:
    for record in ctx.needed(ANALYZERS):
        arn = record["Analyzer"]["arn"]
        for finding in ctx.records(FINDINGS, analyzerArn=arn):
            yield arn, finding


def _detailed(ctx: Context, listed: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    arn, finding = listed
    wanted = finding["status"] != RESOLVED and finding.get("findingType", EXTERNAL_ACCESS) == EXTERNAL_ACCESS
    details = _details(ctx, arn, finding["id"]) if wanted else None
    return {"AnalyzerArn": arn, "Finding": finding, "Details": details}


def _details(ctx: Context, analyzer: str, finding: str) -> dict[str, Any] | None:
    """Return the finding in full, its detail pages joined; None when it is gone."""
    whole: dict[str, Any] | None = None
    absent = ("ResourceNotFoundException",)
    for page in ctx.pages(DETAILS, absent=absent, analyzerArn=analyzer, id=finding):
        earlier = whole["findingDetails"] if whole else []
        whole = {**page, "findingDetails": [*earlier, *page["findingDetails"]]}
        whole.pop("nextToken", None)
    return whole
