"""Counts the populations to reconcile: what each is, where it is counted, and what it must agree with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format.models import CallRecord
from evidence.readers import coverage
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.authorization_details import counts
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.mfa_devices import DEVICES, readable_devices
from evidence.readers.regions import REGIONS, account_regions
from evidence.readers.unreadable import require_readable
from evidence.records import ConfigSource

DETAILS = "iam.authorization-details"
RULES, COMPLIANCE, AGGREGATE = "config.rules", "config.rule-compliance", "config.aggregate-compliance"
USER_TYPE = "AWS::IAM::User"
LEDGER = "members that AWS's answers carried, counted in the call ledger"
PARAMETERS_SHOWN = 200

Figure = Callable[["PopulationFigures", str], int]
"""Counts one account's members; for the organization and for regions, those of all."""


@dataclass(frozen=True, slots=True)
class PopulationSpec:
    """One population, who counts it, and what counts the same independently."""

    population: str
    item: str
    operation: str
    records: Figure
    against: str
    figure: Figure
    other: tuple[str, ...] = ()
    """Further items the two figures are counted from."""
    cause: str = "Likely causes: eventual consistency, or a change during the run."
    each_account: bool = False
    source: ConfigSource | None = None
    """For runs that read the results of Config's rules from there; None for all."""


@dataclass(slots=True)
class _OperationCalls:
    """One operation of one item in the ledger."""

    members: int = 0
    parameters: set[str] = field(default_factory=set)
    first: str = ""

    def add(self, call: CallRecord) -> None:
        self.members += call.records or 0
        shown = ", ".join(
            f"{name}={value}" for name, value in sorted(call.parameters.items()) if not _is_token(value)
        )
        self.first = self.first if self.parameters else shown
        self.parameters.add(shown)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.startswith("sha256:")


class PopulationFigures:
    """The evidence and the ledger, each read once."""

    def __init__(self, bundle: Bundle) -> None:
        items = {item for spec in SPECS for item in (spec.item, *spec.other)}
        self.evidence = Evidence(bundle, (), items, coverage.coverage(bundle, ()))
        self.calls: dict[tuple[str, str], _OperationCalls] = {}
        for call in bundle.calls():
            self.calls.setdefault((call.item, f"{call.service}:{call.operation}"), _OperationCalls()).add(
                call
            )
        self._lacking: dict[str, set[str]] = {}

    def lacks(self, item: str, account: str) -> bool:
        """Tell whether an item is missing: of one account, or of any of them for an empty account."""
        if item not in self._lacking:
            covered = coverage.coverage(self.evidence.bundle, (item,))
            accounts = {"", *(target.account for target in covered.targets)} if covered.missing else set()
            self._lacking[item] = {"", *self.evidence.run.accounts} if covered.nothing else accounts
        return account in self._lacking[item]

    def count(self, item: str, account: str | None = None) -> int:
        """Count an item's records."""
        return sum(1 for _ in self.evidence.records(item, account))

    def of_kind(self, item: str, member: str) -> Iterator[LocatedRecord]:
        """Yield an item's records that have a member."""
        return (found for found in self.evidence.records(item) if member in found.value)

    def summary(self, account: str, member: str) -> int:
        """Return one figure of the account summary."""
        return account_summary(self.evidence, account).figure(member)


def _ledger(item: str, operation: str) -> Figure:
    return lambda books, _: books.calls.get((item, operation), _OperationCalls()).members


def _detail(kind: str) -> Figure:
    return lambda books, account: counts(books.evidence, account)[kind].certain


def _of_summary(member: str) -> Figure:
    return lambda books, account: books.summary(account, member)


def _records(item: str) -> Figure:
    return lambda books, account: books.count(item, account or None)


def _report_users(books: PopulationFigures, account: str) -> int:
    return len(books.evidence.credential_report(account).users)


def _assigned_devices(books: PopulationFigures, account: str) -> int:
    return sum(bool(device.holder) for device in readable_devices(books.evidence, account))


def _enabled(books: PopulationFigures, account: str) -> int:
    return sum(one.enabled for one in require_readable(account_regions(books.evidence, account)))


def _in_scope(books: PopulationFigures, account: str) -> int:
    return len(coverage.regions_in_scope(books.evidence.bundle, account))


def _rules(books: PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind(RULES, "ConfigRule"))


def _rules_with_verdict(books: PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind(COMPLIANCE, "ComplianceByConfigRule"))


def _rules_gathered(books: PopulationFigures, _: str) -> int:
    places = {
        (account, region)
        for account in books.evidence.run.accounts
        for region in coverage.regions_in_scope(books.evidence.bundle, account)
    }
    verdicts = (
        found.value["AggregateComplianceByConfigRule"]
        for found in books.of_kind(AGGREGATE, "AggregateComplianceByConfigRule")
    )
    return sum((one["AccountId"], one["AwsRegion"]) in places for one in verdicts)


def _evaluated_users(item: str, kind: str) -> Figure:
    def count(books: PopulationFigures, _: str) -> int:
        qualifiers = (
            found.value[kind]["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
            for found in books.of_kind(item, kind)
        )
        return len({entry["ResourceId"] for entry in qualifiers if entry["ResourceType"] == USER_TYPE})

    return count


def _all_users(books: PopulationFigures, _: str) -> int:
    accounts = books.evidence.run.accounts
    return sum(counts(books.evidence, account)["UserDetail"].certain for account in accounts)


def _placed_accounts(books: PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind("organizations.units", "AccountId"))


def _own_ledger(population: str, item: str, operation: str) -> PopulationSpec:
    return PopulationSpec(population, item, operation, _records(item), LEDGER, _ledger(item, operation))


USERS = "IAM users"
_ASKED = "iam:GetAccountAuthorizationDetails"
_SETS = "sso-admin:ListPermissionSets"
UNEVALUATED = (
    "Rules about passwords and keys leave out users without; unrecorded users have no result (CFG-5)."
)
_FINDINGS, _DIRECTORY = "access-analyzer.findings", "identity-store"

SPECS: tuple[PopulationSpec, ...] = (
    PopulationSpec(
        USERS,
        DETAILS,
        _ASKED,
        _detail("UserDetail"),
        "Users of the account summary",
        _of_summary("Users"),
        (SUMMARY, CREDENTIAL_REPORT),
        each_account=True,
    ),
    PopulationSpec(
        "IAM users in the credential report, less root",
        CREDENTIAL_REPORT,
        "iam:GetCredentialReport",
        _report_users,
        "users of the authorization details",
        _detail("UserDetail"),
        (DETAILS,),
        "Likely causes: a report up to 4 hours old, or IAM's eventual consistency.",
        each_account=True,
    ),
    PopulationSpec(
        "IAM groups",
        DETAILS,
        _ASKED,
        _detail("GroupDetail"),
        "Groups of the account summary",
        _of_summary("Groups"),
        (SUMMARY,),
        each_account=True,
    ),
    PopulationSpec(
        "IAM roles",
        DETAILS,
        _ASKED,
        _detail("RoleDetail"),
        "Roles of the account summary",
        _of_summary("Roles"),
        (SUMMARY,),
        each_account=True,
    ),
    PopulationSpec(
        "Customer-managed policies",
        DETAILS,
        _ASKED,
        _detail("Policy"),
        "Policies of the account summary",
        _of_summary("Policies"),
        (SUMMARY,),
        each_account=True,
    ),
    PopulationSpec(
        "Virtual MFA devices assigned",
        DEVICES,
        "iam:ListVirtualMFADevices",
        _assigned_devices,
        "MFADevicesInUse of the account summary",
        _of_summary("MFADevicesInUse"),
        (SUMMARY,),
        "The summary also counts hardware devices and passkeys, which are not listed (IPE-3).",
        each_account=True,
    ),
    PopulationSpec(
        "Regions enabled",
        REGIONS,
        "account:ListRegions",
        _enabled,
        "regions in scope of the run",
        _in_scope,
        (),
        "Regions were left out by a setting; the scope names them (IPE-9).",
        each_account=True,
    ),
    PopulationSpec(
        "Config rules",
        RULES,
        "config:DescribeConfigRules",
        _rules,
        "rules that DescribeComplianceByConfigRule gives a verdict on",
        _rules_with_verdict,
        (COMPLIANCE,),
        "A rule has no verdict before its first evaluation.",
        source="accounts",
    ),
    PopulationSpec(
        "IAM users that Config evaluated",
        COMPLIANCE,
        "config:GetComplianceDetailsByConfigRule",
        _evaluated_users(COMPLIANCE, "EvaluationResult"),
        "users of the authorization details",
        _all_users,
        (DETAILS,),
        UNEVALUATED,
    ),
    PopulationSpec(
        "Config rules",
        RULES,
        "config:DescribeConfigRules",
        _rules,
        "rules of the same accounts and regions that the aggregator gives a verdict on",
        _rules_gathered,
        (AGGREGATE,),
        "An aggregator holds no rule without a result.",
        source="aggregator",
    ),
    PopulationSpec(
        "IAM users that Config evaluated",
        AGGREGATE,
        "config:GetAggregateComplianceDetailsByConfigRule",
        _evaluated_users(AGGREGATE, "AggregateEvaluationResult"),
        "users of the authorization details",
        _all_users,
        (DETAILS,),
        UNEVALUATED,
    ),
    _own_ledger("Access Analyzer findings", _FINDINGS, "accessanalyzer:ListFindingsV2"),
    PopulationSpec(
        "Permission sets",
        "identity-center.permission-sets",
        _SETS,
        _records("identity-center.permission-sets"),
        "the same list, asked again for the assignments",
        _ledger("identity-center.assignments", _SETS),
        ("identity-center.assignments",),
    ),
    _own_ledger(
        "Assignments of permission sets", "identity-center.assignments", "sso-admin:ListAccountAssignments"
    ),
    _own_ledger("Identity-store users", f"{_DIRECTORY}.users", "identitystore:ListUsers"),
    _own_ledger("Identity-store groups", f"{_DIRECTORY}.groups", "identitystore:ListGroups"),
    _own_ledger("Memberships of groups", f"{_DIRECTORY}.memberships", "identitystore:ListGroupMemberships"),
    PopulationSpec(
        "Accounts of the organization",
        "organizations.accounts",
        "organizations:ListAccounts",
        _records("organizations.accounts"),
        "accounts whose parent ListParents gives",
        _placed_accounts,
        ("organizations.units",),
        "Accounts without a parent in the answer; see the units.",
    ),
)
