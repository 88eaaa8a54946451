"""Begins a run in a staging folder, or takes up one that stopped.

In the folder `.NAME.partial` are the run's header with its lock, the calls of its start and end, its jobs,
and the bag, which gets its final name when it is complete and sealed. Only then is the rest deleted, so that
a run can be resumed whatever the moment it stops at.
"""

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence import __version__, storage
from evidence.aws.failures import StoppedError
from evidence.aws.identity import CallerIdentity
from evidence.bundle.format import bag
from evidence.bundle.format.models import Caller, GapRecord
from evidence.bundle.format.names import PARTIAL_SUFFIX
from evidence.bundle.write.payload import hashed
from evidence.bundle.write.writer import BundleWriter, make_staging
from evidence.collect.header import HEADER, OpeningEntry, PartEntry, RunHeader, RunIdentity
from evidence.collect.jobs import JobFolder, hold_reserve
from evidence.custom.declarations import NOTHING_CUSTOM, CustomScope
from evidence.errors import EvidenceError, RunPausedError, StorageError, UsageError, WriteRefusedError
from evidence.settings.model import Settings

JOBS, START, END = "jobs", "start.jsonl", "end.jsonl"
_BAG = f"bag{PARTIAL_SUFFIX}"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class RunInProgress:
    """A run that is under way: where it writes, and in how many parts it came."""

    folder: Path
    name: str
    header: RunHeader
    identity: RunIdentity
    writer: BundleWriter
    sealing: bool = False
    """From here on nothing is asked any more, and nothing that was collected is deleted, whatever happens."""

    @property
    def jobs(self) -> Path:
        """Where the jobs are."""
        return self.folder / JOBS

    def open_once(self, write: Callable[[BundleWriter], GapRecord | None]) -> GapRecord | None:
        """Write the run's opening unless an earlier part did; return the gap if it has no time-stamp."""
        if self.header.opened is not None:
            return self.header.opened.gap
        before = set(self.writer.paths())
        gap = write(self.writer)
        files = {path: self.writer.finished(path) for path in self.writer.paths() if path not in before}
        self.header.add(OpeningEntry(opening=files, gap=gap))
        return gap


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run, or a part of one, is begun with."""

    settings: Settings
    caller: CallerIdentity
    now: datetime
    previous: str | None
    attachments: Path | None
    custom: CustomScope = NOTHING_CUSTOM

    def identity(self, name: str) -> RunIdentity:
        """Return what identifies the run."""
        return RunIdentity(
            name=name,
            tool=__version__,
            settings=resume_settings(self.settings) | self._custom(),
            started=self.now,
            previous=self.previous,
            attachments=self.attachments is not None,
        )

    def _custom(self) -> dict[str, Any]:
        """Return what installed packages declare: another version of one is another run."""
        return {"custom": self.custom.model_dump(mode="json")} if self.custom != NOTHING_CUSTOM else {}


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


@contextmanager
def begin(out: Path, given: RunRequest) -> Iterator[RunInProgress]:
    """Begin a run, and leave all it has for `resume` when it is paused, or ends by a defect.

    Nothing is left by errors before sealing that say that nothing can be collected. Raises RunPausedError
    when the system takes no more files.
    """
    name = f"evidence-{given.caller.account}-{given.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    folder = make_staging(out, name)
    begun: RunInProgress | None = None
    try:
        with closing(RunHeader.open(folder)) as header:
            identity = given.identity(name)
            header.add(identity)
            begun = RunInProgress(folder, name, header, identity, _bag_writer(out, folder, name))
            _note_part(begun, given)
            with _paused():
                yield begun
    except (KeyboardInterrupt, StoppedError, RunPausedError):
        raise
    except BaseException as error:
        if begun is None or (_is_hopeless(error) and not begun.sealing):
            storage.remove_tree(folder)  # there is nothing that `resume` could go on with
        elif isinstance(error, EvidenceError):
            error.advice += " What has been collected is kept: go on with --resume."
        raise
    storage.remove_tree(folder)


@contextmanager
def resume(out: Path, given: RunRequest) -> Iterator[RunInProgress]:
    """Take up the run that stopped in a folder; whatever goes wrong, what it has stays.

    One that stopped before it had written anything begins anew. Raises UsageError when there is none, or
    another one; StorageError when a process still works on it; RunPausedError as `begin`.
    """
    folder = _only_staging(out)
    if {entry.name for entry in folder.iterdir()} <= {HEADER} and not _identity(folder):
        storage.remove_tree(folder)
        with begin(out, given) as begun:
            yield begun
        return
    name = _name(folder)
    with closing(RunHeader.open(folder)) as header, _paused():
        if header.identity is None:
            raise UsageError(
                f"{folder} holds nothing that could be resumed.", "Delete it and run again without --resume."
            )
        if header.identity.name != name:
            raise UsageError(
                f"{folder} has another name than the run in it.",
                f"Name it .{header.identity.name}{PARTIAL_SUFFIX}, then go on with --resume.",
            )
        _refuse_another(header.identity, given)
        begun = RunInProgress(folder, name, header, header.identity, _bag_writer(out, folder, name))
        with storage.storage_errors(folder):
            _undo_sealing(begun)
        _note_part(begun, given)
        yield begun
    storage.remove_tree(folder)


def _is_hopeless(error: BaseException) -> bool:
    """Say whether going on could only end the same way; a defect may be mended, and the system's refusal."""
    refused = isinstance(error, StorageError) and error.errno is not None
    return isinstance(error, EvidenceError | WriteRefusedError) and not refused


def require_stopped(out: Path) -> None:
    """Raise UsageError unless one run, and one alone, stopped in a folder."""
    _only_staging(out)


def has_stopped(out: Path) -> bool:
    """Say whether a collection stopped in a folder before it had tidied up."""
    return bool(_stagings(out))


def sealed_before(out: Path) -> Path | None:
    """Return the bundle of the run that stopped in a folder, if that was sealed, and tidy up after it."""
    for folder in _stagings(out):
        if (out / _name(folder)).is_dir() and not (folder / _BAG).exists():
            with closing(RunHeader.open(folder)):
                storage.remove_tree(folder)
            return out / _name(folder)
    return None


def _identity(folder: Path) -> RunIdentity | None:
    with closing(RunHeader.open(folder)) as header:
        return header.identity


def _name(folder: Path) -> str:
    return folder.name.removeprefix(".").removesuffix(PARTIAL_SUFFIX)


@contextmanager
def _paused() -> Iterator[None]:
    """Turn what the system refuses to files into a pause, whatever it is: the operator can mend it."""
    try:
        yield
    except (StorageError, OSError) as error:
        # None: a name that no file may have; or an error of botocore's, some of which are kinds of OSError.
        if error.errno in (None, errno.EEXIST):
            raise
        message = error.message if isinstance(error, StorageError) else storage.refusal(error).message
        mend = "Free space" if error.errno in _FULL else "See to that"
        raise RunPausedError(message, f"{mend}, then go on with --resume.") from error


def _bag_writer(out: Path, folder: Path, name: str) -> BundleWriter:
    if (out / name).exists():
        raise UsageError(f"{out / name} exists already.", "Choose another folder with --output.")
    writer = BundleWriter(folder / _BAG, out / name)
    with storage.storage_errors(folder):
        hold_reserve(folder)
        for path in (folder / JOBS, writer.root, writer.root / bag.PAYLOAD):
            path.mkdir(storage.FOLDER_MODE, exist_ok=True)
    return writer


def _note_part(begun: RunInProgress, given: RunRequest) -> None:
    """Note that a process took the run up."""
    who = given.caller
    caller = Caller(account=who.account, arn=who.arn, user_id=who.user_id)
    begun.header.add(PartEntry(part=given.now, caller=caller))
    if given.attachments is not None:
        begun.writer.attach_folder(given.attachments)


def _undo_sealing(begun: RunInProgress) -> None:
    """Give jobs back the files that were moved into the bag; of the rest of it keep the opening alone."""
    bagged = begun.writer
    for folder in sorted(begun.jobs.iterdir()):
        job = JobFolder(begun.jobs, folder.name.removesuffix(PARTIAL_SUFFIX))
        record = job.read()
        for path in record.files() if record else ():
            moved, there = bagged.path_of(path), job.payload.path_of(path)
            if moved.is_file() and not moved.is_symlink() and not there.exists():
                storage.make_folders(job.root, there.parent)
                moved.rename(there)
    opening = begun.header.opened.opening if begun.header.opened else {}
    if not all(hashed(bagged.path_of(path)) == written for path, written in opening.items()):
        raise UsageError(
            f"The opening of the run in {begun.folder} is not what was written.",
            "Delete that folder and run again without --resume.",
        )
    for path, written in opening.items():
        bagged.keep(path, written)
    bagged.delete_others()
    for entry in bagged.root.iterdir():
        if entry.name == bag.PAYLOAD:
            continue
        if entry.is_dir() and not entry.is_symlink():
            storage.remove_tree(entry)
        else:
            entry.unlink()  # a tag file: it died while it was sealed


def _only_staging(out: Path) -> Path:
    found = _stagings(out)
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


def _stagings(out: Path) -> list[Path]:
    """Return the folders of runs that stopped; what is left of packs and time-stamps is named otherwise."""
    return sorted(one for one in out.glob(f".evidence-*Z{PARTIAL_SUFFIX}") if one.is_dir())


def _refuse_another(was: RunIdentity, given: RunRequest) -> None:
    """Raise UsageError when what is asked for now is not what the run was begun for."""
    now = given.identity(was.name)
    differing = [
        f"{section}.{name}"
        for section in sorted(now.settings.keys() | was.settings.keys())
        for members in (now.settings.get(section, {}),)
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
