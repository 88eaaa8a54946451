"""Reads CloudTrail events from files, as a stream: log files, or the results of a query.

Four forms, each also compressed by gzip:
- `.json` with `Records`: a trail's log file as it lies in S3;
- `.json` with `Events`: what `aws cloudtrail lookup-events` prints;
- `.csv`: what CloudTrail Lake or Athena return for the query in docs/corroboration.md.
"""

import codecs
import csv
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeVar, cast

from evidence.bundle.format.corroboration import SourceFile
from evidence.corroborate.events import COLUMNS, MAX_EVENT, Event, column, from_lookup, from_record, from_row
from evidence.errors import UsageError
from evidence.foreign import reason_of
from evidence.storage import open_regular

MAX_FILES = 100_000
MAX_BYTES = 8 * 1024**3
"""Of one file when expanded; CloudTrail's are some megabytes."""
SUFFIXES = (".json", ".json.gz", ".csv", ".csv.gz")
DIGESTS = "CloudTrail-Digest"
"""In the path of the files by which AWS lets log files be validated: no events in them."""
_BLOCK = 256 * 1024
_SPACE = " \t\r\n"

Told = TypeVar("Told")
Feed = Callable[[Told], None]
Parse = Callable[[Any], Told | None]


@dataclass(frozen=True, slots=True)
class EventForms(Generic[Told]):
    """What is made of an event in each form that it comes in; None leaves it out, ValueError: unreadable."""

    record: Callable[[Any], Told | None]
    """Of a trail's log file."""
    lookup: Callable[[Any], Told | None]
    """Of LookupEvents' answer."""
    row: Callable[[dict[str, str]], Told | None]
    """Of a query's result, by normalised column."""


REQUESTS = EventForms(from_record, from_lookup, from_row)
"""Requests to AWS's API, and no other events."""


def find(paths: list[Path]) -> list[tuple[str, Path]]:
    """Return the files of events below some folders or named outright, each with its name in the addendum.

    Raises UsageError when a path does not exist, or none of all is a file of events.
    """
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_file():
            found.append((path.name, path))
        elif path.is_dir():
            found += _below(path)
        else:
            raise UsageError(
                f"{path} is neither a folder nor a file.", "Name a folder or a file of CloudTrail events."
            )
    if not found:
        raise UsageError(
            f"There is no file of events in {', '.join(map(str, paths))}.",
            f"Log files end in {' or '.join(SUFFIXES)}.",
        )
    if len(found) > MAX_FILES:
        raise UsageError(
            f"There are more than {MAX_FILES} files.", "Give the folders of the days of the collection only."
        )
    return sorted(found)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if name.endswith(SUFFIXES) and DIGESTS not in str(path.relative_to(folder)):
                yield path.relative_to(folder).as_posix(), path


def read(name: str, path: Path, feed: Feed[Event]) -> SourceFile:
    """Feed the requests of one file; what cannot be read is counted, or ends the file with its reason."""
    return read_as(REQUESTS, name, path, feed)


def read_as(forms: EventForms[Told], name: str, path: Path, feed: Feed[Told]) -> SourceFile:
    """Feed what is made of the events of one file; errors as `read`."""
    state = _FileTally()
    problem = ""
    hashed = _HashingFile(path)
    try:
        with hashed:
            bounded = _BoundedContent(
                gzip.GzipFile(fileobj=cast("BinaryIO", hashed)) if path.name.endswith(".gz") else hashed
            )
            events = (_rows if ".csv" in path.name else _documents)(bounded, forms)
            for parse, value in events:
                state.take(parse, value, feed)
            hashed.finish()
    except OSError as error:
        problem = "it is damaged" if isinstance(error, gzip.BadGzipFile) else reason_of(error)
        problem = f"it cannot be read: {problem}"
    except (EOFError, zlib.error):
        problem = "its compression is damaged"
    except (ValueError, csv.Error, RecursionError) as error:
        problem = str(error) if isinstance(error, _FileFormError) else "it is no file of CloudTrail events"
    if problem:
        hashed.exhaust()
    return SourceFile(
        name=_printable(name),
        sha256=hashed.sha256,
        bytes=hashed.size,
        events=state.events,
        unreadable=state.unreadable,
        problem=problem,
    )


class _FileFormError(ValueError):
    """A file in another form; the message says why, one clause."""


@dataclass(slots=True)
class _FileTally:
    events: int = 0
    unreadable: int = 0

    def take(self, parse: Parse[Told], value: Any, feed: Feed[Told]) -> None:
        self.events += 1
        try:
            event = parse(value)
        except (ValueError, RecursionError, KeyError):
            self.unreadable += 1
            return
        if event is not None:
            feed(event)


class _HashingFile:
    """A file that is hashed as it is read; all of it, once `finish` or `exhaust` was called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> "_HashingFile":
        self._file = open_regular(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, size: int = -1) -> bytes:
        if self._file is None:
            return b""
        block = self._file.read(size)
        self._digest.update(block)
        self.size += len(block)
        return block

    def finish(self) -> None:
        """Read what nobody needed."""
        while self.read(_BLOCK):
            pass

    def exhaust(self) -> None:
        """Hash the file from its beginning again, as far as it can be read."""
        self._digest, self.size = hashlib.sha256(), 0
        try:
            with self:
                self.finish()
        except OSError:
            return

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _BoundedContent:
    """A file's content up to the limit; raises _FormError beyond it."""

    def __init__(self, content: _Readable) -> None:
        self._content = content
        self._read = 0

    def blocks(self) -> Iterator[bytes]:
        while block := self._content.read(_BLOCK):
            self._read += len(block)
            if self._read > MAX_BYTES:
                raise _FileFormError(f"it is larger than {MAX_BYTES} bytes when expanded")
            yield block

    def lines(self) -> Iterator[str]:
        """Yield lines, each no longer than an event may be."""
        rest = b""
        for block in self.blocks():
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield f"{line.decode('utf-8', 'replace')}\n"
            if len(rest) > 2 * MAX_EVENT:
                raise _FileFormError("it has a line larger than an event may be")
        if rest:
            yield rest.decode("utf-8", "replace")


def _rows(content: _BoundedContent, forms: EventForms[Told]) -> Iterator[tuple[Parse[Told], Any]]:
    # The csv module has one limit for the whole process: put back when the file has been read.
    before = csv.field_size_limit(2 * MAX_EVENT)
    try:
        yield from _events_of(content, forms)
    finally:
        csv.field_size_limit(before)


def _events_of(content: _BoundedContent, forms: EventForms[Told]) -> Iterator[tuple[Parse[Told], Any]]:
    rows = csv.reader(content.lines())
    header = [column(name.removeprefix("\ufeff")) for name in next(rows, [])]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise _FileFormError(f"it lacks the columns {', '.join(missing)}")

    def parse(row: list[str]) -> Told | None:
        return forms.row(dict(zip(header, row, strict=True)))

    for row in rows:
        if row:
            yield parse, row


def _documents(content: _BoundedContent, forms: EventForms[Told]) -> Iterator[tuple[Parse[Told], Any]]:
    """Yield the members of the one list of events in a JSON document, without having all of it in memory."""
    text = _JsonText(content.blocks())
    text.expect("{")
    name = text.value()
    parse = {"Records": forms.record, "Events": forms.lookup}.get(name) if isinstance(name, str) else None
    if parse is None:
        raise _FileFormError("it does not begin with the list Records or Events")
    text.expect(":")
    text.expect("[")
    if text.peek() == "]":
        return
    while True:
        yield parse, text.value()
        if text.peek() != ",":
            break
        text.expect(",")
    text.expect("]")


class _JsonText:
    """A JSON text read from blocks: one value at a time, each of bounded size."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._blocks = blocks
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def expect(self, character: str) -> None:
        """Pass over one character. Raises _FormError for another."""
        if self.peek() != character:
            raise _FileFormError("it is cut short or no JSON")
        self._at += 1

    def value(self) -> Any:
        """Return the next value. Raises _FormError when it is none, or too large."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > MAX_EVENT:
                    raise _FileFormError(
                        "it holds what is no JSON, or larger than an event may be"
                    ) from error
                if not self._more():
                    raise _FileFormError("it is cut short or no JSON") from error
                continue
            self._at = end
            return value

    def _more(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        self._text = self._text[self._at :] + self._decode(block)
        self._at = 0
        return True


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _FileFormError("a key stands twice in one object")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:480]
