"""Reads what an archive says about itself: index, hand-overs and renewals, judged by what a reader trusts.

The order matters. Renewals are judged first, as they show by when all else was there; then hand-overs, as
they say who may have signed; then the lines of the index.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from evidence.archive import index, renewals, succession
from evidence.archive.index import INDEX, SignedEntry
from evidence.archive.renewals import RENEWALS, JudgedRenewal
from evidence.archive.store import ArchiveStore
from evidence.archive.succession import HAND_OVERS, Succession, may_follow
from evidence.errors import StorageError, UsageError
from evidence.findings import Code, Finding
from evidence.signatures import cms, trust

RECORDS = {INDEX: index.MAX_BYTES, HAND_OVERS: succession.MAX_BYTES, RENEWALS: renewals.MAX_BYTES}
"""The files of an archive that are no packs, and how large each may be."""


@dataclass(frozen=True, slots=True)
class ArchiveRecords:
    """What an archive says about itself."""

    lists: dict[str, bytes]
    """Each file's bytes, by name; without those that are not there."""
    signed: tuple[SignedEntry, ...]
    """The index's lines that hold."""
    renewals: tuple[JudgedRenewal, ...]
    succession: Succession
    trusted: trust.Trust | None
    """The reader's, with those to whom trusted signers handed over."""
    findings: tuple[Finding, ...]
    """Against the three files; not yet who signed the lines of the index."""
    index_shown: tuple[tuple[int, datetime], ...]
    """By when so many lines of the index were there, as renewals show."""

    @property
    def algorithms(self) -> frozenset[str]:
        """What packs have to be hashed with."""
        return frozenset({"sha256", *(one.renewal.algorithm for one in self.renewals)})

    @property
    def rebuilt(self) -> datetime | None:
        """When the index was written again from the packs; None where it was not."""
        return self.signed[0].entry.added if index.rebuilt_lines(self.signed) else None

    def trust_in(self, file: str, hashes: Mapping[str, str]) -> trust.Trust | None:
        """Return what to judge a pack by: by when a renewal shows that it was there."""
        return self._as_of(renewals.existed_by(self.renewals, file, hashes))

    def trust_at(self, line: int) -> trust.Trust | None:
        """Return what to judge a line (from 1) of the index by."""
        return self._as_of(renewals.line_existed_by(self.index_shown, line))

    def _as_of(self, moment: datetime | None) -> trust.Trust | None:
        return replace(self.trusted, existed=moment) if self.trusted else None

    def check_coverage(self, packs: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
        """Yield what is not as a renewal names it; `packs` are hashes by file and algorithm."""
        yield from renewals.check_coverage(self.renewals, packs, self.lists, self.rebuilt)

    def check_signers(self, now: datetime) -> Iterator[Finding]:
        """Yield where a line of the index is by somebody whose turn it was not."""
        heads: dict[str, SignedEntry] = {}
        for one in self.signed:
            before = heads.get(one.entry.scope)
            by = cms.fingerprint(one.signature.certificate)
            if one.entry.rebuilt:
                wrong = self.succession.wrong_in_rebuilt(by, one.entry.added)
            else:
                wrong = self.succession.wrong_at(by, one.entry.number)
            if not wrong and before and not self._follows(before, one, now):
                wrong = (
                    f"is signed by another identity than line {before.entry.number}, the one before it of "
                    f"{one.entry.scope}, with no hand-over between"
                )
            if wrong:
                yield Finding(Code.HAND_OVER, one.subject, wrong)
            heads[one.entry.scope] = one

    def _follows(self, before: SignedEntry, one: SignedEntry, now: datetime) -> bool:
        """Say whether the signer may follow: the same, handed over to, or the reader trusts both."""
        if may_follow(self.succession, before.signature.certificate, one.signature.certificate):
            return True
        both = (
            trust.judge(
                each.signature, self.trust_at(each.entry.number), now=now,
                claimed=each.signature.signing_time, subject=each.subject,
            )[0].trusted
            for each in (before, one)
        )  # fmt: skip
        return all(both)

    def document(self) -> dict[str, Any]:
        """Return renewals and hand-overs as JSON members."""
        return {
            "renewals": [
                {
                    "number": one.renewal.number,
                    "packs": len(one.renewal.packs),
                    "algorithm": one.renewal.algorithm,
                    "time": one.stamped.time.isoformat(),
                    "authority": one.stamped.authority,
                    "trusted": one.stamped.trusted,
                    "ends": one.stamped.ends.isoformat(),
                }
                for one in self.renewals
            ],
            "hand_overs": [one.hand_over.model_dump(mode="json") for one in self.succession.hand_overs],
        }

    def text(self) -> list[str]:
        """Return renewals and hand-overs for people, a line each."""
        lines = [
            f"Renewal {one.renewal.number} of {len(one.renewal.packs)} packs: {one.stamped.sentence} Its "
            f"certificates end on {one.stamped.ends:%Y-%m-%d}."
            for one in self.renewals
        ]
        lines += (one.hand_over.text for one in self.succession.hand_overs)
        return lines


def require_archive(store: ArchiveStore) -> Sequence[str]:
    """Return the names of all that an archive holds; raises UsageError where there is none."""
    names = store.names()
    if INDEX not in names:
        raise UsageError(f"There is no archive in {store.location}.", "Name its place with --archive.")
    return names


def read_records(store: ArchiveStore, trusted: trust.Trust | None, *, now: datetime) -> ArchiveRecords:
    """Read and judge an archive's records. What cannot be read is a finding, and then as if not there."""
    names, findings = set(store.names()), []
    lists: dict[str, bytes] = {}
    for name, limit in RECORDS.items():
        if name in names:
            try:
                lists[name] = store.read(name, limit, hidden=True).content
            except StorageError as error:
                sentence = f"was not read: {error.message.rstrip('.')}"
                findings.append(Finding(Code.UNREADABLE, name, sentence))
    of: Callable[[str], bytes] = lambda name: lists.get(name, b"")  # noqa: E731
    held, against_renewals = renewals.read(of(RENEWALS))
    judged, against_authorities = renewals.judge(held, trusted, now=now)
    signed, against_index = index.read(of(INDEX))
    handed, against_form = succession.read(
        of(HAND_OVERS), of(INDEX).splitlines(keepends=True), index.rebuilt_lines(signed)
    )
    shown = renewals.lines_shown(judged, HAND_OVERS, of(HAND_OVERS))
    moments = [renewals.line_existed_by(shown, one.hand_over.number) for one in handed]
    line_of_signers, trusted, against_signers = succession.judge(handed, trusted, now=now, moments=moments)
    findings += against_renewals + against_authorities + against_index + against_form + against_signers
    findings += succession.check_times(
        line_of_signers, {one.entry.number: one.entry.added for one in signed if not one.entry.rebuilt}
    )
    return ArchiveRecords(
        lists, tuple(signed), tuple(judged), line_of_signers, trusted, tuple(findings),
        renewals.lines_shown(judged, INDEX, of(INDEX)),
    )  # fmt: skip
