"""Begins a run, or resumes one that died where it stopped."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from evidence import __version__
from evidence.aws.failures import StoppedError
from evidence.aws.identity import CallerIdentity
from evidence.bundle.format.models import Caller, GapRecord
from evidence.bundle.format.names import PARTIAL_SUFFIX
from evidence.bundle.write.writer import LEDGER, UNITS, BundleWriter
from evidence.collect.journal import Journal, JournalHeader, JournalSummary, OpeningEntry, PartEntry
from evidence.collect.ledger import Ledger
from evidence.collect.store import BundleFiles, UnitStore
from evidence.collect.unit import UnitDestination
from evidence.collect.units import EndedUnit, UnitIndex
from evidence.collectors.base import Collector
from evidence.errors import ClusterError, UsageError
from evidence.settings.model import Settings


@dataclass(frozen=True, slots=True)
class RunInProgress:
    """A run that is under way: where it writes, what it has, and in how many parts it came."""

    name: str
    started: datetime
    place: UnitDestination
    store: UnitStore
    parts: tuple[PartEntry, ...]
    opened: OpeningEntry | None

    def open_once(self, write: Callable[[BundleWriter], GapRecord | None]) -> GapRecord | None:
        """Write the run's opening unless an earlier part did; return the gap if it has no time-stamp."""
        if self.opened is not None:
            return self.opened.gap
        writer, before = self.place.writer, set(self.place.writer.paths())
        gap = write(writer)
        files = {path: writer.finished(path) for path in writer.paths() if path not in before}
        if self.place.journal is not None:
            self.place.journal.add(OpeningEntry(opening=files, gap=gap))
            self.place.flush()
        return gap


def resume_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings by which two parts of a run must not differ, as plain values.

    Not the profile: renewed credentials may come from another. The external id only as a digest.
    """
    aws = settings.aws.model_dump(mode="json", exclude={"profile"})
    if settings.aws.external_id:
        aws["external_id"] = hashlib.sha256(settings.aws.external_id.encode()).hexdigest()
    sealed = settings.sealed().model_dump(mode="json", exclude={"config_source"})
    collect = settings.collect.model_dump(mode="json", include={"exclude", "config_source", "aggregator"})
    return {"aws": aws, "collect": collect} | sealed


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run, or a part of one, is begun with."""

    settings: Settings
    caller: CallerIdentity
    now: datetime
    previous: str | None
    attachments: Path | None

    def header(self, name: str) -> JournalHeader:
        """Return what identifies the run."""
        return JournalHeader(
            name=name,
            tool=__version__,
            settings=resume_settings(self.settings),
            started=self.now,
            previous=self.previous,
            attachments=self.attachments is not None,
        )


@contextmanager
def begin(out: Path, given: RunRequest) -> Iterator[RunInProgress]:
    """Begin a run; an interrupt or a lost cluster leaves what it has for `resume`, other errors nothing."""
    name = f"evidence-{given.caller.account}-{given.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    writer = BundleWriter.create(out, name)
    try:
        with (
            closing(writer),
            closing(Journal.open(writer.staging)) as journal,
            closing(UnitIndex(writer.staging / UNITS)) as units,
        ):
            header = given.header(name)
            journal.add(header)
            with _under_way(
                UnitStore(writer, journal, units), writer, journal, given, JournalSummary(header)
            ) as begun:
                yield begun
    except (KeyboardInterrupt, StoppedError, ClusterError):
        raise
    except BaseException:  # whatever else it was: there is nothing that `resume` could go on with
        writer.abandon()
        raise


@contextmanager
def resume(out: Path, given: RunRequest, collectors: Mapping[str, Collector]) -> Iterator[RunInProgress]:
    """Take up the run that died in a folder; whatever goes wrong, what it has stays.

    Raises UsageError when there is none, or another one; StorageError when a process still works on it.
    """
    staging = _only_staging(out)
    with closing(Journal.open(staging)) as journal:
        told = journal.read()
        if told is None:
            raise UsageError(
                f"{staging} holds nothing that could be resumed.", "Delete it and run again without --resume."
            )
        _refuse_another(told.header, given)
        with (
            closing(UnitIndex(staging / UNITS)) as units,
            closing(_found_again(staging, told, journal, units, collectors)) as writer,
        ):
            store = UnitStore(writer, journal, units, part=len(told.parts))
            store.resume(collectors)
            with _under_way(store, writer, journal, given, told) as begun:
                yield begun


def _found_again(
    staging: Path,
    told: JournalSummary,
    journal: Journal,
    units: UnitIndex,
    collectors: Mapping[str, Collector],
) -> BundleWriter:
    """Return the writer with the files that are still what the last words on their units say."""
    for part, line, entry in journal.units():
        units.put(EndedUnit.of(collectors[entry.unit.item], entry, part, line))
    opening = told.opened.opening if told.opened else {}
    of_units = (file for ended in units for file in journal.ended(ended.line).files.items())
    writer = BundleWriter.resume(staging, chain(opening.items(), of_units))
    if not all(map(writer.has, opening)):
        raise UsageError(
            f"The opening of the run in {staging} is not what was written.",
            "Delete that folder and run again without --resume.",
        )
    return writer


@contextmanager
def _under_way(
    store: UnitStore, writer: BundleWriter, journal: Journal, given: RunRequest, told: JournalSummary
) -> Iterator[RunInProgress]:
    with closing(Ledger(writer.staging, LEDGER)) as ledger:
        ledger.resume(BundleFiles(writer))
        who = given.caller
        caller = Caller(account=who.account, arn=who.arn, user_id=who.user_id)
        this = PartEntry(part=given.now, caller=caller)
        journal.add(this)
        journal.flush()
        if given.attachments is not None:
            writer.attach_folder(given.attachments)
        place = UnitDestination(writer, ledger, journal)
        yield RunInProgress(
            told.header.name, told.header.started, place, store, (*told.parts, this), told.opened
        )


def _only_staging(out: Path) -> Path:
    found = sorted(out.glob(f".evidence-*{PARTIAL_SUFFIX}")) if out.is_dir() else []
    if not found:
        raise UsageError(
            f"There is no interrupted collection in {out}.", "Name its folder with --output, or begin anew."
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UsageError(
            f"There are several interrupted collections in {out}: {names}.",
            "Delete those that are not to go on.",
        )
    return found[0]


def _refuse_another(was: JournalHeader, given: RunRequest) -> None:
    """Raise UsageError when what is asked for now is not what the run was begun for."""
    now = given.header(was.name)
    differing = [
        f"{section}.{name}"
        for section, members in sorted(now.settings.items())
        for name in sorted(members.keys() | was.settings.get(section, {}).keys())
        if members.get(name) != was.settings.get(section, {}).get(name)
    ]
    for what, before, after in (
        ("the version of this tool", was.tool, now.tool),
        ("--previous", was.previous, now.previous),
        ("--attachments", was.attachments, now.attachments),
        ("the caller's account", was.name.split("-")[1], given.caller.account),
    ):
        if before != after:
            differing.append(what)
    if differing:
        raise UsageError(
            f"The interrupted collection was begun with other settings: {', '.join(differing)}.",
            "Resume it with the same ones, or begin anew in another folder.",
        )
