"""Reads people.csv, the company's own list of its people, line by line, or refuses it with each wrong cell.

CSV as RFC 4180 has it, in UTF-8 with or without a mark at its start; cells stand apart by commas, or by
semicolons where the first line has these and no comma, as spreadsheets of many countries write it. The first
line names the columns, in any order. What the list says is its owner's word: docs/people.md.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from evidence.statements.shapes import StatementDocument, StatementModel
from evidence.wrong_values import in_words

MAX_BYTES = 32 * 1024 * 1024
MOST_PEOPLE = 200_000
_SAID = 5
"""Wrong cells that an error names."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ADDRESS = r"^([^@\s]+@[^@\s]+)?$"


def _day(value: Any) -> Any:
    """Take a day as ISO 8601 writes it, and nothing else that could be read as one; empty is none."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("must be a day, such as 2026-10-01")


def _yes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lower() not in ("", "no", "yes"):
        raise ValueError("must be yes or no")
    return value.lower() == "yes"


def _printable(value: str) -> str:
    """Refuse what would match nothing, or something else, without anybody seeing why."""
    if not value.isprintable():
        raise ValueError("has a character that cannot be seen")
    return value


def _one_line(value: str) -> str:
    if any(unicodedata.category(one) == "Cc" for one in value):
        raise ValueError("has a line break or another control character")
    return value


PersonDay = Annotated[date | None, BeforeValidator(_day)]


class StatedPerson(StatementModel):
    """One line of people.csv: somebody whom the company knows."""

    line: int
    """Where it stands in the file; the first line, which names the columns, is 1."""
    id: Annotated[str, Field(max_length=256), AfterValidator(_printable)] = ""
    """User name in the identity provider; may be empty."""
    name: Annotated[str, Field(max_length=512), AfterValidator(_one_line)] = ""
    """For people who read; nothing is matched by it."""
    email: Annotated[str, Field(max_length=320, pattern=_ADDRESS), AfterValidator(_printable)] = ""
    started: PersonDay = None
    """The first day; None: not said."""
    left: PersonDay = None
    """The last day, of a contractor the contract's end; may be to come. None: still here, without an end."""
    manager: Annotated[str, Field(max_length=512), AfterValidator(_one_line)] = ""
    """Id, e-mail or name of who answers for the person; may be empty."""
    contractor: Annotated[bool, BeforeValidator(_yes)] = False

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.id or self.name):
            raise ValueError("needs an id or a name")
        if self.started and self.left and self.left < self.started:
            raise ValueError("left comes before started")
        return self

    @property
    def label(self) -> str:
        """How reports call the person: the name, with the id where there is one."""
        return f"{self.name} ({self.id})" if self.name and self.id else self.name or self.id


COLUMNS = tuple(name for name in StatedPerson.model_fields if name != "line")


class PeopleFile(StatementDocument):
    """people.csv: the company's own list of people."""

    people: tuple[StatedPerson, ...]
    columns: tuple[str, ...] = COLUMNS
    """The columns that the file has: of what stands in no column, it says nothing of anybody."""

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Return what a file's bytes say. Raises ValueError with the line of what is wrong."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError("it is not text in UTF-8") from error
        lines = _lines(text)
        columns = _columns(next(lines, (1, []))[1])
        people, problems = [], []
        for line, cells in lines:
            try:
                people.append(_person(line, columns, cells))
            except ValueError as error:
                problems.append(_problem(line, error))
            if len(problems) == _SAID:
                break
            if len(people) > MOST_PEOPLE:
                raise ValueError(f"it has more than {MOST_PEOPLE:,} people")
        problems += _repeated(people) if not problems else []
        if problems:
            raise ValueError("; ".join(problems[:_SAID]))
        if not people:
            raise ValueError("it names nobody")
        return cls(people=tuple(people), columns=columns)

    def tables(self) -> Iterator[tuple[str, tuple[StatementModel, ...]]]:
        """Yield the people as the one table."""
        yield "people", self.people

    def says(self, column: str) -> bool:
        """Say whether the file has a column; an empty cell in it then says something too."""
        return column in self.columns


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line in which something stands. Raises ValueError for no CSV."""
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} is not CSV, or has a cell that is too long") from error


def _columns(head: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.lower() for name in head)
    known = f"the first line names the columns: {', '.join(COLUMNS)}"
    if not names:
        raise ValueError(f"it is empty; {known}")
    if strange := next((number for number, name in enumerate(names, start=1) if name not in COLUMNS), 0):
        raise ValueError(f"line 1: column {strange} has an unknown name; {known}")
    if len(set(names)) < len(names):
        raise ValueError("line 1 names a column twice")
    if not {"id", "name"} & {*names}:
        raise ValueError("line 1 has neither the column id nor the column name")
    return names


def _person(line: int, columns: Sequence[str], cells: Sequence[str]) -> StatedPerson:
    if len(cells) != len(columns):
        raise ValueError(f"has another number of cells ({len(cells)}) than the first line ({len(columns)})")
    return StatedPerson.model_validate({"line": line, **dict(zip(columns, cells, strict=True))})


def _problem(line: int, error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return f"line {line} {error}"
    first = error.errors()[0]
    place = "".join(f", {part}" for part in first["loc"])
    return f"line {line}{place} {in_words(first)}"


def same_name(text: str) -> str:
    """Return the form under which ids, user names and e-mail addresses are one, whatever their case."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _repeated(people: Iterable[StatedPerson]) -> list[str]:
    """Return a problem for each line whose id or e-mail stands in an earlier one too."""
    problems = []
    for column in ("id", "email"):
        lines: dict[str, int] = {}
        for person in people:
            value = same_name(getattr(person, column))
            if value and lines.setdefault(value, person.line) != person.line:
                problems.append(f"line {person.line}, {column} stands in line {lines[value]} already")
    return problems


def people_document(columns: Sequence[str], entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a list as CSV, each entry on its own `line`: what pointed to a line still does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    at = 1
    for entry in entries:
        text.write("\n" * (entry["line"] - at - 1))
        at = entry["line"]
        writer.writerow([_cell(entry[column]) for column in columns])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
