"""Counts what the call ledger says that AWS answered, by the file that it fed."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format.models import CallRecord, Unit
from evidence.errors import StorageError
from evidence.readers.evidence import plural
from evidence.readers.reductions import ReductionCache
from evidence.records import Outcome

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


def ties(item: str, counted: Sequence[str] = ()) -> tuple[Tie, ...]:
    """Return what ties an item's files to the ledger; nothing for items whose answers are dropped in part.

    `counted`: of a custom item, the operation that lists its records, then those asked once for each.
    """
    if counted:
        asked = (Tie((name,), _whole, "record", asked=True) for name in counted[1:])
        return Tie((counted[0],), _whole, "record"), *asked
    further = FURTHER.get(item, ())
    if item not in LISTED:
        return further
    operations, member = LISTED[item]
    return Tie(operations, _of_kind(member) if member else _whole, "record"), *further


def tied_items() -> tuple[str, ...]:
    """Return the items whose files are tied to the ledger."""
    return tuple(sorted({*LISTED, *FURTHER}))


GONE = "Vanished"
"""Member of a record of what was deleted while it was asked for: answered in part, and kept as its name."""


@dataclass(frozen=True, slots=True)
class CountComparison:
    """One count of a file against that of the ledger."""

    held: int
    counted: int
    words: str

    @property
    def agrees(self) -> bool:
        """The file holds what was counted."""
        return self.held == self.counted


class HeldCounts:
    """Counts what the records of a file hold of what the ledger counts, record by record."""

    def __init__(self, item: str, counted: Sequence[str] = ()) -> None:
        self._ties = ties(item, counted)
        self._held = [0] * len(self._ties)
        self._partly = False

    def add(self, record: Any) -> None:
        """Count a record of the file."""
        if isinstance(record, Mapping):
            self._partly = self._partly or GONE in record
            for number, tie in enumerate(self._ties):
                self._held[number] += tie.held(record)

    def compare(self, counted: Callable[[Tie], int]) -> list[CountComparison]:
        """Compare with what the ledger counted for the file.

        What was deleted meanwhile may have been answered in part: more counted than held is then no
        difference, but in the first count, of which it is one.
        """
        found = []
        for number, (tie, held) in enumerate(zip(self._ties, self._held, strict=True)):
            told = counted(tie)
            words = f"{plural(held, tie.what)} in the file, {told} counted in {' and '.join(tie.operations)}"
            spared = number and self._partly and held < told
            found.append(CountComparison(held, held if spared else told, words))
        return found


def compare_files(bundle: Bundle) -> Iterator[tuple[Unit, list[CountComparison]]]:
    """Yield every unit whose file is tied to the ledger, with each count compared."""
    custom = custom_counts(bundle)
    for item in (*tied_items(), *custom):
        for unit in bundle.units(item):
            if unit.outcome is not Outcome.GAP:
                file = next((path for path in unit.files if path.endswith(".jsonl")), "")
                counts = HeldCounts(item, custom.get(item, ()))
                for located in bundle.records(item, unit.target.target()) if file in bundle.hashes else ():
                    counts.add(located.value)
                counted = partial(ledger_figures(bundle).counted, file or file_of(unit))
                yield unit, counts.compare(counted)


def custom_counts(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """Return the operations whose answers the files of each custom item hold, as `ties` takes them."""
    return {
        one.item: tuple(asked.name for asked in one.declared.operations) for one in bundle.run.custom.items
    }


def file_of(unit: Unit) -> str:
    """Return where a unit's records are written."""
    return f"{unit.target.target().folder}/{unit.item.replace('.', '/', 1)}.jsonl"


@dataclass(frozen=True, slots=True)
class CallSeries:
    """One list asked for, page by page, and its last answer."""

    line: int
    """Of the ledger."""
    truncated: bool


Listing = tuple[str, str, str, str]
"""Item, account, region and `service:Operation`."""

_TABLES = """
    CREATE TABLE fed (file TEXT, operation TEXT, item TEXT, members INTEGER, asked INTEGER, first INTEGER,
        PRIMARY KEY (file, operation)) WITHOUT ROWID;
    CREATE TABLE series (item TEXT, account TEXT, region TEXT, operation TEXT, parameters TEXT,
        first INTEGER, line INTEGER, truncated INTEGER,
        PRIMARY KEY (item, account, region, operation, parameters)) WITHOUT ROWID;
"""
_FED = """
    INSERT INTO fed VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET members = members + excluded.members, asked = asked + excluded.asked
"""
_LISTED = """
    INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET line = excluded.line, truncated = excluded.truncated
"""
_BLOCK = 1_000
"""Lines of the ledger that are added up at once."""


class LedgerFigures:
    """The ledger's figures, by file and operation, and the end of each list, added up on disk."""

    def __init__(self, calls: Iterable[CallRecord]) -> None:
        with _disk_errors():
            self._tables = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._tables.executescript(f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -1024; {_TABLES}")
            numbered = enumerate(calls, start=1)
            while block := list(islice(numbered, _BLOCK)):
                self._tables.execute("BEGIN")
                self._tables.executemany(_FED, (_fed(line, call) for line, call in block if call.file))
                listed = (_listed(line, call) for line, call in block if call.records is not None)
                self._tables.executemany(_LISTED, listed)
                self._tables.execute("COMMIT")

    def __del__(self) -> None:
        """Close the tables, which then are gone: they have no name."""
        self._tables.close()

    def counted(self, file: str, tie: Tie) -> int:
        """Return how many a file must hold."""
        column = "asked" if tie.asked else "members"
        query = f"SELECT {column} FROM fed WHERE file = ? AND operation = ?"  # noqa: S608  one of two words
        rows = (self._rows(query, file, operation) for operation in tie.operations)
        return sum(count for found in rows for (count,) in found)

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield each file that a call fed, sorted, with the item of the first such call."""
        query = "SELECT file, item FROM fed ORDER BY file, first"
        for file, found in groupby(self._rows(query), key=itemgetter(0)):
            yield file, next(found)[1]

    def lists(self) -> Iterator[tuple[Listing, list[CallSeries]]]:
        """Yield every operation that lists something, sorted, with its series in the order they began."""
        query = "SELECT item, account, region, operation, line, truncated FROM series"
        found = self._rows(f"{query} ORDER BY item, account, region, operation, first")
        for listing, rows in groupby(found, key=itemgetter(0, 1, 2, 3)):
            yield listing, [CallSeries(row[4], bool(row[5])) for row in rows]

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        with _disk_errors():
            yield from self._tables.execute(query, values)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StorageError(f"The call ledger cannot be added up on disk: {error}.") from error


def _fed(line: int, call: CallRecord) -> tuple[str, str, str, int, int, int]:
    members, asked = count_call(call)
    return call.file, call.operation, call.item, members, asked, line


def count_call(call: CallRecord) -> tuple[int, int]:
    """Return what a call counts for the file that it fed: members, and 1 where it began a series of pages."""
    return call.records or 0, int(not _later_page(call.parameters.values()))


def _listed(line: int, call: CallRecord) -> tuple[object, ...]:
    parameters = sorted(
        (name, repr(value)) for name, value in call.parameters.items() if not _is_token(value)
    )
    operation = f"{call.service}:{call.operation}"
    where = (call.item, call.account, call.region, operation)
    return *where, repr(parameters), line, line, int(call.truncated)


def ledger_figures(bundle: Bundle) -> LedgerFigures:
    """Return what the ledger counted, added up once for a bundle."""
    return ReductionCache.of(bundle).value(("calls.jsonl", "counted"), lambda: LedgerFigures(bundle.calls()))


def _later_page(values: Iterable[Any]) -> bool:
    """Say whether a call went on with a listing: it has a token, which the ledger shows as a digest."""
    return any(map(_is_token, values))


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("sha256:")
