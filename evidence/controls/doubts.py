"""Finds where the evidence of one bundle denies itself, so that no test concludes over such a list.

Tests that reconcile (IPE) hold one source against another. A row of theirs that does not come out even, and
that nothing explains, names the items whose lists it doubts; every test over one of these is incomplete.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.controls.declaration import ControlTest, Family, Row, Verdict
from evidence.readers.missing import MissingEvidence, MissingKind

SHOWN = 160
"""Characters of what a row observed that a sentence repeats; the row has the rest."""


def concerns(reconciling: ControlTest, test: ControlTest) -> bool:
    """Say whether what a test that reconciles contradicts matters to another one."""
    if test.family is Family.CUSTOM:
        return True  # its word is its package's, which may be one of ours
    word = test.id.partition("-")[0]
    return not {test.id, word} & {reconciling.id, *reconciling.spares}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A contradiction that a row shows."""

    test: ControlTest
    """The test that reconciles."""
    found: tuple[MissingEvidence, ...]
    """By item."""


class Doubts:
    """All contradictions of a bundle."""

    def __init__(self, found: Sequence[Doubt] = ()) -> None:
        self._found = found

    def of(self, test: ControlTest) -> Mapping[str, tuple[MissingEvidence, ...]]:
        """Return what contradicts the items that a test may rest on, by item."""
        found: dict[str, dict[MissingEvidence, None]] = defaultdict(dict)
        for doubt in self._found:
            if concerns(doubt.test, test):
                for one in doubt.found:
                    found[one.item][one] = None
        return {item: tuple(every) for item, every in found.items()}


def doubt_of(test: ControlTest, row: Row) -> Doubt | None:
    """Return the contradiction that a row shows; None of a test that does not reconcile."""
    if test.reconciles and row.doubts and row.verdict in (Verdict.EXCEPTION, Verdict.NOT_DETERMINED):
        return Doubt(test, tuple(_contradicted(test, row, item) for item in row.doubts))
    return None


def _contradicted(test: ControlTest, row: Row, item: str) -> MissingEvidence:
    observed = row.observed if len(row.observed) <= SHOWN else f"{row.observed[:SHOWN]}…"
    where = f" of {row.account}" if row.account else ""
    return MissingEvidence(
        MissingKind.CONTRADICTION,
        f"{test.id} contradicts {item}{where}: {row.subject}, {observed}",
        item,
        row.account,
        row.region,
        f"contradicted by {test.id}",
    )
