"""Writes a bundle: in a hidden folder beside its final place, hashed while written, renamed when complete."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from evidence import storage
from evidence.bundle.format import bag, names, schema, seal, strictjson
from evidence.bundle.format.models import GapRecord, Run
from evidence.bundle.format.names import PARTIAL_SUFFIX, staging_name
from evidence.bundle.write.attachments import read_folder
from evidence.bundle.write.files import PayloadFiles
from evidence.errors import StorageError, UsageError

JOURNAL, LEDGER = "journal.jsonl", "ledger.jsonl"
FILES, UNITS = "files.sqlite", "units.sqlite"
SCAFFOLDING = (JOURNAL, LEDGER, FILES, UNITS)
"""Files beside the payload: two say how far a collection has come, two are indexes that can be made from
them. Gone before the bundle is published."""
_BLOCK = 1024 * 1024
_BUFFER = 64 * 1024
"""Of a file that is being written; dozens are at once."""


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is no folder itself, without following links."""
    for root, folders, names_in in os.walk(folder):
        yield from (Path(root) / name for name in names_in)
        yield from (Path(root) / name for name in folders if (Path(root) / name).is_symlink())


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


class BundleWriter:
    """A bundle under construction. Several threads may write different files at once."""

    def __init__(self, parent: Path, name: str) -> None:
        self._final = parent / name
        self._staging = parent / staging_name(name)
        self._files: PayloadFiles

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
        writer._files = PayloadFiles(writer._staging / FILES)
        return writer

    @classmethod
    def resume(cls, staging: Path, expected: Iterable[tuple[str, tuple[str, int]]]) -> Self:
        """Take up a staging folder again: files that are what was expected stay, everything else goes.

        `expected`: paths below data/, each with SHA-256 (hex) and size; `has` says which of them are there.
        """
        name = staging.name.removeprefix(".").removesuffix(PARTIAL_SUFFIX)
        writer = cls(staging.parent, name)
        if os.path.lexists(writer._final):
            raise UsageError(f"{writer._final} exists already.", "Choose another folder with --output.")
        files = writer._files = PayloadFiles(staging / FILES)
        for relative, content in expected:
            files.expect(relative, *content)
        with storage.storage_errors(staging):
            for path in _files_below(staging / bag.PAYLOAD):
                if not files.is_as_expected(
                    path.relative_to(staging / bag.PAYLOAD).as_posix(), _hashed(path)
                ):
                    path.unlink()
            files.expect_no_more()
            for path in set(staging.iterdir()) - {staging / name for name in (bag.PAYLOAD, *SCAFFOLDING)}:
                if path.is_dir() and not path.is_symlink():
                    storage.remove_tree(path)
                else:
                    path.unlink()  # a tag file: it died while it was sealed
        return writer

    @property
    def staging(self) -> Path:
        """The hidden folder in which the bundle is written."""
        return self._staging

    def has(self, path: str) -> bool:
        """Say whether a payload file is finished."""
        return self._files.finished(path) is not None

    def paths(self) -> Iterator[str]:
        """Yield the payload files that are finished, sorted."""
        return (path for path, _ in self._files.hashes())

    def finished(self, path: str) -> tuple[str, int]:
        """Return SHA-256 (hex) and size of a finished payload file; raises KeyError when it is not one."""
        known = self._files.finished(path)
        if known is None:
            raise KeyError(path)
        return known

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
        except BaseException:  # an interrupt too: the name is free again
            self._files.release(path)
            raise
        try:
            yield writer
            digest = writer.finish()
        except BaseException:  # an interrupt too: half a file must not stay
            writer.remove()
            self._files.release(path)
            raise
        self._files.finish(path, digest, writer.size)

    def write(self, path: str, data: bytes) -> None:
        """Write a payload file at once."""
        with self.file(path) as target:
            target.write(data)

    def discard(self, paths: Iterable[str]) -> None:
        """Delete payload files that were written, as when their unit failed half way."""
        for path in paths:
            with storage.storage_errors(self.path_of(path)):
                self.path_of(path).unlink()
            self._files.release(path)

    def sha256(self, path: str) -> str:
        """Return the SHA-256 (hex) of a finished payload file."""
        return self.finished(path)[0]

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
            if self.sha256(entry.file) != entry.sha256:
                raise StorageError(
                    f"{source} is not the file that was attached.", "Attach it again with `evidence attach`."
                )
        if entries:
            self.write(bag.ATTACHMENTS, strictjson.document([e.model_dump(mode="json") for e in entries]))

    def publish(
        self,
        run: Run,
        gaps: Iterable[GapRecord],
        signer: seal.SealSigner | None,
        *,
        moment: datetime | None = None,
        long: Mapping[str, Iterator[Any]] | None = None,
    ) -> Path:
        """Complete the bag, seal it, and give it its final name; return that folder.

        `data/calls.jsonl` must have been written through `file`. Without a signer there is no seal, and the
        bundle will not verify. `moment` is when it is sealed, by default the end of the run. `long` are
        members of run.json that memory should not hold, as the JSON values of their elements, in the place of
        what `run` has. Raises StorageError or SigningError; nothing then has the final name.
        """
        self._write_document(bag.RUN, run.model_dump(mode="json") | dict(long or {}))
        self._write_document(bag.GAPS, (gap.model_dump(mode="json") for gap in gaps))
        tags = self._write_tags(run)
        tag_manifest = bag.manifest(tags)
        self._write_tag(bag.TAG_MANIFEST, [tag_manifest])
        if signer is not None:
            self._write_tag(seal.SIGNATURE, [signer.seal(tag_manifest, moment or run.finished)])
            self._write_tag(seal.CHAIN, [signer.chain_pem])
        self.close()
        with storage.storage_errors(self._staging):
            self._remove_empty_folders()
            for name in SCAFFOLDING:
                (self._staging / name).unlink(missing_ok=True)
            storage.sync_tree(self._staging)
        storage.publish_folder(self._staging, self._final)
        return self._final

    def close(self) -> None:
        """Let go of the staging folder, whatever is in it."""
        self._files.close()

    def abandon(self) -> None:
        """Delete the staging folder and all that was written."""
        self.close()
        with storage.storage_errors(self._staging):
            storage.remove_tree(self._staging)

    def _write_document(self, path: str, value: Any) -> None:
        with self.file(path) as target:
            for piece in strictjson.pieces(value):
                target.write(piece)

    def _write_tags(self, run: Run) -> dict[str, str]:
        octets, files = self._files.total()
        info = bag.bag_info(
            name=run.bundle,
            accounts=run.accounts,
            finished=run.finished,
            agent=f"{run.tool.name} {run.tool.version}",
            octets=octets,
            files=files,
        )
        tags: dict[str, Iterable[bytes]] = {
            bag.BAGIT: [bag.DECLARATION],
            bag.BAG_INFO: [info],
            bag.MANIFEST: (
                bag.manifest_line(f"{bag.PAYLOAD}/{path}", digest) for path, digest in self._files.hashes()
            ),
            **{
                f"{bag.SCHEMAS}/{name}": [content]
                for name, content in schema.published_schemas(opened=self.has(bag.OPENING)).items()
            },
        }
        return {path: self._write_tag(path, pieces) for path, pieces in tags.items()}

    def _write_tag(self, path: str, pieces: Iterable[bytes]) -> str:
        target = self._staging / path
        with storage.storage_errors(target):
            storage.make_folders(self._staging, target.parent)
        writer = FileWriter(target)
        for piece in pieces:
            writer.write(piece)
        return writer.finish()

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self._staging / bag.PAYLOAD, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()

    def _claim(self, path: str) -> None:
        problem = names.problem_of(f"{bag.PAYLOAD}/{path}", names.MAX_PATH)
        if problem:
            raise StorageError(f"The evidence file {path!r} cannot be stored: its path {problem}.")
        self._files.claim(path)
