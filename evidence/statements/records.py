"""What counts of management's statements, which files were used, and which entries count for nothing."""

from datetime import date
from enum import StrEnum

from evidence.bundle.format.models import BundleModel


class UsedFile(BundleModel):
    """A file of management's statements that shaped the results; the pack ships it."""

    name: str
    """As its owner called it."""
    sha256: str
    entries: int


class EntryProblem(StrEnum):
    """Why an entry of a file of management's statements does not count; documented, never renamed."""

    INCOMPLETE = "incomplete"
    UNKNOWN_TEST = "unknown test"
    UNKNOWN_ITEM = "unknown item"
    DUPLICATE = "duplicate"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    MATCHES_NOTHING = "matches nothing"
    PREDATES = "approved too early"
    MATCHES_TOO_MANY = "matches too many"
    DOCUMENT_MISSING = "document missing"


class FileFinding(BundleModel):
    """An entry that does not count, and why: a finding in itself."""

    entry: int
    """Its place in the file, 1-based."""
    test: str
    subject: str
    """What the entry is about; empty for an attestation."""
    problem: EntryProblem
    sentence: str


class Acceptance(BundleModel):
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


class Response(BundleModel):
    """What management answers to an exception (`responses.toml`)."""

    entry: int
    """The entry's place in the file, 1-based."""
    response: str
    owner: str
    due_on: date | None = None


class Attestation(BundleModel):
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
