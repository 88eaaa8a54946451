"""Tests IAM Access Analyzer: it looks everywhere, and what it finds is dealt with (CC6.1, CC6.6)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found, out_of_scope_rows
from evidence.readers.access_analyzer import ACTIVE, ANALYZERS, EXTERNAL, UNUSED, Analyzer, analyzers
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import ACCOUNTS, DELEGATED, accounts, delegated_administrators
from evidence.readers.unreadable import require_readable

CRITERIA = ("CC6.1", "CC6.6")


def external_analyzers(evidence: Evidence, account: str, region: str) -> list[Analyzer]:
    """Return a region's external-access analyzers, whatever their status."""
    return [one for one in require_readable(analyzers(evidence, account, region)) if one.kind in EXTERNAL]


def organization_members(evidence: Evidence) -> frozenset[str]:
    """Return the accounts that the organization lists; none where it was not asked."""
    if not evidence.bundle.units(ACCOUNTS):
        return frozenset()
    return frozenset(one.id for one in require_readable(accounts(evidence)))


@control_test(
    id="AA-1",
    title="Access Analyzer looks everywhere",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="A region without an analyzer is where a resource can be shared with anybody unseen.",
    procedure="In each region in scope of each account, looked for an ACTIVE external-access analyzer: the "
    "account's own, or the organization's in any account of this run.",
    population="Each region in scope of each account",
    attribute="Covered by an ACTIVE external-access analyzer",
    needs=(ANALYZERS,),
    uses=(DELEGATED, ACCOUNTS),
    regional=True,
    empty="No region is in scope.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM, Access analyzer, choose region {region}, Create analyzer: external access, zone "
        "of trust the organization (from its delegated administrator) or this account.",
        cli="aws accessanalyzer create-analyzer --analyzer-name external --type ACCOUNT --region {region}",
    ),
    limits="An organization's analyzer in an account outside this run is not seen.",
)
def analyzers_enabled(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account and region."""
    found = {
        (account, region): external_analyzers(evidence, account, region)
        for account in evidence.accounts
        for region in evidence.regions(account)
    }
    shared = [entry for every in found.values() for entry in every if entry.kind == "ORGANIZATION"]
    members = organization_members(evidence)
    elsewhere = _delegated_elsewhere(evidence)
    for account in evidence.accounts:
        yield from out_of_scope_rows(evidence, account)
    for (account, region), own in found.items():
        inside = not members or account in members  # an organization's analyzer sees no other account
        others = [one for one in shared if inside and one.region == region and one.account != account]
        candidates = [*own, *others]
        covered = any(entry.status == "ACTIVE" for entry in candidates)
        yield Row(
            subject=region,
            account=account,
            region=region,
            verdict=Verdict.MET if covered else Verdict.EXCEPTION,
            observed="; ".join(f"{entry.kind} analyzer {entry.name} {entry.status}" for entry in candidates)
            or "no external-access analyzer",
            expected="an ACTIVE external-access analyzer",
            pointers=tuple(entry.pointer for entry in candidates)
            or (evidence.item_pointer(ANALYZERS, account, region),),
            note="" if covered else elsewhere,
        )


def _delegated_elsewhere(evidence: Evidence) -> str:
    """Return a note on administrators of Access Analyzer whose analyzers this run does not see."""
    accounts = [
        one.account
        for one in require_readable(delegated_administrators(evidence))
        if "access-analyzer.amazonaws.com" in one.services
    ]
    absent = [account for account in accounts if account not in evidence.run.accounts]
    if not absent:
        return ""
    return f"Analyzers of the delegated administrator {joined_names(absent)} are not in this bundle."


@control_test(
    id="AA-4",
    title="Unused access is analysed",
    topic=topics.ACCESS_ANALYZER,
    criteria=("CC6.3",),
    risk="Permissions that nobody uses stay until somebody misuses them.",
    procedure="Looked for an ACTIVE analyzer of unused access, the account's own or the organization's, in "
    "any region in scope: IAM is global, so one region is enough.",
    population="Each account in scope",
    attribute="An ACTIVE analyzer of unused access in at least one region",
    needs=(ANALYZERS,),
    uses=(ACCOUNTS,),
    empty="No account is in scope.",
    advisory=True,
    remedy=Remedy(
        console="IAM, Access analyzer, Create analyzer: unused access, with the age after which access "
        "counts as unused. One region is enough.",
        cli="aws accessanalyzer create-analyzer --analyzer-name unused --type ACCOUNT_UNUSED_ACCESS",
    ),
    somewhere=True,
    limits="A paid feature. An organization's analyzer in an account outside this run is not seen.",
)
def unused_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    found = [
        one
        for account in evidence.accounts
        for region in evidence.regions(account)
        for one in require_readable(analyzers(evidence, account, region))
        if one.kind in UNUSED
    ]
    members = organization_members(evidence)
    for account in evidence.accounts:
        inside = not members or account in members
        own = [one for one in found if account == one.account or (inside and one.for_organization)]
        active = any(one.status == ACTIVE for one in own)
        unmet, why = none_found(evidence, ANALYZERS, account)
        yield Row(
            subject=f"arn:{evidence.run.partition}:iam::{account}:root",
            account=account,
            verdict=Verdict.MET if active else unmet,
            observed="; ".join(f"{one.kind} analyzer {one.name} {one.status} in {one.region}" for one in own)
            or "no analyzer of unused access",
            expected="an ACTIVE analyzer of unused access",
            note="" if active else why,
            pointers=tuple(one.pointer for one in own)
            or tuple(
                evidence.item_pointer(ANALYZERS, account, region) for region in evidence.regions(account)
            ),
        )
