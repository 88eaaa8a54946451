"""Counts what the call ledger says that AWS answered, by the file that it fed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.bundle import Bundle
from evidence.readers.reductions import ReductionCache

LISTED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "access-analyzer.analyzers": (("ListAnalyzers",), ""),
    "access-analyzer.findings": (("ListFindingsV2",), ""),
    "account.contacts": (("GetAlternateContact",), "AlternateContact"),
    "account.regions": (("ListRegions", "DescribeRegions"), ""),
    "config.aggregate-compliance": (
        ("DescribeAggregateComplianceByConfigRules",),
        "AggregateComplianceByConfigRule",
    ),
    "config.aggregators": (("DescribeConfigurationAggregators",), "ConfigurationAggregator"),
    "config.recorders": (("DescribeConfigurationRecorders",), "ConfigurationRecorder"),
    "config.rule-compliance": (("DescribeComplianceByConfigRule",), "ComplianceByConfigRule"),
    "config.rules": (("DescribeConfigRules",), "ConfigRule"),
    "iam.account-summary": (("GetAccountSummary",), ""),
    "iam.authorization-details": (("GetAccountAuthorizationDetails",), "UserDetail"),
    "iam.credential-report": (("GetCredentialReport",), ""),
    "iam.identity-providers": (("ListSAMLProviders", "ListOpenIDConnectProviders"), ""),
    "iam.last-accessed": (("GenerateServiceLastAccessedDetails",), ""),
    "iam.mfa-devices": (("ListVirtualMFADevices",), ""),
    "iam.password-policy": (("GetAccountPasswordPolicy",), "PasswordPolicy"),
    "iam.server-certificates": (("ListServerCertificates",), ""),
    "iam.service-credentials": (("ListServiceSpecificCredentials",), ""),
    "identity-center.applications": (("ListApplications",), "Application"),
    "identity-center.assignments": (("ListAccountAssignments",), ""),
    "identity-center.permission-sets": (("ListPermissionSets",), ""),
    "identity-store.groups": (("ListGroups",), ""),
    "identity-store.memberships": (("ListGroupMemberships",), ""),
    "identity-store.users": (("ListUsers",), ""),
    "organizations.accounts": (("ListAccounts",), ""),
    "organizations.delegated-administrators": (("ListDelegatedAdministrators",), ""),
    "organizations.organization": (("DescribeOrganization",), "Organization"),
    "organizations.policies": (("ListPolicies",), "PolicySummary"),
    "organizations.units": (("ListRoots",), "Root"),
}
"""Items whose records are the members of a list, one for one: the operations that list them, and the member
that names such a record where there are records of other kinds, or where it may be null."""

Count = Callable[[Any], int]


@dataclass(frozen=True, slots=True)
class Tie:
    """What a file must hold for the ledger's count of some operations to be in it."""

    operations: tuple[str, ...]
    held: Count
    """How many of what was counted a record holds."""
    what: str
    """In words, in the singular."""
    asked: bool = False
    """The calls are counted, one for each series of pages, and not the members of their answers."""


def _whole(_record: Any) -> int:
    return 1


def _of_kind(member: str) -> Count:
    return lambda record: int(isinstance(record, Mapping) and record.get(member) is not None)


def _within(*way: str) -> Count:
    """Return what counts the members of a list that stands in a record, or in objects of it."""

    def count(record: Any) -> int:
        found: Any = record
        for name in way:
            found = found.get(name) if isinstance(found, dict) else None
        return len(found) if isinstance(found, list) else 0

    return count


def _kind(operation: str, member: str) -> Tie:
    return Tie((operation,), _of_kind(member), member)


def _list(operation: str, *way: str) -> Tie:
    return Tie((operation,), _within(*way), f"{way[-1]} member")


FURTHER: Mapping[str, tuple[Tie, ...]] = {
    "access-analyzer.analyzers": (_list("ListArchiveRules", "ArchiveRules"),),
    "access-analyzer.findings": (_list("GetFindingV2", "Details", "findingDetails"),),
    "access-analyzer.policy-validation": (
        Tie(("ValidatePolicy",), _whole, "document", asked=True),
        _list("ValidatePolicy", "Findings"),
    ),
    "cloudtrail.trails": (_kind("GetTrailStatus", "Status"), _kind("GetEventSelectors", "EventSelectors")),
    "config.aggregate-compliance": (
        _kind("GetAggregateComplianceDetailsByConfigRule", "AggregateEvaluationResult"),
    ),
    "config.aggregators": (_kind("DescribeConfigurationAggregatorSourcesStatus", "AggregatedSourceStatus"),),
    "config.recorders": (
        _kind("DescribeConfigurationRecorderStatus", "Status"),
        _kind("DescribeDeliveryChannels", "DeliveryChannel"),
    ),
    "config.rule-compliance": (_kind("GetComplianceDetailsByConfigRule", "EvaluationResult"),),
    "config.rules": (
        _kind("DescribeConfigRuleEvaluationStatus", "EvaluationStatus"),
        _kind("DescribeConformancePacks", "ConformancePack"),
    ),
    "iam.sample-role-policies": (
        Tie(("GetRole",), _whole, "role", asked=True),
        _list("ListRolePolicies", "InlinePolicies"),
        _list("ListAttachedRolePolicies", "AttachedPolicies"),
    ),
    "iam.user-credentials": (
        _list("ListSSHPublicKeys", "SSHPublicKeys"),
        _list("ListSigningCertificates", "SigningCertificates"),
    ),
    "identity-center.applications": (_kind("ListTrustedTokenIssuers", "TrustedTokenIssuer"),),
    "identity-center.instance": (
        Tie(("ListInstances",), _of_kind("Asked"), "question", asked=True),
        Tie(("DescribeInstance",), _of_kind("Instance"), "instance", asked=True),
    ),
    "identity-center.permission-sets": (
        _kind("DescribePermissionSet", "PermissionSet"),
        _list("ListManagedPoliciesInPermissionSet", "ManagedPolicies"),
        _list("ListCustomerManagedPolicyReferencesInPermissionSet", "CustomerManagedPolicies"),
        _kind("GetInlinePolicyForPermissionSet", "InlinePolicy"),
        _kind("GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary"),
        _list("ListTagsForResource", "Tags"),
    ),
    "identity-store.unlisted-principals": (
        Tie(("DescribeUser", "DescribeGroup"), _whole, "principal", asked=True),
    ),
    "organizations.account-tags": (
        Tie(("ListTagsForResource",), _whole, "account", asked=True),
        _list("ListTagsForResource", "Tags"),
    ),
    "organizations.delegated-administrators": (
        _list("ListDelegatedServicesForAccount", "DelegatedServices"),
    ),
    "organizations.policies": (
        Tie(("DescribePolicy",), _of_kind("Content"), "document"),
        _list("ListTargetsForPolicy", "Targets"),
    ),
    "organizations.root-access": (_list("ListOrganizationsFeatures", "EnabledFeatures"),),
    "organizations.units": (
        _kind("ListOrganizationalUnitsForParent", "OrganizationalUnit"),
        _kind("ListParents", "AccountId"),
    ),
}
"""Whatever else the ledger counts that a file then holds: lists inside of its records, and further kinds."""


def ties(item: str) -> tuple[Tie, ...]:
    """Return what ties an item's files to the ledger; nothing for items whose answers are dropped in part."""
    further = FURTHER.get(item, ())
    if item not in LISTED:
        return further
    operations, member = LISTED[item]
    return Tie(operations, _of_kind(member) if member else _whole, "record"), *further


def tied_items() -> tuple[str, ...]:
    """Return the items whose files are tied to the ledger."""
    return tuple(sorted({*LISTED, *FURTHER}))


@dataclass(frozen=True, slots=True)
class Ledgered:
    """The ledger's figures, by file and operation."""

    members: Counter[tuple[str, str]]
    asked: Counter[tuple[str, str]]
    files: Mapping[str, str]
    """The item of each file that a call fed."""

    def counted(self, file: str, tie: Tie) -> int:
        """Return how many a file must hold."""
        figures = self.asked if tie.asked else self.members
        return sum(figures[file, operation] for operation in tie.operations)


def ledgered(bundle: Bundle) -> Ledgered:
    """Return what the ledger counted, added up once for a bundle."""
    return ReductionCache.of(bundle).value(("calls.jsonl", "counted"), lambda: _count(bundle))


def _count(bundle: Bundle) -> Ledgered:
    members: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    files: dict[str, str] = {}
    for call in bundle.calls():
        if not call.file:
            continue
        files.setdefault(call.file, call.item)
        members[call.file, call.operation] += call.records or 0
        asked[call.file, call.operation] += not _later_page(call.parameters.values())
    return Ledgered(members, asked, files)


def _later_page(values: Iterable[Any]) -> bool:
    """Say whether a call went on with a listing: it has a token, which the ledger shows as a digest."""
    return any(isinstance(value, str) and value.startswith("sha256:") for value in values)
