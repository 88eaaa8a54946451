"""`access-analyzer.analyzers`: the analyzers of a region and their archive rules."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

ANALYZERS = Operation("accessanalyzer", "ListAnalyzers", list_key="analyzers")
ARCHIVE_RULES = Operation("accessanalyzer", "ListArchiveRules", list_key="archiveRules")


@collector(
    item="access-analyzer.analyzers",
    title="IAM Access Analyzer: analyzers and archive rules",
    scope=Scope.REGION,
    operations=(ANALYZERS, ARCHIVE_RULES),
    shape="one record an analyzer: Analyzer and ArchiveRules",
    blind_spots=(
        (
            "An organization's analyzer is listed only in the account that runs it: it may cover this one, "
            "unseen."
        ),
        "Analyzers as they are now; one created yesterday did not watch the period before.",
    ),
    calls=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield analyzers of all types with their archive rules."""
    yield from ctx.map(_with_rules, ctx.records(ANALYZERS))


def _with_rules(ctx: Context, analyzer: dict[str, Any]) -> dict[str, Any]:
    rules = list(ctx.records(ARCHIVE_RULES, analyzerName=analyzer["name"]))
    return {"Analyzer": analyzer, "ArchiveRules": rules}
