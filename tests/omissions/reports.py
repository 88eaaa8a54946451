"""What is cut out of a credential report, which is a file of lines and columns."""

import csv
import io
import random
from collections.abc import Callable, Iterator, Mapping

from tests.omissions.material import Material

Found = tuple[str, str, str, Callable[[], Material]]
"""Kind, item, where, and what makes it."""
ITEM = "iam.credential-report"
Lines = list[list[str]]


def told(material: Material) -> Iterator[Found]:
    """Yield the cuts of which the ledger still tells: the whole report."""
    for file in _reports(material):
        gone = material.without_file(file)
        head = f"{file.removesuffix('.csv')}.jsonl"
        yield "report", ITEM, file, lambda gone=gone: gone
        unnamed = gone.with_unit(head, files=(head,))
        yield "report, run.json follows", ITEM, file, lambda unnamed=unnamed: unnamed


def cuts(material: Material, rows: int, draw: random.Random) -> Iterator[Found]:
    """Yield the cuts of lines and of columns."""
    for file in _reports(material):
        for kind, where, lines in _changed(_parsed(material.files[file]), file, rows, draw):
            made = {**material.files, file: _written(lines)}
            yield kind, ITEM, where, lambda made=made: _with(material, made)


def _with(material: Material, files: Mapping[str, bytes]) -> Material:
    from dataclasses import replace

    return replace(material, files=files)


def _changed(lines: Lines, file: str, rows: int, draw: random.Random) -> Iterator[tuple[str, str, Lines]]:
    head, body = lines[0], lines[1:]
    chosen = range(len(body)) if len(body) <= rows else sorted(draw.sample(range(len(body)), rows))
    for index in chosen:
        yield "line", f"{file}:{index + 2}", [head, *body[:index], *body[index + 1 :]]
        yield "line twice", f"{file}:{index + 2}", [head, *body[: index + 1], *body[index:]]
    yield "every line but root's", file, lines[:2]
    yield "every line", file, [head]
    yield "second half", file, [head, *body[: len(body) // 2]]
    for column, name in enumerate(head):
        without = [[*line[:column], *line[column + 1 :]] for line in lines]
        yield "column", f"{file} column {name}", without
        for index in sorted(
            {*list(chosen)[:6], *(n for n, line in enumerate(body) if line[column] == "true")}
        ):
            blank = [list(line) for line in lines]
            for value in ("", "N/A"):
                if blank[index + 1][column] not in ("", value):
                    changed = [list(line) for line in blank]
                    changed[index + 1][column] = value
                    yield f"field {value or 'blank'}", f"{file}:{index + 2} column {name}", changed


def _reports(material: Material) -> list[str]:
    return [file for file in sorted(material.files) if file.endswith("credential-report.csv")]


def _parsed(content: bytes) -> Lines:
    return list(csv.reader(io.StringIO(content.decode())))


def _written(lines: Lines) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode()
