"""Verifies an archive, or a folder of packs or bundles, as chains, and its index where there is one.

In this order: index, renewals and hand-overs against themselves (`evidence.archive.records`); every pack
and bundle as `evidence verify` does; their links (`evidence.archive.order`); index and renewals against the
reader's trust and against what is there; and the head that the reader knows from elsewhere. One pack is
looked at after the other, and nothing of it is kept but its place in the chain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.archive import order
from evidence.archive.bundles import SeenBundles, look_at_bundles
from evidence.archive.index import INDEX, SignedEntry
from evidence.archive.order import ChainMember
from evidence.archive.records import ArchiveRecords, read_records
from evidence.archive.store import ArchiveStore, ObjectLock, store_at
from evidence.bundle.verify.verdicts import OverallVerdict
from evidence.errors import UsageError
from evidence.findings import ChainLink, Code, Finding
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
    locks: tuple[ObjectLock, ...]
    """How long S3 holds each version; none of a folder."""
    at: datetime
    """When this was looked at: days are counted from there."""
    records: ArchiveRecords

    def document(self) -> dict[str, Any]:
        """Return this as JSON members."""
        return {
            "folder": self.folder,
            "word": self.word,
            "verified": self.word in (OverallVerdict.AUTHENTIC, OverallVerdict.UNCHANGED),
            "indexed": self.indexed,
            "findings": [one.document() for one in self.findings],
            "chains": [
                {"scope": scope, "head": bundles[-1].digest, "bundles": [_bundle(one) for one in bundles]}
                for scope, bundles in self.chains.items()
            ],
            "locks": [one.document(self.at) for one in self.locks],
            "notes": list(self.notes),
            **self.records.document(),
        }

    def text(self) -> str:
        """Return this for people: the word, the chains, each finding, the limits."""
        lines = [self._established(), ""]
        for scope, bundles in self.chains.items():
            lines.append(f"{scope}: {_counted(len(bundles), 'bundle')}")
            lines += (f"  {one.link.sequence or '–':>3}  {one.digest}  {one.file}" for one in bundles)
            lines.append(f"  head {bundles[-1].digest}")
        lines += self.records.text()
        lines += self._held()
        if self.findings:
            lines += ["", "Findings:"]
            lines += (f"  {one.code}: {one.subject} {one.sentence}" for one in self.findings)
        return "\n".join([*lines, "", *self.notes])

    def _held(self) -> list[str]:
        """Return how long S3 holds the versions: how many, and which is free first."""
        held = [one for one in self.locks if one.until]
        if not held:
            return []
        first = min(held, key=lambda one: one.days_left(self.at))
        left = _counted(first.days_left(self.at), "day")
        return [
            f"Object Lock: {_counted(len(held), 'version')} of {len(self.locks)}.",
            f"  The first that is free: {first.file}, in {left} ({first.mode}, {first.until:%Y-%m-%d}).",
        ]

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
    where: Path | ArchiveStore,
    *,
    now: datetime,
    trusted: trust.Trust | None = None,
    head: str | None = None,
) -> ChainReport:
    """Verify every pack and bundle of an archive or a folder, and their order.

    `head` is the digest of a bundle that the reader knows to have been there. Raises UsageError when there is
    no such folder, StorageError where the archive cannot be read.
    """
    store = store_at(where) if isinstance(where, Path) else where
    if store.folder and not store.folder.is_dir():
        raise UsageError(f"{store.folder} is not a folder.", "Name the folder that holds the packs.")
    name = store.folder.resolve().name if store.folder else store.location
    names = store.names()
    records = read_records(store, trusted, now=now)
    seen = look_at_bundles(store, names, now, records)
    found, findings, notes = seen.members, seen.findings, seen.notes
    findings += order.check(found)
    findings += records.findings
    findings += records.check_coverage(seen.hashes)
    indexed = INDEX in names
    if indexed:
        findings += _index(records, seen, now)
        notes += _rebuilt(records.signed)
    place = store.inspect(now)
    findings += place.findings
    notes += place.notes
    if not found:
        findings.append(Finding(Code.CHAIN_GAP, name, "holds no bundle that verifies"))
    if head is not None and head not in {placed.digest for placed in found}:
        sentence = f"holds no bundle {head}, given with --head: it was taken out, or the archive set back"
        findings.append(Finding(Code.CHAIN_HEAD, name, sentence))
    notes += [] if indexed else [_NO_INDEX]
    notes += [_NO_HEAD] if head is None else []
    word = OverallVerdict.REFUSED if findings else _word(seen.words, trusted)
    return ChainReport(
        name,
        tuple(findings),
        order.chains(found),
        word,
        indexed,
        tuple(notes),
        tuple(place.locks),
        now,
        records,
    )


def _word(words: Sequence[OverallVerdict], trusted: trust.Trust | None) -> OverallVerdict:
    """Return the word over bundles and packs without a finding: that of the least that holds of each."""
    if trusted is None or OverallVerdict.INTACT in words:
        return OverallVerdict.INTACT
    return OverallVerdict.UNCHANGED if OverallVerdict.UNCHANGED in words else OverallVerdict.AUTHENTIC


def _index(records: ArchiveRecords, seen: SeenBundles, now: datetime) -> Iterator[Finding]:
    packs = {placed.file: placed for placed in seen.members}
    for one in records.signed:
        placed = packs.get(one.entry.file)
        yield from check_line_signer(one, placed.signer if placed else None, now, records)
        yield from _entry(one, seen.hashes, placed)
    yield from records.check_signers(now)
    listed = {one.entry.file for one in records.signed}
    for name in sorted(set(packs) - listed):
        sentence = "is not in the index: it was put there by other means, or its entry was taken out"
        yield Finding(Code.CHAIN_UNLISTED, name, sentence)


def _rebuilt(signed: Sequence[SignedEntry]) -> Iterator[str]:
    lines = [one.entry for one in signed if one.entry.rebuilt]
    if lines:
        yield (
            f"{_counted(len(lines), 'line')} of the index were rebuilt from the packs at "
            f"{lines[0].added:%Y-%m-%d %H:%M} UTC: when these packs were added, and that there were others, "
            "is not known from it. Renewals and hand-overs from before count for the packs, and no longer "
            "for the index."
        )


def check_line_signer(
    one: SignedEntry, signer: str | None, now: datetime, records: ArchiveRecords
) -> Iterator[Finding]:
    """Yield what is wrong with who signed a line of the index; `signer` is its pack's, None if not known."""
    trusted = records.trust_at(one.entry.number)
    signed_by, against = trust.judge(
        one.signature, trusted, now=now, claimed=one.signature.signing_time, subject=one.subject
    )
    yield from against
    if signer is None or signer == signed_by.fingerprint or signed_by.trusted:
        return
    if not (one.entry.rebuilt and records.succession.leads(signer, signed_by.fingerprint)):
        yield Finding(Code.OTHER_SIGNER, one.subject, f"is signed by another identity than {one.entry.file}")


def _entry(
    one: SignedEntry, hashes: Mapping[str, Mapping[str, str]], placed: ChainMember | None
) -> Iterator[Finding]:
    """Yield where an entry and the pack it names do not agree."""
    entry = one.entry
    if entry.file not in hashes:
        sentence = f"lists {entry.file}, number {entry.sequence} of {entry.scope}, which is not there"
        yield Finding(Code.CHAIN_DELETED, one.subject, sentence)
        return
    if hashes[entry.file]["sha256"] != entry.sha256:
        yield Finding(Code.CHANGED, entry.file, "is not the file that the index lists")
        return
    if placed is not None:
        yield from check_entry(one, placed.digest, placed.link)


def check_entry(one: SignedEntry, digest: str, link: ChainLink) -> Iterator[Finding]:
    """Yield where an entry says otherwise about a bundle than that itself."""
    entry = one.entry
    says = (entry.bundle, entry.digest, entry.scope, entry.previous, entry.sealed)
    if says != (link.bundle, digest, link.scope, link.previous, link.finished) or (
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
