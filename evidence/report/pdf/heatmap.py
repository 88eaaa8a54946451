"""Draws the heat map of tests by accounts; many accounts stand together by organizational unit.

Each cell has a sign and a shade, told apart in grey as well: light for no exceptions, middle for not
concluded, dark for exceptions.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.bundle.open import Bundle
from evidence.controls.by_account import AccountResult
from evidence.controls.declaration import Conclusion
from evidence.readers.organizations import run_accounts
from evidence.report.accounts import NO_OU

MOST_COLUMNS = 40
"""Accounts that have a column each; more stand together by organizational unit."""
MOST_UNITS = 9
WIDTH = 680.0
LABEL = 62.0
TOTALS = 132.0
HEAD = 96.0
ROW = 12.0
ROWS_A_PICTURE = 60
WIDEST = 96.0
BAR = 3.4
NARROWEST = 1.6
"""The least width of a share that is not nothing."""
LONGEST = 20
REST = "all others"
ORGANIZATION = "organization"
DEPTHS = (8, 3, 2, 1)
_TOTALS = (
    Conclusion.NO_EXCEPTIONS,
    Conclusion.EXCEPTIONS,
    Conclusion.NOT_CONCLUDED,
    Conclusion.NOT_APPLICABLE,
)

_STYLES = {
    Conclusion.NO_EXCEPTIONS: "ok",
    Conclusion.EXCEPTIONS: "exception",
    Conclusion.NOT_CONCLUDED: "open",
    Conclusion.NOT_APPLICABLE: "none",
}


@dataclass(frozen=True, slots=True)
class HeatMapCell:
    """One test in one account, or in the accounts of one organizational unit."""

    x: float
    y: float
    style: str
    """ok, exception, open, both (exceptions noted, not complete), none; several."""
    text: str
    shares: tuple[tuple[float, float, str], ...] = ()
    """Where the cell stands for several accounts: its parts from the left (place, width, style)."""


@dataclass(frozen=True, slots=True)
class HeatMapLine:
    """One test: its name and in how many accounts it concluded what."""

    y: float
    test: str
    totals: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One picture, in its own units."""

    width: float
    height: float
    cell: float
    row: float
    left: float
    head: float
    bar: float
    columns: tuple[tuple[float, str], ...]
    heads: tuple[tuple[float, str], ...]
    """Of the totals: place and sign."""
    lines: tuple[HeatMapLine, ...]
    cells: tuple[HeatMapCell, ...]
    alternative: str


@dataclass(frozen=True, slots=True)
class HeatMapColumn:
    """Accounts that stand in one column."""

    name: str
    accounts: frozenset[str]


def columns(bundle: Bundle) -> tuple[HeatMapColumn, ...]:
    """Return a column for each account, or for each organizational unit where they are too many."""
    inside = frozenset(bundle.run.accounts)
    states = [state for state in run_accounts(bundle) if state.account in inside]
    if len(states) <= MOST_COLUMNS:
        ordered = sorted(states, key=lambda one: (one.unit, one.account))
        return tuple(
            HeatMapColumn(_label(one.account, one.name), frozenset({one.account})) for one in ordered
        )
    ous = {one.account: one.unit or NO_OU for one in states}
    groups: dict[str, set[str]] = {}
    for depth in DEPTHS:
        groups = {}
        for account, ou in ous.items():
            groups.setdefault(_cut(ou, depth), set()).add(account)
        if len(groups) <= MOST_UNITS:
            break
    ranked = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    kept, rest = dict(ranked[:MOST_UNITS]), ranked[MOST_UNITS:]
    made = [
        HeatMapColumn(f"{_tail(name)} ({len(kept[name]):,})", frozenset(kept[name])) for name in sorted(kept)
    ]
    others = frozenset(account for _, members in rest for account in members)
    return (*made, HeatMapColumn(f"{REST} ({len(others):,})", others)) if others else tuple(made)


def _label(account: str, name: str) -> str:
    return _tail(name) if name else account


def _cut(ou: str, depth: int) -> str:
    return "/".join(ou.split("/")[: depth + 1]) or "/"


def _tail(name: str) -> str:
    return name if len(name) <= LONGEST else f"…{name[-LONGEST + 1 :]}"


def heat_maps(
    bundle: Bundle, found: Mapping[str, Sequence[AccountResult]], organization: Mapping[str, AccountResult]
) -> tuple[HeatMap, ...]:
    """Return the pictures, as many as the tests need.

    `organization`: what tests show of members of no account, the first column.
    """
    across = columns(bundle)
    tests = list(found)
    pictures = max(1, math.ceil(len(tests) / ROWS_A_PICTURE))
    rows = max(1, math.ceil(len(tests) / pictures))  # as many on each: none with a few rows left over
    return tuple(
        _picture(across, {test: found[test] for test in tests[start : start + rows]}, organization)
        for start in range(0, len(tests), rows)
    )


def _picture(
    across: Sequence[HeatMapColumn],
    found: Mapping[str, Sequence[AccountResult]],
    organization: Mapping[str, AccountResult],
) -> HeatMap:
    room = WIDTH - LABEL - TOTALS - 6
    cell = round(min(WIDEST, room / (len(across) + 1)), 2)
    first, *places = [round(LABEL + number * cell, 2) for number in range(len(across) + 1)]
    step, end = TOTALS / len(_TOTALS), LABEL + (len(across) + 1) * cell
    ends = [round(end + (number + 1) * step, 2) for number in range(len(_TOTALS))]
    lines, cells = [], []
    for number, (test, results) in enumerate(found.items()):
        y = HEAD + number * ROW
        counts = Counter(result.conclusion for result in results)
        totals = tuple(
            (x, f"{counts[conclusion]:,}" if counts[conclusion] else "·")
            for x, conclusion in zip(ends, _TOTALS, strict=True)
        )
        lines.append(HeatMapLine(y, test if len(test) <= 10 else f"{test[:9]}…", totals))
        whole = organization.get(test)
        cells.append(_cell(first, y, cell, [whole]) if whole else HeatMapCell(first, y, "none", ""))
        by_account = {result.account: result for result in results}
        for x, column in zip(places, across, strict=True):
            cells.append(_cell(x, y, cell, [by_account[one] for one in sorted(column.accounts)]))
    return HeatMap(
        width=WIDTH,
        height=HEAD + ROW * len(found) + 2,
        cell=cell,
        row=ROW,
        left=LABEL,
        head=HEAD,
        bar=BAR,
        columns=tuple(
            (round(x + cell / 2, 2), name)
            for x, name in zip((first, *places), (ORGANIZATION, *(one.name for one in across)), strict=True)
        ),
        heads=tuple(zip(ends, ("✓", "▲", "?", "–"), strict=True)),
        lines=tuple(lines),
        cells=tuple(cells),
        alternative=_alternative(found),
    )


def _cell(x: float, y: float, width: float, results: Sequence[AccountResult]) -> HeatMapCell:
    noted = sum(result.exceptions > 0 for result in results)
    unknown = sum(not result.complete for result in results)
    shown = any(result.conclusion is Conclusion.NO_EXCEPTIONS for result in results)
    if noted and unknown:
        style = "both"
    elif noted:
        style = "exception"
    elif unknown:
        style = "open"
    else:
        style = "ok" if shown else "none"
    text = _text(style, noted, unknown, len(results))
    if len(results) == 1:
        return HeatMapCell(x, y, style, text)
    return HeatMapCell(x, y, "several", text, _shares(x + 0.5, width - 1, results))


def _shares(x: float, width: float, results: Sequence[AccountResult]) -> tuple[tuple[float, float, str], ...]:
    """Return how the accounts divide: exceptions, not concluded, no exceptions, no members."""
    counts = Counter("exception" if result.exceptions else _STYLES[result.conclusion] for result in results)
    widths = {
        style: max(NARROWEST, width * counts[style] / len(results))
        for style in ("exception", "open", "ok", "none")
        if counts[style]
    }
    scale, made = width / sum(widths.values()), []
    for style, wide in widths.items():
        made.append((round(x, 2), round(wide * scale, 2), style))
        x += wide * scale
    return tuple(made)


def _text(style: str, noted: int, unknown: int, of: int) -> str:
    """Return the cell's sign; with the number of accounts where a column stands for several."""
    signs = {"ok": "✓", "none": "–"}
    if style in signs:
        return signs[style]
    if of == 1:
        return {"exception": "▲", "open": "?", "both": "▲?"}[style]
    parts = [f"▲{noted:,}"] if noted else []
    return " ".join([*parts, f"?{unknown:,}"] if unknown else parts)


def _alternative(found: Mapping[str, Sequence[AccountResult]]) -> str:
    return "Tests by accounts. " + " ".join(f"{test}: {_words(results)}." for test, results in found.items())


def _words(results: Iterable[AccountResult]) -> str:
    counts = Counter(result.conclusion for result in results)
    return ", ".join(f"{conclusion.value} in {counts[conclusion]:,}" for conclusion in _TOTALS)
