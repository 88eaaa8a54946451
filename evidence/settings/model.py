"""Defines the settings and their limits; `settings.file` reads them, run.json seals those in force."""

import json
from datetime import date
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo

from evidence.records import ROLE_NAME, ConfigSource
from evidence.settings.limits import (
    A_YEAR_OF_HOURS,
    LARGER,
    NEITHER,
    SMALLER,
    YEARS,
    Laxer,
    Limit,
    up_to,
)
from evidence.settings.period import PeriodSettings
from evidence.settings.sections import (
    ArchiveSettings,
    CustomSettings,
    Example,
    ReportSettings,
    SettingsModel,
    SigningSettings,
    StatementSettings,
    TimeStampSettings,
)

EXECUTOR_SCHEMES = {"dask": "tcp", "dask+tls": "tls"}
"""Schemes of `collect.executor` to Dask's own."""
THREADS = "threads"
REQUIRED_RULES = (
    "IAM_ROOT_ACCESS_KEY_CHECK",
    "ROOT_ACCOUNT_MFA_ENABLED",
    "IAM_USER_MFA_ENABLED",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "ACCESS_KEYS_ROTATED",
)
# (largest population of the band, sample size); attribute sampling as commonly practised.
DEFAULT_TABLE: tuple[tuple[int, int], ...] = ((1, 1), (4, 2), (12, 5), (52, 15), (250, 25))
DEFAULT_ABOVE = 40
_LONGEST_SHOWN = 40
_AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class Entity(SettingsModel):
    """Whom the evidence is about, as printed on the cover."""

    name: Annotated[str, NEITHER, Example("Northwind Ledger, Inc.")] = ""
    """The entity, as the auditor knows it."""
    period_start: Annotated[date | None, NEITHER, Example(date(2026, 7, 1))] = None
    """First day of the audit period; none means a point in time."""
    period_end: Annotated[date | None, NEITHER, Example(date(2026, 9, 30))] = None
    """Its last day."""
    prepared_by: Annotated[str, NEITHER, Example("GRC, Northwind Ledger")] = ""
    """Who prepared the evidence: a team or a person."""

    @model_validator(mode="after")
    def _period_is_a_period(self) -> Self:
        if (self.period_start is None) != (self.period_end is None):
            raise ValueError("period_start and period_end go together")
        if self.period_start and self.period_end and self.period_start > self.period_end:
            raise ValueError("period_start is after period_end")
        return self


Selector = Annotated[
    str, Field(pattern=r"^([0-9]{12}|ou-[0-9a-z-]+|r-[0-9a-z]+|/.*|tag:[^=]+=.*)$", max_length=600)
]
"""Accounts by id, by unit (its id or path), or by tag (`tag:key=value`)."""


NO_REASON = "left out on the command line"
"""What stands as the reason where a flag leaves accounts out: nobody wrote one."""


class AwsSettings(SettingsModel):
    """How AWS is reached; the standard AWS environment applies where a setting is absent."""

    profile: Annotated[str | None, Example("audit")] = None
    """AWS profile to ask with."""
    region: Annotated[str | None, Example("us-east-1")] = None
    """Region to ask for what has no region of its own."""
    regions: Annotated[tuple[str, ...], Example(("us-east-1", "eu-central-1"))] = ()
    """Regions to collect; empty means every enabled region."""
    organization: bool = False
    """Collect every account that the organization lists."""
    accounts: Annotated[tuple[_AccountId, ...], Example(("456789012345",))] = ()
    """Collect these accounts too; the caller's own always is."""
    include_accounts: Annotated[
        tuple[Selector, ...], Example(("/Workloads", "tag:environment=production"))
    ] = ()
    """Of the organization's accounts, those that match one of these; empty means all. Each is an id, a unit's
    id or path, or tag:key=value."""
    exclude_accounts: Annotated[
        dict[Selector, Annotated[str, Field(min_length=1, max_length=500)]],
        Example({"tag:environment=sandbox": "Holds no customer data."}),
    ] = Field(default_factory=dict)
    """Accounts not to collect, each selector with the reason that the report prints."""
    role: Annotated[
        Annotated[str, Field(pattern=ROLE_NAME, max_length=576)] | None,
        Example("EvidenceCollector"),
    ] = None
    """Role to assume in every other account: its name, with its path; `{account}` is the account's id."""
    external_id: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@:/-]+$", min_length=2, max_length=1224)] | None,
        Example("northwind-evidence-2026"),
    ] = None
    """External id that the role's trust policy asks for."""
    session_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]+$", min_length=2, max_length=64)] = (
        "evidence"
    )
    """Names the session in CloudTrail of the accounts entered."""

    @model_validator(mode="after")
    def _others_need_a_role(self) -> Self:
        if (self.organization or self.accounts) and not self.role:
            raise ValueError("other accounts are entered through a role: name it with --role or aws.role")
        if self.include_accounts and not self.organization:
            raise ValueError("include_accounts narrows an organization: it goes with --organization")
        return self

    @property
    def selects_by_tag(self) -> bool:
        """Whether the accounts' tags are needed to choose among them."""
        return any(one.startswith("tag:") for one in (*self.include_accounts, *self.exclude_accounts))


class AggregatorSettings(SettingsModel):
    """Which AWS Config aggregator is asked; without a name, the organization's only one that is found."""

    name: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=256)] | None, Example("organization")
    ] = None
    """Its name."""
    account: Annotated[_AccountId | None, Example("456789012345")] = None
    """Where it is; absent: AWS Config's delegated administrator, else where the organization is asked."""
    region: Annotated[str | None, Example("us-east-1")] = None
    """Its region; absent: it is looked for in every region of the run."""
    rules: Annotated[tuple[str, ...], Example(("iam-*",))] = ()
    """Names of the rules whose results are read resource by resource, shell wildcards allowed; empty: all."""


class CollectSettings(SettingsModel):
    """How collection runs."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = 16
    """Calls under way at once in one account."""
    workers: Annotated[int, Field(ge=1, le=512)] = 64
    """Calls under way at once in all accounts together."""
    deadline_seconds: Annotated[int, Field(ge=10, le=86_400)] = 1800
    """After this many seconds what is not collected becomes a gap."""
    unit_seconds: Annotated[int, Field(ge=10, le=86_400)] = 900
    """After this many seconds one item of an account or a region becomes a gap; an organization's has the
    run's time."""
    exclude: Annotated[tuple[str, ...], Example(("iam.last-accessed",))] = ()
    """Items deliberately not collected; printed in the report's scope."""
    config_source: ConfigSource = "accounts"
    """Where the results of AWS Config's rules are read: in each account, or in an aggregator."""
    aggregator: AggregatorSettings = AggregatorSettings()
    processes: Annotated[Annotated[int, Field(ge=1, le=64)] | None, Example(2)] = None
    """Processes that collect the accounts that are entered through a role; absent: one a core, at most one
    for eight accounts, at most eight. 1: the run's own process does all."""
    executor: str = THREADS
    """Where members' accounts are collected: `threads`, on this machine; or `dask://HOST:PORT`, the scheduler
    of a Dask cluster (`dask+tls://` when Dask is set up for TLS)."""

    @field_validator("executor")
    @classmethod
    def _executor_is_known(cls, executor: str) -> str:
        if executor == THREADS:
            return executor
        parts = urlsplit(executor)
        named = parts.scheme in EXECUTOR_SCHEMES and parts.hostname and parts.port != 0  # raises out of range
        if not named or parts.username is not None or parts.path or parts.query or parts.fragment:
            raise ValueError("must be threads, dask://HOST:PORT or dask+tls://HOST:PORT")
        return executor

    @model_validator(mode="after")
    def _aggregator_is_asked(self) -> Self:
        if self.config_source != "aggregator" and self.aggregator != AggregatorSettings():
            raise ValueError('[collect.aggregator] goes with config_source = "aggregator"')
        return self


class Thresholds(SettingsModel):
    """The limits that tests of controls apply; printed in each procedure."""

    key_max_age_days: Annotated[int, Field(ge=1), up_to(YEARS)] = 90
    """How old an access key may be (KEY-1)."""
    unused_days: Annotated[int, Field(ge=1), up_to(YEARS)] = 90
    """How long a credential or role may go unused."""
    unused_finding_days: Annotated[int, Field(ge=1), up_to(YEARS)] = 90
    """How long a finding of unused access may be left (AA-5)."""
    root_lookback_days: Annotated[int, Field(ge=1), Limit(Laxer.SMALLER, YEARS)] = 90
    """How far back a use of root counts (ROOT-4), where no audit period is set."""
    password_min_length: Annotated[int, Field(ge=6, le=128), SMALLER] = 14
    """Characters that the password policy must ask for (PWD-1)."""
    password_reuse: Annotated[int, Field(ge=0, le=24), SMALLER] = 24
    """Earlier passwords that it must refuse (PWD-1)."""
    password_max_age_days: Annotated[int, Field(ge=0), Limit(Laxer.NEITHER, YEARS)] = 0
    """After how many days passwords must expire (PWD-1). 0: expiry is not required, so that every other
    value is stricter than the default."""
    config_evaluation_hours: Annotated[int, Field(ge=1), up_to(A_YEAR_OF_HOURS)] = 2
    """How much later than its own frequency says a periodic Config rule may have been evaluated (CFG-3)."""
    credential_report_hours: Annotated[int, Field(ge=1), up_to(24 * 31)] = 4
    """How old the credential report may be when it is read."""
    clock_skew_seconds: Annotated[int, Field(ge=1), up_to(3600)] = 5
    """How far this machine's clock may be off AWS's."""
    aggregator_update_hours: Annotated[int, Field(ge=1), up_to(A_YEAR_OF_HOURS)] = 24
    """How long ago a Config aggregator may have heard from an account and region (IPE-11)."""
    required_config_rules: Annotated[tuple[str, ...], Limit(Laxer.FEWER)] = REQUIRED_RULES
    """AWS Config's managed rules that every account must evaluate (CFG-2 to CFG-4)."""
    accepted_administrator_roles: Annotated[tuple[str, ...], Limit(Laxer.MORE)] = ()
    """Of bundles from before `administrator` entries of exceptions.toml: roles that PRIV-2 accepts. Settings
    files may not name it any more."""
    leaver_access_hours: Annotated[int, Field(ge=1), up_to(24 * 92)] = 24
    """How long after the end of their last day people may still have access (JML-2)."""
    owner_tag: Annotated[str, Field(min_length=1, max_length=128), NEITHER] = "owner"
    """Key of the tag that names who answers for a service account (USER-2), in any case, as in IAM."""
    session_max_hours: Annotated[int, Field(ge=1, le=12), LARGER] = 8
    """How long a session of an Identity Center permission set may last."""
    administrator_session_max_hours: Annotated[int, Field(ge=1, le=12), LARGER] = 4
    """The same of one with administrator power."""
    administrators_max: Annotated[int, Field(ge=1), up_to(10_000)] = 5
    """People who may hold administrator power through Identity Center (IDC-4); a judgement."""


SAMPLED = "iam.sample-role-policies"
"""The item whose roles the sample decides."""


class Sampling(SettingsModel):
    """Which roles are inspected in full (test SAMPLE)."""

    role_names: Annotated[tuple[str, ...], NEITHER, Example(("deploy-*",))] = ()
    """Key engineering roles, by name; shell wildcards allowed."""
    role_paths: Annotated[tuple[str, ...], NEITHER, Example(("/engineering/",))] = ()
    """The same by path."""
    role_tags: Annotated[dict[str, str], NEITHER, Example({"team": "platform"})] = Field(default_factory=dict)
    """The same by tag."""
    seed: Annotated[str | None, NEITHER, Example("northwind-2026")] = None
    """Chosen by the auditor; absent means: SHA-256 of the collected authorization details."""
    table: Annotated[tuple[tuple[int, int], ...], Limit(Laxer.SMALLER_SAMPLES, collects=SAMPLED)] = (
        DEFAULT_TABLE
    )
    """Bands of populations: the largest of the band, how many are drawn."""
    above: Annotated[int, Limit(Laxer.SMALLER, collects=SAMPLED)] = DEFAULT_ABOVE
    """How many are drawn above the last band."""


def bounds() -> dict[str, tuple[int, int | None]]:
    """Return the least and the largest value that a settings file may give each threshold in numbers."""
    found: dict[str, tuple[int, int | None]] = {}
    for name, field in Thresholds.model_fields.items():
        if field.annotation is int:
            said = value_bounds(field)
            found[name] = said["ge"], said.get("le", said.get("most"))
    return found


def out_of_bounds(thresholds: Thresholds) -> dict[str, str]:
    """Return which thresholds limit nothing any more, each with a clause that says so."""
    return {
        name: f"thresholds.{name} is {shown(value)}, and must be {allowed(name)}"
        for name, (_, most) in bounds().items()
        if most is not None and (value := getattr(thresholds, name)) > most
    }


def within_bounds(thresholds: Thresholds) -> Thresholds:
    """Return sealed thresholds, with those that limit nothing at the largest value that limits something."""
    return thresholds.model_copy(update={name: bounds()[name][1] for name in out_of_bounds(thresholds)})


def shown(value: object) -> str:
    """Return a wrong value as a settings file has it, on one line and not long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def value_bounds(field: FieldInfo) -> dict[str, Any]:
    """Return the bounds that are declared beside a setting: pydantic's `ge` and `le`, a limit's `most`."""
    return {
        key: value
        for one in field.metadata
        for key in ("ge", "le", "most")
        if (value := getattr(one, key, None)) is not None
    }


def allowed(threshold: str) -> str:
    """Return what a threshold may be, in words; empty for one that is no number."""
    if threshold not in bounds():
        return ""
    least, most = bounds()[threshold]
    return f"a whole number from {least} to {most}"


class Settings(SettingsModel):
    """Everything `evidence.toml` may say. What shapes a result is sealed into the bundle's run.json."""

    entity: Entity = Entity()
    aws: AwsSettings = AwsSettings()
    collect: CollectSettings = CollectSettings()
    signing: SigningSettings = SigningSettings()
    timestamp: TimeStampSettings = TimeStampSettings()
    thresholds: Thresholds = Thresholds()
    sampling: Sampling = Sampling()
    accepted: StatementSettings = StatementSettings()
    report: ReportSettings = ReportSettings()
    archive: ArchiveSettings = ArchiveSettings()
    period: PeriodSettings = PeriodSettings()
    custom: CustomSettings = CustomSettings()
    criteria: Annotated[dict[str, tuple[str, ...]], Example({"KEY-2": ("CC6.1",)})] = Field(
        default_factory=dict
    )
    """Test id to SOC 2 criteria, replacing the catalogue's mapping."""

    @model_validator(mode="after")
    def _limits_are_sane(self) -> Self:
        """Refuse limits under which a test would show nothing. Sealed bundles with such limits still open."""
        for sentence in out_of_bounds(self.thresholds).values():
            raise ValueError(sentence)
        return self

    @model_validator(mode="after")
    def _samples_are_drawn(self) -> Self:
        """Refuse a table by which nothing is drawn from a population that is not empty."""
        sizes = [*(size for largest, size in self.sampling.table if largest > 0), self.sampling.above]
        if min(sizes) < 1:
            raise ValueError(
                "sampling: a sample of size 0 of a population that is not empty shows nothing; let each size "
                "in sampling.table, and sampling.above, be at least 1"
            )
        bands = [largest for largest, _ in self.sampling.table]
        if bands != sorted(set(bands)):
            raise ValueError(
                "sampling.table: the bands do not rise; each population belongs to the first that fits"
            )
        return self

    @model_validator(mode="after")
    def _profiles_as_the_rest_of_aws(self) -> Self:
        """A key of AWS KMS and a bucket are used with the profile that collects, unless another is named."""
        if self.signing.kms_key and not self.signing.kms_profile and self.aws.profile:
            signing = self.signing.model_copy(update={"kms_profile": self.aws.profile})
            object.__setattr__(self, "signing", signing)
        if self.archive.bucket and not self.archive.profile and self.aws.profile:
            archive = self.archive.model_copy(update={"profile": self.aws.profile})
            object.__setattr__(self, "archive", archive)
        return self

    def sealed(self) -> "SealedSettings":
        """Return the part that goes into run.json."""
        return SealedSettings(
            entity=self.entity,
            thresholds=self.thresholds,
            sampling=self.sampling,
            criteria=self.criteria,
            config_source=self.collect.config_source,
            report=self.report,
        )


class SealedSettings(SettingsModel):
    """The part of the settings that shapes results; sealed into run.json so that tests are repeatable."""

    entity: Entity = Entity()
    thresholds: Thresholds = Thresholds()
    sampling: Sampling = Sampling()
    criteria: Annotated[dict[str, tuple[str, ...]], Limit(Laxer.UNMAPPED)] = Field(default_factory=dict)
    config_source: Annotated[ConfigSource, NEITHER] = "accounts"
    """Where the results of AWS Config's rules were read."""
    report: ReportSettings = ReportSettings()
