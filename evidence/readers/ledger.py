"""Counts what the call ledger says that AWS listed, by the file that it fed."""

from collections import Counter
from collections.abc import Mapping

from evidence.bundle import Bundle
from evidence.readers.reductions import ReductionCache

LISTED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "access-analyzer.analyzers": (("ListAnalyzers",), ""),
    "account.regions": (("ListRegions", "DescribeRegions"), ""),
    "config.recorders": (("DescribeConfigurationRecorders",), "ConfigurationRecorder"),
    "config.rules": (("DescribeConfigRules",), "ConfigRule"),
    "iam.identity-providers": (("ListSAMLProviders", "ListOpenIDConnectProviders"), ""),
    "iam.mfa-devices": (("ListVirtualMFADevices",), ""),
    "iam.server-certificates": (("ListServerCertificates",), ""),
    "iam.service-credentials": (("ListServiceSpecificCredentials",), ""),
    "identity-center.assignments": (("ListAccountAssignments",), ""),
    "identity-center.permission-sets": (("ListPermissionSets",), ""),
    "identity-store.groups": (("ListGroups",), ""),
    "identity-store.memberships": (("ListGroupMemberships",), ""),
    "identity-store.users": (("ListUsers",), ""),
    "organizations.accounts": (("ListAccounts",), ""),
    "organizations.delegated-administrators": (("ListDelegatedAdministrators",), ""),
    "organizations.policies": (("ListPolicies",), "PolicySummary"),
}
"""Items whose records are the members of a list, one for one: the operations that list them, and the member
that names such a record where there are records of other kinds."""


def members_listed(bundle: Bundle) -> Mapping[tuple[str, str], int]:
    """Return how many members the ledger counted, by file and operation."""
    return ReductionCache.of(bundle).value(("calls.jsonl", "members listed"), lambda: _count(bundle))


def _count(bundle: Bundle) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for call in bundle.calls():
        if call.records is not None and call.file:
            found[call.file, call.operation] += call.records
    return found
