"""Tests what Access Analyzer says of access inside: unused access is worked off, internal access is meant."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found, unreadable_rows
from evidence.controls.tests.access_findings import (
    AnalyzerEvidence,
    analyzer_attributes,
    finding_attributes,
    finding_fills,
    quiet_row,
    same_access,
    twins_note,
)
from evidence.readers.access_analyzer import (
    ACTIVE,
    ANALYZERS,
    FINDINGS,
    INTERNAL,
    INTERNAL_ACCESS,
    UNUSED,
    AccessFinding,
    unused_kind,
)
from evidence.readers.evidence import Evidence, day, plural

CRITERIA = ("CC6.2", "CC6.3")


@control_test(
    id="AA-5",
    title="Unused access is worked off",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="Access that nobody needs any more, and everybody knows of, is still there for whoever steals it.",
    procedure="Listed the findings of every analyzer of unused access: roles, access keys, passwords and "
    "permissions. An ACTIVE one that is older than {unused_finding_days} days is an exception of the account "
    "that owns it. What several analyzers found of the same access is one row.",
    population="Each ACTIVE finding of unused access, and each analyzer of unused access without any",
    attribute="No ACTIVE finding older than {unused_finding_days} days",
    needs=(ANALYZERS, FINDINGS),
    empty="No analyzer of unused access is active (AA-4).",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, Access analyzer, Unused access in {region}, open {subject}: remove the role, key, "
        "password or permissions it names; archive it where the access is kept on purpose.",
        cli=(
            "aws accessanalyzer get-finding-v2 --analyzer-arn {analyzer} --id {finding} --region {region}",
            (
                "aws accessanalyzer generate-finding-recommendation --analyzer-arn {analyzer} --id "
                "{finding} --region {region}"
            ),
        ),
    ),
    limits="Says how long the finding has been there. What counts as unused is a setting of the analyzer.",
)
def unused_access_worked_off(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per unused access found, and one per analyzer without any."""
    known = AnalyzerEvidence.of_run(evidence)
    found = [one for one in known.with_status(ACTIVE) if unused_kind(one.kind)]
    for group in same_access(found):
        yield _unused_row(evidence, group)
    yield from _quiet_rows(evidence, known, UNUSED, found, "AA-4")


def _unused_row(evidence: Evidence, alike: Sequence[AccessFinding]) -> Row:
    first = alike[0]
    days = evidence.thresholds.unused_finding_days
    as_of = evidence.collected_at(FINDINGS, first.account, first.region)
    created = min((one.created for one in alike if one.created), default=None)
    unknown = all(one.error for one in alike)
    if created is None or unknown:
        verdict = Verdict.NOT_DETERMINED
    else:
        verdict = Verdict.EXCEPTION if as_of - created > timedelta(days=days) else Verdict.MET
    what = unused_kind(first.kind)
    return Row(
        subject=first.id,
        account=first.owner,
        region=first.region,
        verdict=verdict,
        observed=f"ACTIVE: unused {what} of {first.resource}, found on "
        + (day(created) if created else "an unknown day")
        + (f"; AWS could not analyse it: {first.error}" if unknown else ""),
        expected=f"dealt with within {plural(days, 'day')}",
        pointers=tuple(one.pointer for one in alike),
        since=created + timedelta(days=days) if created and verdict is Verdict.EXCEPTION else None,
        began=created if verdict is Verdict.EXCEPTION else None,
        note=twins_note(evidence, alike),
        attributes=finding_attributes(first, what),
        fills=finding_fills(first),
        aliases=tuple(one.id for one in alike[1:]),
    )


@control_test(
    id="AA-6",
    title="Internal access is as intended",
    topic=topics.ACCESS_ANALYZER,
    criteria=("CC6.1", "CC6.3"),
    risk="Somebody inside reaches a resource that the company watches because few should.",
    procedure="Listed the ACTIVE findings of every analyzer of internal access: who inside can reach the "
    "resources that the company chose to watch. Each is for management to confirm or to take away.",
    population="Each ACTIVE finding of internal access, and each analyzer of internal access without any",
    attribute="No ACTIVE finding of internal access",
    needs=(ANALYZERS, FINDINGS),
    empty="No analyzer of internal access is active.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, Access analyzer, Internal access in {region}, open {subject}: archive it where the "
        "access is meant; else narrow the policy that it names.",
        cli=(
            "aws accessanalyzer get-finding-v2 --analyzer-arn {analyzer} --id {finding} --region {region}",
            (
                "aws accessanalyzer update-findings --analyzer-arn {analyzer} --ids {finding} --status "
                "ARCHIVED --region {region}"
            ),
        ),
    ),
    limits="Covers the resources that the analyzer was told to watch, and no other.",
)
def internal_access_intended(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per internal access found, and one per analyzer without any."""
    known = AnalyzerEvidence.of_run(evidence)
    found = [one for one in known.with_status(ACTIVE) if one.kind == INTERNAL_ACCESS]
    for group in same_access(found):
        first = group[0]
        unknown = all(one.error for one in group)
        yield Row(
            subject=first.id,
            account=first.owner,
            region=first.region,
            verdict=Verdict.NOT_DETERMINED if unknown else Verdict.EXCEPTION,
            observed=f"ACTIVE: internal access to {first.resource}"
            + (f"; AWS could not analyse it: {first.error}" if unknown else ""),
            expected="no ACTIVE finding",
            pointers=tuple(one.pointer for one in group),
            since=min((one.created for one in group if one.created), default=None),
            note=twins_note(evidence, group),
            attributes=finding_attributes(first, "internal"),
            fills=finding_fills(first),
            aliases=tuple(one.id for one in group[1:]),
        )
    yield from _quiet_rows(evidence, known, INTERNAL, found, "")


def _quiet_rows(
    evidence: Evidence,
    known: AnalyzerEvidence,
    kinds: Collection[str],
    found: Sequence[AccessFinding],
    test: str,
) -> Iterator[Row]:
    """Yield a row per analyzer without findings, and one per account where one may be that was not asked."""
    noisy = {one.analyzer for one in found}
    mine = [one for one in known.analyzers if one.kind in kinds]
    for one in mine:
        if one.arn not in noisy:
            yield quiet_row(one, "no ACTIVE finding", test or "its status")
    yield from unreadable_rows(known.unreadable, "no ACTIVE finding", analyzer_attributes(""))
    for account in evidence.accounts:
        verdict, why = none_found(evidence, ANALYZERS, account)
        if verdict is Verdict.EXCEPTION or any(
            one.status == ACTIVE and (one.for_organization or one.account == account) for one in mine
        ):
            continue
        yield Row(
            subject=f"arn:{evidence.run.partition}:iam::{account}:root",
            account=account,
            verdict=verdict,
            observed="no such analyzer in what was asked, which is not everything",
            expected="every enabled region asked",
            note=why,
            pointers=tuple(
                evidence.item_pointer(ANALYZERS, account, region) for region in evidence.regions(account)
            ),
            attributes=analyzer_attributes(""),
        )
