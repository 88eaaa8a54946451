"""Walks a bundle's payload for redaction: each file's records with the item they belong to."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format import bag, strictjson
from evidence.custom.declarations import PREFIX
from evidence.errors import EvidenceError
from evidence.readers.credential_report import csv_lines

RUN, GAPS, CALLS, ATTACHMENTS = "run", "gaps", "calls", "attachments"
"""Of the files that belong to no item."""
Change = Callable[[str, Any], Any]
"""From the name of an item and one of its records to the record that takes its place."""

_ADVICE = "Leave its item out of the collection, or share the bundle encrypted and whole."


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of evidence below data/."""

    path: str
    item: str


def parts(bundle: Bundle) -> Iterator[EvidenceFile]:
    """Yield the files that units wrote, and the ledger; not run.json, gaps.json or attachments.

    Those of custom items are left out: nobody has said where in their records a person stands.
    """
    yield EvidenceFile(bag.CALLS, CALLS)
    for unit in bundle.run.units:
        if not is_left_out(unit.item):
            yield from (EvidenceFile(path, unit.item) for path in unit.files)


def is_left_out(item: str) -> bool:
    """Say whether nothing of an item's records may be in a redacted copy."""
    return item.startswith(PREFIX)


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
            header, rows = _table(bundle.read(part.path), part.path)
            yield _csv(header, (change(part.item, row) for row in rows))
        case _:
            raise EvidenceError(
                f"The file {part.path} cannot be redacted: it is neither JSON nor CSV.",
                _ADVICE,
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


def _table(data: bytes, path: str) -> tuple[list[str], list[dict[str, str]]]:
    """Return a table's header and its rows; what stands under no column, or under two, nobody knows."""
    try:
        (_, header), *lines = csv_lines(data)
        rows = [dict(zip(header, cells, strict=True)) for _, cells in lines]
    except ValueError as error:
        raise EvidenceError(f"The file {path} cannot be redacted: {error}.", _ADVICE) from error
    if len(set(header)) != len(header):
        raise EvidenceError(f"The file {path} cannot be redacted: a column of it stands twice.", _ADVICE)
    return header, rows


def _csv(header: Iterable[str], rows: Iterable[dict[str, str]]) -> bytes:
    """Return a table as bytes, quoted where it has to be (RFC 4180), with LF at line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row.values())
    return out.getvalue().encode()
