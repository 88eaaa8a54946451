"""What an archive needs of the place where it lies, a folder or a bucket of S3, and which place it is.

A store keeps files under plain names. A pack is added and never written over. An index is replaced as a
whole, by whoever knows the state that is there: two who add at once do not undo each other's work.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from evidence.errors import StorageError, UsageError
from evidence.findings import Finding
from evidence.settings.sections import ArchiveSettings

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class StateChangedError(StorageError):
    """Another run has replaced a file since it was read."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """A file that is replaced as a whole, as it was when it was read."""

    content: bytes
    """Of a file that is larger than was asked for, one byte more than that; nothing where there is none."""
    version: str | None
    """What a replacement has to name; None where there is no such file."""


@dataclass(frozen=True, slots=True)
class ObjectLock:
    """How long S3 holds one version of a file."""

    file: str
    version: str
    mode: str
    """`compliance`, `governance`, or nothing: it is not held."""
    until: datetime | None
    legal_hold: bool

    def days_left(self, now: datetime) -> int:
        """Return the whole days until it may be deleted; 0 when it may."""
        return max(0, (self.until - now).days) if self.until else 0

    def document(self, now: datetime) -> dict[str, Any]:
        """Return this as JSON members."""
        return {
            "file": self.file,
            "version": self.version,
            "mode": self.mode or None,
            "until": self.until.isoformat() if self.until else None,
            "days_left": self.days_left(now),
            "legal_hold": self.legal_hold,
        }


@dataclass(slots=True)
class StoreInspection:
    """What the place of an archive shows beside the files themselves."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    locks: list[ObjectLock] = field(default_factory=list)
    """Of every version in S3; none in a folder, which holds nothing."""


class ArchiveStore(Protocol):
    """Where an archive lies. Every method raises StorageError where the place fails."""

    @property
    def location(self) -> str:
        """The place, for people."""
        ...

    @property
    def folder(self) -> Path | None:
        """The local folder; None where the archive does not lie on this machine."""
        ...

    def prepare(self) -> None:
        """Make the place ready for writing; raises UsageError where it cannot protect what it is given."""
        ...

    def read(self, name: str, limit: int, *, hidden: bool = False) -> StoredState:
        """Return a file that `replace` writes, with `limit` bytes and one more at most.

        `hidden`: what lies under a delete marker too. Raises VerificationError for that otherwise.
        """
        ...

    def replace(self, name: str, content: bytes, version: str | None) -> None:
        """Put a new state in the place of the one that `version` names; None: where no file is yet.

        Raises StateChangedError when another state is there: nothing is replaced then.
        """
        ...

    def add(self, name: str, source: Path) -> str:
        """Copy a file into the archive under a new name and return its SHA-256.

        Equal bytes that a run which died left under that name are taken up. Raises UsageError when other
        ones are there.
        """
        ...

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Yield a local path of a file (or of a bundle's folder), for reading; it may be gone afterwards.

        Raises FileNotFoundError when there is none.
        """
        ...

    def names(self) -> Sequence[str]:
        """Return what lies in the archive, sorted, without what begins with a dot."""
        ...

    def is_bundle(self, name: str) -> bool:
        """Say whether a bundle's folder lies under a name."""
        ...

    def sha256_of(self, name: str) -> str | None:
        """Return the SHA-256 of a file; None when there is none."""
        ...

    def locked(self, what: str, busy: str) -> AbstractContextManager[None]:
        """Hold a lock that ends with the process; raises StorageError with the sentence `busy`."""
        ...

    def inspect(self, now: datetime) -> StoreInspection:
        """Return what the place itself shows: what lies over a file, and how long each is held."""
        ...


def store_at(location: Path | str) -> ArchiveStore:
    """Return the archive in a folder, or at `s3://BUCKET/PREFIX` by the standard AWS settings alone."""
    return store_of(ArchiveSettings(location=str(location)))


def store_of(settings: ArchiveSettings) -> ArchiveStore:
    """Return the archive that the settings name; nothing is asked or made yet.

    Raises UsageError when they name none.
    """
    if settings.place is None:
        raise UsageError("No archive is given.", "Name its folder with --archive, or [archive] folder.")
    if settings.bucket is not None:
        from evidence.archive.s3.store import S3Store  # with boto3: only where a bucket is named

        return S3Store(settings)
    from evidence.archive.folder import FolderStore

    return FolderStore(Path(settings.place))
