"""Chooses the columns of an evidence item's sheet: listed where it matters, else derived from the records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS = 60
DEPTH = 3
REST = "Further members (JSON)"

Getter = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column: its title, where its value is, how wide it is (characters)."""

    title: str
    get: Getter
    width: int = 24


def first_value(*paths: str) -> Getter:
    """Return a getter of the first of several dotted paths that holds something."""
    routes = tuple(tuple(path.split(".")) for path in paths)

    def get(record: Mapping[str, Any]) -> Any:
        for route in routes:
            found: Any = record
            for step in route:
                found = found.get(step) if isinstance(found, Mapping) else None
            if found is not None:
                return found
        return None

    return get


def joined_members(path: str, key: str) -> Getter:
    """Return a getter of one member of each element of a list, joined."""
    inner = first_value(path)

    def get(record: Mapping[str, Any]) -> Any:
        found = inner(record)
        if not isinstance(found, list):
            return None
        return [str(x.get(key, "")) if isinstance(x, Mapping) else str(x) for x in found]

    return get


def _kind(record: Mapping[str, Any]) -> str:
    return next((name.removesuffix("Detail") for name in record), "")


def _identity(member: str) -> Getter:
    return first_value(
        *(f"{kind}.{member}" for kind in ("UserDetail", "GroupDetail", "RoleDetail", "Policy"))
    )


def _any_list(member: str, key: str) -> Getter:
    getters = [
        joined_members(f"{kind}.{member}", key)
        for kind in ("UserDetail", "GroupDetail", "RoleDetail", "Policy")
    ]

    def get(record: Mapping[str, Any]) -> Any:
        return next((found for getter in getters if (found := getter(record)) is not None), None)

    return get


def _tags(record: Mapping[str, Any]) -> Any:
    found = _identity("Tags")(record)
    return [f"{x.get('Key')}={x.get('Value')}" for x in found] if isinstance(found, list) else None


def _documents(record: Mapping[str, Any]) -> Any:
    """Return the inline documents, or a policy's default version."""
    versions = first_value("Policy.PolicyVersionList")(record)
    if isinstance(versions, list):
        return next((v.get("Document") for v in versions if v.get("IsDefaultVersion")), None)
    return (
        first_value("RoleDetail.RolePolicyList", "UserDetail.UserPolicyList", "GroupDetail.GroupPolicyList")(
            record
        )
        or None
    )


AUTHORIZATION_DETAILS = (
    RecordColumn("Kind", _kind, 10),
    RecordColumn(
        "Name",
        first_value(
            "UserDetail.UserName", "GroupDetail.GroupName", "RoleDetail.RoleName", "Policy.PolicyName"
        ),
        34,
    ),
    RecordColumn("Arn", _identity("Arn"), 60),
    RecordColumn(
        "Id",
        first_value("UserDetail.UserId", "GroupDetail.GroupId", "RoleDetail.RoleId", "Policy.PolicyId"),
        24,
    ),
    RecordColumn("Path", _identity("Path"), 20),
    RecordColumn("Created", _identity("CreateDate"), 20),
    RecordColumn("Role last used", first_value("RoleDetail.RoleLastUsed.LastUsedDate"), 20),
    RecordColumn("Groups", first_value("UserDetail.GroupList"), 24),
    RecordColumn("Attached policies", _any_list("AttachedManagedPolicies", "PolicyName"), 40),
    RecordColumn(
        "Inline policies",
        first_value("UserDetail.UserPolicyList", "GroupDetail.GroupPolicyList", "RoleDetail.RolePolicyList"),
        30,
    ),
    RecordColumn("Permissions boundary", _identity("PermissionsBoundary.PermissionsBoundaryArn"), 40),
    RecordColumn("Tags", _tags, 30),
    RecordColumn("Trust policy", first_value("RoleDetail.AssumeRolePolicyDocument"), 50),
    RecordColumn("Policy document", _documents, 50),
)


def _results(result: str, verdict: str, *more: RecordColumn) -> tuple[RecordColumn, ...]:
    """Return the columns of Config's results, whose records hold a result or a verdict on a rule."""
    qualifier = f"{result}.EvaluationResultIdentifier.EvaluationResultQualifier"
    return (
        RecordColumn("Rule", first_value("ConfigRuleName", f"{verdict}.ConfigRuleName"), 40),
        *more,
        RecordColumn("Resource type", first_value(f"{qualifier}.ResourceType"), 24),
        RecordColumn("Resource id", first_value(f"{qualifier}.ResourceId"), 34),
        RecordColumn(
            "Compliance", first_value(f"{result}.ComplianceType", f"{verdict}.Compliance.ComplianceType"), 18
        ),
        RecordColumn("Result recorded", first_value(f"{result}.ResultRecordedTime"), 20),
        RecordColumn("Rule invoked", first_value(f"{result}.ConfigRuleInvokedTime"), 20),
        RecordColumn("Annotation", first_value(f"{result}.Annotation"), 50),
        RecordColumn("Summary of", lambda record: "rule" if verdict in record else "resource", 12),
    )


_GATHERED = "AggregateEvaluationResult", "AggregateComplianceByConfigRule"
RULE_COMPLIANCE = _results("EvaluationResult", "ComplianceByConfigRule")
AGGREGATE_COMPLIANCE = _results(
    *_GATHERED,
    RecordColumn("Account of the result", first_value(*(f"{kind}.AccountId" for kind in _GATHERED)), 22),
    RecordColumn("Region of the result", first_value(*(f"{kind}.AwsRegion" for kind in _GATHERED)), 22),
)

FINDINGS = (
    RecordColumn("Resource", first_value("Finding.resource"), 60),
    RecordColumn("Resource type", first_value("Finding.resourceType"), 24),
    RecordColumn("Status", first_value("Finding.status"), 12),
    RecordColumn("Kind", first_value("Finding.findingType"), 20),
    RecordColumn("Created", first_value("Finding.createdAt"), 20),
    RecordColumn("Updated", first_value("Finding.updatedAt"), 20),
    RecordColumn("Analyzed", first_value("Finding.analyzedAt"), 20),
    RecordColumn("Owner account", first_value("Finding.resourceOwnerAccount"), 16),
    RecordColumn("Error", first_value("Finding.error"), 20),
    RecordColumn("Finding id", first_value("Finding.id"), 38),
    RecordColumn("Analyzer", first_value("AnalyzerArn"), 60),
    RecordColumn("Details", first_value("Details.findingDetails"), 60),
)

CHOSEN: dict[str, tuple[RecordColumn, ...]] = {
    "iam.authorization-details": AUTHORIZATION_DETAILS,
    "config.rule-compliance": RULE_COMPLIANCE,
    "config.aggregate-compliance": AGGREGATE_COMPLIANCE,
    "access-analyzer.findings": FINDINGS,
}


def flatten(record: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """Return a record with one entry for each leaf, `Source.SourceIdentifier`; lists stay whole."""
    flat: dict[str, Any] = {}
    for key, member in record.items():
        name = f"{prefix}{key}"
        if isinstance(member, Mapping) and member and depth < DEPTH:
            flat.update(flatten(member, f"{name}.", depth + 1))
        else:
            flat[name] = member
    return flat


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The columns of a sheet, and how one record fills them."""

    columns: tuple[tuple[str, int], ...]
    """(title, width in characters)."""
    values: Callable[[Mapping[str, Any]], list[Any]]


def layout(item: str, records: Callable[[], Iterable[Mapping[str, Any]]]) -> SheetLayout:
    """Return the columns of an item; those derived from the records cost one pass over them."""
    fields = CHOSEN.get(item)
    if fields is None:
        return _derived(records())
    getters = [field.get for field in fields]
    columns = tuple((field.title, field.width) for field in fields)
    return SheetLayout(columns, lambda record: [get(record) for get in getters])


def _derived(records: Iterable[Mapping[str, Any]]) -> SheetLayout:
    """One column for each leaf in the order first seen; those past the limit share one column."""
    seen: dict[str, None] = {}
    for record in records:
        seen.update(dict.fromkeys(flatten(record)))
    names = list(seen)[:MOST_COLUMNS]
    columns = tuple((name, min(60, max(12, len(name) + 4))) for name in names)
    if len(seen) <= MOST_COLUMNS:
        return SheetLayout(columns, lambda record: list(map(flatten(record).get, names)))
    known = frozenset(names)

    def values(record: Mapping[str, Any]) -> list[Any]:
        flat = flatten(record)
        rest = {name: member for name, member in flat.items() if name not in known}
        return [*map(flat.get, names), rest or None]

    return SheetLayout((*columns, (REST, 60)), values)
