"""What verification found: each defect by code, and what holds when there is none."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Code(StrEnum):
    """The names of all findings; documented in docs/format.md. Never renamed: scripts rely on them."""

    NOT_A_BUNDLE = "not-a-bundle"
    MISSING = "missing"
    EXTRA = "extra"
    RENAMED = "renamed"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    LINKED = "linked"
    SPECIAL_FILE = "special-file"
    EMPTY_FOLDER = "empty-folder"
    HOSTILE_PATH = "hostile-path"
    UNREADABLE = "unreadable"
    MANIFEST = "manifest"
    TAG_MANIFEST = "tag-manifest"
    BAG_FILE = "bag-file"
    JSON = "json"
    SCHEMA = "schema"
    INCONSISTENT = "inconsistent"
    SEAL_MISSING = "seal-missing"
    SEAL_INVALID = "seal-invalid"
    CERTIFICATE = "certificate"
    UNTRUSTED = "untrusted"
    PDF = "pdf"
    PDF_SIGNATURE = "pdf-signature"
    PDF_CHANGED = "pdf-changed"
    ZIP = "zip"
    OTHER_BUNDLE = "other-bundle"
    OTHER_SIGNER = "other-signer"


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect."""

    code: Code
    subject: str
    """The file it concerns, as a path below what was verified."""
    sentence: str
    """What is wrong, one sentence that reads after the subject."""


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Whose signature holds."""

    fingerprint: str
    """SHA-256 of the certificate (DER), 64 hex digits."""
    subject: str
    """The certificate's subject, as RFC 4514 text."""
    not_after: datetime
    """End of the certificate's validity."""
    claimed: datetime | None
    """When the signer says it signed; a claim, not evidence of time."""
    trusted: bool
    """The certificate is the one, or issued by the one, that the verifier brought along."""
    trusted_by: str = ""
    """What the verifier brought along that vouches for the certificate, in words; empty when not trusted."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of verifying one bundle, pack or PDF."""

    kind: str
    """`bundle`, `pack`, `pdf`, or `file` for what is none of these."""
    name: str
    findings: tuple[Finding, ...]
    digest: str = ""
    """The bundle's digest: SHA-256 of its tagmanifest-sha256.txt; empty when there is none to speak of."""
    signer: SignedBy | None = None
    """None when no signature holds."""
    notes: tuple[str, ...] = field(default=())
    """Limits of what was established, one sentence each."""

    @property
    def ok(self) -> bool:
        """Nothing was found. Whether that is enough to rely on says `evidence.bundle.verdicts`."""
        return not self.findings
