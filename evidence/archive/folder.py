"""Keeps an archive in a local folder."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from evidence import storage
from evidence.archive.store import StateChangedError, StoredState, StoreInspection
from evidence.bundle.format import bag
from evidence.errors import StorageError
from evidence.foreign import reason_of


class FolderStore:
    """An archive in a folder: a file is there with all its bytes, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        """The folder's path."""
        return str(self._folder)

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._folder

    def prepare(self) -> None:
        """Make the folder when it is absent."""
        with storage.storage_errors(self._folder):
            self._folder.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)

    def read(self, name: str, limit: int, *, hidden: bool = False) -> StoredState:
        """Return a file, and the SHA-256 of what was read of it as its version; a folder hides none."""
        del hidden
        path = self._folder / name
        try:
            content = storage.read_up_to(path, limit)
        except FileNotFoundError:
            return StoredState(b"", None)
        except OSError as error:
            raise StorageError(
                f"{path} cannot be read: {reason_of(error)}.", "Check its permissions."
            ) from error
        return StoredState(content, _digest(content))

    def replace(self, name: str, content: bytes, version: str | None) -> None:
        """Replace a file; to be used under a lock, as a folder compares and replaces in two steps."""
        path = self._folder / name
        with storage.storage_errors(path):
            if self.read(name, _size(path)).version != version:
                raise StateChangedError(f"{path} was changed by another run meanwhile.", "Run again.")
        with storage.replacing(path) as file:
            file.write(content)

    def add(self, name: str, source: Path) -> str:
        """Copy a file under a new name; what a run that died left there is taken if equal."""
        final, found = self._folder / name, storage.sha256_of(source)
        if not (final.exists() and storage.sha256_of(final) == found):
            copied = hashlib.sha256()
            with storage.publishing(final) as target:
                for block in storage.blocks_of(source):
                    copied.update(block)
                    target.write(block)
                if copied.hexdigest() != found:
                    raise StorageError(f"{source} changed while it was added.", "Add it again.")
        return found

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Yield the very path."""
        path = self._folder / name
        if not path.exists():
            raise FileNotFoundError(path)
        yield path

    def names(self) -> Sequence[str]:
        """Return the names of files and folders; none where the folder is not there."""
        if not self._folder.is_dir():
            return ()
        with storage.storage_errors(self._folder):
            return sorted(one.name for one in self._folder.iterdir() if not one.name.startswith("."))

    def is_bundle(self, name: str) -> bool:
        """Say whether a bag's folder lies there."""
        return (self._folder / name / bag.BAGIT).exists()

    def sha256_of(self, name: str) -> str | None:
        """Return a file's SHA-256; None where there is no file."""
        path = self._folder / name
        return storage.sha256_of(path) if path.is_file() else None

    def locked(self, what: str, busy: str) -> AbstractContextManager[None]:
        """Hold a hidden file that is locked."""
        return storage.locked(self._folder / f".{what.replace(':', '-')}.lock", busy)

    def inspect(self, now: datetime) -> StoreInspection:
        """Return nothing: a folder holds nothing and keeps no versions."""
        del now
        return StoreInspection()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
