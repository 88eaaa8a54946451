"""Renews an archive: finds what ends soon, and has everything that is there time-stamped once more."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from evidence.archive import renewals
from evidence.archive.index import ArchiveEntry
from evidence.archive.records import ArchiveRecords, read_records, require_archive
from evidence.archive.renewals import RENEWALS, HashAlgorithm, Renewal
from evidence.archive.store import ArchiveStore, StateChangedError
from evidence.bundle.format.seal import TimeStampAuthority
from evidence.clock import Clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, Finding, VerificationReport
from evidence.pack import verify_pack


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that something in the archive rests on, and its end."""

    file: str
    what: str
    """What rests on it, in words."""
    ends: datetime

    def document(self) -> dict[str, Any]:
        """Return this as JSON members."""
        return {"file": self.file, "what": self.what, "ends": self.ends.isoformat()}

    def text(self, now: datetime) -> str:
        """Return this for people, one line."""
        return f"{self.file}: {self.what} {'ends' if self.ends > now else 'ended'} on {self.ends:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class RenewalOutcome:
    """What renewing came to."""

    due: tuple[Ending, ...]
    """What ends within the days asked for, and nothing newer covers."""
    next_end: datetime | None
    """The first end of all else; None in an archive without any."""
    renewal: Renewal | None
    """What was added; None where nothing had to be."""

    def text(self, now: datetime, days: int) -> str:
        """Return this for people: what ends, and what was done."""
        lines = [one.text(now) for one in self.due]
        if self.renewal is None:
            first = f" The first end is on {self.next_end:%Y-%m-%d}." if self.next_end else ""
            return f"Nothing ends within {days} days: there is nothing to renew.{first}"
        count = len(self.renewal.packs)
        packs = f"{count} pack{'' if count == 1 else 's'}"
        return "\n".join(
            [*lines, f"Renewal {self.renewal.number} covers {packs}, with {self.renewal.algorithm}."]
        )

    def document(self) -> dict[str, Any]:
        """Return this as JSON members."""
        return {
            "due": [one.document() for one in self.due],
            "next_end": self.next_end.isoformat() if self.next_end else None,
            "renewal": self.renewal.number if self.renewal else None,
            "packs": len(self.renewal.packs) if self.renewal else 0,
        }


@dataclass(frozen=True, slots=True)
class _ArchiveState:
    """All of an archive that a renewal is over."""

    records: ArchiveRecords
    version: str | None
    """Of the renewals' file, as the store names it."""
    hashes: dict[str, dict[str, str]]
    """Of each pack, by file and algorithm."""
    reports: dict[str, VerificationReport]


def renew(
    store: ArchiveStore,
    authority: TimeStampAuthority | None,
    clock: Clock,
    *,
    within: timedelta,
    algorithm: HashAlgorithm = "sha256",
    always: bool = False,
) -> RenewalOutcome:
    """Time-stamp all that is in an archive, where something in it ends `within` that time.

    `always`: also where nothing does, to go over to another algorithm or authority. Raises UsageError where
    there is no archive, or no authority for what has to be done; VerificationError where something in it does
    not verify: a renewal would vouch for it; AuthorityError; StorageError, also where another run renews.
    """
    now = clock.now()
    with store.locked("index", "Another run is adding to the archive."):
        state = _read_state(store, algorithm, now)
        endings = sorted(_endings(state), key=lambda one: (one.ends, one.file, one.what))
        due = tuple(one for one in endings if one.ends <= now + within)
        later = next((one.ends for one in endings if one.ends > now + within), None)
        if not due and not always:
            return RenewalOutcome((), later, None)
        if authority is None:
            first = f"; first {due[0].text(now)}" if due else ""
            raise UsageError(
                f"{len(due)} time-stamps and certificates have to be renewed{first}.",
                "Name a time-stamping authority with --timestamp-url.",
            )
        renewal = _renewal(state, algorithm, now)
        line = renewals.stamp_renewal(renewal, authority)
        store.replace(RENEWALS, state.records.lists.get(RENEWALS, b"") + line, state.version)
    return RenewalOutcome(due, later, renewal)


def _read_state(store: ArchiveStore, algorithm: str, now: datetime) -> _ArchiveState:
    require_archive(store)
    store.prepare()
    records = read_records(store, None, now=now)
    _refuse(records.findings)
    hashes: dict[str, dict[str, str]] = {}
    reports: dict[str, VerificationReport] = {}
    for entry in (one.entry for one in records.signed):
        hashes[entry.file], reports[entry.file] = _read_pack(
            store, entry, records.algorithms | {algorithm}, now
        )
    _refuse([*records.check_coverage(hashes), *records.check_signers(now)])
    latest = store.read(RENEWALS, renewals.MAX_BYTES)
    if latest.content != records.lists.get(RENEWALS, b""):
        raise StateChangedError(
            f"Another run renewed {store.location} meanwhile.", "Run again, if it is still to be renewed."
        )
    return _ArchiveState(records, latest.version, hashes, reports)


def _read_pack(
    store: ArchiveStore, entry: ArchiveEntry, algorithms: Collection[str], now: datetime
) -> tuple[dict[str, str], VerificationReport]:
    try:
        with store.opened(entry.file) as pack:
            hashes = renewals.hashes_of(pack, algorithms)
            report = verify_pack(pack, now=now)
    except FileNotFoundError:
        _refuse([Finding(Code.CHAIN_DELETED, entry.file, "is not there, though the index lists it")])
        raise
    _refuse([replace(one, subject=f"{entry.file}: {one.subject}") for one in report.findings])
    if hashes["sha256"] != entry.sha256:
        _refuse([Finding(Code.CHANGED, entry.file, "is not the file that the index lists")])
    return hashes, report


def _refuse(findings: Sequence[Finding]) -> None:
    if findings:
        raise VerificationError(
            f"The archive does not verify: {findings[0].subject} {findings[0].sentence}.",
            "`evidence verify --chain` lists every finding; a renewal would vouch for what is there.",
        )


def _endings(state: _ArchiveState) -> Iterator[Ending]:
    """Yield what the archive rests on today: of what the last renewal covers, that renewal alone."""
    last = state.records.renewals[-1] if state.records.renewals else None
    if last is not None:
        what = f"the time-stamp of renewal {last.renewal.number}, by {last.stamped.authority},"
        yield Ending(RENEWALS, what, last.stamped.ends)
    covered: Mapping[str, str] = last.renewal.packs if last else {}
    for file, report in state.reports.items():
        if file in covered:
            continue
        for stamp in report.time_stamps:
            yield Ending(file, f"the time-stamp of the {stamp.what}, by {stamp.authority},", stamp.ends)
        if report.signer is not None:
            yield Ending(
                file, f"the signer's certificate, of {report.signer.subject},", report.signer.not_after
            )


def _renewal(state: _ArchiveState, algorithm: HashAlgorithm, now: datetime) -> Renewal:
    lists = dict(state.records.lists)
    above = lists.pop(RENEWALS, b"")
    return Renewal(
        number=above.count(b"\n") + 1,
        algorithm=algorithm,
        made=now,
        before=renewals.digest(algorithm, above) if above else None,
        packs={file: hashes[algorithm] for file, hashes in sorted(state.hashes.items())},
        lists={name: renewals.covered_lines(algorithm, content) for name, content in lists.items()},
    )
