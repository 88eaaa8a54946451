"""Draws each test's conclusions along the bundles, in the heat map that accounts have."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from evidence.controls.declaration import Conclusion
from evidence.period.model import (
    ConclusionPoint,
    PeriodBundle,
    PeriodResults,
    Remediation,
    TestOverTime,
)
from evidence.period.render.words import MORE_MAY_HIDE, conclusion, differs, sign
from evidence.report.conclusions import MARKS
from evidence.report.model import day
from evidence.report.pdf.heatmap import BAR, HeatMap, HeatMapCell, HeatMapLine

MOST_COLUMNS = 56
"""Bundles side by side; more go on in a further picture."""
MOST_ROWS = 80
WIDTH, LABEL, HEAD, ROW, WIDEST = 680.0, 58.0, 78.0, 10.0, 30.0
STEP, BEHIND, MARGIN = 16.5, 8.0, 14.0
"""Of the totals: how far apart they stand, from the last bundle, and from the edge."""
SEALED = "sealed"
"""The style of the bar below a mark: the pack itself concludes otherwise."""
BOTH = "both"
Part = TypeVar("Part")
TOTALS = {
    "exceptions": tuple(Remediation),
    "overdue": (Remediation.OVERDUE,),
    "late": (Remediation.LATE,),
    "open": (Remediation.OPEN,),
    "not determined": (Remediation.NOT_DETERMINED,),
    "accepted": (Remediation.ACCEPTED,),
    "in time": (Remediation.IN_TIME,),
}
"""What is counted of each test's exceptions, by what became of them."""


def line_pictures(results: PeriodResults) -> tuple[HeatMap, ...]:
    """Return the pictures: as many as tests and bundles need, the same number of each on every one."""
    bundles, tests = list(results.collections()), results.tests
    return tuple(
        _picture(columns, rows)
        for columns in _parts(bundles, MOST_COLUMNS)
        for rows in _parts(tests, MOST_ROWS)
    )


def _parts(whole: Sequence[Part], most: int) -> Iterator[Sequence[Part]]:
    pieces = max(1, math.ceil(len(whole) / most))
    size = max(1, math.ceil(len(whole) / pieces))
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _picture(bundles: Sequence[PeriodBundle], tests: Sequence[TestOverTime]) -> HeatMap:
    room = WIDTH - LABEL - BEHIND - STEP * len(TOTALS) - MARGIN
    cell = round(min(WIDEST, room / len(bundles)), 2)
    places = {one.number: round(LABEL + at * cell, 2) for at, one in enumerate(bundles)}
    end = LABEL + cell * len(bundles) + BEHIND
    totals = [round(end + STEP * at, 2) for at in range(len(TOTALS))]
    lines, cells = [], []
    for number, test in enumerate(tests):
        y = HEAD + number * ROW
        lines.append(HeatMapLine(y, _short(test.id), tuple(_counted(test, totals))))
        points = {point.bundle: point for point in test.line}
        cells += [_cell(x, y, cell, points.get(bundle)) for bundle, x in places.items()]
    heads = [(round(places[one.number] + cell / 2, 2), _head(one)) for one in bundles]
    heads += [(x + STEP / 2 - 1, word) for x, word in zip(totals, TOTALS, strict=True)]
    return HeatMap(
        width=WIDTH, height=HEAD + ROW * len(tests) + 2, cell=cell, row=ROW, left=LABEL, head=HEAD, bar=BAR,
        columns=tuple(heads), heads=(), lines=tuple(lines), cells=tuple(cells),
        alternative="Tests by bundles. " + " ".join(f"{test.id}: {_words(test)}." for test in tests),
    )  # fmt: skip


def _head(one: PeriodBundle) -> str:
    return f"{one.number}{' before' if one.before else ''} · {day(one.finished)[2:]}"


def _short(name: str) -> str:
    return name if len(name) <= 9 else f"{name[:8]}…"


def _cell(x: float, y: float, width: float, point: ConclusionPoint | None) -> HeatMapCell:
    if point is None:
        return HeatMapCell(x, y, "none", "")
    bar = ((x + 0.5, round(width - 1, 2), SEALED),) if differs(point) else ()
    text = sign(point)
    style = BOTH if text == MORE_MAY_HIDE else MARKS[point.conclusion][1]
    return HeatMapCell(x, y, style, text, bar)


def _counted(test: TestOverTime, places: Sequence[float]) -> Iterable[tuple[float, str]]:
    found = Counter(one.remediation for one in test.exceptions)
    for x, kinds in zip(places, TOTALS.values(), strict=True):
        many = sum(found[kind] for kind in kinds)
        yield x + STEP - 3, f"{many:,}" if many else "·"


def _words(test: TestOverTime) -> str:
    counts = Counter(conclusion(point) for point in test.line)
    order = [one.value for one in Conclusion]
    return ", ".join(
        f"{word} over {counts[word]}"
        for word in sorted(counts, key=lambda one: order.index(one.split(",")[0]))
    )
