"""Defines `results.json`: what the tests of controls concluded, as typed records that the report reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema

from evidence.bundle.format.models import BundleModel
from evidence.controls.declaration import Conclusion, Family, Severity, Verdict
from evidence.readers.pointer import Pointer, parse_pointer
from evidence.statements.records import Acceptance, Attestation, FileFinding, UsedFile

RESULTS_VERSION: Literal["2"] = "2"


def _pointer(value: Any) -> Pointer:
    if isinstance(value, Pointer):
        return value
    if isinstance(value, str):
        return parse_pointer(value)
    raise ValueError("a pointer is text: a path, or path:line")


PointerText = Annotated[
    Pointer,
    PlainValidator(_pointer),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A pointer, which results.json holds as `path below data/:line`."""


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
    pointers: tuple[PointerText, ...]
    since: datetime | None
    note: str
    attributes: dict[str, str]
    severity: Severity | None = None
    """Of an exception, accepted or not; None for every other verdict."""
    accepted: Acceptance | None = None
    """Set exactly when the verdict is `accepted`."""


class TestResult(BundleModel):
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
    family: Family
    """The sum it is counted in."""
    conclusion: Conclusion
    complete: bool
    """All the evidence was there, and it settled each member; never where nothing is concluded.

    An exception may be known all the same: `exceptions noted`, not complete.
    """
    severity: Severity | None = None
    """Of its heaviest exception that nobody accepted; None without one."""
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


class Results(BundleModel):
    """All tests over one bundle. A pure function of the bundle and of management's statements."""

    results_version: Literal["2"] = RESULTS_VERSION
    bundle: str
    bundle_digest: str
    """SHA-256 of the bundle's tagmanifest-sha256.txt."""
    tool_version: str
    libraries: dict[str, str] = Field(default_factory=dict)
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
