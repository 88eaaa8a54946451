"""`results.json`: what the tests of controls concluded, as typed records that the report reads."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from evidence.controls.base import Conclusion, Verdict

RESULTS_VERSION: Literal["1"] = "1"


class Model(BaseModel):
    """Strict members, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UsedFile(Model):
    """A file of management's statements that shaped the results; the pack ships it."""

    name: str
    """As its owner called it."""
    sha256: str
    entries: int


class Problem(StrEnum):
    """Why an entry of a file of management's statements does not count; documented, never renamed."""

    INCOMPLETE = "incomplete"
    UNKNOWN_TEST = "unknown test"
    DUPLICATE = "duplicate"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    MATCHES_NOTHING = "matches nothing"
    MATCHES_TOO_MANY = "matches too many"
    DOCUMENT_MISSING = "document missing"


class FileFinding(Model):
    """An entry that does not count, and why: a finding in itself."""

    entry: int
    """Its place in the file, 1-based."""
    test: str
    subject: str
    """What an accepted exception is about; empty for an attestation."""
    problem: Problem
    sentence: str


class Acceptance(Model):
    """Who accepted an exception, why and until when (`exceptions.toml`)."""

    entry: int
    """The entry's place in the file, 1-based."""
    approver: str
    approved_on: date
    expires_on: date
    """The last day on which it holds, in UTC."""
    reason: str
    compensating_control: str
    ticket: str


class Attestation(Model):
    """What management states where no API shows it (`attestations.toml`)."""

    entry: int
    statement: str
    attested_by: str
    attested_on: date
    valid_until: date
    """The last day on which it holds, in UTC."""
    document: str
    """The attached document, as a path below data/ of the bundle; empty for none."""
    document_sha256: str


@dataclass(frozen=True, slots=True)
class RowResult:
    """One population member of a test; see `base.Row`.

    A large account has a hundred thousand, and a dataclass is smaller and faster made than a model. `engine`
    checks what it makes of rows, pydantic what is read from results.json.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    subject: str
    account: str
    region: str
    verdict: Verdict
    observed: str
    expected: str
    pointers: tuple[str, ...]
    """`path below data/:line`."""
    since: datetime | None
    note: str
    attributes: dict[str, str]
    accepted: Acceptance | None = None
    """Set exactly when the verdict is `accepted`."""


class TestResult(Model):
    """One test of controls as performed."""

    __test__ = False  # not a pytest class

    id: str
    title: str
    topic: str
    criteria: tuple[str, ...]
    risk: str
    procedure: str
    """With the thresholds used filled in."""
    population: str
    attribute: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    """Items that explained rows where they were collected."""
    limits: str
    advisory: bool
    conclusion: Conclusion
    reason: str
    """One sentence: why this conclusion."""
    population_size: int
    """All rows."""
    inspected: int
    """Rows that are not out of scope."""
    exceptions: int
    """Rows that fail and that nobody accepted."""
    accepted: int = 0
    """Rows that fail and that management accepted."""
    not_determined: int
    missing: tuple[str, ...]
    """The gaps that stand against a conclusion, one sentence each."""
    as_of: datetime | None
    """The evidence's own time, where it has one."""
    rows: tuple[RowResult, ...]
    attestation: Attestation | None = None
    """Set exactly when the conclusion is `attested`."""


class Results(Model):
    """All tests over one bundle. A pure function of the bundle and of management's statements."""

    results_version: Literal["1"] = RESULTS_VERSION
    bundle: str
    bundle_digest: str
    """SHA-256 of the bundle's tagmanifest-sha256.txt."""
    tool_version: str
    libraries: dict[str, str] = {}
    """Versions of the data that conclusions rest on: name to version (the database of AWS's actions)."""
    exceptions_file: UsedFile | None = None
    attestations_file: UsedFile | None = None
    exception_findings: tuple[FileFinding, ...] = ()
    """Entries of the exceptions file that accept nothing."""
    attestation_findings: tuple[FileFinding, ...] = ()
    """Entries of the attestations file that attest nothing."""
    tests: tuple[TestResult, ...]

    def to_bytes(self) -> bytes:
        """Return results.json: the same bytes for the same bundle and statements.

        Members keep their declared order, because a test's attributes are columns: what is rendered from
        this file must equal what is rendered from the results in memory.
        """
        return self.model_dump_json(indent=2).encode() + b"\n"
