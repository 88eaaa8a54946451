"""Finds where the evidence of one bundle denies itself, so that no test concludes over such a list.

Tests that reconcile (IPE) hold one source against another. A row of theirs that does not come out even, and
that nothing explains, names the items whose lists it doubts; every test over one of these is incomplete.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.controls.declaration import ControlTest, Row, Verdict

SHOWN = 160
"""Characters of what a row observed that a sentence repeats; the row has the rest."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A contradiction that a row shows."""

    test: str
    """Id of the test that reconciles."""
    spares: tuple[str, ...]
    items: tuple[str, ...]
    sentence: str

    def concerns(self, test: ControlTest) -> bool:
        """Say whether a test may rest on what is contradicted."""
        word = test.id.partition("-")[0]
        return not test.reconciles and not {test.id, word} & set(self.spares)


class Doubts:
    """All contradictions of a bundle."""

    def __init__(self, found: Sequence[Doubt] = ()) -> None:
        self._found = found

    def of(self, test: ControlTest) -> Mapping[str, tuple[str, ...]]:
        """Return what contradicts the items that a test may rest on: sentences by item."""
        sentences: dict[str, dict[str, None]] = defaultdict(dict)
        for doubt in self._found:
            if doubt.concerns(test):
                for item in doubt.items:
                    sentences[item][doubt.sentence] = None
        return {item: tuple(said) for item, said in sentences.items()}


def find_doubts(tests: Iterable[ControlTest], inspect: Callable[[ControlTest], Iterable[Row]]) -> Doubts:
    """Return the contradictions that tests which reconcile show; `inspect` gives a test's rows."""
    return Doubts([
        Doubt(test.id, test.spares, row.doubts, _sentence(test, row))
        for test in tests
        if test.reconciles
        for row in inspect(test)
        if row.doubts and row.verdict in (Verdict.EXCEPTION, Verdict.NOT_DETERMINED)
    ])  # fmt: skip


def _sentence(test: ControlTest, row: Row) -> str:
    observed = row.observed if len(row.observed) <= SHOWN else f"{row.observed[:SHOWN]}…"
    where = f" of {row.account}" if row.account else ""
    return f"{test.id} contradicts {', '.join(row.doubts)}{where}: {row.subject}, {observed}"
