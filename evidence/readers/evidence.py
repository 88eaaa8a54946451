"""Gives a rule its evidence: the records of the items its test declares, and no other."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeVar, cast

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format import bag
from evidence.bundle.format.models import Attachment, Run, Unit
from evidence.readers import asked, coverage, credential_report
from evidence.readers.coverage import Coverage
from evidence.readers.credential_report import CredentialReport
from evidence.readers.missing import MissingEvidence
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.reductions import Reduction, ReductionCache, item_of
from evidence.readers.unreadable import MALFORMED, MalformedEvidenceError, Unreadable, read_each, reason
from evidence.records import Outcome, Scope, Target
from evidence.settings.model import SealedSettings, Thresholds
from evidence.statements.people import PeopleFile

R = TypeVar("R", bound=Reduction)
T = TypeVar("T")

CREDENTIAL_REPORT = "iam.credential-report"

# The items whose records are of several kinds, each named by its first member.
KINDS = {
    "iam.authorization-details": ("UserDetail", "GroupDetail", "RoleDetail", "Policy"),
    "config.recorders": ("ConfigurationRecorder", "DeliveryChannel"),
    "config.rules": ("ConfigRule", "ConformancePack"),
    "config.rule-compliance": ("EvaluationResult", "ComplianceByConfigRule"),
    "cloudtrail.access-events": ("Event", "Asked"),
    "identity-center.instance": ("Instance", "Asked"),
    "identity-center.permission-sets": ("PermissionSet", "Vanished"),
    "iam.sample-role-policies": ("Role", "Vanished"),
    "iam.user-credentials": ("SSHPublicKeys", "Vanished"),
    "config.aggregators": ("ConfigurationAggregator", "AggregatedSourceStatus"),
    "access-review.decisions": ("Access", "NotShown"),
    "config.aggregate-compliance": ("AggregateEvaluationResult", "AggregateComplianceByConfigRule"),
}


@dataclass(frozen=True, slots=True)
class KnownAdministrator:
    """Roles that management named as administrators on purpose (an `administrator` entry that counts)."""

    pattern: str
    """ARN, or a shell pattern."""
    maximum: int
    words: str
    """Who it is, and until when."""
    approved: datetime
    """The end of the day of approval: a role made later is another one."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom management has named (`partner`, `administrator`), valid when the evidence was collected."""

    partners: frozenset[str] = frozenset()
    """Accounts and organizations."""
    tenants: frozenset[tuple[str, str]] = frozenset()
    """(issuer, tenant) in lower case; the tenant is empty where the issuer itself is."""
    administrators: tuple[KnownAdministrator, ...] = ()
    people: PeopleFile | None = None
    """The company's own list of people, as it was given: its days are held against the collection's."""


class _WatchedThresholds:
    """Thresholds that note which of them are read."""

    def __init__(self, thresholds: Thresholds, read: set[str]) -> None:
        self._thresholds = thresholds
        self._read = read

    def __getattr__(self, name: str) -> Any:
        self._read.add(name)
        return getattr(self._thresholds, name)


class UndeclaredItemError(RuntimeError):
    """A rule read an item that its test does not declare: a defect of the test, never of the evidence."""


class Evidence:
    """The evidence of one bundle, as one test may see it."""

    def __init__(
        self,
        bundle: Bundle,
        needs: Iterable[str],
        uses: Iterable[str],
        covered: Coverage,
        known: Known = Known(),
        *,
        doubts: Mapping[str, tuple[MissingEvidence, ...]] | None = None,
        settings: SealedSettings | None = None,
    ) -> None:
        self.bundle = bundle
        """For the tests of completeness, which range over the run itself."""
        self.known = known
        self.settings = settings or bundle.run.settings
        """The settings sealed into the bundle, or those under which a test is performed again."""
        self.limits_read: set[str] = set()
        """Names of the thresholds that were asked for: which tests a limit bears on."""
        self._doubts = doubts or {}
        self._needs = frozenset(needs)
        self._declared: frozenset[str] | None = self._needs | frozenset(uses)
        self._covered = covered
        self._lacking: dict[str, set[str | None]] = defaultdict(set)
        for target in covered.targets:
            self._lacking[target.account].add(target.region)
        self._shared = ReductionCache.of(bundle)

    @classmethod
    def whole(cls, bundle: Bundle) -> Self:
        """Return all the evidence of a bundle: pages and sheets read with the readers of the tests."""
        evidence = cls(bundle, (), (), Coverage((), False, frozenset()))
        evidence._declared = None
        return evidence

    def seen_through(self, bundle: Bundle) -> Self:
        """Return the same evidence over another view of its bundle, without what was read of it before."""
        other = copy(self)
        other.bundle = bundle
        other._shared = ReductionCache.of(bundle)
        return other

    @property
    def run(self) -> Run:
        """`run.json`."""
        return self.bundle.run

    @property
    def thresholds(self) -> Thresholds:
        """The limits in force when the evidence was collected."""
        return cast("Thresholds", _WatchedThresholds(self.settings.thresholds, self.limits_read))

    @property
    def complete(self) -> bool:
        """Nothing that the test needs is missing. Rules that compare targets ask this first."""
        return not self._covered.missing

    @property
    def closed(self) -> frozenset[Target]:
        """The regions that answered nothing because a service control policy closes them."""
        return self._covered.closed

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts for which everything the test needs per account was collected."""
        lacking = {target.account for target in self._covered.targets if target.scope is Scope.ACCOUNT}
        return tuple(account for account in self.run.accounts if account not in lacking)

    def regions(self, account: str) -> tuple[str, ...]:
        """Return the account's regions in scope for which everything needed per region was collected."""
        lacking = self._lacking.get(account, ())
        return tuple(
            region for region in coverage.regions_in_scope(self.bundle, account) if region not in lacking
        )

    def has(self, item: str) -> bool:
        """Say whether a declared item was collected for all its targets."""
        self._check(item)
        whole = self._shared.value((item, "whole"), lambda: coverage.coverage(self.bundle, (item,)))
        return not whole.missing

    def not_asked(self, item: str, account: str = "") -> tuple[asked.UnaskedPlace, ...]:
        """Return where an item was not asked for; nothing where it was asked for everywhere."""
        self._check(item)
        return asked.unasked(self.bundle, item, account)

    def doubts(self, item: str) -> tuple[MissingEvidence, ...]:
        """Return what in the bundle contradicts an item's list; the test need not declare the item."""
        return self._doubts.get(item, ())

    def records(
        self, item: str, account: str | None = None, region: str | None = None
    ) -> Iterator[LocatedRecord]:
        """Yield an item's records: all, or one account's, or one region's of it.

        Raises MalformedEvidenceError when a file holds another number of records than its unit says.
        """
        self._check(item)
        for unit in self.bundle.units(item, account):
            target = unit.target.target()
            if account not in (None, target.account) or region not in (None, target.region):
                continue
            if unit.outcome is Outcome.GAP:
                continue
            count = 0
            for located in self.bundle.records(item, target):
                count += 1
                yield located
            if count != unit.records:
                raise MalformedEvidenceError(
                    f"{item} of {target.label} holds {count} records where run.json says {unit.records}"
                )

    def each(
        self,
        item: str,
        read: Callable[[LocatedRecord], T],
        account: str | None = None,
        region: str | None = None,
        *,
        kind: str = "",
    ) -> Iterator[T | Unreadable]:
        """Yield what `read` makes of each record of an item: of all, or of one kind of an item in KINDS.

        `Unreadable` stands for a record that is not as documented, and for a file that is not as its unit
        says. Never raises for either.
        """

        def known(located: LocatedRecord) -> T | None:
            check_kind(item, located)
            return read(located) if not kind or kind in located.value else None

        for unit in self.bundle.units(item, account):
            where = unit.target.target()
            if region not in (None, where.region):
                continue
            try:
                for made in read_each(self.records(item, where.account, where.region), known):
                    if made is not None:
                        yield made
            except MALFORMED as error:
                yield Unreadable(Pointer(unit.files[0] if unit.files else bag.RUN), reason(error))

    def kind(
        self, item: str, kind: str, account: str | None = None, region: str | None = None
    ) -> Iterator[LocatedRecord]:
        """Yield the records of one kind of an item in KINDS; a record of no known kind is malformed."""
        for located in self._known(item, account, region):
            if kind in located.value:
                yield located

    def reduced(self, wanted: type[R], account: str) -> R:
        """Return a reduction of one account's records (`evidence.readers.reductions`), made in one pass.

        Raises MalformedEvidenceError as `records` does, and what the reduction itself raises.
        """
        item = item_of(wanted)
        self._check(item)
        return self._shared.reduced(wanted, account, lambda: self.records(item, account))

    def _known(
        self, item: str, account: str | None = None, region: str | None = None
    ) -> Iterator[LocatedRecord]:
        """Yield an item's records; of an item in KINDS, none of an unknown kind."""
        for located in self.records(item, account, region):
            check_kind(item, located)
            yield located

    def once(self, item: str, compute: Callable[[], T]) -> T:
        """Return what `compute` made of an item the first time that a test of this bundle asked."""
        self._check(item)
        return self._shared.value((item, ""), compute)

    def once_of(self, item: str, account: str, what: str, compute: Callable[[], T]) -> T:
        """Return what `compute` made of an account's item the first time that a test asked for `what`."""
        self._check(item)
        return self._shared.value((f"{item}: {what}", account), compute)

    def only_record(self, item: str, account: str) -> LocatedRecord:
        """Return the only record of an item that has one per account."""
        found = list(self.records(item, account))
        if len(found) != 1:
            raise MalformedEvidenceError(f"{item} of {account} holds {len(found)} records where one belongs")
        return found[0]

    def credential_report(self, account: str) -> CredentialReport:
        """Return the account's credential report, with the line of each row."""
        self._check(CREDENTIAL_REPORT)
        return self._shared.of_account(CREDENTIAL_REPORT, account, lambda: self._report(account))

    def credential_reports(self, account: str | None = None) -> Iterator[CredentialReport | Unreadable]:
        """Yield each report collected, or one account's; `Unreadable` where its time cannot be read."""
        for unit in self.bundle.units(CREDENTIAL_REPORT, account):
            if unit.outcome is Outcome.GAP:
                continue
            try:
                yield self.credential_report(unit.target.account)
            except MALFORMED as error:
                yield Unreadable(Pointer(unit.files[0] if unit.files else bag.RUN), reason(error))

    def _report(self, account: str) -> CredentialReport:
        head = self.only_record(CREDENTIAL_REPORT, account)
        files = [file for file in self.unit(CREDENTIAL_REPORT, account).files if file.endswith(".csv")]
        if len(files) != 1:
            raise MalformedEvidenceError(f"the credential report of {account} has {len(files)} CSV files")
        generated = require_moment(head.value["GeneratedTime"])
        return credential_report.parse(self.bundle.read(files[0]), files[0], account, generated)

    def unit(self, item: str, account: str, region: str | None = None) -> Unit:
        """Return how an item was collected for an account, or for a region of it."""
        self._check(item)
        for unit in self.bundle.units(item, account):
            if unit.target.region == region:
                return unit
        raise MalformedEvidenceError(f"{item} was not collected for {account} {region or ''}".rstrip())

    def collected_at(self, item: str, account: str, region: str | None = None) -> datetime:
        """Return when the collection of an item began: the time its ages are computed from."""
        return self.unit(item, account, region).started.astimezone(UTC)

    def item_pointer(self, item: str, account: str, region: str | None = None) -> Pointer:
        """Return the pointer to an item's file as a whole: where an answer is that has no members.

        Raises MalformedEvidenceError when the unit names no file, though it is no gap.
        """
        for file in self.unit(item, account, region).files:
            if file.endswith(".jsonl"):
                return Pointer(file)
        raise MalformedEvidenceError(f"{item} of {account} {region or ''} has no file of records")

    def attachments(self, item: str) -> tuple[Attachment, ...]:
        """Return the documents that people attached to an item."""
        return tuple(entry for entry in self.bundle.attachments if entry.item == item)

    def as_of(self) -> datetime:
        """Return the oldest time among the needed evidence: what the test says, it says as of then."""
        times = [
            require_moment(head.value["GeneratedTime"])
            for item in self._needs & {CREDENTIAL_REPORT}
            for head in self.records(item)
        ]
        for item in self._needs:
            times.extend(unit.started.astimezone(UTC) for unit in self.bundle.units(item))
        return min(times, default=self.run.started.astimezone(UTC))

    def _check(self, item: str) -> None:
        if self._declared is not None and item not in self._declared:
            raise UndeclaredItemError(f"the rule reads {item}, which its test does not declare")


def check_kind(item: str, located: LocatedRecord) -> None:
    """Raise MalformedEvidenceError for a record that is no object, or of no kind that the item has."""
    if not isinstance(located.value, dict):
        raise MalformedEvidenceError("a record is not an object")
    if item in KINDS and not any(known in located.value for known in KINDS[item]):
        raise MalformedEvidenceError(f"{pointer_to(located)} is none of {', '.join(KINDS[item])}")


def require_moment(value: Any) -> datetime:
    """Return an RFC 3339 time of a record; raises MalformedEvidenceError for anything else."""
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise MalformedEvidenceError(f"{value!r} is not a time") from error
    if parsed.tzinfo is None:
        raise MalformedEvidenceError(f"{value!r} has no time zone")
    try:
        return parsed.astimezone(UTC)
    except OverflowError as error:
        raise MalformedEvidenceError(f"{value!r} is a time that UTC has no day for") from error


def require_text(value: Any) -> str:
    """Return a member that must be text; raises MalformedEvidenceError for anything else, and for none."""
    if not isinstance(value, str) or not value:
        raise MalformedEvidenceError(f"{value!r} stands where text belongs")
    return value


def optional_text(value: Any) -> str:
    """Return a member that AWS may leave out, empty without it; raises MalformedEvidenceError for no text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedEvidenceError(f"{value!r} stands where text belongs")
    return value


def optional_moment(value: Any) -> datetime | None:
    """Return a time that AWS may leave out; raises MalformedEvidenceError for what is no time."""
    return None if value is None or value == "" else require_moment(value)


def day(when: datetime | None) -> str:
    """Return a time as people read it in a row: its UTC day."""
    return "never" if when is None else when.date().isoformat()


def joined_names(names: Iterable[object], limit: int = 12) -> str:
    """Return names in one line, bounded: the workbook and the bundle hold the rest."""
    every = list(map(str, names))
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: `1 key`, `2 keys`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
