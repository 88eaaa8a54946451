"""Tests what Access Analyzer found of access from outside: none is open, none is hidden (CC6.1, CC6.6)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows, with_every_account
from evidence.controls.tests._archive_rules import archiving_everything
from evidence.controls.tests.access_analyzer import CRITERIA, organization_members
from evidence.readers.access_analyzer import (
    ACTIVE,
    ANALYZERS,
    EXTERNAL,
    FINDINGS,
    AccessFinding,
    Analyzer,
    ArchiveRule,
    analyzer_name,
    analyzers,
    findings,
    selects,
)
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.organizations import ACCOUNTS
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable, sort_out


class AnalyzerEvidence:
    """The analyzers and findings of a run's regions, and what of them nobody can read."""

    @classmethod
    def of_run(cls, evidence: Evidence) -> Self:
        """Return those of a run, read once for all tests that need both items and no other."""
        return evidence.once(FINDINGS, lambda: cls(evidence))

    def __init__(self, evidence: Evidence) -> None:
        self.analyzers: list[Analyzer] = []
        self.findings: list[AccessFinding] = []
        self.unreadable: list[tuple[str, str, Unreadable]] = []
        for account in evidence.accounts:
            for region in evidence.regions(account):
                known, unknown = sort_out(analyzers(evidence, account, region))
                found, odd = sort_out(findings(evidence, account, region))
                self.analyzers += known
                self.findings += found
                unlisted = () if unknown else _of_unlisted(found, known)
                self.unreadable += [(account, region, one) for one in (*unknown, *odd, *unlisted)]

    def with_status(self, status: str) -> list[AccessFinding]:
        """Return the findings of one status."""
        return [one for one in self.findings if one.status == status]


def _of_unlisted(found: Iterable[AccessFinding], known: Iterable[Analyzer]) -> Iterator[Unreadable]:
    """Yield each analyzer that findings name and the list lacks: its archive rules are not known."""
    named: dict[str, AccessFinding] = {}
    for one in found:
        named.setdefault(one.analyzer, one)
    for arn in sorted(named.keys() - {one.arn for one in known}):
        yield Unreadable(named[arn].pointer, f"found by {arn}, which no list of analyzers holds")


def same_access(found: Iterable[AccessFinding]) -> list[tuple[AccessFinding, ...]]:
    """Return findings by the access they are about, the owner's own first.

    An account's and an organization's analyzer find the same, and so do those of every region of a role. Two
    findings of one analyzer are never the same.
    """
    groups: dict[tuple[str, int], list[AccessFinding]] = {}
    before: Counter[tuple[str, str]] = Counter()
    for one in found:
        groups.setdefault((one.key, before[one.key, one.analyzer]), []).append(one)
        before[one.key, one.analyzer] += 1
    return [tuple(sorted(group, key=lambda one: one.account != one.owner)) for group in groups.values()]


def finding_attributes(first: AccessFinding, kind: str) -> dict[str, str]:
    """Return the columns of a finding."""
    return analyzer_attributes(first.analyzer, first.resource, kind, first.principal)


def finding_fills(first: AccessFinding) -> dict[str, str]:
    """Return what the remedy of a finding names."""
    return {"finding": first.id, "analyzer": first.analyzer, "resource": first.resource}


def _resource_arn(first: AccessFinding) -> tuple[str, ...]:
    return (first.resource,) if first.resource.startswith("arn:") else ()


def analyzer_attributes(analyzer: str, resource: str = "", access: str = "", who: str = "") -> dict[str, str]:
    """Return the columns of a row about an analyzer, or one of its findings."""
    return {"analyzer": analyzer, "resource": resource, "access": access, "principal": who}


def twins_note(evidence: Evidence, alike: Sequence[AccessFinding]) -> str:
    """Return which other analyzers found the same, and whether the owner is outside the run."""
    first, *others = alike
    names = [f"{analyzer_name(one.analyzer)} of {one.account} {one.region} as {one.id}" for one in others]
    said = f"The same access is found by {joined_names(names)}." if names else ""
    if first.owner not in evidence.bundle.accounts:
        said = f"{said} {first.owner}, which owns it, is not in this run.".strip()
    return said


@control_test(
    id="AA-2",
    title="No unresolved external access",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="A resource shared outside the organization without anybody's decision leaks data or power.",
    procedure="Listed the findings of every external-access analyzer. An ACTIVE one is an exception of the "
    "account that owns the resource, public access first; one that AWS could not analyse (`error`) is "
    "unknown, not clean. What several analyzers found of the same access is one row.",
    population="Each ACTIVE finding, and each active analyzer, or account that one covers, without any",
    attribute="No ACTIVE finding of external access",
    needs=(ANALYZERS, FINDINGS),
    uses=(ACCOUNTS,),
    empty="No external-access analyzer is active (AA-1), so nothing was looked for.",
    empty_conclusion=Conclusion.NOT_CONCLUDED,
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM, Access analyzer, Findings in {region}, open {subject}: take the access out of the "
        "resource's policy, then Rescan. If it is meant, archive it and accept it in "
        "exceptions.toml.",
        cli=(
            "aws accessanalyzer get-finding-v2 --analyzer-arn {analyzer} --id {finding} --region {region}",
            (
                "aws accessanalyzer start-resource-scan --analyzer-arn {analyzer} --resource-arn "
                "{resource} --region {region}"
            ),
        ),
    ),
    limits="Covers the resource types that Access Analyzer supports, in regions that have an analyzer "
    "(AA-1).",
)
def external_access(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per access found, public ones first, and one per analyzer without any.

    And one for each other account: covered by the organization's analyzer, or by none.
    """
    known = AnalyzerEvidence.of_run(evidence)
    rows = list(_external_access(evidence, known))
    shared = [one for one in known.analyzers if one.kind == "ORGANIZATION" and one.status == ACTIVE]
    if not shared:
        nothing = "no external-access analyzer is active (AA-1)"
        yield from with_every_account(evidence, ANALYZERS, rows, nothing, "no ACTIVE finding")
        return
    yield from rows
    shown = {row.account for row in rows if row.verdict is not Verdict.OUT_OF_SCOPE}
    members = organization_members(evidence)
    for account in evidence.accounts:
        if account not in shown:
            yield _covered_row(evidence, account, shared, members)


def _external_access(evidence: Evidence, known: AnalyzerEvidence) -> Iterator[Row]:
    active = [one for one in known.with_status(ACTIVE) if one.external]
    noisy = {one.analyzer for one in active}
    alike = same_access(active)
    for group in sorted(alike, key=lambda group: not any(one.public for one in group)):
        yield _finding_row(evidence, group)
    for one in known.analyzers:
        if one.kind in EXTERNAL and one.arn not in noisy:
            yield quiet_row(one, "no ACTIVE finding", "AA-1")
    yield from unreadable_rows(known.unreadable, "no ACTIVE finding", analyzer_attributes(""))


def _finding_row(evidence: Evidence, alike: Sequence[AccessFinding]) -> Row:
    first = alike[0]
    public = any(one.public for one in alike)
    access = "public" if public else "external"
    unknown = all(one.error for one in alike)
    error = f"; AWS could not analyse it: {first.error}" if unknown else ""
    who = next((one.principal for one in alike if one.principal), "unknown")
    return Row(
        subject=first.id,
        account=first.owner,
        region=first.region,
        verdict=Verdict.NOT_DETERMINED if unknown else Verdict.EXCEPTION,
        observed=f"ACTIVE: {access} access to {first.resource} by {who}{error}",
        expected="no ACTIVE finding",
        pointers=tuple(one.pointer for one in alike),
        since=min((one.created for one in alike if one.created), default=None),
        note=twins_note(evidence, alike),
        attributes=finding_attributes(first, access),
        arns=_resource_arn(first),
        fills=finding_fills(first),
        severity=Severity.CRITICAL if public else None,
        aliases=tuple(one.id for one in alike[1:]),
    )


def quiet_row(analyzer: Analyzer, expected: str, test: str) -> Row:
    """Return the row of an analyzer without findings; one that does not work has found nothing."""
    silent = analyzer.status != ACTIVE
    return Row(
        subject=analyzer.arn,
        account=analyzer.account,
        region=analyzer.region,
        verdict=Verdict.OUT_OF_SCOPE if silent else Verdict.MET,
        observed=f"no ACTIVE finding; analyzer is {analyzer.status}",
        outside="an analyzer that is not active",
        expected=expected,
        pointers=(analyzer.pointer,),
        note=f"An analyzer that is not active finds nothing: see {test}." if silent else "",
        attributes=analyzer_attributes(analyzer.arn),
    )


def _covered_row(
    evidence: Evidence, account: str, shared: Sequence[Analyzer], members: frozenset[str]
) -> Row:
    outside = bool(members) and account not in members
    names = joined_names(f"{one.name} in {one.region}" for one in shared)
    return Row(
        subject=f"arn:{evidence.run.partition}:iam::{account}:root",
        account=account,
        verdict=Verdict.NOT_DETERMINED if outside else Verdict.MET,
        observed="no external-access analyzer is active (AA-1); the organization does not list the account"
        if outside
        else f"no ACTIVE finding of it by the organization's analyzer {names}",
        expected="no ACTIVE finding",
        pointers=tuple(one.pointer for one in shared),
        attributes=analyzer_attributes(shared[0].arn),
    )


@control_test(
    id="AA-3",
    title="Archived findings are justified",
    topic=topics.ACCESS_ANALYZER,
    criteria=CRITERIA,
    risk="Archiving hides a finding without removing the access.",
    procedure="Listed the ARCHIVED findings of every external-access analyzer: each needs an accepted "
    "exception that names it. An archive rule whose filter matches every finding is itself an exception, "
    "whichever operator it does that by, and so are rules that do it together. What other kinds of "
    "analyzers archived is shown apart.",
    population="Each ARCHIVED finding, and each archive rule",
    attribute="An accepted exception for the finding; a filter that selects for the rule",
    needs=(ANALYZERS, FINDINGS),
    empty="No finding of external access is archived, and no external-access analyzer has an archive rule.",
    met_by_acceptance=True,
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM, Access analyzer, Archive rules in {region}: narrow or delete a rule that selects "
        "everything. A finding that is meant: name it in exceptions.toml; else unarchive and "
        "resolve it.",
        cli=(
            (
                "[finding] aws accessanalyzer update-findings --analyzer-arn {analyzer} --ids {finding} "
                "--status ACTIVE --region {region}"
            ),
            (
                "[rule] aws accessanalyzer delete-archive-rule --analyzer-name {analyzer_name} "
                "--rule-name {rule} --region {region}"
            ),
        ),
    ),
    limits="A finding does not say which archive rule archived it: a rule is named where its filter, as it "
    "stood at collection, selects the finding. Rules that select everything together are "
    "found where they divide one property's values.",
)
def archived_findings_accepted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per archived access and one per archive rule; one for what other analyzers archived."""
    known = AnalyzerEvidence.of_run(evidence)
    archived = known.with_status("ARCHIVED")
    external = [one for one in known.analyzers if one.kind in EXTERNAL]
    by_arn = {one.arn: one for one in external}
    for group in same_access(one for one in archived if one.external):
        yield _archived_row(evidence, group, by_arn)
    by_analyzer = _by_analyzer(known.findings)
    for analyzer in external:
        everything = archiving_everything(analyzer, by_analyzer.get(analyzer.arn, ()))
        yield from (_rule_row(analyzer, rule, everything.get(rule.name)) for rule in analyzer.rules)
    inside = _by_analyzer(archived)
    for analyzer in known.analyzers:
        hidden = [one for one in inside.get(analyzer.arn, ()) if not one.external]
        if hidden or (analyzer.rules and analyzer.kind not in EXTERNAL):
            yield _apart_row(analyzer, hidden)
    yield from unreadable_rows(known.unreadable, "an accepted exception", analyzer_attributes(""))


def _by_analyzer(found: Iterable[AccessFinding]) -> dict[str, list[AccessFinding]]:
    groups: dict[str, list[AccessFinding]] = {}
    for one in found:
        groups.setdefault(one.analyzer, []).append(one)
    return groups


def _archived_row(
    evidence: Evidence, alike: Sequence[AccessFinding], external: Mapping[str, Analyzer]
) -> Row:
    first = alike[0]
    access = "public" if any(one.public for one in alike) else "external"
    rules = [
        (entry.arn, rule.name)
        for one in alike
        if (entry := external.get(one.analyzer))
        for rule in entry.rules
        if selects(rule.filter, one.properties)
    ]
    selected = f"Selected by archive rule {joined_names(name for _, name in rules)}." if rules else ""
    return Row(
        subject=first.id,
        account=first.owner,
        region=first.region,
        verdict=Verdict.EXCEPTION,
        observed=f"ARCHIVED: {access} access to {first.resource} by {first.principal or 'unknown'}",
        expected="an accepted exception",
        pointers=tuple(one.pointer for one in alike),
        since=min((one.created for one in alike if one.created), default=None),
        note=f"{selected} {twins_note(evidence, alike)}".strip(),
        attributes=finding_attributes(first, access),
        arns=_resource_arn(first),
        fills=finding_fills(first),
        severity=Severity.CRITICAL if access == "public" else None,
        aliases=(
            *(one.id for one in alike[1:]),
            *(name for _, name in rules),
            *(f"{arn}/archive-rule/{name}" for arn, name in rules),
        ),
    )


def _rule_row(analyzer: Analyzer, rule: ArchiveRule, everything: Sequence[str] | None) -> Row:
    """Return the row of a rule; `everything` names those with which it archives all, None if it does not."""
    by = joined_names(sorted(rule.filter))
    others = f", together with {joined_names(everything)}" if everything else ""
    return Row(
        subject=f"{analyzer.arn}/archive-rule/{rule.name}",
        account=analyzer.account,
        region=analyzer.region,
        verdict=Verdict.MET if everything is None else Verdict.EXCEPTION,
        observed=f"archives by {by}"
        if everything is None
        else f"archives every finding{f', by {by}' if by else ''}{others}",
        expected="a filter that selects findings",
        pointers=(analyzer.pointer,),
        attributes=analyzer_attributes(analyzer.arn),
        arns=(analyzer.arn,),
        fills={"rule": rule.name},
    )


def _apart_row(analyzer: Analyzer, hidden: list[AccessFinding]) -> Row:
    """Return the row of an analyzer of another kind: what it archived is no external access."""
    kinds = ", ".join(
        f"{count} {kind}" for kind, count in sorted(Counter(one.kind for one in hidden).items())
    )
    rules = joined_names(rule.name for rule in analyzer.rules) or "none"
    where: tuple[Pointer, ...] = (analyzer.pointer, *(one.pointer for one in hidden[:5]))
    return Row(
        subject=analyzer.arn,
        account=analyzer.account,
        region=analyzer.region,
        verdict=Verdict.OUT_OF_SCOPE,
        outside="an analyzer that does not look for access from outside",
        observed=f"{analyzer.kind}: {plural(len(hidden), 'archived finding')}"
        f"{f' ({kinds})' if kinds else ''}, archive rules: {rules}",
        expected="no external access",
        pointers=where,
        note="Shown apart: these are not findings of external access.",
        attributes=analyzer_attributes(analyzer.arn),
    )
