"""Takes documents that a person adds to evidence: prepared in a folder, copied into the bundle by the run."""

import hashlib
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evidence import file_names, storage
from evidence.bundle.format import bag, names, strictjson
from evidence.bundle.format.models import Attachment
from evidence.errors import StorageError, UsageError

INDEX = Path(bag.ATTACHMENTS).name
_FOLDER = Path(bag.ATTACHMENTS).parent.as_posix()
_ENTRIES = TypeAdapter(tuple[Attachment, ...])
MAX_BYTES = 100 * 1024 * 1024
"""A screenshot or a document, not an archive."""


def read_folder(folder: Path) -> tuple[Attachment, ...]:
    """Return the entries prepared in a folder; none when it has no index.

    Raises StorageError when the index is not one that `attach` wrote.
    """
    index = folder / INDEX
    if not index.is_file():
        return ()
    try:
        with storage.storage_errors(index):
            data = index.read_bytes()
        strictjson.loads(data)
        return _ENTRIES.validate_json(data, strict=True)
    except (ValueError, ValidationError) as error:
        raise StorageError(
            f"{index} is not an index of attachments.", "Attach the documents again with `evidence attach`."
        ) from error


def attach(
    file: Path, folder: Path, *, item: str, by: str, note: str, known: Collection[str], now: datetime
) -> Attachment:
    """Copy a document into the folder that the next run seals, with who, when and why.

    `known` are the evidence items there are. Raises UsageError for any other item, an empty who or why, and
    a file that cannot be read, is too large, or has the name of one attached before.
    """
    if item not in known:
        raise UsageError(f"There is no evidence item {item!r}.", "`evidence items` lists them.")
    if not by.strip() or not note.strip():
        raise UsageError("An attachment needs who adds it and why.", "Pass --by and --note.")
    entries = read_folder(folder)
    content = _read(file)
    entry = Attachment(
        file=f"{_FOLDER}/{file_names.short_file_name(file.name, file_names.LONGEST_ATTACHMENT)}",
        item=item,
        by=by,
        note=note,
        added=now,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )
    taken = {names.fold_case(other.file) for other in entries} | {bag.ATTACHMENTS}
    if names.fold_case(entry.file) in taken:
        raise UsageError(f"An attachment named {file.name} exists already.", "Rename the file and try again.")
    _store(folder, entry, content, (*entries, entry))
    return entry


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is larger than {MAX_BYTES // 1024**2} MiB.", "Attach an extract of it.")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error


def _store(folder: Path, entry: Attachment, content: bytes, entries: tuple[Attachment, ...]) -> None:
    with storage.storage_errors(folder):
        folder.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        _write_new(folder / Path(entry.file).name, content)
        staging = folder / f".{INDEX}.partial"
        staging.unlink(missing_ok=True)
        _write_new(staging, strictjson.document([e.model_dump(mode="json") for e in entries]))
        staging.replace(folder / INDEX)
        storage.sync_folder(folder)


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(storage.create_file(path), "wb") as target:
        target.write(content)
        storage.sync_file(target)
