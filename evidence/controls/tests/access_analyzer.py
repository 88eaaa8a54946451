"""Tests IAM Access Analyzer: it looks everywhere, and what it finds is dealt with (CC6.1, CC6.6)."""

from collections.abc import Iterator, Mapping
from typing import Any

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Row, Verdict, control_test
from evidence.controls.rows import out_of_scope_rows, with_every_account
from evidence.readers.access_analyzer import (
    ACTIVE,
    ANALYZERS,
    EXTERNAL,
    EXTERNAL_ACCESS,
    FINDINGS,
    UNUSED,
    AccessFinding,
    Analyzer,
    ArchiveRule,
    analyzer_name,
    analyzers,
    findings,
    selects,
)
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import DELEGATED, delegated_administrators
from evidence.readers.unreadable import require_readable

CRITERIA = ("CC6.1", "CC6.6")


def external_analyzers(evidence: Evidence, account: str, region: str) -> list[Analyzer]:
    """Return a region's external-access analyzers, whatever their status."""
    return [one for one in require_readable(analyzers(evidence, account, region)) if one.kind in EXTERNAL]


def external_findings(evidence: Evidence, account: str, region: str) -> list[AccessFinding]:
    """Return a region's external-access findings of every status."""
    found = require_readable(findings(evidence, account, region))
    return [one for one in found if one.kind == EXTERNAL_ACCESS]


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
    uses=(DELEGATED,),
    empty="No region is in scope.",
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
    elsewhere = _delegated_elsewhere(evidence)
    for account in evidence.accounts:
        yield from out_of_scope_rows(evidence, account)
    for (account, region), own in found.items():
        others = [entry for entry in shared if entry.region == region and entry.account != account]
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
    id="AA-2",
    title="No unresolved external access",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="A resource shared outside the organization without anybody's decision leaks data or power.",
    procedure="Listed the findings of every external-access analyzer. An ACTIVE one is an exception, public "
    "access "
    "first; one that AWS could not analyse (`error`) is unknown, not clean.",
    population="Each ACTIVE finding, and each active analyzer that has none",
    attribute="No ACTIVE finding of external access",
    needs=(ANALYZERS, FINDINGS),
    empty="No external-access analyzer is active (AA-1), so nothing was looked for.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    limits="Covers the resource types that Access Analyzer supports, in regions that have an analyzer "
    "(AA-1).",
)
def external_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per ACTIVE finding, public ones first, and one per analyzer without any.

    And one for an account without, beside others with some: unless the organization's analyzer looks at it.
    """
    shared = any(
        entry.kind == "ORGANIZATION" and entry.status == "ACTIVE"
        for account in evidence.accounts
        for region in evidence.regions(account)
        for entry in external_analyzers(evidence, account, region)
    )
    rows = _external_access(evidence)
    if shared:
        yield from rows
    else:
        nothing = "no external-access analyzer is active (AA-1)"
        yield from with_every_account(evidence, ANALYZERS, rows, nothing, "no ACTIVE finding")


def _external_access(evidence: Evidence) -> Iterator[Row]:
    active: list[tuple[str, str, AccessFinding]] = []
    quiet: list[Analyzer] = []
    for account in evidence.accounts:
        for region in evidence.regions(account):
            found = [
                entry for entry in external_findings(evidence, account, region) if entry.status == "ACTIVE"
            ]
            active.extend((account, region, entry) for entry in found)
            noisy = {entry.analyzer for entry in found}
            quiet.extend(
                entry for entry in external_analyzers(evidence, account, region) if entry.arn not in noisy
            )
    alike: dict[str, list[AccessFinding]] = {}
    for _, _, entry in active:
        alike.setdefault(entry.key, []).append(entry)
    for account, region, entry in sorted(active, key=lambda found: not found[2].public):
        yield _finding_row(account, region, entry, alike[entry.key])
    yield from (_quiet_row(entry) for entry in quiet)


def _finding_row(account: str, region: str, finding: AccessFinding, alike: list[AccessFinding]) -> Row:
    twins = [
        f"{analyzer_name(other.analyzer)} as {other.id}"
        for other in alike
        if other.analyzer != finding.analyzer
    ]
    access = "public" if finding.public else "external"
    error = f"; AWS could not analyse it: {finding.error}" if finding.error else ""
    return Row(
        subject=finding.id,
        account=account,
        region=region,
        verdict=Verdict.NOT_DETERMINED if finding.error else Verdict.EXCEPTION,
        observed=f"ACTIVE: {access} access to {finding.resource} by {finding.principal or 'unknown'}{error}",
        expected="no ACTIVE finding",
        pointers=(finding.pointer,),
        since=finding.created,
        note=f"The same access is found by {joined_names(twins)}." if twins else "",
        attributes=_attributes(finding.analyzer, finding.resource, access, finding.principal),
    )


def _quiet_row(analyzer: Analyzer) -> Row:
    silent = analyzer.status != "ACTIVE"
    return Row(
        subject=analyzer.arn,
        account=analyzer.account,
        region=analyzer.region,
        verdict=Verdict.OUT_OF_SCOPE if silent else Verdict.MET,
        observed=f"no ACTIVE finding; analyzer is {analyzer.status}",
        expected="no ACTIVE finding",
        pointers=(analyzer.pointer,),
        note="An analyzer that is not active finds nothing: see AA-1." if silent else "",
        attributes=_attributes(analyzer.arn, "", "", ""),
    )


def _attributes(analyzer: str, resource: str, access: str, principal: str) -> dict[str, str]:
    return {"analyzer": analyzer, "resource": resource, "access": access, "principal": principal}


@control_test(
    id="AA-3",
    title="Archived findings are justified",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="Archiving hides a finding without removing the access.",
    procedure="Listed the ARCHIVED findings of every external-access analyzer: each needs an accepted "
    "exception "
    "that names it. An archive rule whose filter matches every finding is itself an exception.",
    population="Each ARCHIVED finding, and each archive rule",
    attribute="An accepted exception for the finding; a filter that selects for the rule",
    needs=(ANALYZERS, FINDINGS),
    empty="No finding is archived and there is no archive rule.",
    met_by_acceptance=True,
    limits="A finding does not say which archive rule archived it: a rule is named where its filter, as it "
    "stood at collection, selects the finding.",
)
def archived_findings_accepted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per archived finding and one per archive rule."""
    for account in evidence.accounts:
        for region in evidence.regions(account):
            found = external_analyzers(evidence, account, region)
            for finding in external_findings(evidence, account, region):
                if finding.status == "ARCHIVED":
                    yield _archived_row(account, region, finding, found)
            for analyzer in found:
                yield from (_rule_row(analyzer, rule) for rule in analyzer.rules)


def _archived_row(account: str, region: str, finding: AccessFinding, found: list[Analyzer]) -> Row:
    access = "public" if finding.public else "external"
    rules = [
        (entry.arn, rule.name)
        for entry in found
        if entry.arn == finding.analyzer
        for rule in entry.rules
        if selects(rule.filter, finding.properties)
    ]
    return Row(
        subject=finding.id,
        account=account,
        region=region,
        verdict=Verdict.EXCEPTION,
        observed=f"ARCHIVED: {access} access to {finding.resource} by {finding.principal or 'unknown'}",
        expected="an accepted exception",
        pointers=(finding.pointer,),
        since=finding.created,
        note=f"Selected by archive rule {joined_names(name for _, name in rules)}." if rules else "",
        attributes=_attributes(finding.analyzer, finding.resource, access, finding.principal),
        aliases=(*(name for _, name in rules), *(f"{arn}/archive-rule/{name}" for arn, name in rules)),
    )


def _rule_row(analyzer: Analyzer, rule: ArchiveRule) -> Row:
    everything = all(_selects_nothing(name, test) for name, test in rule.filter.items())
    return Row(
        subject=f"{analyzer.arn}/archive-rule/{rule.name}",
        account=analyzer.account,
        region=analyzer.region,
        verdict=Verdict.EXCEPTION if everything else Verdict.MET,
        observed="archives every finding"
        if everything
        else f"archives by {joined_names(sorted(rule.filter))}",
        expected="a filter that selects findings",
        pointers=(analyzer.pointer,),
        attributes=_attributes(analyzer.arn, "", "", ""),
    )


_ALWAYS_THERE = frozenset({"id", "isPublic", "resource", "resourceType", "resourceOwnerAccount", "status"})
_IN_EVERY_TEXT = frozenset({"", ":", "arn", "arn:"})


def _selects_nothing(name: str, criterion: Mapping[str, Any]) -> bool:
    """Say whether a criterion holds for every active external finding (accessanalyzer Criterion)."""
    if criterion.get("exists") is True:
        return name in _ALWAYS_THERE
    equals = {str(value).lower() for value in criterion.get("eq", ())}
    everything = {"isPublic": {"true", "false"}, "status": {"active"}, "findingType": {"externalaccess"}}
    if name in everything and everything[name] <= equals:
        return True
    return not _IN_EVERY_TEXT.isdisjoint(criterion.get("contains", ()))


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
    empty="No account is in scope.",
    advisory=True,
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
    for account in evidence.accounts:
        own = [one for one in found if account == one.account or one.kind == "ORGANIZATION_UNUSED_ACCESS"]
        active = any(one.status == ACTIVE for one in own)
        unmet = Verdict.EXCEPTION if evidence.complete else Verdict.NOT_DETERMINED
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
        )
