"""What was in scope and what is missing: accounts, regions, items, gaps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from evidence.bundle.models import AccountState, GapRecord, RegionState
from evidence.bundle.reader import Bundle
from evidence.records import Outcome
from evidence.report.facts import ItemFacts
from evidence.report.names import sheet_pointer

GAP_ROWS = 150
ACCOUNT_ROWS = 200
OTHER_TARGETS = 24


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account that the run knew of, and how far it was collected."""

    account: str
    name: str
    unit: str
    state: str
    in_scope: bool
    collected: int
    gaps: int
    reason: str
    role: str


@dataclass(frozen=True, slots=True)
class RegionGroup:
    """Regions that share status and reason, of accounts that have the same."""

    accounts: str
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

    accounts: tuple[AccountRow, ...]
    accounts_in: int
    accounts_out: int
    accounts_more: int
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
        accounts=_account_rows(bundle)[:ACCOUNT_ROWS],
        accounts_in=len(bundle.run.accounts),
        accounts_out=sum(not state.in_scope for state in bundle.run.account_states),
        accounts_more=max(0, len(_account_rows(bundle)) - ACCOUNT_ROWS),
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


def _account_rows(bundle: Bundle) -> tuple[AccountRow, ...]:
    """Return the accounts, those with gaps first, then the collected ones, then those left out."""
    outcomes: dict[str, Counter[Outcome]] = {}
    for unit in bundle.run.units:
        outcomes.setdefault(unit.target.account, Counter())[unit.outcome] += 1
    states = bundle.run.account_states or tuple(
        AccountState(account=account, state="", in_scope=True, reason="") for account in bundle.run.accounts
    )
    rows = [
        AccountRow(
            account=state.account,
            name=state.name
            + (" (management)" if state.management and "management" not in state.name else ""),
            unit=state.unit,
            state=state.state,
            in_scope=state.in_scope,
            collected=outcomes[state.account].total() - outcomes[state.account][Outcome.GAP]
            if state.account in outcomes
            else 0,
            gaps=outcomes[state.account][Outcome.GAP] if state.account in outcomes else 0,
            reason=state.reason,
            role=state.role,
        )
        for state in states
    ]
    return tuple(sorted(rows, key=lambda row: (not row.in_scope, not row.gaps, row.account)))


def _region_groups(regions: tuple[RegionState, ...]) -> tuple[RegionGroup, ...]:
    def key(state: RegionState) -> tuple[str, bool, str]:
        return state.account, not state.in_scope, state.reason

    alike: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
    for (account, out, reason), members in groupby(sorted(regions, key=key), key=key):
        names = tuple(sorted(state.region for state in members))
        alike.setdefault((not out, reason, names), []).append(account)
    return tuple(
        RegionGroup(_bounded(accounts), in_scope, ", ".join(names), len(names), reason)
        for (in_scope, reason, names), accounts in alike.items()
    )


def _bounded(names: Sequence[str]) -> str:
    shown = ", ".join(names[:OTHER_TARGETS])
    return shown if len(names) <= OTHER_TARGETS else f"{shown} and {len(names) - OTHER_TARGETS} more"


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
