"""Random selection that anybody can re-perform, in any language, with SHA-256 alone.

Every member of the population is ranked by SHA-256 of `seed + "\\n" + member` (UTF-8, lower-case hex); the
first `size` members are the sample. The collector that fetches sampled roles' documents and the test that
checks the sample both call `select`, so the same inputs always choose the same members.
"""

import hashlib
from collections.abc import Iterable, Sequence

METHOD = 'rank by SHA-256 of seed + "\\n" + member, take the first n'

# (largest population of the band, sample size); attribute sampling as commonly practised. A setting.
DEFAULT_TABLE: tuple[tuple[int, int], ...] = ((1, 1), (4, 2), (12, 5), (52, 15), (250, 25))
DEFAULT_ABOVE = 40


# (largest population of the band, least and most members): what is usual, for comparison with the table.
CUSTOMARY: tuple[tuple[int, int, int], ...] = (
    (1, 1, 1),
    (4, 2, 2),
    (12, 2, 5),
    (52, 5, 15),
    (250, 20, 25),
)
CUSTOMARY_ABOVE = (25, 40)


def customary(population: int) -> tuple[int, int]:
    """Return least and most members that attribute sampling usually takes from a population."""
    for largest, least, most in CUSTOMARY:
        if population <= largest:
            return min(least, population), most
    return CUSTOMARY_ABOVE


def sample_size(
    population: int, table: Sequence[tuple[int, int]] = DEFAULT_TABLE, above: int = DEFAULT_ABOVE
) -> int:
    """Return how many members to draw from a population, never more than there are."""
    for largest, size in table:
        if population <= largest:
            return min(size, population)
    return min(above, population)


def population_digest(members: Iterable[str]) -> str:
    """Return SHA-256 (hex) of the sorted members, one a line: names the population a sample came from."""
    return hashlib.sha256("".join(f"{member}\n" for member in sorted(members)).encode()).hexdigest()


def select(members: Iterable[str], size: int, seed: str) -> list[str]:
    """Return the `size` members that the seed chooses, in the order of their rank."""
    return sorted(members, key=lambda member: (rank(seed, member), member))[:size]


def rank(seed: str, member: str) -> str:
    """Return the rank of one member: SHA-256 of seed, newline, member."""
    return hashlib.sha256(f"{seed}\n{member}".encode()).hexdigest()
