"""Verifies a folder of packs or bundles as chains, and the archive's index where there is one.

In this order: every pack and bundle as `evidence verify` does; their links (`evidence.archive.order`); the
index against itself (`evidence.archive.index`), against the reader's trust and against what is there; and the
head that the reader knows from elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence import storage
from evidence.archive import index, order
from evidence.archive.index import INDEX, SignedEntry
from evidence.archive.order import ChainMember
from evidence.bundle.format import bag
from evidence.bundle.verify.verdicts import OverallVerdict, judge
from evidence.errors import UsageError
from evidence.findings import Code, Finding
from evidence.foreign import reason_of
from evidence.pack.any import verify_any
from evidence.signatures import trust

_NO_INDEX = (
    "There is no index, so nothing but the links between the bundles was checked: whether newer ones were "
    "taken out shows only against --head."
)
_NO_HEAD = (
    "No --head was given. That newer bundles were taken out, and the index set back to match, would show "
    "only against a digest known from elsewhere: from the signer, or from the next report, which prints it."
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verifying a folder of bundles found."""

    folder: str
    findings: tuple[Finding, ...]
    chains: dict[str, tuple[ChainMember, ...]]
    """The bundles by scope, first to last; the last one is the head."""
    word: OverallVerdict
    """As for one pack: `authentic` only when every signer is one that the reader trusts; `unchanged` where
    packs are among them, whose conclusions are not computed again here."""
    indexed: bool
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return this as JSON members."""
        return {
            "folder": self.folder,
            "word": self.word,
            "verified": self.word in (OverallVerdict.AUTHENTIC, OverallVerdict.UNCHANGED),
            "indexed": self.indexed,
            "findings": [
                {"code": one.code, "subject": one.subject, "sentence": one.sentence} for one in self.findings
            ],
            "chains": [
                {"scope": scope, "head": bundles[-1].digest, "bundles": [_bundle(one) for one in bundles]}
                for scope, bundles in self.chains.items()
            ],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Return this for people: the word, the chains, each finding, the limits."""
        lines = [self._established(), ""]
        for scope, bundles in self.chains.items():
            lines.append(f"{scope}: {_counted(len(bundles), 'bundle')}")
            lines += (f"  {one.link.sequence or '–':>3}  {one.digest}  {one.file}" for one in bundles)
            lines.append(f"  head {bundles[-1].digest}")
        if self.findings:
            lines += ["", "Findings:"]
            lines += (f"  {one.code}: {one.subject} {one.sentence}" for one in self.findings)
        return "\n".join([*lines, "", *self.notes])

    def _established(self) -> str:
        if self.word is OverallVerdict.REFUSED:
            found = _counted(len(self.findings), "finding")
            return f"Does not verify: {found}. Do not rely on this order of bundles."
        count = sum(map(len, self.chains.values()))
        what = (
            f"{_counted(count, 'bundle')} in {_counted(len(self.chains), 'chain')}: each names the one "
            "before, none is missing"
        )
        if self.word is OverallVerdict.INTACT:
            return f"Integrity, not authenticity: {what} between; pass --trust to see who sealed them."
        if self.word is OverallVerdict.UNCHANGED:
            return (
                f"Unchanged since signing: {what} between, and all are sealed by whom you trust. What the "
                "packs conclude was NOT recomputed, only signed: `evidence verify PACK` tests again."
            )
        return f"Authentic: {what} between, and all are sealed by whom you trust."


def _counted(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"


def verify_chain(
    folder: Path, *, now: datetime, trusted: trust.Trust | None = None, head: str | None = None
) -> ChainReport:
    """Verify every pack and bundle of a folder, and their order.

    `head` is the digest of a bundle that the reader knows to have been there. Raises UsageError when there is
    no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Name the folder that holds the packs.")
    found, findings, words, notes = _bundles(folder, now, trusted)
    findings += order.check(found)
    indexed = (folder / INDEX).exists()
    if indexed:
        findings += _index(folder, found, now, trusted)
    if not found:
        findings.append(Finding(Code.CHAIN_GAP, folder.name, "holds no bundle that verifies"))
    if head is not None and head not in {placed.digest for placed in found}:
        sentence = f"holds no bundle {head}, given with --head: it was taken out, or the archive set back"
        findings.append(Finding(Code.CHAIN_HEAD, folder.name, sentence))
    notes += [] if indexed else [_NO_INDEX]
    notes += [_NO_HEAD] if head is None else []
    word = OverallVerdict.REFUSED if findings else _word(words, trusted)
    return ChainReport(
        folder.resolve().name, tuple(findings), order.chains(found), word, indexed, tuple(notes)
    )


def _word(words: Sequence[OverallVerdict], trusted: trust.Trust | None) -> OverallVerdict:
    """Return the word over bundles and packs without a finding: that of the least that holds of each."""
    if trusted is None or OverallVerdict.INTACT in words:
        return OverallVerdict.INTACT
    return OverallVerdict.UNCHANGED if OverallVerdict.UNCHANGED in words else OverallVerdict.AUTHENTIC


def _bundles(
    folder: Path, now: datetime, trusted: trust.Trust | None
) -> tuple[list[ChainMember], list[Finding], list[OverallVerdict], list[str]]:
    found: list[ChainMember] = []
    findings: list[Finding] = []
    words: list[OverallVerdict] = []
    notes: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == INDEX:
            continue
        if path.suffix != ".zip" and not (path / bag.BAGIT).exists():
            notes.append(f"{path.name} is neither a pack nor a bundle and was not looked at.")
            continue
        report = verify_any(path, now=now, trusted=trusted)
        findings += (replace(one, subject=f"{path.name}: {one.subject}") for one in report.findings)
        words.append(judge(report).word)
        if report.link and report.link.redacted:
            notes.append(f"{path.name} is a redacted copy of a bundle and stands outside of the chain.")
        elif report.link and report.signer and not report.findings:
            found.append(ChainMember(path.name, report.digest, report.signer.fingerprint, report.link))
    return found, findings, words, notes


def _index(
    folder: Path, found: Sequence[ChainMember], now: datetime, trusted: trust.Trust | None
) -> Iterator[Finding]:
    try:
        raw = storage.read_up_to(folder / INDEX, index.MAX_BYTES)
    except OSError as error:
        yield Finding(Code.UNREADABLE, INDEX, f"cannot be read: {reason_of(error)}")
        return
    signed, against = index.read(raw)
    yield from against
    packs = {placed.file: placed for placed in found}
    for one in signed:
        yield from _signer(one, packs.get(one.entry.file), now, trusted)
        yield from _entry(folder, one, packs.get(one.entry.file))
    listed = {one.entry.file for one in signed}
    for name in sorted(set(packs) - listed):
        sentence = "is not in the index: it was put there by other means, or its entry was taken out"
        yield Finding(Code.CHAIN_UNLISTED, name, sentence)


def _signer(
    one: SignedEntry, placed: ChainMember | None, now: datetime, trusted: trust.Trust | None
) -> Iterator[Finding]:
    signed_by, against = trust.judge(
        one.signature, trusted, now=now, claimed=one.signature.signing_time, subject=one.subject
    )
    yield from against
    if placed and placed.signer != signed_by.fingerprint and not signed_by.trusted:
        yield Finding(Code.OTHER_SIGNER, one.subject, f"is signed by another identity than {placed.file}")


def _entry(folder: Path, one: SignedEntry, placed: ChainMember | None) -> Iterator[Finding]:
    """Yield where an entry and the pack it names do not agree."""
    entry = one.entry
    path = folder / entry.file
    if not path.is_file():
        sentence = f"lists {entry.file}, number {entry.sequence} of {entry.scope}, which is not there"
        yield Finding(Code.CHAIN_DELETED, one.subject, sentence)
        return
    if storage.sha256_of(path) != entry.sha256:
        yield Finding(Code.CHANGED, entry.file, "is not the file that the index lists")
        return
    if placed is None:
        return
    link = placed.link
    says = (entry.bundle, entry.digest, entry.scope, entry.previous, entry.sealed)
    if says != (link.bundle, placed.digest, link.scope, link.previous, link.finished) or (
        link.sequence not in (None, entry.sequence)
    ):
        yield Finding(Code.CHAIN_INDEX, one.subject, f"says otherwise than {entry.file} about it")


def _bundle(placed: ChainMember) -> dict[str, Any]:
    return {
        "file": placed.file,
        "bundle": placed.link.bundle,
        "digest": placed.digest,
        "sequence": placed.link.sequence,
        "previous": placed.link.previous,
        "started": placed.link.started.isoformat(),
        "finished": placed.link.finished.isoformat(),
        "signer": placed.signer,
    }
