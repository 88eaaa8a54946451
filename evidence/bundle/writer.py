"""Writes a bundle: in a hidden folder beside its final place, hashed while written, renamed when complete."""

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from evidence import storage
from evidence.bundle import bag, names, schema, seal, strictjson
from evidence.bundle.attachments import read_folder
from evidence.bundle.models import GapRecord, Run
from evidence.errors import StorageError, UsageError

PARTIAL_SUFFIX = ".partial"
JOURNAL, LEDGER = "journal.jsonl", "ledger.jsonl"
SCAFFOLDING = (JOURNAL, LEDGER)
"""Files beside the payload that say how far a collection has come; gone before the bundle is published."""
_BLOCK = 1024 * 1024


def staging_name(name: str) -> str:
    """Return the name of the hidden folder in which a bundle is written."""
    return f".{name}{PARTIAL_SUFFIX}"


def _files_below(folder: Path) -> list[Path]:
    """Return everything below a folder that is no folder itself, without following links."""
    return [Path(root) / name for root, _, names in os.walk(folder) for name in names] + [
        Path(root) / name
        for root, folders, _ in os.walk(folder)
        for name in folders
        if (Path(root) / name).is_symlink()
    ]


def _hashed(path: Path) -> tuple[str, int] | None:
    """Return SHA-256 and size of a regular file, None for anything else."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), path.stat().st_size


class FileWriter:
    """One payload file being written; hashes on the way. Not for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self.size = 0
        with storage.storage_errors(path):
            self._file = os.fdopen(storage.create_file(path), "wb", buffering=_BLOCK)

    def write(self, data: bytes) -> None:
        """Append bytes; raises StorageError when they cannot be stored."""
        self._hash.update(data)
        self.size += len(data)
        with storage.storage_errors(self._path):
            self._file.write(data)

    def finish(self) -> str:
        """Flush to disk, close, and return the SHA-256 of all that was written."""
        with storage.storage_errors(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self._hash.hexdigest()

    def remove(self) -> None:
        """Close and delete the file, whatever state it is in."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


class BundleWriter:
    """A bundle under construction. Several threads may write different files at once."""

    def __init__(self, parent: Path, name: str) -> None:
        self._final = parent / name
        self._staging = parent / staging_name(name)
        self._guard = threading.Lock()
        self._taken: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    @classmethod
    def create(cls, parent: Path, name: str) -> Self:
        """Make the staging folder `.NAME.partial`; its exclusive creation is the lock between two runs.

        Raises StorageError when the bundle or its staging folder exists, or the place is not writable.
        """
        if names.problem_of(name):
            raise StorageError(f"A bundle cannot be named {name!r}.")
        writer = cls(parent, name)
        with storage.storage_errors(parent):
            parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
            if os.path.lexists(writer._final):
                raise UsageError(f"{writer._final} exists already.", "Choose another folder with --output.")
            writer._lock()
            (writer._staging / bag.PAYLOAD).mkdir(storage.FOLDER_MODE)
        return writer

    @classmethod
    def resume(cls, staging: Path, expected: Mapping[str, tuple[str, int]]) -> Self:
        """Take up a staging folder again: files that are what was expected stay, everything else goes.

        `expected`: path below data/ to SHA-256 (hex) and size; `has` says which of them are there.
        """
        name = staging.name.removeprefix(".").removesuffix(PARTIAL_SUFFIX)
        writer = cls(staging.parent, name)
        if os.path.lexists(writer._final):
            raise UsageError(f"{writer._final} exists already.", "Choose another folder with --output.")
        with storage.storage_errors(staging):
            for path in _files_below(staging / bag.PAYLOAD):
                relative = path.relative_to(staging / bag.PAYLOAD).as_posix()
                if relative in expected and _hashed(path) == expected[relative]:
                    writer._claim(relative)
                    writer._hashes[relative], writer._sizes[relative] = expected[relative]
                else:
                    path.unlink()
            for path in staging.iterdir():
                if path.is_dir() and not path.is_symlink() and path.name != bag.PAYLOAD:
                    storage.remove_tree(path)
        return writer

    @property
    def staging(self) -> Path:
        """The hidden folder in which the bundle is written."""
        return self._staging

    def has(self, path: str) -> bool:
        """Say whether a payload file is finished."""
        return path in self._hashes

    def paths(self) -> frozenset[str]:
        """Return the payload files that are finished."""
        with self._guard:
            return frozenset(self._hashes)

    def finished(self, path: str) -> tuple[str, int]:
        """Return SHA-256 (hex) and size of a finished payload file."""
        return self._hashes[path], self._sizes[path]

    def _lock(self) -> None:
        try:
            self._staging.mkdir(storage.FOLDER_MODE)
        except FileExistsError as error:
            raise StorageError(
                f"{self._staging} exists: another run is writing it, or one died.",
                "Wait for the other run; if there is none, go on with --resume, or delete that folder.",
            ) from error

    @contextlib.contextmanager
    def file(self, path: str) -> Iterator[FileWriter]:
        """Open a new payload file (path below data/) for writing; an exception removes it again.

        Raises StorageError for a path that is not portable, is taken, or cannot be stored.
        """
        self._claim(path)
        target = self.path_of(path)
        try:
            with storage.storage_errors(target):
                storage.make_folders(self._staging, target.parent)
            writer = FileWriter(target)
        except BaseException:
            self._release(path)
            raise
        try:
            yield writer
            digest = writer.finish()
        except BaseException:
            writer.remove()
            self._release(path)
            raise
        with self._guard:
            self._hashes[path] = digest
            self._sizes[path] = writer.size

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

    def sha256(self, path: str) -> str:
        """Return the SHA-256 (hex) of a finished payload file."""
        return self._hashes[path]

    def path_of(self, path: str) -> Path:
        """Return where a payload file stands while the bundle is being written."""
        return self._staging / bag.PAYLOAD / path

    def attach_folder(self, folder: Path) -> None:
        """Copy what `evidence attach` prepared in `folder`, and its index.

        Raises StorageError when a file is missing or is not the one that was attached.
        """
        entries = read_folder(folder)
        for entry in entries:
            source = folder / Path(entry.file).name
            with storage.storage_errors(source), source.open("rb") as content, self.file(entry.file) as copy:
                while block := content.read(_BLOCK):
                    copy.write(block)
            if self._hashes[entry.file] != entry.sha256:
                raise StorageError(
                    f"{source} is not the file that was attached.", "Attach it again with `evidence attach`."
                )
        if entries:
            self.write(bag.ATTACHMENTS, strictjson.document([e.model_dump(mode="json") for e in entries]))

    def publish(
        self,
        run: Run,
        gaps: Sequence[GapRecord],
        signer: seal.Signer | None,
        *,
        moment: datetime | None = None,
    ) -> Path:
        """Complete the bag, seal it, and give it its final name; return that folder.

        `data/calls.jsonl` must have been written through `file`. Without a signer there is no seal, and the
        bundle will not verify. `moment` is when it is sealed, by default the end of the run. Raises
        StorageError or SigningError; nothing then has the final name.
        """
        self.write(bag.RUN, strictjson.document(run.model_dump(mode="json")))
        self.write(bag.GAPS, strictjson.document([gap.model_dump(mode="json") for gap in gaps]))
        tags = self._write_tags(run)
        tag_manifest = bag.manifest(tags)
        self._write_tag(bag.TAG_MANIFEST, tag_manifest)
        if signer is not None:
            self._write_tag(seal.SIGNATURE, signer.seal(tag_manifest, moment or run.finished))
            self._write_tag(seal.CHAIN, signer.chain_pem)
        with storage.storage_errors(self._staging):
            self._remove_empty_folders()
            for name in SCAFFOLDING:
                (self._staging / name).unlink(missing_ok=True)
            storage.sync_tree(self._staging)
        storage.publish_folder(self._staging, self._final)
        return self._final

    def abandon(self) -> None:
        """Delete the staging folder and all that was written."""
        with storage.storage_errors(self._staging):
            storage.remove_tree(self._staging)

    def _write_tags(self, run: Run) -> dict[str, str]:
        info = bag.bag_info(
            name=run.bundle,
            accounts=run.accounts,
            finished=run.finished,
            agent=f"{run.tool.name} {run.tool.version}",
            octets=sum(self._sizes.values()),
            files=len(self._sizes),
        )
        tags = {
            bag.BAGIT: bag.DECLARATION,
            bag.BAG_INFO: info,
            bag.MANIFEST: bag.manifest(self._hashes, f"{bag.PAYLOAD}/"),
            **{
                f"{bag.SCHEMAS}/{name}": content
                for name, content in schema.published(opened=bag.OPENING in self._hashes).items()
            },
        }
        return {path: self._write_tag(path, content) for path, content in tags.items()}

    def _write_tag(self, path: str, content: bytes) -> str:
        target = self._staging / path
        with storage.storage_errors(target):
            storage.make_folders(self._staging, target.parent)
        writer = FileWriter(target)
        writer.write(content)
        return writer.finish()

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self._staging / bag.PAYLOAD, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()

    def _claim(self, path: str) -> None:
        problem = names.problem_of(f"{bag.PAYLOAD}/{path}", names.MAX_PATH)
        if problem:
            raise StorageError(f"The evidence file {path!r} cannot be stored: its path {problem}.")
        with self._guard:
            other = self._taken.get(names.folded(path))
            if other is not None:
                raise StorageError(f"The evidence file {path!r} cannot be stored: {other!r} has that name.")
            self._taken[names.folded(path)] = path

    def _release(self, path: str) -> None:
        with self._guard:
            self._taken.pop(names.folded(path), None)
            self._hashes.pop(path, None)
            self._sizes.pop(path, None)
