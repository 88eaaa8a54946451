"""The columns of an evidence item's sheet: chosen where it matters, else derived from the records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS = 60
DEPTH = 3
REST = "Further members (JSON)"

Getter = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its title, where its value is, how wide it is (characters)."""

    title: str
    get: Getter
    width: int = 24


def at(*paths: str) -> Getter:
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


def names(path: str, key: str) -> Getter:
    """Return a getter of one member of each element of a list, joined."""
    inner = at(path)

    def get(record: Mapping[str, Any]) -> Any:
        found = inner(record)
        if not isinstance(found, list):
            return None
        return [str(x.get(key, "")) if isinstance(x, Mapping) else str(x) for x in found]

    return get


def _kind(record: Mapping[str, Any]) -> str:
    return next((name.removesuffix("Detail") for name in record), "")


def _identity(member: str) -> Getter:
    return at(*(f"{kind}.{member}" for kind in ("UserDetail", "GroupDetail", "RoleDetail", "Policy")))


def _any_list(member: str, key: str) -> Getter:
    getters = [
        names(f"{kind}.{member}", key) for kind in ("UserDetail", "GroupDetail", "RoleDetail", "Policy")
    ]

    def get(record: Mapping[str, Any]) -> Any:
        return next((found for getter in getters if (found := getter(record)) is not None), None)

    return get


def _tags(record: Mapping[str, Any]) -> Any:
    found = _identity("Tags")(record)
    return [f"{x.get('Key')}={x.get('Value')}" for x in found] if isinstance(found, list) else None


def _documents(record: Mapping[str, Any]) -> Any:
    """Return the inline documents, or a policy's default version."""
    versions = at("Policy.PolicyVersionList")(record)
    if isinstance(versions, list):
        return next((v.get("Document") for v in versions if v.get("IsDefaultVersion")), None)
    return (
        at("RoleDetail.RolePolicyList", "UserDetail.UserPolicyList", "GroupDetail.GroupPolicyList")(record)
        or None
    )


AUTHORIZATION_DETAILS = (
    Field("Kind", _kind, 10),
    Field(
        "Name",
        at("UserDetail.UserName", "GroupDetail.GroupName", "RoleDetail.RoleName", "Policy.PolicyName"),
        34,
    ),
    Field("Arn", _identity("Arn"), 60),
    Field("Id", at("UserDetail.UserId", "GroupDetail.GroupId", "RoleDetail.RoleId", "Policy.PolicyId"), 24),
    Field("Path", _identity("Path"), 20),
    Field("Created", _identity("CreateDate"), 20),
    Field("Role last used", at("RoleDetail.RoleLastUsed.LastUsedDate"), 20),
    Field("Groups", at("UserDetail.GroupList"), 24),
    Field("Attached policies", _any_list("AttachedManagedPolicies", "PolicyName"), 40),
    Field(
        "Inline policies",
        at("UserDetail.UserPolicyList", "GroupDetail.GroupPolicyList", "RoleDetail.RolePolicyList"),
        30,
    ),
    Field("Permissions boundary", _identity("PermissionsBoundary.PermissionsBoundaryArn"), 40),
    Field("Tags", _tags, 30),
    Field("Trust policy", at("RoleDetail.AssumeRolePolicyDocument"), 50),
    Field("Policy document", _documents, 50),
)


def _results(result: str, verdict: str, *more: Field) -> tuple[Field, ...]:
    """Return the columns of Config's results, whose records hold a result or a verdict on a rule."""
    qualifier = f"{result}.EvaluationResultIdentifier.EvaluationResultQualifier"
    return (
        Field("Rule", at("ConfigRuleName", f"{verdict}.ConfigRuleName"), 40),
        *more,
        Field("Resource type", at(f"{qualifier}.ResourceType"), 24),
        Field("Resource id", at(f"{qualifier}.ResourceId"), 34),
        Field("Compliance", at(f"{result}.ComplianceType", f"{verdict}.Compliance.ComplianceType"), 18),
        Field("Result recorded", at(f"{result}.ResultRecordedTime"), 20),
        Field("Rule invoked", at(f"{result}.ConfigRuleInvokedTime"), 20),
        Field("Annotation", at(f"{result}.Annotation"), 50),
        Field("Summary of", lambda record: "rule" if verdict in record else "resource", 12),
    )


_GATHERED = "AggregateEvaluationResult", "AggregateComplianceByConfigRule"
RULE_COMPLIANCE = _results("EvaluationResult", "ComplianceByConfigRule")
AGGREGATE_COMPLIANCE = _results(
    *_GATHERED,
    Field("Account of the result", at(*(f"{kind}.AccountId" for kind in _GATHERED)), 22),
    Field("Region of the result", at(*(f"{kind}.AwsRegion" for kind in _GATHERED)), 22),
)

FINDINGS = (
    Field("Resource", at("Finding.resource"), 60),
    Field("Resource type", at("Finding.resourceType"), 24),
    Field("Status", at("Finding.status"), 12),
    Field("Kind", at("Finding.findingType"), 20),
    Field("Created", at("Finding.createdAt"), 20),
    Field("Updated", at("Finding.updatedAt"), 20),
    Field("Analyzed", at("Finding.analyzedAt"), 20),
    Field("Owner account", at("Finding.resourceOwnerAccount"), 16),
    Field("Error", at("Finding.error"), 20),
    Field("Finding id", at("Finding.id"), 38),
    Field("Analyzer", at("AnalyzerArn"), 60),
    Field("Details", at("Details.findingDetails"), 60),
)

CHOSEN: dict[str, tuple[Field, ...]] = {
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
class Layout:
    """The columns of a sheet, and how one record fills them."""

    columns: tuple[tuple[str, int], ...]
    """(title, width in characters)."""
    values: Callable[[Mapping[str, Any]], list[Any]]


def layout(item: str, records: Callable[[], Iterable[Mapping[str, Any]]]) -> Layout:
    """Return the columns of an item; those derived from the records cost one pass over them."""
    fields = CHOSEN.get(item)
    if fields is None:
        return _derived(records())
    getters = [field.get for field in fields]
    columns = tuple((field.title, field.width) for field in fields)
    return Layout(columns, lambda record: [get(record) for get in getters])


def _derived(records: Iterable[Mapping[str, Any]]) -> Layout:
    """One column for each leaf in the order first seen; those past the limit share one column."""
    seen: dict[str, None] = {}
    for record in records:
        seen.update(dict.fromkeys(flatten(record)))
    names = list(seen)[:MOST_COLUMNS]
    columns = tuple((name, min(60, max(12, len(name) + 4))) for name in names)
    if len(seen) <= MOST_COLUMNS:
        return Layout(columns, lambda record: list(map(flatten(record).get, names)))
    known = frozenset(names)

    def values(record: Mapping[str, Any]) -> list[Any]:
        flat = flatten(record)
        rest = {name: member for name, member in flat.items() if name not in known}
        return [*map(flat.get, names), rest or None]

    return Layout((*columns, (REST, 60)), values)
