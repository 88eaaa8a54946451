"""Points to where in a bundle something is written: a file and a line of it."""

import re
from dataclasses import dataclass

from evidence.bundle import LocatedRecord

_WITH_LINE = re.compile(r"(.+):([1-9][0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where in the bundle an observation comes from."""

    file: str
    """Path below data/."""
    line: int | None = None
    """1-based; None for the whole file."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


def pointer_to(located: LocatedRecord) -> Pointer:
    """Return the pointer to a record."""
    return Pointer(located.file, located.line)


def parse_pointer(text: str) -> Pointer:
    """Return the pointer that a text stands for, as `str` makes it: `a/b.jsonl:4`, or a file alone."""
    match = _WITH_LINE.fullmatch(text)
    return Pointer(match[1], int(match[2])) if match else Pointer(text)
