"""Reads and writes an archive's index: one signed line for each pack, bound to the line before it.

A line is `{"entry": {…}, "signature": "…"}`: the signature is CMS over the entry as a compact JSON line, in
base64. An entry names the SHA-256 of the line before it. So no line can be changed, put elsewhere or taken
out of the middle; that lines are missing at the end shows against a digest that was published elsewhere.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from evidence.archive.lines import decode, parse_line
from evidence.bundle.format import strictjson
from evidence.bundle.format.models import BundleModel, Sha256
from evidence.bundle.format.seal import SealSigner
from evidence.findings import Code, Finding
from evidence.signatures import cms
from evidence.wrong_values import in_words

INDEX = "index.jsonl"
MAX_BYTES = 64 * 1024 * 1024


class ArchiveEntry(BundleModel):
    """One pack in the archive."""

    number: Annotated[int, Field(ge=1)]
    """The line in the index."""
    scope: str
    """The key of the scope, as in run.json."""
    sequence: Annotated[int, Field(ge=1)]
    """The bundle's number in the chain of its scope."""
    bundle: str
    digest: Sha256
    """The bundle's."""
    previous: Sha256 | None
    """Digest of the bundle before it; null for the first of its scope."""
    sealed: datetime
    """When the collection ended, by run.json."""
    added: datetime
    """When the pack was added, by the clock of whoever did."""
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.zip$")]
    """The pack's name in the archive."""
    sha256: Sha256
    """The pack's."""
    before: Sha256 | None
    """SHA-256 of the line before this one, newline included; null for the first."""
    rebuilt: bool = False
    """Whether the line was written again, from the pack alone, at `added`. Absent where it was not."""

    @property
    def text(self) -> str:
        """The entry for people, on one line."""
        return f"{self.file}, number {self.sequence} of {self.scope}; head {self.digest}"


class _IndexLine(BundleModel):
    entry: ArchiveEntry
    signature: str


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """A line of the index whose signature holds over its entry; whose it is, the reader judges."""

    entry: ArchiveEntry
    signature: cms.Signature

    @property
    def subject(self) -> str:
        """The line, as findings name it."""
        return f"{INDEX}:{self.entry.number}"


def sign_entry(entry: ArchiveEntry, signer: SealSigner) -> bytes:
    """Return the line of an entry, signed at the time at which it was added; raises SigningError."""
    members = entry.model_dump(mode="json", exclude=None if entry.rebuilt else {"rebuilt"})
    signature = base64.b64encode(signer.seal(strictjson.line(members), entry.added)).decode()
    return strictjson.line({"entry": members, "signature": signature})


def digest(of: bytes) -> str:
    """Return the SHA-256 of a line, 64 hex digits."""
    return hashlib.sha256(of).hexdigest()


def read(data: bytes) -> tuple[list[SignedEntry], list[Finding]]:
    """Return the lines of an index that hold, and the findings against the others and their order."""
    signed: list[SignedEntry] = []
    findings: list[Finding] = []
    if len(data) > MAX_BYTES:
        return signed, [Finding(Code.CHAIN_INDEX, INDEX, f"is larger than {MAX_BYTES} bytes")]
    before: str | None = None
    for number, raw in enumerate(data.splitlines(keepends=True), start=1):
        try:
            found = _read_line(raw)
        except ValueError as error:
            findings.append(Finding(Code.CHAIN_INDEX, f"{INDEX}:{number}", str(error)))
        else:
            findings += _bound(found, number, before)
            signed.append(found)
        before = digest(raw)
    findings += _ordered(signed)
    return signed, findings


def rebuilt_lines(signed: Sequence[SignedEntry]) -> int:
    """Return how many lines were rebuilt: the first ones, as all that there were are written again."""
    return next((number for number, one in enumerate(signed) if not one.entry.rebuilt), len(signed))


def _read_line(raw: bytes) -> SignedEntry:
    """Return a line; raises ValueError, one clause."""
    value = parse_line(raw)
    try:
        parsed = _IndexLine.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise ValueError(f"is not a line of an index: {in_words(error.errors()[0])}") from error
    der = decode(parsed.signature, "a signature")
    try:
        signature = cms.check(der, strictjson.line(value["entry"]))
    except cms.CmsError as error:
        raise ValueError(f"is not signed: {error}") from error
    return SignedEntry(parsed.entry, signature)


def _bound(found: SignedEntry, number: int, before: str | None) -> Iterator[Finding]:
    if found.entry.number != number:
        sentence = f"says that it is line {found.entry.number}"
        yield Finding(Code.CHAIN_INDEX, f"{INDEX}:{number}", sentence)
    if found.entry.before != before:
        sentence = "does not name the line before it: one was changed, taken out or put in"
        yield Finding(Code.CHAIN_INDEX, f"{INDEX}:{number}", sentence)


def _ordered(signed: Sequence[SignedEntry]) -> Iterator[Finding]:
    """Yield where entries go against time, list a bundle twice, or do not count on within their scope."""
    heads: dict[str, ArchiveEntry] = {}
    digests: set[str] = set()
    latest: SignedEntry | None = None
    for one in signed:
        entry, head = one.entry, heads.get(one.entry.scope)
        if latest and entry.added < latest.entry.added:
            yield Finding(Code.CHAIN_ORDER, one.subject, "was added before the line above it")
        if entry.digest in digests:
            yield Finding(Code.CHAIN_DUPLICATE, one.subject, f"lists {entry.bundle} once more")
        expected = (head.sequence + 1, head.digest) if head else (1, None)
        if (entry.sequence, entry.previous) != expected:
            sentence = (
                f"does not follow the entry before it of {entry.scope}, which is number {expected[0] - 1}"
            )
            yield Finding(Code.CHAIN_INDEX, one.subject, sentence)
        heads[entry.scope], latest = entry, one
        digests.add(entry.digest)
