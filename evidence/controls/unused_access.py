"""Test of the analysis of unused access (CC6.3)."""

from collections.abc import Iterator

from evidence.bundle import Located
from evidence.controls.access_analyzer import ANALYZERS, TOPIC
from evidence.controls.base import Row, Verdict, control_test
from evidence.controls.evidence import Evidence, at, text

UNUSED = frozenset({"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"})
"""Analyzer types that look for permissions nobody uses."""


@control_test(
    id="AA-4",
    title="Unused access is analysed",
    topic=TOPIC,
    criteria=("CC6.3",),
    risk="Permissions that nobody uses stay until somebody misuses them.",
    procedure="Looked for an ACTIVE analyzer of unused access, the account's own or the organization's, in "
    "any region in scope: IAM is global, so one region is enough.",
    population="Each account in scope",
    attribute="An ACTIVE analyzer of unused access in at least one region",
    needs=(ANALYZERS,),
    empty="No account is in scope.",
    advisory=True,
    limits="A paid feature. An organization's analyzer in an account outside this run is not seen.",
)
def unused_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    found = [
        (account, region, located)
        for account in evidence.accounts
        for region in evidence.regions(account)
        for located in evidence.records(ANALYZERS, account, region)
        if text(located.value["Analyzer"]["type"]) in UNUSED
    ]
    for account in evidence.accounts:
        own = [
            (region, located)
            for holder, region, located in found
            if account == holder or located.value["Analyzer"]["type"] == "ORGANIZATION_UNUSED_ACCESS"
        ]
        active = any(located.value["Analyzer"]["status"] == "ACTIVE" for _, located in own)
        unmet = Verdict.EXCEPTION if evidence.complete else Verdict.NOT_DETERMINED
        yield Row(
            subject=f"arn:{evidence.run.partition}:iam::{account}:root",
            account=account,
            verdict=Verdict.MET if active else unmet,
            observed="; ".join(_said(region, located) for region, located in own)
            or "no analyzer of unused access",
            expected="an ACTIVE analyzer of unused access",
            pointers=tuple(at(located) for _, located in own)
            or tuple(evidence.source(ANALYZERS, account, region) for region in evidence.regions(account)),
        )


def _said(region: str, located: Located) -> str:
    analyzer = located.value["Analyzer"]
    return (
        f"{analyzer['type']} analyzer {analyzer['arn'].rpartition('/')[2]} {analyzer['status']} in {region}"
    )
