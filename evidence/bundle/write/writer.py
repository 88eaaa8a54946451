"""Writes a bundle: in a hidden folder beside its final place, hashed while written, renamed when complete."""

import contextlib
import heapq
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from evidence import storage
from evidence.bundle.format import bag, names, schema, seal, strictjson
from evidence.bundle.format.models import GapRecord, Run
from evidence.bundle.format.names import staging_name
from evidence.bundle.write.attachments import read_folder
from evidence.bundle.write.payload import FileWriter, PayloadFolder, WrittenFile
from evidence.errors import StorageError, UsageError

PayloadFiles = Iterator[tuple[str, WrittenFile]]
"""Paths below data/, sorted, and what was written there."""


class BundleWriter(PayloadFolder):
    """A bundle under construction. Several threads may write different files at once."""

    def __init__(self, staging: Path, final: Path) -> None:
        """Write in `staging`, which gets the name `final` when it is complete."""
        super().__init__(staging)
        self._final = final

    @classmethod
    def create(cls, parent: Path, name: str) -> Self:
        """Make the staging folder `.NAME.partial`; its exclusive creation is the lock between two runs.

        Raises StorageError when the bundle or its staging folder exists, or the place is not writable.
        """
        writer = cls(make_staging(parent, name), parent / name)
        with storage.storage_errors(parent):
            (writer.root / bag.PAYLOAD).mkdir(storage.FOLDER_MODE)
        return writer

    def attach_folder(self, folder: Path) -> None:
        """Copy what `evidence attach` prepared in `folder`, and its index.

        Raises StorageError when a file is missing or is not the one that was attached.
        """
        entries = read_folder(folder)
        for entry in entries:
            source = folder / Path(entry.file).name
            with storage.storage_errors(source), self.file(entry.file) as copy:
                for block in storage.blocks_of(source):
                    copy.write(block)
            if self.finished(entry.file) != WrittenFile(entry.sha256, entry.bytes):
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
        adopted: Callable[[], PayloadFiles] = lambda: iter(()),
    ) -> Path:
        """Complete the bag, seal it, and give it its final name; return that folder.

        `data/calls.jsonl` must have been written through `file`. Without a signer there is no seal, and the
        bundle will not verify. `moment` is when it is sealed, by default the end of the run. `long` are
        members of run.json that memory should not hold, as the JSON values of their elements, in the place of
        what `run` has. `adopted` tells of files that others wrote and moved here, each time from the
        beginning. Raises StorageError or SigningError; nothing then has the final name.
        """
        self._write_document(bag.RUN, run.model_dump(mode="json") | dict(long or {}))
        self._write_document(bag.GAPS, (gap.model_dump(mode="json") for gap in gaps))
        tags = self._write_tags(run, adopted)
        tag_manifest = bag.manifest(tags)
        self._write_tag(bag.TAG_MANIFEST, [tag_manifest])
        if signer is not None:
            self._write_tag(seal.SIGNATURE, [signer.seal(tag_manifest, moment or run.finished)])
            self._write_tag(seal.CHAIN, [signer.chain_pem])
        with storage.storage_errors(self.root):
            self._remove_empty_folders()
            for folder, _, _ in os.walk(self.root, topdown=False):
                storage.sync_folder(Path(folder))
        storage.publish_folder(self.root, self._final)
        return self._final

    def abandon(self) -> None:
        """Delete the staging folder and all that was written."""
        with storage.storage_errors(self.root):
            storage.remove_tree(self.root)

    def _write_document(self, path: str, value: Any) -> None:
        with self.file(path) as target:
            for piece in strictjson.pieces(value):
                target.write(piece)

    def _all_files(self, adopted: Callable[[], PayloadFiles]) -> PayloadFiles:
        own = ((path, self.finished(path)) for path in self.paths())
        return heapq.merge(own, adopted())

    def _write_tags(self, run: Run, adopted: Callable[[], PayloadFiles]) -> dict[str, str]:
        sizes = [written.size for _, written in self._all_files(adopted)]
        info = bag.bag_info(
            name=run.bundle,
            accounts=run.accounts,
            finished=run.finished,
            agent=f"{run.tool.name} {run.tool.version}",
            octets=sum(sizes),
            files=len(sizes),
        )
        tags: dict[str, Iterable[bytes]] = {
            bag.BAGIT: [bag.DECLARATION],
            bag.BAG_INFO: [info],
            bag.MANIFEST: (
                bag.manifest_line(f"{bag.PAYLOAD}/{path}", written.sha256)
                for path, written in self._all_files(adopted)
            ),
            **{
                f"{bag.SCHEMAS}/{name}": [content]
                for name, content in schema.published_schemas(opened=self.has(bag.OPENING)).items()
            },
        }
        return {path: self._write_tag(path, pieces) for path, pieces in tags.items()}

    def _write_tag(self, path: str, pieces: Iterable[bytes]) -> str:
        target = self.root / path
        with storage.storage_errors(target):
            storage.make_folders(self.root, target.parent)
        writer = FileWriter(target)
        for piece in pieces:
            writer.write(piece)
        return writer.finish()

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self.root / bag.PAYLOAD, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()


def make_staging(parent: Path, name: str) -> Path:
    """Make the staging folder `.NAME.partial`, alone or not at all, and return it.

    Raises StorageError when it exists or the place is not writable, UsageError when the bundle exists.
    """
    if names.problem_of(name):
        raise StorageError(f"A bundle cannot be named {name!r}.")
    staging = parent / staging_name(name)
    with storage.storage_errors(parent):
        parent.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        if os.path.lexists(parent / name):
            raise UsageError(f"{parent / name} exists already.", "Choose another folder with --output.")
        try:
            staging.mkdir(storage.FOLDER_MODE)
        except FileExistsError as error:
            raise StorageError(
                f"{staging} exists: another run is writing it, or one died.",
                "Wait for the other run; if there is none, go on with --resume, or delete that folder.",
            ) from error
    return staging
