"""Reads IAM Access Analyzer: analyzers with their archive rules, findings, and what a rule selects."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, joined_names, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

ANALYZERS = "access-analyzer.analyzers"
FINDINGS = "access-analyzer.findings"
ACTIVE = "ACTIVE"
EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
"""Analyzer types that look for access from outside."""
UNUSED = frozenset({"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"})
"""Analyzer types that look for permissions nobody uses."""
EXTERNAL_ACCESS = "ExternalAccess"
_STATUSES = frozenset({ACTIVE, "ARCHIVED", "RESOLVED"})

Filter = Mapping[str, Mapping[str, Any]]
"""Criteria by the name of a finding's property (accessanalyzer Criterion)."""


@dataclass(frozen=True, slots=True)
class ArchiveRule:
    """A rule of an analyzer that archives the findings its filter selects."""

    name: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class Analyzer:
    """An analyzer of any type."""

    arn: str
    kind: str
    """AWS's type: `ACCOUNT`, `ORGANIZATION`, `ACCOUNT_UNUSED_ACCESS`, …"""
    status: str
    account: str
    region: str
    rules: tuple[ArchiveRule, ...]
    pointer: Pointer

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return analyzer_name(self.arn)


@dataclass(frozen=True, slots=True)
class AccessFinding:
    """A finding of any kind."""

    id: str
    kind: str
    """`ExternalAccess`, `UnusedIAMRole`, …"""
    status: str
    """`ACTIVE`, `ARCHIVED` or `RESOLVED`."""
    resource: str
    error: str
    """Why AWS could not analyse the resource; empty when it could."""
    public: bool
    principal: str
    created: datetime | None
    analyzer: str
    """ARN of the analyzer that found it."""
    account: str
    region: str
    key: str
    """The same in two analyzers' findings of the same access."""
    properties: Mapping[str, frozenset[str]]
    """What archive rules filter by (accessanalyzer, filter keys), each with the finding's values."""
    pointer: Pointer


def analyzers(
    evidence: Evidence, account: str | None = None, region: str | None = None
) -> Iterator[Analyzer | Unreadable]:
    """Yield the analyzers of a region, or of all, whatever their type and status."""
    return evidence.each(ANALYZERS, analyzer, account, region)


def findings(
    evidence: Evidence, account: str | None = None, region: str | None = None
) -> Iterator[AccessFinding | Unreadable]:
    """Yield the findings of a region, or of all, of every kind and status."""
    return evidence.each(FINDINGS, finding, account, region)


def analyzer_name(arn: str) -> str:
    """Return the name of an analyzer out of its ARN."""
    return arn.rpartition("/")[2]


def analyzer(located: LocatedRecord) -> Analyzer:
    """Read a record of an analyzer; raises one of MALFORMED."""
    described = located.value["Analyzer"]
    return Analyzer(
        arn=require_text(described["arn"]),
        kind=require_text(described["type"]),
        status=require_text(described["status"]),
        account=located.target.account,
        region=located.target.region or "",
        rules=tuple(map(_archive_rule, located.value["ArchiveRules"])),
        pointer=pointer_to(located),
    )


def _archive_rule(rule: Mapping[str, Any]) -> ArchiveRule:
    criteria = dict(rule["filter"])
    if not all(isinstance(criterion, dict) for criterion in criteria.values()):
        raise MalformedEvidenceError(f"the filter of archive rule {rule['ruleName']} has no criteria")
    return ArchiveRule(require_text(rule["ruleName"]), criteria)


def finding(located: LocatedRecord) -> AccessFinding:
    """Read a record of a finding; raises one of MALFORMED."""
    summary: dict[str, Any] = located.value["Finding"]
    if summary["status"] not in _STATUSES:
        raise MalformedEvidenceError(f"finding {summary['id']} has the status {summary['status']!r}")
    details = (located.value["Details"] or {}).get("findingDetails", [])
    external = [entry["externalAccessDetails"] for entry in details if "externalAccessDetails" in entry]
    return AccessFinding(
        id=require_text(summary["id"]),
        kind=require_text(summary.get("findingType", EXTERNAL_ACCESS)),
        status=summary["status"],
        resource=require_text(summary.get("resource", summary["resourceType"])),
        error=optional_text(summary.get("error")),
        public=any(entry.get("isPublic") is True for entry in external),
        principal=joined_names(
            f"{kind} {name}" for entry in external for kind, name in entry.get("principal", {}).items()
        ),
        created=optional_moment(summary.get("createdAt")),
        analyzer=require_text(located.value["AnalyzerArn"]),
        account=located.target.account,
        region=located.target.region or "",
        key=json.dumps([summary.get("resource", summary["id"]), external], sort_keys=True),
        properties=properties(summary, external),
        pointer=pointer_to(located),
    )


def properties(
    summary: Mapping[str, Any], external: Sequence[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    """Return a finding's values of what archive rules filter by; `external` are its external details."""
    values: dict[str, set[str]] = {
        name: {str(summary[name])}
        for name in ("id", "resource", "resourceType", "resourceOwnerAccount", "findingType", "error")
        if name in summary
    }
    for entry in external:
        values.setdefault("isPublic", set()).add(str(entry.get("isPublic", False)).lower())
        for prefix in ("principal", "condition"):
            for name, value in entry.get(prefix, {}).items():
                values.setdefault(f"{prefix}.{name}", set()).add(str(value))
    return {name: frozenset(given) for name, given in values.items()}


def selects(filters: Filter, properties: Mapping[str, frozenset[str]]) -> bool:
    """Say whether every criterion of an archive rule holds for a finding's properties.

    A property that is not known here selects nothing, except where its absence is asked for by `exists`.
    """
    return all(_holds(criterion, properties.get(name)) for name, criterion in filters.items())


def _holds(criterion: Mapping[str, Any], values: frozenset[str] | None) -> bool:
    if "exists" in criterion and criterion["exists"] is (values is None):
        return False
    if values is None:
        return set(criterion) <= {"exists"}
    lower = {value.lower() for value in values}
    equal = {str(value).lower() for value in criterion.get("eq", ())}
    unequal = {str(value).lower() for value in criterion.get("neq", ())}
    parts = [str(value).lower() for value in criterion.get("contains", ())]
    return (
        ("eq" not in criterion or bool(lower & equal))
        and not lower & unequal
        and ("contains" not in criterion or any(part in value for part in parts for value in lower))
    )
