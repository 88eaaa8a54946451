"""Tests IAM Access Analyzer: it looks everywhere, and what it finds is dealt with (CC6.1, CC6.6)."""

from collections import defaultdict
from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found, out_of_scope_rows, unreadable_rows
from evidence.readers.access_analyzer import ACTIVE, ANALYZERS, EXTERNAL, UNUSED, Analyzer, analyzers
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import ACCOUNTS, DELEGATED, accounts, delegated_administrators
from evidence.readers.unreadable import Unreadable, require_readable, sort_out

CRITERIA = ("CC6.1", "CC6.6")


def _sorted_out(evidence: Evidence) -> tuple[list[Analyzer], list[tuple[str, str, Unreadable]]]:
    """Return the run's analyzers, whatever their status, and what of them nobody can read."""
    known: list[Analyzer] = []
    unread: list[tuple[str, str, Unreadable]] = []
    for account in evidence.accounts:
        for region in evidence.regions(account):
            readable, odd = sort_out(analyzers(evidence, account, region))
            known += readable
            unread += [(account, region, one) for one in odd]
    return known, unread


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
        console="IAM, Access analyzer, choose region {region}, Create analyzer: external access, zone of "
        "trust the organization (from its delegated administrator) or this account.",
        cli=("aws accessanalyzer create-analyzer --analyzer-name external --type ACCOUNT --region {region}",),
    ),
    limits="An organization's analyzer in an account outside this run is not seen.",
)
def analyzers_enabled(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account and region."""
    known, unread = _sorted_out(evidence)
    own: dict[tuple[str, str], list[Analyzer]] = defaultdict(list)
    shared: dict[str, list[Analyzer]] = defaultdict(list)
    for one in known:
        if one.kind in EXTERNAL:
            own[one.account, one.region].append(one)
            if one.kind == "ORGANIZATION":
                shared[one.region].append(one)
    doubtful = {region for _, region, _ in unread}  # what cannot be read may be the one that covers it
    members = organization_members(evidence)
    elsewhere = _delegated_elsewhere(evidence)
    for account in evidence.accounts:
        yield from out_of_scope_rows(evidence, account)
    places = [(account, region) for account in evidence.accounts for region in evidence.regions(account)]
    for account, region in places:
        inside = not members or account in members  # an organization's analyzer sees no other account
        others = [one for one in (shared[region] if inside else ()) if one.account != account]
        candidates = [*own[account, region], *others]
        covered = any(entry.status == "ACTIVE" for entry in candidates)
        untold = region in doubtful or (inside and elsewhere)
        unmet = Verdict.NOT_DETERMINED if untold else Verdict.EXCEPTION
        yield Row(
            subject=region,
            account=account,
            region=region,
            verdict=Verdict.MET if covered else unmet,
            observed="; ".join(f"{entry.kind} analyzer {entry.name} {entry.status}" for entry in candidates)
            or "no external-access analyzer",
            expected="an ACTIVE external-access analyzer",
            pointers=tuple(entry.pointer for entry in candidates)
            or (evidence.item_pointer(ANALYZERS, account, region),),
            note="" if covered else elsewhere,
        )
    yield from unreadable_rows(unread, "an ACTIVE external-access analyzer", {})


def _delegated_elsewhere(evidence: Evidence) -> str:
    """Return a note on administrators of Access Analyzer whose analyzers this run does not see.

    'There is none' may be said only where the account that would own it was asked.
    """
    accounts = [
        one.account
        for one in require_readable(delegated_administrators(evidence))
        if "access-analyzer.amazonaws.com" in one.services
    ]
    absent = [account for account in accounts if account not in evidence.bundle.accounts]
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
    uses=(ACCOUNTS, DELEGATED),
    empty="No account is in scope.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, Access analyzer, Create analyzer: unused access, with the age after which access "
        "counts as unused. One region is enough.",
        cli=(
            (
                "aws accessanalyzer create-analyzer --analyzer-name unused --type ACCOUNT_UNUSED_ACCESS "
                "--region {region}"
            ),
        ),
    ),
    somewhere=True,
    limits="A paid feature. An organization's analyzer in an account outside this run is not seen.",
)
def unused_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    known, unread = _sorted_out(evidence)
    found = [one for one in known if one.kind in UNUSED]
    elsewhere = _delegated_elsewhere(evidence)
    members = organization_members(evidence)
    shared = [number for number, one in enumerate(found) if one.for_organization]
    by_account: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        by_account[one.account].append(number)
    for account in evidence.accounts:
        inside = not members or account in members
        numbers = {*by_account[account], *(shared if inside else ())}
        own = [found[number] for number in sorted(numbers)]
        active = any(one.status == ACTIVE for one in own)
        unmet, why = none_found(evidence, ANALYZERS, account)
        if unread or (inside and elsewhere):
            unmet = Verdict.NOT_DETERMINED
        yield Row(
            subject=f"arn:{evidence.run.partition}:iam::{account}:root",
            account=account,
            verdict=Verdict.MET if active else unmet,
            observed="; ".join(f"{one.kind} analyzer {one.name} {one.status} in {one.region}" for one in own)
            or "no analyzer of unused access",
            expected="an ACTIVE analyzer of unused access",
            pointers=tuple(one.pointer for one in own)
            or tuple(
                evidence.item_pointer(ANALYZERS, account, region) for region in evidence.regions(account)
            ),
            note="" if active else " ".join(filter(None, (why, elsewhere if inside else ""))),
        )
    yield from unreadable_rows(unread, "an ACTIVE analyzer of unused access", {})
