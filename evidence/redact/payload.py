"""Walks a bundle's payload for redaction: each file's records with the item they belong to."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format import bag, strictjson
from evidence.errors import EvidenceError

RUN, GAPS, CALLS, ATTACHMENTS = "run", "gaps", "calls", "attachments"
"""Of the files that belong to no item."""
Change = Callable[[str, Any], Any]
"""From the name of an item and one of its records to the record that takes its place."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of evidence below data/."""

    path: str
    item: str


def parts(bundle: Bundle) -> Iterator[EvidenceFile]:
    """Yield the files that units wrote, and the ledger; not run.json, gaps.json or attachments."""
    yield EvidenceFile(bag.CALLS, CALLS)
    for unit in bundle.run.units:
        yield from (EvidenceFile(path, unit.item) for path in unit.files)


def rewritten(bundle: Bundle, part: EvidenceFile, change: Change) -> Iterator[bytes]:
    """Yield a file in pieces, each of its records changed; memory does not grow with the file.

    Raises EvidenceError for a file of a kind that nobody knows to be free of what must not be shown.
    """
    match PurePosixPath(part.path).suffix:
        case ".jsonl":
            with bundle.open(part.path) as lines:
                for line in lines:
                    yield strictjson.line(change(part.item, strictjson.loads(line)))
        case ".json":
            yield strictjson.document(change(part.item, strictjson.loads(bundle.read(part.path))))
        case ".csv":
            yield _csv(bundle.read(part.path), lambda record: change(part.item, record))
        case _:
            raise EvidenceError(
                f"The file {part.path} cannot be redacted: it is neither JSON nor CSV.",
                "Leave its item out of the collection, or share the bundle encrypted and whole.",
            )


def records(bundle: Bundle, part: EvidenceFile) -> Iterator[Any]:
    """Yield a file's records."""
    found: list[Any] = []

    def note(_item: str, record: Any) -> Any:
        found.append(record)
        return record

    for _ in rewritten(bundle, part, note):
        yield from found
        found.clear()


def _csv(data: bytes, change: Callable[[dict[str, str]], dict[str, str]]) -> bytes:
    """Return a table with each row changed, quoted where it has to be (RFC 4180), with LF at line ends."""
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(change(dict(zip(header, row, strict=True))).values())
    return out.getvalue().encode()
