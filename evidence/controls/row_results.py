"""Defines a row of results.json, and keeps rows on disk: read one by one, for whoever asks.

A thousand accounts have a quarter of a million rows. In memory is of each where it stands, and its verdict.
"""

import tempfile
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Annotated, Any, ClassVar, overload

from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from evidence.controls.declaration import Severity, Verdict
from evidence.readers.pointer import Pointer, parse_pointer
from evidence.statements.records import Acceptance, Response
from evidence.storage import storage_errors


def _pointer(value: Any) -> Pointer:
    if isinstance(value, Pointer):
        return value
    if isinstance(value, str):
        return parse_pointer(value)
    raise ValueError("a pointer is text: a path, or path:line")


PointerText = Annotated[
    Pointer,
    PlainValidator(_pointer),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A pointer, which results.json holds as `path below data/:line`."""


@dataclass(frozen=True, slots=True)
class RowRemedy:
    """What to do: in the console, and by commands that nobody has run."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    console: str
    cli: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """One population member of a test; see `base.Row`.

    A large account has a hundred thousand, and a dataclass is smaller and faster made than a model. `engine`
    checks what it makes of rows, pydantic what is read from results.json.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    subject: str
    account: str
    region: str
    verdict: Verdict
    observed: str
    expected: str
    pointers: tuple[PointerText, ...]
    since: datetime | None
    note: str
    attributes: dict[str, str]
    severity: Severity | None = None
    """Of an exception, accepted or not; None for every other verdict."""
    accepted: Acceptance | None = None
    """Set exactly when the verdict is `accepted`."""
    response: Response | None = None
    """What management answers; only of an exception, accepted or not."""
    arns: tuple[str, ...] = ()
    """What the row is about: its subject's ARN where there is one, and of a group its members' too."""
    remedy: RowRemedy | None = None
    """Of an exception, accepted or not, with its names filled in."""


_VERDICTS = tuple(Verdict)
_NUMBERS = {verdict: number for number, verdict in enumerate(_VERDICTS)}
_IN_MEMORY = 1024 * 1024
"""Bytes of rows that need no file."""
_BLOCK = 64 * 1024
"""Bytes that are read at once."""
_INDENT = b" " * 8
"""How far a row is indented in results.json."""


@cache
def _rows() -> TypeAdapter[RowResult]:
    return TypeAdapter(RowResult)


def row_text(row: RowResult) -> bytes:
    """Return a row as it stands in results.json. A line never ends within a string of JSON."""
    return _INDENT + _rows().dump_json(row, indent=2).replace(b"\n", b"\n" + _INDENT)


def read_row(text: bytes) -> RowResult:
    """Return the row that a text of results.json says; raises ValidationError."""
    return _rows().validate_json(text)


class RowFile:
    """A file of rows, which has no name: nobody else can open it, and it is gone with the process."""

    def __init__(self) -> None:
        self._place = Path(tempfile.gettempdir())
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed with `self`
        self._end = 0
        self._waiting = bytearray()
        """What is at the end and not yet in the file."""

    def __del__(self) -> None:
        """Close the file, which then is gone."""
        self._file.close()

    def append(self, text: bytes) -> int:
        """Write a text at the end; return where it begins. Raises StorageError when the disk is full."""
        start = self._end
        self._waiting += text
        self._end += len(text)
        if len(self._waiting) >= _BLOCK:
            self._write()
        return start

    def read(self, start: int, size: int) -> bytes:
        """Return so many bytes from a place on, fewer at the end; raises as `append`."""
        self._write()
        with storage_errors(self._place):
            self._file.seek(start)
            return self._file.read(size)

    def _write(self) -> None:
        if self._waiting:
            with storage_errors(self._place):
                self._file.seek(self._end - len(self._waiting))
                self._file.write(self._waiting)
            self._waiting.clear()


class Rows(Sequence[RowResult]):
    """The rows of one test, in their order, on disk. They are made with `of`, and never change."""

    def __init__(self, file: RowFile) -> None:
        self._file = file
        self._starts = array("Q")
        self._sizes = array("I")
        self._verdicts = bytearray()

    @classmethod
    def of(cls, rows: Iterable[RowResult] = (), file: RowFile | None = None) -> "Rows":
        """Write rows down, one after the other as they come."""
        made = cls(file or RowFile())
        for row in rows:
            made._add(row)
        return made

    def _add(self, row: RowResult) -> None:
        text = row_text(row)
        self._starts.append(self._file.append(text))
        self._sizes.append(len(text))
        self._verdicts.append(_NUMBERS[row.verdict])

    def replaced(self, others: Mapping[int, RowResult]) -> "Rows":
        """Return the rows with others at some of their positions."""
        if not others:
            return self
        added = Rows.of(others.values(), self._file)
        made = Rows(self._file)
        made._starts, made._sizes, made._verdicts = self._starts[:], self._sizes[:], self._verdicts[:]
        for number, at in enumerate(others):
            made._starts[at], made._sizes[at] = added._starts[number], added._sizes[number]
            made._verdicts[at] = added._verdicts[number]
        return made

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the verdict of each row, which takes no reading."""
        return (_VERDICTS[number] for number in self._verdicts)

    def with_verdict(self, verdicts: Container[Verdict]) -> Iterator[RowResult]:
        """Yield the rows of these verdicts, and read no other."""
        return map(read_row, self.texts_with_verdict(verdicts))

    def texts_with_verdict(self, verdicts: Container[Verdict]) -> Iterator[bytes]:
        """Yield the rows of these verdicts as they stand in results.json, for who needs little of each."""
        wanted = {number for verdict, number in _NUMBERS.items() if verdict in verdicts}
        return self._texts(at for at, one in enumerate(self._verdicts) if one in wanted)

    def at(self, positions: Iterable[int]) -> Iterator[RowResult]:
        """Yield the rows at these positions, counted from 0, and read no other."""
        return map(read_row, self._texts(positions))

    def texts(self) -> Iterator[bytes]:
        """Yield the rows as they stand in results.json."""
        return self._texts(range(len(self)))

    def _texts(self, positions: Iterable[int]) -> Iterator[bytes]:
        begins, block = 0, b""
        for at in positions:
            start, size = self._starts[at], self._sizes[at]
            if start < begins or start + size > begins + len(block):
                begins, block = start, self._file.read(start, max(size, _BLOCK))
            yield block[start - begins : start - begins + size]

    def __len__(self) -> int:
        return len(self._verdicts)

    def __iter__(self) -> Iterator[RowResult]:
        return map(read_row, self.texts())

    @overload
    def __getitem__(self, at: int) -> RowResult: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RowResult]: ...
    def __getitem__(self, at: int | slice) -> RowResult | Sequence[RowResult]:
        positions = range(len(self))[at]
        if isinstance(positions, int):
            return read_row(next(self._texts((positions,))))
        return tuple(map(read_row, self._texts(positions)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple):
            return tuple(self) == other
        if not isinstance(other, Rows):
            return NotImplemented
        return len(self) == len(other) and all(map(bytes.__eq__, self.texts(), other.texts()))

    __hash__ = None  # type: ignore[assignment]  # equal by what they say, which is on disk

    def __repr__(self) -> str:
        return repr(tuple(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        listed = handler.generate_schema(tuple[RowResult, ...])
        made = core_schema.with_info_after_validator_function(_made, listed)
        return core_schema.json_or_python_schema(
            json_schema=made,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), made]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _listed, info_arg=True, return_schema=listed
            ),
        )


_APART = "rows apart"


def rows_apart(rows: Iterable[Rows] = ()) -> dict[str, Iterator[Rows]]:
    """Return the context in which rows are written nowhere, and read from these, test after test."""
    return {_APART: iter(rows)}


def _made(listed: tuple[RowResult, ...], info: core_schema.ValidationInfo) -> Rows:
    apart: Iterator[Rows] = (info.context or {}).get(_APART, iter(()))
    return next(apart, None) or Rows.of(listed)


def _listed(rows: Rows, info: core_schema.SerializationInfo) -> tuple[RowResult, ...]:
    return () if _APART in (info.context or {}) else tuple(rows)
