"""Says what could not be read: a record that is not as AWS documents it, with its file, its line and why.

A reader yields, for each record, a typed value or `Unreadable`; it never raises for the sake of one record.
Who reads decides what follows: a test of controls does not conclude, a page prints 'not readable' in the
place of a number. Nobody counts what nobody could read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from evidence.bundle import LocatedRecord
from evidence.readers.pointer import Pointer, pointer_to

T = TypeVar("T")

# What reading a record that is not as documented raises. Defects of a reader that have nothing to do with the
# evidence (NameError, UndeclaredItemError) are not among them and stop the run.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class MalformedEvidenceError(ValueError):
    """A record in the bundle is not what AWS documents; makes the test `not concluded`."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record, or a whole file, that cannot be read as what it should be."""

    pointer: Pointer
    why: str
    """One clause, without the file and the line."""

    def __str__(self) -> str:
        return f"{self.short}: {self.why}"

    @property
    def short(self) -> str:
        """What stands in the place of a number: that it cannot be read, with file and line."""
        return f"not readable ({self.pointer})"


def read_each(
    records: Iterable[LocatedRecord], read: Callable[[LocatedRecord], T]
) -> Iterator[T | Unreadable]:
    """Yield what `read` makes of each record, `Unreadable` where it raises one of MALFORMED."""
    for located in records:
        try:
            value = read(located)
        except MALFORMED as error:
            yield Unreadable(pointer_to(located), reason(error))
        else:
            yield value


def require_readable(values: Iterable[T | Unreadable]) -> Iterator[T]:
    """Yield the values; raises MalformedEvidenceError at the first one that could not be read."""
    for value in values:
        if isinstance(value, Unreadable):
            raise MalformedEvidenceError(value.why)
        yield value


def sort_out(values: Iterable[T | Unreadable]) -> tuple[list[T], list[Unreadable]]:
    """Return what could be read, and what could not."""
    readable: list[T] = []
    unreadable: list[Unreadable] = []
    for value in values:
        if isinstance(value, Unreadable):
            unreadable.append(value)
        else:
            readable.append(value)
    return readable, unreadable


def reason(error: Exception) -> str:
    """Return in words why a record could not be read."""
    if isinstance(error, KeyError):
        return f"member {error} is missing"
    return str(error) or type(error).__name__
