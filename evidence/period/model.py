"""Defines `period.json`: what the packs of an archive show of a period, as typed records (docs/period.md).

A pure function of the packs, of the files that were given beside them, of the settings and of the tool's
version: no clock, no name of a machine. Bundles are numbered 1, 2, 3 … in the order in which they were
sealed; events in the order of their times. A number stands for a place in `bundles` or `events`.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field

from evidence.bundle.format.models import BundleModel, Moment, Sha256
from evidence.controls.declaration import BundleKind, Conclusion, Severity, Verdict
from evidence.controls.results import LaxSetting
from evidence.period.happened import (
    BundleNumber,
    EventDays,
    EventNumber,
    EventSource,
    PeriodEvent,
    PeriodPopulation,
)
from evidence.settings.period import PeriodSettings
from evidence.statements.records import FileFinding, UsedFile

PERIOD_VERSION: Literal["1"] = "1"


class PeriodBundle(BundleModel):
    """One bundle that the report is made from."""

    number: BundleNumber
    bundle: str
    digest: Sha256
    pack: str
    """The pack's file in the archive."""
    pack_sha256: Sha256
    content: BundleKind
    before: bool
    """The last one from before the period, with which things are compared; no day of the period is its."""
    sequence: int | None
    started: Moment
    finished: Moment
    signer: Sha256
    """SHA-256 of the certificate that it is sealed with."""
    stamped: Moment | None
    """When an authority says that its seal existed; null without a time-stamp."""
    made_with: str
    """The tool's version that collected."""
    accounts: int
    """In scope."""
    left_out: int
    """Accounts that the run knew of and left out."""
    gaps: int
    settings_differ: tuple[str, ...]
    """Keys of the sealed settings that are not as in the bundle before."""


class CoveredDay(StrEnum):
    """What a bundle shows of an item on the day on which it was collected."""

    WHOLE = "whole"
    PART = "part"
    """A gap, or something not asked for."""


class DayOfEvidence(BundleModel):
    """A day of the period that has evidence of an item."""

    day: date
    bundle: BundleNumber
    shown: CoveredDay
    why: str
    """What is missing, a clause; empty where it is whole."""


class CoverageHole(BundleModel):
    """Days on end without evidence that counts, longer than the control's frequency allows."""

    first: date
    last: date
    days: int
    why: str
    """A clause: `no bundle`, or what the bundles between do not show."""


class ItemOverTime(BundleModel):
    """Which days have evidence of an item, against how often its control asks for it."""

    item: str
    title: str
    every_days: int | None
    """By the settings; null: nothing is asked for."""
    days: tuple[DayOfEvidence, ...]
    holes: tuple[CoverageHole, ...]
    longest: int
    """Days on end without evidence that counts, of all, from the period's first day to its last."""
    met: bool | None
    """No hole; null where nothing is asked for."""


class ConclusionPoint(BundleModel):
    """How a test ended over one bundle, by today's rules."""

    bundle: BundleNumber
    conclusion: Conclusion
    complete: bool
    exceptions: int
    accepted: int
    not_determined: int
    population: int
    severity: Severity | None
    sealed: Conclusion | None
    """What the pack concludes itself, where that is another; null where it is not, or has no such test."""
    sealed_exceptions: int | None
    """Likewise, where the number is another."""


class AcceptedStretch(BundleModel):
    """Bundles on end in which management accepted an exception."""

    first: BundleNumber
    last: BundleNumber
    approver: str
    approved_on: date | None
    expires_on: date | None
    """The last day on which the acceptance holds, as last stated."""
    lapsed: bool
    """It had ended while the exception still stood, in a later bundle."""


class Remediation(StrEnum):
    """Whether an exception was dealt with within the time agreed."""

    IN_TIME = "in time"
    LATE = "late"
    OPEN = "open"
    """It stands in the last bundle, and the time is not over."""
    OVERDUE = "overdue"
    """It stands in the last bundle, and the time is over."""
    ACCEPTED = "accepted"
    """Management accepted it for as long as it stood."""
    NOT_DETERMINED = "not determined"
    """What lies between two snapshots decides, or a bundle does not show it."""


class ExceptionOverTime(BundleModel):
    """One stretch in which an exception stood."""

    test: str
    subject: str
    account: str
    region: str
    severity: Severity
    observed: str
    """As the last bundle that has it says."""
    since: Moment | None
    """Since when it stood, by the evidence itself; null where it does not tell."""
    first: BundleNumber
    """The first bundle that has it."""
    last: BundleNumber
    absent_before: BundleNumber | None
    """The last bundle before `first` that shows that it did not stand; null: none does."""
    absent_after: BundleNumber | None
    """The first bundle after `last` that shows that it does not stand; null: none does."""
    ended: Moment | None
    """When it ended, where an event tells it to the second."""
    ended_by: EventNumber | None
    doubts: tuple[str, ...]
    """Bundles between that do not show whether it stood, and why; one clause each."""
    least_days: float | None
    """The shortest that it can have stood, by all that is known; null where nobody knows."""
    most_days: float | None
    """The longest; null where nobody knows: it stands still, or no bundle shows when it began."""
    agreed_days: int
    remediation: Remediation
    accepted: tuple[AcceptedStretch, ...]
    pointers: tuple[str, ...]
    """Where the last bundle that has it says so: paths below its data/."""


class TestOverTime(BundleModel):
    """One test of controls, performed over each bundle by today's rules."""

    __test__ = False  # not a pytest class

    id: str
    title: str
    topic: str
    criteria: tuple[str, ...]
    advisory: bool
    attested: bool
    line: tuple[ConclusionPoint, ...]
    exceptions: tuple[ExceptionOverTime, ...]


class PeriodPointer(BundleModel):
    """Where something is written."""

    bundle: BundleNumber | None
    """Null for a file that was given beside the packs."""
    place: str
    """A path below the bundle's data/ with a line, `PATH:LINE`; or the file's name and line."""


class PeriodRow(BundleModel):
    """One member of the population of a test over the period."""

    subject: str
    account: str
    region: str
    verdict: Verdict
    observed: str
    expected: str
    since: Moment | None
    severity: Severity | None
    note: str
    attributes: dict[str, str]
    pointers: tuple[PeriodPointer, ...]
    approver: str
    """Who accepted it, and until when; empty where nobody did."""


class PeriodTestResult(BundleModel):
    """A test of controls that ranges over the whole period."""

    id: str
    title: str
    topic: str
    criteria: tuple[str, ...]
    risk: str
    procedure: str
    population: str
    attribute: str
    limits: str
    severity: Severity | None
    """Of its heaviest exception that nobody accepted; null without one."""
    conclusion: Conclusion
    complete: bool
    reason: str
    considered: int
    out_of_scope: int
    population_size: int
    inspected: int
    exceptions: int
    accepted: int
    not_determined: int
    missing: tuple[str, ...]
    """Why it is not complete, one sentence each."""
    rows: tuple[PeriodRow, ...]


class ReviewDecision(BundleModel):
    """What became of one revocation, or change, that a review decided."""

    subject: str
    """Whose access it is."""
    access: str
    account: str
    decision: str
    decided_on: date | None
    reviewer: str
    gone_by: BundleNumber | None
    """The first bundle that shows that the access is gone; null: none does."""
    gone: Moment | None
    """When, where an event tells it to the second."""
    still_in: BundleNumber | None
    """The last bundle after the decision that still shows it; null: none does."""


class AccessReview(BundleModel):
    """One access review of the archive."""

    bundle: BundleNumber
    reviewed: str
    """Name of the bundle whose access was reviewed."""
    reviewed_digest: Sha256
    opened: Moment
    closed: Moment
    rows: int
    decided: int
    kept: int
    revoked: int
    changed: int
    reviewers: tuple[str, ...]
    complete: bool
    """Every row decided, by somebody else than the person reviewed, within the window."""
    why_not: tuple[str, ...]
    decisions: tuple[ReviewDecision, ...]
    """Those that were not `keep`."""


class SampledEvent(BundleModel):
    """One member of an audit sample over the period."""

    number: Annotated[int, Field(ge=1)]
    rank: str
    member: str
    """What was ranked."""
    name: str
    when: str
    """A moment, or two between which it lies, in words."""
    observed: str
    pointers: tuple[PeriodPointer, ...]


class PeriodSample(BundleModel):
    """An audit sample of what happened in the period, drawn as docs/sampling.md says."""

    of: str
    """`joiners`, `leavers`, `changes of access`, `uses of root` or `new keys`."""
    population_of: str
    """In words."""
    population: int
    population_digest: Sha256
    """SHA-256 of the sorted members, one a line."""
    size: int
    seed: str
    seed_source: str
    method: str
    whole: bool
    lacking: tuple[str, ...]
    members: tuple[SampledEvent, ...]


class PeriodResults(BundleModel):
    """Everything that a period report says."""

    period_version: Literal["1"] = PERIOD_VERSION
    tool_version: str
    libraries: dict[str, str]
    entity: str
    """As the last bundle has it."""
    scope: str
    """Key of the scope: partition and the account that asked."""
    first: date
    last: date
    settings: PeriodSettings
    leaver_access_hours: int
    """`thresholds.leaver_access_hours`."""
    lax_settings: tuple[LaxSetting, ...] = ()
    head: Sha256
    """Digest of the last bundle."""
    bundles: tuple[PeriodBundle, ...]
    people_file: UsedFile | None = None
    exceptions_file: UsedFile | None = None
    files: tuple[UsedFile, ...] = ()
    """Log files and exports of CloudTrail Lake that were given."""
    findings: tuple[FileFinding, ...] = ()
    """Entries of the files that were given that do not count."""
    unknown: tuple[str, ...]
    """What the report cannot know, one sentence each; said before any conclusion."""
    coverage: tuple[ItemOverTime, ...]
    sources: tuple[EventSource, ...]
    events_missing: tuple[EventDays, ...]
    events: tuple[PeriodEvent, ...]
    tests: tuple[TestOverTime, ...]
    over_period: tuple[PeriodTestResult, ...]
    """The tests that range over the whole period: JML-1 to JML-4, REV-1 to REV-3."""
    populations: tuple[PeriodPopulation, ...]
    reviews: tuple[AccessReview, ...]
    samples: tuple[PeriodSample, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of period.json, 64 hex digits: report, workbook and page name it."""
        return sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return period.json."""
        return self.model_dump_json(indent=2).encode() + b"\n"

    def bundle(self, number: int) -> PeriodBundle:
        """Return a bundle by its number."""
        return self.bundles[number - 1]

    def event(self, number: int) -> PeriodEvent:
        """Return an event by its number."""
        return self.events[number - 1]

    def collections(self) -> Iterator[PeriodBundle]:
        """Yield the bundles that collected evidence."""
        return (one for one in self.bundles if one.content is BundleKind.COLLECTION)
