"""Reads results.json row by row, as it was written: a thousand accounts have a quarter of a gigabyte of rows.

Lines tell where rows begin. JSON does not ask for lines, so what was read is written again and compared: a
file that is not those bytes is read whole, and no layout is read otherwise than JSON has it.
"""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from pydantic import ValidationError

from evidence.controls.results import Results
from evidence.controls.row_results import RowFile, RowResult, Rows, read_row, rows_apart
from evidence.statements.records import UsedFile

_TESTS = b'  "tests": [\n'
_OPENS = b'      "rows": [\n'
_NO_TESTS = b'  "tests": []\n}\n'
_NONE = (b'      "rows": [],\n', b'      "rows": []\n')
_CLOSES = (b"      ],\n", b"      ]\n")
_FACTS = b'  "joined": [\n'
_ROW_ENDS = (b"        },\n", b"        }\n")


def read_results_file(path: Path) -> Results:
    """Return the results that a file holds; raises ValidationError for a file of something else."""
    return _read_by_rows(path) or Results.model_validate_json(path.read_bytes())


def read_used_files(path: Path) -> dict[str, UsedFile]:
    """Return the files of management's that results were computed with, by kind, and read no row.

    Raises ValidationError for a file of something else.
    """
    with path.open("rb") as source:
        head = b"".join(takewhile(_TESTS.__ne__, source))
    try:
        return Results.model_validate_json(head + _NO_TESTS).used_files
    except ValidationError:  # the tests do not stand last, on lines of their own
        return read_results_file(path).used_files


def _read_by_rows(path: Path) -> Results | None:
    """Return the results of a file that is laid out as it was written; None for any other."""
    frame: list[bytes] = []
    try:
        with path.open("rb") as source:
            found = list(_take_rows(source, frame, RowFile()))
        results = Results.model_validate_json(b"".join(frame), context=rows_apart(found))
    except ValidationError:
        return None
    with path.open("rb") as source:
        same = all(source.read(len(piece)) == piece for piece in results.pieces())
        return results if same and not source.read(1) else None


def _take_rows(lines: Iterator[bytes], frame: list[bytes], file: RowFile) -> Iterator[Rows]:
    """Yield each test's rows; put everything else into `frame`."""
    for line in lines:
        frame.append(line)
        if line in _NONE:
            yield Rows.of((), file)
        elif line == _OPENS:
            yield Rows.of(_each_row(lines, frame), file)
        elif line == _FACTS:  # their rows look alike
            frame.extend(lines)


def _each_row(lines: Iterator[bytes], frame: list[bytes]) -> Iterator[RowResult]:
    row: list[bytes] = []
    for line in lines:
        if line in _CLOSES:
            frame.append(line)
            return
        row.append(line)
        if line in _ROW_ENDS:
            yield read_row(b"".join(row).rstrip(b",\n"))
            row.clear()
