"""What was in scope and what is missing: accounts, regions, items, gaps."""

from dataclasses import dataclass
from itertools import groupby

from evidence.bundle.models import GapRecord, RegionState
from evidence.bundle.reader import Bundle
from evidence.records import Outcome
from evidence.report.facts import ItemFacts
from evidence.report.names import sheet_pointer

GAP_ROWS = 150
OTHER_TARGETS = 24


@dataclass(frozen=True, slots=True)
class RegionGroup:
    """Regions of one account that share status and reason."""

    account: str
    in_scope: bool
    regions: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One evidence item as it ended."""

    item: str
    title: str
    units: int
    collected: int
    empty: int
    gaps: int
    records: int
    elsewhere: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """Gaps that differ in nothing but their target."""

    item: str
    targets: str
    count: int
    cause: str
    operation: str
    error: str
    message: str
    effect: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope section."""

    accounts: tuple[str, ...]
    regions: tuple[RegionGroup, ...]
    items: tuple[ItemRow, ...]
    excluded: tuple[tuple[str, str], ...]
    gaps: tuple[GapRow, ...]
    gap_total: int
    gaps_more: int
    units: int
    records: int


def scope(bundle: Bundle, facts: tuple[ItemFacts, ...]) -> Scope:
    """Return what was planned and how it ended."""
    titles = {fact.item: fact.title for fact in facts}
    gaps = _gap_rows(bundle.gaps)
    return Scope(
        accounts=bundle.run.accounts,
        regions=_region_groups(bundle.run.regions),
        items=tuple(
            _item_row(bundle, entry.item, titles.get(entry.item, ""))
            for entry in bundle.run.items
            if entry.planned
        ),
        excluded=tuple((entry.item, entry.reason) for entry in bundle.run.items if not entry.planned),
        gaps=tuple(gaps[:GAP_ROWS]),
        gap_total=len(bundle.gaps),
        gaps_more=max(0, len(gaps) - GAP_ROWS),
        units=len(bundle.run.units),
        records=sum(unit.records for unit in bundle.run.units),
    )


def _region_groups(regions: tuple[RegionState, ...]) -> tuple[RegionGroup, ...]:
    def key(state: RegionState) -> tuple[str, bool, str]:
        return state.account, not state.in_scope, state.reason

    groups = []
    for (account, out, reason), members in groupby(sorted(regions, key=key), key=key):
        names = sorted(state.region for state in members)
        groups.append(RegionGroup(account, not out, ", ".join(names), len(names), reason))
    return tuple(groups)


def _item_row(bundle: Bundle, item: str, title: str) -> ItemRow:
    units = bundle.units(item)
    outcomes = [unit.outcome for unit in units]
    return ItemRow(
        item=item,
        title=title,
        units=len(units),
        collected=outcomes.count(Outcome.COLLECTED),
        empty=outcomes.count(Outcome.EMPTY),
        gaps=outcomes.count(Outcome.GAP),
        records=sum(unit.records for unit in units),
        elsewhere=sheet_pointer(item),
    )


def _gap_rows(gaps: tuple[GapRecord, ...]) -> list[GapRow]:
    def key(gap: GapRecord) -> tuple[str, ...]:
        return gap.item, gap.cause.value, gap.operation, gap.error_code, gap.message, gap.effect

    rows = []
    for (item, cause, operation, error, message, effect), members in groupby(sorted(gaps, key=key), key=key):
        targets = [gap.target.target().label for gap in members]
        shown = ", ".join(targets[:OTHER_TARGETS])
        if len(targets) > OTHER_TARGETS:
            shown += f" and {len(targets) - OTHER_TARGETS} more (sheet Gaps)"
        rows.append(GapRow(item, shown, len(targets), cause, operation, error, message, effect))
    return rows
