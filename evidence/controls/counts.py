"""Counts a test's rows, so that the population that is stated is the one that is counted.

Considered less what is out of scope, with why, is the population; of that so many were inspected. One form,
for the terminal, the report and the workbook.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidence.controls.declaration import Row, Verdict

REASONS_SHOWN = 3
NOT_INSPECTED = frozenset({Verdict.OUT_OF_SCOPE, Verdict.NOT_SELECTED})


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows of a test are what."""

    considered: int
    out_of_scope: int
    population: int
    inspected: int
    exceptions: int
    accepted: int
    not_determined: int


def count_rows(verdicts: Iterable[Verdict]) -> RowCounts:
    """Return the counts of rows with these verdicts."""
    counts = Counter(verdicts)
    considered, outside = counts.total(), counts[Verdict.OUT_OF_SCOPE]
    return RowCounts(
        considered=considered,
        out_of_scope=outside,
        population=considered - outside,
        inspected=considered - sum(counts[verdict] for verdict in NOT_INSPECTED),
        exceptions=counts[Verdict.EXCEPTION],
        accepted=counts[Verdict.ACCEPTED],
        not_determined=counts[Verdict.NOT_DETERMINED],
    )


def why_out_of_scope(row: Row) -> str:
    """Return why a row is out of scope; empty of one that is not."""
    return (row.outside or row.observed) if row.verdict is Verdict.OUT_OF_SCOPE else ""


def most_frequent_first(why: Mapping[str, int]) -> dict[str, int]:
    """Return reasons with their numbers, the most frequent first."""
    return dict(sorted(why.items(), key=lambda pair: (-pair[1], pair[0])))


def population_in_words(considered: int, why: Mapping[str, int], population: int, inspected: int) -> str:
    """Return `considered 40, out of scope 6 (why), population 34, inspected 34`."""
    outside = considered - population
    return (
        f"considered {considered:,}, out of scope {outside:,}{_because(why)}, "
        f"population {population:,}, inspected {inspected:,}"
    )


def _because(why: Mapping[str, int]) -> str:
    if not why:
        return ""
    if len(why) == 1:
        return f" ({next(iter(why))})"
    shown = [f"{count:,} {reason}" for reason, count in list(why.items())[:REASONS_SHOWN]]
    more = sum(list(why.values())[REASONS_SHOWN:])
    return f" ({'; '.join([*shown, *([f'{more:,} for other reasons'] if more else [])])})"
