"""Draws the matrix of criteria and tests: a mark where a test serves a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evidence.report.conclusions import ConclusionMark, TestView
from evidence.report.executive_summary import Criterion

WIDTH = 680.0
LABEL_WIDTH = 46.0
HEAD_HEIGHT = 58.0
ROW_HEIGHT = 21.0
GROUP_GAP = 7.0
WIDEST_CELL = 30.0
LONGEST_LABEL = 9


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One mark, in the picture's units."""

    x: float
    y: float
    mark: ConclusionMark


@dataclass(frozen=True, slots=True)
class MatrixLabel:
    """One test's name above its column, or one criterion's beside its row."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole picture."""

    width: float
    height: float
    cell: float
    row: float
    left: float
    top: float
    columns: tuple[MatrixLabel, ...]
    rows: tuple[MatrixLabel, ...]
    cells: tuple[MatrixCell, ...]
    alternative: str


def matrix(tests: Sequence[TestView], criteria: Sequence[Criterion], headline: str) -> Matrix:
    """Return the picture; tests of one topic stand together."""
    breaks = sum(a.result.topic != b.result.topic for a, b in pairwise(tests))
    room = WIDTH - LABEL_WIDTH - breaks * GROUP_GAP
    cell = min(WIDEST_CELL, room / max(1, len(tests)))
    at: dict[int, float] = {}
    x, topic = LABEL_WIDTH, tests[0].result.topic if tests else ""
    for test in tests:
        x += GROUP_GAP if test.result.topic != topic else 0
        topic = test.result.topic
        at[test.number] = x
        x += cell
    marks = {test.number: test.mark for test in tests}
    return Matrix(
        width=WIDTH,
        height=HEAD_HEIGHT + ROW_HEIGHT * len(criteria) + 2,
        cell=round(cell, 2),
        row=ROW_HEIGHT,
        left=LABEL_WIDTH,
        top=HEAD_HEIGHT,
        columns=tuple(
            MatrixLabel(_r(at[t.number] + cell / 2), HEAD_HEIGHT - 6, _short(t.result.id)) for t in tests
        ),
        rows=tuple(MatrixLabel(0, _y(row) + ROW_HEIGHT / 2, c.id) for row, c in enumerate(criteria)),
        cells=tuple(
            MatrixCell(_r(at[number]), _y(row), marks[number])
            for row, c in enumerate(criteria)
            for number in c.tests
        ),
        alternative=_alternative(criteria, headline),
    )


def _short(name: str) -> str:
    """Return a test's id as the picture has room for: a company's own may be long."""
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"


def _y(row: int) -> float:
    return HEAD_HEIGHT + row * ROW_HEIGHT


def _r(value: float) -> float:
    return round(value, 2)


def _alternative(criteria: Sequence[Criterion], headline: str) -> str:
    overall = "; ".join(f"{criterion.id}: {criterion.overall.word}" for criterion in criteria)
    return f"Matrix of criteria and tests. {headline} {overall}."
