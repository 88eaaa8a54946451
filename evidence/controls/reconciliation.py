"""Reconciles populations to independent figures: what an auditor lifts into a work paper.

A pure function of the bundle. The conclusions are IPE-1 to IPE-9; this is the same evidence as one table,
with the query, its parameters, when it was asked and by whom, out of the call ledger.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format.models import CallRecord
from evidence.readers import coverage
from evidence.readers.account_summary import SUMMARY, account_summary
from evidence.readers.authorization_details import counts, users
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.mfa_devices import DEVICES, readable_devices
from evidence.readers.regions import REGIONS, account_regions
from evidence.readers.unreadable import MALFORMED, require_readable
from evidence.records import ConfigSource

DETAILS = "iam.authorization-details"
RULES, COMPLIANCE, AGGREGATE = "config.rules", "config.rule-compliance", "config.aggregate-compliance"
USER_TYPE = "AWS::IAM::User"
LEDGER = "members that AWS's answers carried, counted in the call ledger"
PARAMETERS_SHOWN = 200

Figure = Callable[["_PopulationFigures", str], int]
"""Counts one account's members; for the organization and for regions, those of all."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One population beside an independent figure."""

    population: str
    account: str
    """Empty where the population is the organization's, or of all accounts and regions together."""
    item: str
    query: str
    """`service:Operation` with its parameters."""
    first: datetime | None
    """When the item's collection began, and ended."""
    last: datetime | None
    by: str
    """ARN of the caller."""
    records: int | None
    """None when the population was not collected, or cannot be read."""
    against: str
    """The independent source, in words."""
    figure: int | None
    cause: str
    """Why the two differ, or what kept them from being compared."""

    @property
    def difference(self) -> int | None:
        """Records less figure; None when one of them is missing."""
        return None if self.records is None or self.figure is None else self.records - self.figure


@dataclass(frozen=True, slots=True)
class _PopulationSpec:
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


class _PopulationFigures:
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


def reconcile(bundle: Bundle) -> tuple[Reconciliation, ...]:
    """Return every population of the run with its independent figure, in the order of the catalogue."""
    books = _PopulationFigures(bundle)
    return tuple(
        _reconciled(bundle, books, spec, account)
        for spec in SPECS
        for account in (bundle.run.accounts if spec.each_account else ("",))
        if bundle.units(spec.item) and spec.source in (None, bundle.run.settings.config_source)
    )


def _reconciled(
    bundle: Bundle, books: _PopulationFigures, spec: _PopulationSpec, account: str
) -> Reconciliation:
    records, problem = _counted(books, spec.item, (), spec.records, account)
    figure, other = _counted(books, spec.item, spec.other, spec.figure, account)
    units = bundle.units(spec.item, account or None)
    cause = problem or other
    if not cause and records != figure:
        cause = _explained(books, spec, account) or spec.cause
    return Reconciliation(
        population=spec.population,
        account=account,
        item=spec.item,
        query=_query(books, spec),
        first=min((unit.started.astimezone(UTC) for unit in units), default=None),
        last=max((unit.finished.astimezone(UTC) for unit in units), default=None),
        by=bundle.run.caller_start.arn,
        records=records,
        against=spec.against,
        figure=figure,
        cause=cause,
    )


def _counted(
    books: _PopulationFigures, item: str, others: tuple[str, ...], count: Figure, account: str
) -> tuple[int | None, str]:
    missing = [name for name in (item, *others) if books.lacks(name, account)]
    if missing:
        return None, f"Not collected completely: {', '.join(missing)}; see the gaps."
    try:
        return count(books, account), ""
    except MALFORMED as error:
        return None, f"The evidence is not in the documented form: {error}."


def _query(books: _PopulationFigures, spec: _PopulationSpec) -> str:
    calls = books.calls.get((spec.item, spec.operation))
    if calls is None:
        return spec.operation
    shown = calls.first[:PARAMETERS_SHOWN] + ("…" if len(calls.first) > PARAMETERS_SHOWN else "")
    more = len(calls.parameters) - 1
    said = f"{spec.operation}({shown})"
    return f"{said} and {more} more sets of parameters" if more > 0 else said


def _explained(books: _PopulationFigures, spec: _PopulationSpec, account: str) -> str:
    """Return which users were created too late for the other source to know them."""
    if spec.item == DETAILS and spec.population == USERS:
        before = books.evidence.collected_at(SUMMARY, account)
    elif spec.item == CREDENTIAL_REPORT:
        before = books.evidence.credential_report(account).generated
    else:
        return ""
    made = {user.arn: user.created for user in users(books.evidence, account) if user.created}
    reported = {user.arn for user in books.evidence.credential_report(account).users}
    late = [
        f"{arn} was created at {created:%Y-%m-%d %H:%M:%S}Z, after {before:%Y-%m-%d %H:%M:%S}Z"
        for arn, created in sorted(made.items())
        if created > before and (spec.item == DETAILS or arn not in reported)
    ]
    return f"{'; '.join(late[:5])}{f' and {len(late) - 5} more' if len(late) > 5 else ''}." if late else ""


def _ledger(item: str, operation: str) -> Figure:
    return lambda books, _: books.calls.get((item, operation), _OperationCalls()).members


def _detail(kind: str) -> Figure:
    return lambda books, account: counts(books.evidence, account)[kind]


def _of_summary(member: str) -> Figure:
    return lambda books, account: books.summary(account, member)


def _records(item: str) -> Figure:
    return lambda books, account: books.count(item, account or None)


def _report_users(books: _PopulationFigures, account: str) -> int:
    return len(books.evidence.credential_report(account).users)


def _assigned_devices(books: _PopulationFigures, account: str) -> int:
    return sum(bool(device.holder) for device in readable_devices(books.evidence, account))


def _enabled(books: _PopulationFigures, account: str) -> int:
    return sum(one.enabled for one in require_readable(account_regions(books.evidence, account)))


def _in_scope(books: _PopulationFigures, account: str) -> int:
    return len(coverage.regions_in_scope(books.evidence.bundle, account))


def _rules(books: _PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind(RULES, "ConfigRule"))


def _rules_with_verdict(books: _PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind(COMPLIANCE, "ComplianceByConfigRule"))


def _rules_gathered(books: _PopulationFigures, _: str) -> int:
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
    def count(books: _PopulationFigures, _: str) -> int:
        qualifiers = (
            found.value[kind]["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
            for found in books.of_kind(item, kind)
        )
        return len({entry["ResourceId"] for entry in qualifiers if entry["ResourceType"] == USER_TYPE})

    return count


def _all_users(books: _PopulationFigures, _: str) -> int:
    accounts = books.evidence.run.accounts
    return sum(counts(books.evidence, account)["UserDetail"] for account in accounts)


def _placed_accounts(books: _PopulationFigures, _: str) -> int:
    return sum(1 for _ in books.of_kind("organizations.units", "AccountId"))


def _own_ledger(population: str, item: str, operation: str) -> _PopulationSpec:
    return _PopulationSpec(population, item, operation, _records(item), LEDGER, _ledger(item, operation))


USERS = "IAM users"
_ASKED = "iam:GetAccountAuthorizationDetails"
_SETS = "sso-admin:ListPermissionSets"
UNEVALUATED = (
    "Rules about passwords and keys leave out users without; unrecorded users have no result (CFG-5)."
)
_FINDINGS, _DIRECTORY = "access-analyzer.findings", "identity-store"

SPECS: tuple[_PopulationSpec, ...] = (
    _PopulationSpec(
        USERS,
        DETAILS,
        _ASKED,
        _detail("UserDetail"),
        "Users of the account summary",
        _of_summary("Users"),
        (SUMMARY, CREDENTIAL_REPORT),
        each_account=True,
    ),
    _PopulationSpec(
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
    _PopulationSpec(
        "IAM groups",
        DETAILS,
        _ASKED,
        _detail("GroupDetail"),
        "Groups of the account summary",
        _of_summary("Groups"),
        (SUMMARY,),
        each_account=True,
    ),
    _PopulationSpec(
        "IAM roles",
        DETAILS,
        _ASKED,
        _detail("RoleDetail"),
        "Roles of the account summary",
        _of_summary("Roles"),
        (SUMMARY,),
        each_account=True,
    ),
    _PopulationSpec(
        "Customer-managed policies",
        DETAILS,
        _ASKED,
        _detail("Policy"),
        "Policies of the account summary",
        _of_summary("Policies"),
        (SUMMARY,),
        each_account=True,
    ),
    _PopulationSpec(
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
    _PopulationSpec(
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
    _PopulationSpec(
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
    _PopulationSpec(
        "IAM users that Config evaluated",
        COMPLIANCE,
        "config:GetComplianceDetailsByConfigRule",
        _evaluated_users(COMPLIANCE, "EvaluationResult"),
        "users of the authorization details",
        _all_users,
        (DETAILS,),
        UNEVALUATED,
    ),
    _PopulationSpec(
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
    _PopulationSpec(
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
    _PopulationSpec(
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
    _PopulationSpec(
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
