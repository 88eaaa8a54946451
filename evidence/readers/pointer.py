"""Points to where in a bundle something is written: a file and a line of it."""

from dataclasses import dataclass

from evidence.bundle import LocatedRecord


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
