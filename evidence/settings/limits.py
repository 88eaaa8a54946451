"""What is declared beside each setting that shapes a result: which values are laxer, and how large it may be.

A report says aloud which settings are laxer than the defaults (`settings.laxer`). A setting without a `Limit`
is a defect that a test finds.
"""

from dataclasses import dataclass
from enum import StrEnum


class Laxer(StrEnum):
    """Which values let more pass than the default does."""

    LARGER = "larger"
    SMALLER = "smaller"
    FEWER = "fewer"
    """A list that leaves out some of the default's."""
    MORE = "more"
    """A list that names others than the default's."""
    SMALLER_SAMPLES = "smaller samples"
    """A table by which less is drawn from some population."""
    UNMAPPED = "unmapped"
    """A mapping that takes a criterion from a test; the catalogue of tests is the default."""
    NEITHER = "neither"
    """Values are different, not laxer: names, dates, places."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one setting, beside its type."""

    laxer: Laxer
    most: int | None = None
    """The largest value that still limits anything; sealed bundles with a larger one still open."""
    collects: str = ""
    """The item whose collection it shapes: what the default would have given is not in the bundle."""


LARGER, SMALLER, NEITHER = Limit(Laxer.LARGER), Limit(Laxer.SMALLER), Limit(Laxer.NEITHER)
YEARS, A_YEAR_OF_HOURS = 3650, 24 * 366


def up_to(most: int) -> Limit:
    """Return what is declared of a setting that is laxer the larger it is, up to a bound."""
    return Limit(Laxer.LARGER, most)
