"""What an archive needs of the place where it lies, a folder or a bucket of S3, and which place it is.

A store keeps files under plain names. A pack is added and never written over. An index is replaced as a
whole, by whoever knows the state that is there: two who add at once do not undo each other's work.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evidence.errors import UsageError
from evidence.settings.sections import ArchiveSettings

S3 = "s3://"


@dataclass(frozen=True, slots=True)
class StoredState:
    """A file that is replaced as a whole, as it was when it was read."""

    content: bytes
    """Of a file that is larger than was asked for, one byte more than that; nothing where there is none."""
    version: str | None
    """What a replacement has to name; None where there is no such file."""


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

    def read(self, name: str, limit: int) -> StoredState:
        """Return a file that `replace` writes, with `limit` bytes and one more at most."""
        ...

    def replace(self, name: str, content: bytes, version: str | None) -> None:
        """Put a new state in the place of the one that `version` names; None: where no file is yet.

        Raises StorageError when another state is there: nothing is replaced then.
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


def store_at(location: Path | str) -> ArchiveStore:
    """Return the archive in a folder, or at `s3://BUCKET/PREFIX` by the standard AWS settings alone."""
    return store_of(ArchiveSettings(location=str(location)))


def store_of(settings: ArchiveSettings) -> ArchiveStore:
    """Return the archive that the settings name; nothing is asked or made yet.

    Raises UsageError when they name none.
    """
    from evidence.archive.folder import FolderStore

    if settings.place is None:
        raise UsageError("No archive is given.", "Name its folder with --archive, or [archive] folder.")
    return FolderStore(Path(settings.place))
