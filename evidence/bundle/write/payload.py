"""Writes payload files: hashed on the way, on disk when they are done, no name used twice."""

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from evidence import storage
from evidence.bundle.format import bag, names
from evidence.errors import StorageError

_BUFFER = 64 * 1024
"""Of a file that is being written; dozens are at once."""
_NAMED = (
    "The name is what it cannot be stored for, not the disk: leave its item out, and report this as a defect."
)


class WrittenFile(NamedTuple):
    """What was written under a name."""

    sha256: str
    """Hex."""
    size: int
    """Bytes."""


class FileWriter:
    """One payload file being written; hashes on the way. Not for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self.size = 0
        with storage.storage_errors(path):
            self._file = os.fdopen(storage.create_file(path), "wb", buffering=_BUFFER)

    def write(self, data: bytes) -> None:
        """Append bytes; raises StorageError when they cannot be stored."""
        self._hash.update(data)
        self.size += len(data)
        with storage.storage_errors(self._path):
            self._file.write(data)

    def finish(self) -> str:
        """Flush to disk, close, and return the SHA-256 of all that was written."""
        with storage.storage_errors(self._path):
            storage.sync_file(self._file)
            self._file.close()
        return self._hash.hexdigest()

    def remove(self) -> None:
        """Close and delete the file, whatever state it is in."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


class PayloadFolder:
    """The payload of a bundle, or of one job of a run. Several threads may write different files at once."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder that holds `data/`; paths are below that."""
        self.root = root
        self._guard = threading.Lock()
        self._files: dict[str, WrittenFile | None] = {}
        self._folded: dict[str, str] = {}

    def has(self, path: str) -> bool:
        """Say whether a payload file is finished."""
        return self._files.get(path) is not None

    def paths(self) -> list[str]:
        """Return the payload files that are finished, sorted."""
        return sorted(path for path, written in self._files.items() if written)

    def finished(self, path: str) -> WrittenFile:
        """Return SHA-256 and size of a finished payload file; raises KeyError when it is not one."""
        written = self._files.get(path)
        if written is None:
            raise KeyError(path)
        return written

    def sha256(self, path: str) -> str:
        """Return the SHA-256 (hex) of a finished payload file."""
        return self.finished(path).sha256

    def path_of(self, path: str) -> Path:
        """Return where a payload file stands while the bundle is being written."""
        return self.root / bag.PAYLOAD / path

    @contextlib.contextmanager
    def file(self, path: str) -> Iterator[FileWriter]:
        """Open a new payload file (path below data/) for writing; an exception removes it again.

        Raises StorageError for a path that is not portable, is taken, or cannot be stored.
        """
        self._claim(path)
        target = self.path_of(path)
        try:
            with storage.storage_errors(target):
                storage.make_folders(self.root, target.parent)
            writer = FileWriter(target)
        except BaseException:  # an interrupt too: the name is free again
            self._release(path)
            raise
        try:
            yield writer
            digest = writer.finish()
        except BaseException:  # an interrupt too: half a file must not stay
            writer.remove()
            self._release(path)
            raise
        self._files[path] = WrittenFile(digest, writer.size)

    def write(self, path: str, data: bytes) -> None:
        """Write a payload file at once."""
        with self.file(path) as target:
            target.write(data)

    def discard(self, paths: Iterable[str]) -> None:
        """Delete payload files that were written, as when their unit failed half way."""
        for path in paths:
            with storage.storage_errors(self.path_of(path)):
                self.path_of(path).unlink()
            self._release(path)

    def keep(self, path: str, expected: WrittenFile) -> bool:
        """Take up a file that an earlier process wrote; say whether it is still what it was."""
        target = self.path_of(path)
        through_no_link = target.parent.resolve() == (self.root.resolve() / bag.PAYLOAD / path).parent
        if not through_no_link or hashed(target) != expected:
            return False
        self._claim(path)
        self._files[path] = expected
        return True

    def delete_others(self) -> None:
        """Delete whatever lies below data/ and is not a finished file of this payload."""
        data = self.root / bag.PAYLOAD
        with storage.storage_errors(data):
            if data.is_symlink():
                data.unlink()  # what it leads to is not ours
                data.mkdir(storage.FOLDER_MODE)
            for path in _files_below(data):
                if not self.has(path.relative_to(data).as_posix()):
                    path.unlink()

    def _claim(self, path: str) -> None:
        problem = names.problem_of(f"{bag.PAYLOAD}/{path}", names.MAX_PATH)
        if problem:
            raise StorageError(f"The evidence file {path!r} cannot be stored: its path {problem}.", _NAMED)
        with self._guard:
            other = self._folded.setdefault(names.fold_case(path), path)
            if path in self._files or other != path:
                raise StorageError(
                    f"The evidence file {path!r} cannot be stored: {other!r} has that name.", _NAMED
                )
            self._files[path] = None

    def _release(self, path: str) -> None:
        with self._guard:
            del self._files[path], self._folded[names.fold_case(path)]


def hashed(path: Path) -> WrittenFile | None:
    """Return SHA-256 and size of a regular file, None for anything else."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as content:
        return WrittenFile(hashlib.file_digest(content, "sha256").hexdigest(), path.stat().st_size)


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is no folder itself, without following links."""
    for root, folders, names_in in os.walk(folder):
        yield from (Path(root) / name for name in names_in)
        yield from (Path(root) / name for name in folders if (Path(root) / name).is_symlink())
