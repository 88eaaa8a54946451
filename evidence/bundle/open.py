"""Opens a sealed bundle and reads its records, each with the file and line it stands on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from evidence.bundle.format import bag, strictjson
from evidence.bundle.format.models import Attachment, CallRecord, GapRecord, RegionState, Run, Unit
from evidence.clock import system_clock
from evidence.errors import UsageError, VerificationError
from evidence.findings import Code, Finding, TimeStampSubject, VerificationReport, VerifiedTimeStamp
from evidence.records import Target
from evidence.storage import sha256_of

_NAMED = 3
_BUFFER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LocatedRecord:
    """One record of evidence and where it is written."""

    value: dict[str, Any]
    file: str
    """Path below data/."""
    line: int
    """1-based."""
    target: Target


@dataclass(frozen=True)
class Bundle:
    """A bundle that has been opened (`evidence.bundle.open_bundle` checks it first)."""

    root: Path
    digest: str
    """SHA-256 of tagmanifest-sha256.txt: names the bundle and everything in it."""
    hashes: dict[str, str]
    """SHA-256 by path below data/."""
    time_stamps: tuple[VerifiedTimeStamp, ...] = ()
    """Those that hold; whom to trust is for the reader to say."""
    signer: str = ""
    """SHA-256 of the certificate that it is sealed with, 64 hex digits; empty without a seal."""

    def time_stamp_of(self, what: TimeStampSubject) -> VerifiedTimeStamp | None:
        """Return the time-stamp over that, or None."""
        return next((one for one in self.time_stamps if one.what is what), None)

    @property
    def name(self) -> str:
        """The bundle's name, equal to its folder's."""
        return self.run.bundle

    @cached_property
    def run(self) -> Run:
        """What was asked, and how each unit ended."""
        return Run.model_validate_json(self.read(bag.RUN))

    @cached_property
    def accounts(self) -> frozenset[str]:
        """The accounts in scope, to ask whether one is among thousands."""
        return frozenset(self.run.accounts)

    @cached_property
    def gaps(self) -> tuple[GapRecord, ...]:
        """What is missing, with causes."""
        return _gaps(self.read(bag.GAPS))

    def gaps_of(self, item: str, target: Target | None = None) -> tuple[GapRecord, ...]:
        """Return an item's gaps, in the order of `gaps`: all, or those of one target."""
        return self._gaps_of.get((item, target), ())

    @cached_property
    def _gaps_of(self) -> dict[tuple[str, Target | None], tuple[GapRecord, ...]]:
        found: dict[tuple[str, Target | None], list[GapRecord]] = {}
        for gap in self.gaps:
            found.setdefault((gap.item, None), []).append(gap)
            found.setdefault((gap.item, gap.target.target()), []).append(gap)
        return {key: tuple(gaps) for key, gaps in found.items()}

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Documents that people added."""
        if bag.ATTACHMENTS not in self.hashes:
            return ()
        return tuple(Attachment.model_validate(x) for x in strictjson.loads(self.read(bag.ATTACHMENTS)))

    @cached_property
    def memory(self) -> dict[str, object]:
        """What readers remember of this bundle while it is open, by their module; a bundle never changes."""
        return {}

    def calls(self) -> Iterator[CallRecord]:
        """Yield the call ledger, in order."""
        with self.open(bag.CALLS) as lines:
            for line in lines:
                yield CallRecord.model_validate_json(line)

    def open(self, file: str) -> BinaryIO:
        """Return a file below data/, opened for reading: the one way in to the evidence."""
        return (self.root / bag.PAYLOAD / file).open("rb", _BUFFER)

    def read(self, file: str) -> bytes:
        """Return the bytes of a file below data/."""
        with self.open(file) as content:
            return content.read()

    def units(self, item: str, account: str | None = None) -> tuple[Unit, ...]:
        """Return the planned units of an item, in the order of their targets; of one account if asked."""
        return self._units.get((item, account), ())

    @cached_property
    def _units(self) -> dict[tuple[str, str | None], tuple[Unit, ...]]:
        """The units by item, and by item and account: a thousand accounts are asked for one by one."""
        found: dict[tuple[str, str | None], list[Unit]] = {}
        for unit in self.run.units:
            found.setdefault((unit.item, None), []).append(unit)
            found.setdefault((unit.item, unit.target.account), []).append(unit)
        return {key: tuple(units) for key, units in found.items()}

    def regions(self, account: str) -> tuple[RegionState, ...]:
        """Return what the run knew of an account's regions, in the run's order."""
        return self._regions.get(account, ())

    @cached_property
    def _regions(self) -> dict[str, tuple[RegionState, ...]]:
        found: dict[str, list[RegionState]] = {}
        for state in self.run.regions:
            found.setdefault(state.account, []).append(state)
        return {account: tuple(states) for account, states in found.items()}

    def records(self, item: str, target: Target | None = None) -> Iterator[LocatedRecord]:
        """Yield the records of an item, of every target or of one; nothing for gaps."""
        for unit in self.units(item, target.account if target else None):
            if target is None or unit.target.target() == target:
                yield from self._unit_records(unit)

    def _unit_records(self, unit: Unit) -> Iterator[LocatedRecord]:
        target = unit.target.target()
        for file in unit.files:
            if not file.endswith(".jsonl"):
                continue
            with self.open(file) as lines:
                for number, line in enumerate(lines, start=1):
                    yield LocatedRecord(strictjson.loads(line), file, number, target)


def digest_of(root: Path) -> str:
    """Return the digest of a bundle that this process has sealed; of any other, `open_bundle` checks it."""
    return sha256_of(root / bag.TAG_MANIFEST)


def read_gaps(root: Path) -> tuple[GapRecord, ...]:
    """Return the gaps of a bundle that this process has sealed; of any other, `open_bundle` checks it."""
    return _gaps((root / bag.PAYLOAD / bag.GAPS).read_bytes())


def _gaps(content: bytes) -> tuple[GapRecord, ...]:
    return tuple(GapRecord.model_validate(entry) for entry in strictjson.loads(content))


def open_bundle(path: Path, *, sealed: bool = True, now: datetime | None = None) -> Bundle:
    """Check a bundle's integrity and its seal, then open it.

    `sealed=False` also takes a bundle without a seal. `now` is for the certificate's validity; none means the
    machine's clock. Raises UsageError when there is no such folder, IncompleteBundleError for the leftover of
    a run that did not finish, and VerificationError that names the first findings.
    """
    from evidence.bundle.verify.bundle import check_bundle

    if not path.exists():
        raise UsageError(f"{path} does not exist.", "Name the folder of a bundle.")
    report = check_bundle(path, now=now or system_clock().now())
    findings = [one for one in report.findings if sealed or one.code is not Code.SEAL_MISSING]
    if findings:
        first = "; ".join(f"{one.subject} {one.sentence}" for one in findings[:_NAMED])
        more = f"; and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
        raise VerificationError(
            f"The bundle {path.name} does not verify: {first}{more}.", bundle_within(path, findings)
        )
    return checked_bundle(path, report)


def bundle_within(path: Path, findings: Sequence[Finding]) -> str:
    """Return the advice to name the bundle that lies in a folder, such as a run's, which is none itself.

    Empty where something else was found, or no bundle is there.
    """
    if findings[0].code is not Code.NOT_A_BUNDLE:
        return ""
    within = sorted(path.glob(f"*/{bag.BAGIT}"))
    return f"Name the bundle that lies in it: {within[0].parent}." if within else ""


def checked_bundle(path: Path, report: VerificationReport) -> Bundle:
    """Open a bundle that has just been checked; `report` is on it, or on its pack, and has no finding."""
    hashes = bag.parse_manifest((path / bag.MANIFEST).read_bytes())
    prefix = f"{bag.PAYLOAD}/"
    return Bundle(
        root=path,
        digest=report.digest,
        hashes={name.removeprefix(prefix): digest for name, digest in hashes.items()},
        time_stamps=report.time_stamps,
        signer=report.signer.fingerprint if report.signer else "",
    )
