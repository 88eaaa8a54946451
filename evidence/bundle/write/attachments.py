"""Takes documents that a person adds to evidence: prepared in a folder, copied into the bundle by the run."""

import hashlib
import os
from collections.abc import Collection, Iterator
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
_EXTRACT = f"Attach a regular file of at most {MAX_BYTES // 1024**2} MiB, or an extract of it."


HERE = Path("attachments")
"""Where `evidence attach` puts documents, and a run finds them, unless told otherwise."""
_NAMED = 3


def folder_to_seal(given: Path | None) -> Path | None:
    """Return the folder whose documents a run seals: the given one, else the one here, if anything is in it.

    Raises UsageError where documents wait here and another folder is given: they would be left out unseen.
    """
    if given is None:
        return HERE if HERE.is_dir() and any(_visible(HERE)) else None
    if (HERE / INDEX).is_file() and not (given.exists() and given.samefile(HERE)):
        raise UsageError(
            f"{len(read_folder(HERE))} documents wait in {HERE}, and would not be sealed: {given} is given.",
            f"Leave --attachments out, or move {HERE} away.",
        )
    return given


def require_all_attached(folder: Path) -> tuple[Attachment, ...]:
    """Return the entries of a folder. Raises UsageError when it holds anything that none of them names."""
    entries = read_folder(folder)
    known = {INDEX, *(Path(entry.file).name for entry in entries)}
    others = sorted(name for name in _visible(folder) if name not in known)
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        raise UsageError(
            f"{folder} holds what nobody attached, so that it would not be sealed: "
            f"{', '.join(others[:_NAMED])}{more}.",
            "Attach it (`evidence attach FILE --item ITEM --by WHO --note WHY`), or move it away.",
        )
    return entries


def _visible(folder: Path) -> Iterator[str]:
    return (one.name for one in folder.iterdir() if not one.name.startswith("."))


def read_folder(folder: Path) -> tuple[Attachment, ...]:
    """Return the entries prepared in a folder; none when it has no index.

    Raises StorageError when the index is not one that `attach` wrote.
    """
    index = folder / INDEX
    if not os.path.lexists(index):
        return ()
    try:
        with storage.storage_errors(index):
            data = storage.read_up_to(index, strictjson.MAX_BYTES)
        strictjson.loads(data)
        return _of_this_folder(_ENTRIES.validate_json(data, strict=True))
    except (ValueError, ValidationError) as error:
        raise StorageError(
            f"{index} is not an index of attachments.", "Attach the documents again with `evidence attach`."
        ) from error


def _of_this_folder(entries: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Return the entries; raises ValueError for one that would be sealed as something else."""
    taken = {bag.ATTACHMENTS}
    for entry in entries:
        name = names.fold_case(entry.file)
        if not bag.is_attachment(entry.file) or names.problem_of(entry.file) or name in taken:
            raise ValueError("names no document of this folder")
        taken.add(name)
    return entries


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
    content = storage.read_named(file, MAX_BYTES, advice=_EXTRACT)
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


def _store(folder: Path, entry: Attachment, content: bytes, entries: tuple[Attachment, ...]) -> None:
    with storage.storage_errors(folder):
        folder.mkdir(mode=storage.FOLDER_MODE, parents=True, exist_ok=True)
        document = folder / Path(entry.file).name
        if not (document.is_file() and document.read_bytes() == content):  # as one that died left it
            storage.publish(document, content)
        with storage.replacing(folder / INDEX) as index:
            index.write(strictjson.document([e.model_dump(mode="json") for e in entries]))
