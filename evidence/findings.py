"""Defines what verification finds: each defect by its code, and what holds when there is none."""

from collections.abc import Sequence
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
    TIME_STAMP = "time-stamp"
    TIME_STAMP_MISSING = "time-stamp-missing"
    TIME_STAMP_UNTRUSTED = "time-stamp-untrusted"
    TIME_STAMP_ENDED = "time-stamp-ended"
    TIME = "time"
    PDF = "pdf"
    PDF_SIGNATURE = "pdf-signature"
    PDF_CHANGED = "pdf-changed"
    ZIP = "zip"
    OTHER_BUNDLE = "other-bundle"
    OTHER_RESULTS = "other-results"
    OTHER_CONCLUSIONS = "other-conclusions"
    OTHER_SIGNER = "other-signer"
    NOT_REPRODUCED = "not-reproduced"
    CHAIN_GAP = "chain-gap"
    CHAIN_FORK = "chain-fork"
    CHAIN_ORDER = "chain-order"
    CHAIN_SCOPE = "chain-scope"
    CHAIN_DUPLICATE = "chain-duplicate"
    CHAIN_DELETED = "chain-deleted"
    CHAIN_UNLISTED = "chain-unlisted"
    CHAIN_INDEX = "chain-index"
    CHAIN_HEAD = "chain-head"
    RENEWAL = "renewal"
    RENEWAL_COVERS = "renewal-covers"
    HAND_OVER = "hand-over"
    SUBMISSION = "submission"
    CHAIN_HIDDEN = "chain-hidden"
    CHAIN_UNPROTECTED = "chain-unprotected"


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect."""

    code: Code
    subject: str
    """The file it concerns, as a path below what was verified."""
    sentence: str
    """What is wrong, one sentence that reads after the subject."""

    def document(self) -> dict[str, str]:
        """Return this as JSON members."""
        return {"code": self.code, "subject": self.subject, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class VerifiedSigner:
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


class TimeStampSubject(StrEnum):
    """What a time-stamp is over, and so what it shows."""

    OPENING = "opening"
    """A statement of the run, inside what is sealed: the bundle was sealed after that time."""
    SEAL = "seal"
    """The seal's signature: the bundle was sealed before that time."""
    REPORT = "report"
    """The signature of the PDF: the report was signed before that time."""
    PACK = "pack"
    """The signature of the pack: it was packed before that time."""
    RENEWAL = "renewal"
    """A renewal of an archive: all that it names was there before that time."""
    HAND_OVER = "hand-over"
    """The signature of a hand-over: the old key signed it before that time."""


@dataclass(frozen=True, slots=True)
class VerifiedTimeStamp:
    """A time-stamp (RFC 3161) that holds over what it should be over."""

    what: TimeStampSubject
    time: datetime
    """When the authority saw it."""
    authority: str
    """Subject of the authority's certificate, as RFC 4514 text."""
    fingerprint: str
    """SHA-256 of the authority's certificate (DER), 64 hex digits."""
    trusted: bool
    """The authority is the one, or under the one, that the verifier brought along (--trust-tsa)."""
    ends: datetime
    """When the first of its certificates ends; by then a renewal has to cover it (docs/long-term.md)."""

    @property
    def sentence(self) -> str:
        """What it shows, one sentence."""
        trust = "whom you trust" if self.trusted else "not trusted by you"
        return f"{_SHOWS[self.what]} {self.time:%Y-%m-%d %H:%M:%S} UTC, by {self.authority}, {trust}."


_SHOWS = {
    TimeStampSubject.OPENING: "Sealed after",
    TimeStampSubject.SEAL: "Sealed before",
    TimeStampSubject.REPORT: "Report signed before",
    TimeStampSubject.PACK: "Packed before",
    TimeStampSubject.RENEWAL: "Renewed before",
    TimeStampSubject.HAND_OVER: "Handed over before",
}


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What a bundle says about its place among those of its scope; so until the others are compared."""

    bundle: str
    """Its name."""
    scope: str
    sequence: int | None
    """1, 2, 3 …; None for one that was made without an archive."""
    previous: str | None
    """Digest of the bundle before it; None for the first, and where none was named."""
    started: datetime
    finished: datetime
    redacted: bool = False
    """A redacted copy: it says what its origin says and stands outside of the chain."""


def series(words: Sequence[str]) -> str:
    """Return two words or more as a sentence lists them."""
    return f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass(frozen=True, slots=True)
class Repetition:
    """What came of computing something again that a pack holds; where it came out otherwise is a finding."""

    same: bool
    """It came out the same. If not: nothing can be said, for the reason given."""
    sentence: str
    partly: bool = False
    """Not the same only because a part could not be computed again; all else came out the same."""


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The result of verifying one bundle, pack, PDF or corroboration."""

    kind: str
    """`bundle`, `pack`, `pdf`, `corroboration`, or `file` for what is none of these."""
    name: str
    findings: tuple[Finding, ...]
    digest: str = ""
    """The bundle's digest: SHA-256 of its tagmanifest-sha256.txt; empty when there is none to speak of."""
    signer: VerifiedSigner | None = None
    """None when no signature holds."""
    notes: tuple[str, ...] = field(default=())
    """Limits of what was established, one sentence each."""
    time_stamps: tuple[VerifiedTimeStamp, ...] = field(default=())
    """Those that hold; one that is there and does not hold is a finding."""

    made_with: str = ""
    """The version of this tool that a pack's results say made them; empty for what is no pack."""
    has_page: bool = False
    """A pack has the page; those of earlier versions have none."""
    conclusions: Repetition | None = None
    """Of the tests of controls over the pack's bundle; None when they were not performed again."""
    recomputed: Repetition | None = None
    """Of every byte of report, workbook and page; None when they were not rendered again."""
    changes: Repetition | None = None
    """Of changes.json; None where the pack has none, or nothing is a pack."""
    changes_asked: bool = False
    """The bundle before was given, to compute changes.json again."""
    link: ChainLink | None = None
    """The bundle's place in its chain; None where run.json cannot be read."""
    keywords: str = ""
    """Of a PDF, which says there what it is of; empty for all else."""

    def time_stamp_of(self, what: TimeStampSubject) -> VerifiedTimeStamp | None:
        """Return the time-stamp over that, or None."""
        return next((one for one in self.time_stamps if one.what is what), None)

    @property
    def drawn_parts(self) -> tuple[str, ...]:
        """What a pack has that is drawn from its results, as words."""
        without = self.kind == "pack" and not self.has_page
        return ("report", "workbook") if without else ("report", "workbook", "page")

    @property
    def showing_changes(self) -> tuple[str, ...]:
        """What of those prints changes.json, where there is one."""
        return tuple(one for one in self.drawn_parts if one != "workbook")

    @property
    def ok(self) -> bool:
        """Nothing was found. Whether that is enough to rely on says `evidence.bundle.verify.verdicts`."""
        return not self.findings
