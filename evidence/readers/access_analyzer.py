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
INTERNAL = frozenset({"ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"})
"""Analyzer types that look at who inside may reach chosen resources."""
EXTERNAL_ACCESS, INTERNAL_ACCESS = "ExternalAccess", "InternalAccess"
UNUSED_KINDS = {
    "UnusedIAMRole": "role",
    "UnusedIAMUserAccessKey": "access key",
    "UnusedIAMUserPassword": "password",
    "UnusedPermission": "permissions",
}
"""Kinds of findings of unused access, and what is unused, in words."""
RESOLVED = "RESOLVED"
_STATUSES = frozenset({ACTIVE, "ARCHIVED", RESOLVED})

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

    @property
    def for_organization(self) -> bool:
        """It looks at every account of the organization."""
        return self.kind.startswith("ORGANIZATION")


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
    owner: str
    """The account that the resource belongs to: of an organization's analyzer, seldom the analyzer's own."""
    account: str
    """The account that was asked, whose analyzer it is."""
    region: str
    key: str
    """The same in two analyzers' findings of the same access."""
    properties: Mapping[str, frozenset[str]]
    """What archive rules filter by (accessanalyzer, filter keys), each with the finding's values."""
    pointer: Pointer

    @property
    def external(self) -> bool:
        """Access from outside; a kind that is not known is taken for it."""
        return not unused_kind(self.kind) and self.kind != INTERNAL_ACCESS


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


def unused_kind(kind: str) -> str:
    """Return what a kind of finding says is unused, in words; empty for other kinds.

    AWS names them all `Unused…`; one that came later is unused access as well.
    """
    return UNUSED_KINDS.get(kind, "access" if kind.startswith("Unused") else "")


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
        kind=_kind(summary, external),
        status=summary["status"],
        resource=require_text(summary.get("resource", summary["resourceType"])),
        error=optional_text(summary.get("error")),
        public=any(_is_public(entry) for entry in external),
        principal=joined_names(
            f"{kind} {name}" for entry in external for kind, name in entry.get("principal", {}).items()
        ),
        created=optional_moment(summary.get("createdAt")),
        analyzer=require_text(located.value["AnalyzerArn"]),
        owner=require_text(summary["resourceOwnerAccount"]),
        account=located.target.account,
        region=located.target.region or "",
        key=_key(summary, external),
        properties=properties(summary, external),
        pointer=pointer_to(located),
    )


def _kind(summary: Mapping[str, Any], external: Sequence[Mapping[str, Any]]) -> str:
    """Return a finding's type: as AWS says, or the details show; raises MalformedEvidenceError otherwise."""
    if "findingType" in summary:
        return require_text(summary["findingType"])
    if external:
        return EXTERNAL_ACCESS
    raise MalformedEvidenceError(f"finding {summary['id']} does not say what it is about")


def _is_public(external: Mapping[str, Any]) -> bool:
    """Say whether access is everybody's; where AWS does not say, by a principal that is everybody."""
    if "isPublic" in external:
        return external["isPublic"] is True
    return "*" in external.get("principal", {}).values() and not external.get("condition")


def _key(summary: Mapping[str, Any], external: Sequence[Mapping[str, Any]]) -> str:
    """Return what two analyzers' findings of one access have in common.

    Who, to what, on which condition: not how each analyzer came to it. Of a finding of external access whose
    details are gone, only its id is certain.
    """
    kind = _kind(summary, external)
    if kind == EXTERNAL_ACCESS and not external:
        return str(summary["id"])
    who = [[entry.get(name) for name in ("principal", "condition", "action")] for entry in external]
    what = [kind, summary["resourceType"], summary.get("resource", summary["id"])]
    return json.dumps([*what, summary["resourceOwnerAccount"], who], sort_keys=True)


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
