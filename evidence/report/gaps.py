"""Groups gaps for printing: those that differ in nothing but their target are one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from evidence.bundle.format.models import GapRecord
from evidence.report.accounts import first_names

GAP_ROWS = 150
ORGANIZATION_GAP_ROWS = 40
OTHER_TARGETS = 24
ITEMS_SHOWN = 6
MANY_ITEMS = "Nothing that needs one of these items is concluded for these accounts."


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


def gap_rows(gaps: tuple[GapRecord, ...]) -> list[GapRow]:
    """Return the gaps, each message and effect in its own words."""

    def key(gap: GapRecord) -> tuple[str, ...]:
        return gap.item, gap.cause.value, gap.operation, gap.error_code, gap.message, gap.effect

    rows = []
    for (item, cause, operation, error, message, effect), members in groupby(sorted(gaps, key=key), key=key):
        targets = [gap.where for gap in members]
        shown = ", ".join(targets[:OTHER_TARGETS])
        if len(targets) > OTHER_TARGETS:
            shown += f" and {len(targets) - OTHER_TARGETS} more (sheet Gaps)"
        rows.append(GapRow(item, shown, len(targets), cause, operation, error, message, effect))
    return rows


def organization_gap_rows(gaps: Sequence[GapRecord]) -> list[GapRow]:
    """Return the gaps of many accounts, the most frequent first.

    AWS's messages name the account, so they do not tell rows apart; one is shown. Items that are missing for
    the same accounts from the same cause are one row: an account that cannot be entered lacks all of them.
    """
    by_item: dict[tuple[str, str, str, str], list[GapRecord]] = {}
    for gap in gaps:
        by_item.setdefault((gap.cause.value, gap.operation, gap.error_code, gap.item), []).append(gap)
    alike: dict[tuple[str, str, str, tuple[str, ...]], list[GapRecord]] = {}
    for (cause, operation, error, _), members in by_item.items():
        accounts = tuple(sorted({gap.target.account for gap in members}))
        alike.setdefault((cause, operation, error, accounts), []).extend(members)
    rows = [_row(*key, members) for key, members in alike.items()]
    return sorted(rows, key=lambda row: (-row.count, row.cause, row.item))


def _row(
    cause: str, operation: str, error: str, accounts: tuple[str, ...], members: Sequence[GapRecord]
) -> GapRow:
    items = sorted({gap.item for gap in members})
    messages = _distinct(gap.message for gap in members)
    effects = _distinct(gap.effect for gap in members)
    more = f" (and {len(messages) - 1:,} more wordings in sheet Gaps)" if len(messages) > 1 else ""
    several = effects[0] if len(effects) == 1 else MANY_ITEMS
    return GapRow(
        item=first_names(items, ITEMS_SHOWN),
        targets=_targets(members)
        if len(accounts) == 1
        else f"{len(accounts):,} accounts: {first_names(accounts)}",
        count=len(members),
        cause=cause,
        operation=operation,
        error=error,
        message=f"{messages[0]}{more}" if messages[0] else "",
        effect=several,
    )


def _targets(members: Sequence[GapRecord]) -> str:
    return first_names(_distinct(gap.where for gap in members))


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
