"""Defines the files of a bundle as typed records; their JSON Schemas are generated from here.

Format version 1. Times are RFC 3339 in UTC. Unknown members are refused: a bundle is exactly what it says.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evidence.custom.declarations import NOTHING_CUSTOM, CustomScope
from evidence.records import Cause, Outcome, Scope, Target
from evidence.settings.model import SealedSettings

FORMAT_VERSION: Literal["1"] = "1"


def _representable(value: datetime) -> datetime:
    """Refuse a time that UTC has no day for (0001-01-01T00:00:00+14:00): whoever prints it would fail."""
    try:
        value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is outside of what UTC can say") from error
    return value


Moment = Annotated[datetime, AfterValidator(_representable)]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _absent(value: object) -> bool:
    return value is None


class BundleModel(BaseModel):
    """Common rules: strict members, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OfManyModel(BundleModel):
    """A record of which a run has tens of thousands: they share one set of the names that were given.

    pydantic keeps such a set in every instance, more than half of what it takes; nobody asks for it here.
    """

    def model_post_init(self, _context: Any) -> None:
        """Put the set of all names in the place of an own one."""
        object.__setattr__(self, "__pydantic_fields_set__", _names_of(type(self)))


@cache
def _names_of(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


class TargetRecord(OfManyModel):
    """A target as it is written in bundle files."""

    scope: Scope
    account: AccountId
    region: str | None = None

    @classmethod
    def of(cls, target: Target) -> "TargetRecord":
        """Return the written form of a target."""
        return cls(scope=target.scope, account=target.account, region=target.region)

    def target(self) -> Target:
        """Return the target this stands for."""
        return Target(self.scope, self.account, self.region)


class Tool(BundleModel):
    """What made the bundle."""

    name: str
    version: str
    python: str
    libraries: dict[str, str]


class Caller(BundleModel):
    """The identity AWS saw (sts GetCallerIdentity)."""

    account: AccountId
    arn: str
    user_id: str


class RegionState(OfManyModel):
    """One region of one account and whether it is in scope (account ListRegions)."""

    account: AccountId
    region: str
    status: str
    in_scope: bool
    reason: str
    """Why it is in scope or not, in words."""


class AccountState(BundleModel):
    """One account that the run knew of and whether it is in scope (organizations ListAccounts, settings)."""

    account: AccountId
    name: str = ""
    state: str
    """As AWS Organizations says; UNKNOWN for an account that no list names."""
    unit: str = ""
    """Where it hangs: names of organizational units from the root down, `/Workloads/Production`."""
    management: bool = False
    """It is the organization's management account."""
    in_scope: bool
    reason: str
    """Why it is in scope or not, in words."""
    role: str = ""
    """ARN of the role through which it was read; empty for the caller's own account."""


class Part(BundleModel):
    """One of the parts of a collection that was interrupted and resumed."""

    started: Moment
    finished: Moment
    """When the last unit of the part ended."""
    caller: Caller
    units: int
    """Units that ended in this part and were kept."""


class Unit(OfManyModel):
    """One planned (target, item) pair and how it ended. Every planned unit is here exactly once (IPE-4)."""

    item: str
    target: TargetRecord
    outcome: Outcome
    records: int
    """Records in the unit's .jsonl file."""
    files: tuple[str, ...]
    """Paths below data/ that the unit wrote, sorted."""
    started: Moment
    finished: Moment
    calls: int


class ItemScope(BundleModel):
    """One evidence item as it stood in this run: planned, or excluded by a setting."""

    item: str
    planned: bool
    reason: str
    title: str = ""
    """What it is, in words."""
    headline: Annotated[int, Field(ge=0, le=6)] = 0
    """1 to 6 for the six that auditors ask for by name, in their order; 0 for the rest."""


class ClockSkew(BundleModel):
    """AWS's clock against the local one, from the Date header of the answers."""

    first_aws_date: Moment | None
    last_aws_date: Moment | None
    max_skew_seconds: float | None
    """Largest distance of a Date from the time its request was under way; null when no answer carried one."""


class StratumSelection(BundleModel):
    """The draw from one part of the population of roles."""

    name: str
    population: int
    population_digest: Sha256
    chosen: tuple[str, ...]
    """ARNs drawn at random, in rank order."""


class SampleSelection(BundleModel):
    """How roles were sampled, so that anybody can choose them again."""

    account: AccountId
    method: str
    seed: str
    seed_source: str
    population: int
    population_digest: Sha256
    size: int
    named: tuple[str, ...]
    """ARNs chosen by settings."""
    chosen: tuple[str, ...]
    """ARNs drawn at random: stratum after stratum, in rank order within each."""
    strata: tuple[StratumSelection, ...] = ()
    """The draws one by one; empty in bundles that drew from the whole population at once."""
    order: tuple[str, ...] = ()
    """In redacted bundles where ARNs changed: all of the population that was not named, in the order of its
    ranks in the origin, as ranks of pseudonyms are others."""


class Redaction(BundleModel):
    """What a redacted bundle is a copy of, and what was replaced in it (`evidence pack --redact`)."""

    origin: Sha256
    """Digest of the bundle that was redacted."""
    classes: tuple[str, ...]
    """What was replaced or left out, in words."""
    policy: Sha256
    """HMAC-SHA256 of the policy file under the redaction key: its owner can show which policy it was."""
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Tells redaction keys apart: bundles with the same one show the same person by the same pseudonym."""
    tool: str
    """Name and version of the program that redacted."""


def _scope_of(members: dict[str, Any]) -> str:
    """Return the scope of a run that does not name it; nothing to go by where those members are wrong too."""
    caller = members.get("caller_start")
    return f"{members.get('partition')}:{caller.account}" if isinstance(caller, Caller) else ""


def _with_scope(schema: dict[str, Any]) -> None:
    """Require of every new bundle what the first ones lack."""
    schema["required"].insert(schema["required"].index("accounts"), "scope")


class OpenedWorkbook(BundleModel):
    """One workbook of an access review, and what came back of it."""

    name: str
    """The file's name, as it was opened."""
    rows: Annotated[int, Field(ge=0)]
    """Rows that it asked about."""
    file: str | None
    """Path below data/ of the workbook that came back; null where none did."""
    sha256: Sha256 | None


class AccessReviewScope(BundleModel):
    """Whose access was reviewed, and when; of a bundle that holds a review (docs/access-review.md)."""

    reviewed: str
    """Name of the bundle whose access listing was reviewed."""
    reviewed_digest: Sha256
    reviewed_finished: Moment
    """When that bundle's run ended: the state of the access that the reviewers saw."""
    opened: Moment
    """As `evidence review open` noted it."""
    closed: Moment
    window_days: Annotated[int, Field(ge=1)]
    """Within how many days after it was opened the review had to be closed, by the settings."""
    rows: Annotated[int, Field(ge=0)]
    """Rows of access in all workbooks."""
    rows_sha256: Sha256
    """Over what all rows show (docs/access-review.md)."""
    previous_review: Sha256 | None
    """Digest of the review bundle that `last review` was taken from."""
    incomplete: bool
    """Sealed with `--incomplete`: something was wrong with what came back."""
    workbooks: tuple[OpenedWorkbook, ...]


class Run(BundleModel):
    """`data/run.json`: what was asked, by whom, when, and how each unit ended."""

    model_config = ConfigDict(json_schema_extra=_with_scope)

    format_version: Literal["1"] = FORMAT_VERSION
    bundle: str
    """The bundle's name, equal to its folder's."""
    tool: Tool
    settings: SealedSettings
    partition: str
    accounts: tuple[AccountId, ...]
    """The accounts in scope."""
    account_states: tuple[AccountState, ...] = ()
    """Every account that the run knew of, in scope or not; empty in bundles of earlier versions."""
    regions: tuple[RegionState, ...]
    caller_start: Caller
    caller_end: Caller | None
    """None when the caller could not be asked again; that is a gap."""
    scope: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*:[0-9]{12}$", default_factory=_scope_of)]
    """Key of the scope, whose bundles form one chain: partition and the account that asked."""
    started: Moment
    finished: Moment
    parts: tuple[Part, ...] = ()
    """The parts of a collection that was interrupted and resumed; empty for one that ran in one piece."""
    clock: ClockSkew
    items: tuple[ItemScope, ...]
    units: tuple[Unit, ...]
    samples: tuple[SampleSelection, ...] = ()
    sequence: Annotated[int, Field(ge=1)] | None = None
    """The bundle's number in the chain of its scope; null when it was made without an archive."""
    previous: Sha256 | None = None
    """Digest of the previous bundle of the same scope; null for number 1, and when none was named."""
    redacted_from: Redaction | None = None
    """Set in redacted copies only."""
    custom: CustomScope = NOTHING_CUSTOM
    """What installed packages declared and the run switched on; nothing in bundles of earlier versions."""
    access_review: Annotated[AccessReviewScope | None, Field(exclude_if=_absent)] = None
    """Of a bundle that holds an access review; left out in bundles that collect evidence."""


class Opening(BundleModel):
    """`data/opening/statement.json`: what a run set out to do, time-stamped before it asked for evidence."""

    format_version: Literal["1"] = FORMAT_VERSION
    bundle: str
    caller: Caller
    started: Moment
    items: tuple[str, ...]
    """Planned items, sorted."""
    previous: Sha256 | None
    random: Sha256
    """Drawn for this run (256 bits), so that no statement can be time-stamped in advance by guessing it."""

    @property
    def of_run(self) -> tuple[str, Caller, datetime, str | None]:
        """What must be equal in run.json."""
        return self.bundle, self.caller, self.started, self.previous


class GapRecord(BundleModel):
    """One entry of `data/gaps.json`: what is missing, why, and what that means."""

    item: str
    target: TargetRecord
    cause: Cause
    operation: str
    """`service:Operation` that failed, empty when none was sent."""
    error_code: str
    message: str
    effect: str
    """One sentence: what cannot be concluded."""

    @property
    def where(self) -> str:
        """The account, or account and region, that it is of."""
        return self.target.target().label

    @property
    def failure(self) -> str:
        """The operation that failed and AWS's code: `iam:ListUsers AccessDenied`; empty without a code."""
        return f"{self.operation} {self.error_code}".lstrip() if self.error_code else ""

    @property
    def sentence(self) -> str:
        """What is missing and why, as tests of controls say it."""
        failure = f" ({self.failure})" if self.failure else ""
        return f"{self.item} of {self.where}: {self.cause.value}{failure}."


class CallRecord(BundleModel):
    """One line of `data/calls.jsonl`: one AWS request and its answer's metadata."""

    seq: int
    """1, 2, 3 …, its line: job after job, in each attempt at one in the order of sending."""
    item: str
    service: str
    operation: str
    parameters: dict[str, Any]
    """As sent; pagination tokens replaced by `sha256:` and 16 hex digits."""
    account: AccountId
    region: str
    request_id: str
    """AWS's own id of the request (x-amzn-RequestId or the XML body's)."""
    status: int
    """HTTP status; 0 when no answer came."""
    error_code: str = ""
    attempts: int
    started: Moment
    finished: Moment
    aws_date: Moment | None
    """The Date header of AWS's answer."""
    records: int | None
    """Members counted under the list key; null for operations without one."""
    truncated: bool
    """AWS said that more pages follow."""
    depth: int
    """How many calls had to be answered before this one could be sent; the critical path's length."""
    file: str
    """The path below data/ that the answer fed; empty when it fed none."""


class Attachment(BundleModel):
    """One entry of `data/attachments/index.json`: a document a person added, with its provenance."""

    file: str
    """Path below data/."""
    item: str
    by: str
    note: str
    added: Moment
    sha256: Sha256
    bytes: int
