"""Summarises what was in scope and what is missing: accounts, regions, items, gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from evidence.bundle.format.models import RegionState
from evidence.bundle.open import Bundle
from evidence.readers import organizations
from evidence.readers.evidence import Evidence
from evidence.readers.organizations import CLOSED, run_accounts
from evidence.readers.unreadable import sort_out
from evidence.records import Outcome
from evidence.report.accounts import (
    OU_ROWS,
    REGION_ROWS,
    AccountRow,
    ExcludedAccounts,
    OuRow,
    RegionRow,
    account_rows,
    excluded_accounts,
    first_names,
    is_organization,
    most_telling,
    ou_rows,
    region_rows,
)
from evidence.report.gaps import (
    GAP_ROWS,
    ORGANIZATION_GAP_ROWS,
    OTHER_TARGETS,
    GapRow,
    gap_rows,
    organization_gap_rows,
)
from evidence.report.model import plural
from evidence.settings.model import Entity

ACCOUNT_ROWS = 200
ACCOUNTS_NAMED = 40
"""Accounts named one by one in the scope of an organization."""
LEFT_OUT_ROWS = 20
NOT_READABLE = "not readable"
NOT_EXAMINED = 8
"""Accounts named on the cover as not examined."""


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
    units: int
    collected: int
    empty: int
    gaps: int
    records: int


@dataclass(frozen=True, slots=True)
class OrganizationScope:
    """What stands in the place of each account's own lines where there are many."""

    ous: tuple[OuRow, ...]
    ous_more: int
    left_out: tuple[ExcludedAccounts, ...]
    left_out_more: int
    regions: tuple[RegionRow, ...]
    regions_more: int


@dataclass(frozen=True, slots=True)
class PolicyTypeRow:
    """The organization's policies of one type."""

    kind: str
    in_force: str
    count: str
    targets: str
    """Roots, units and accounts that have one of them."""


@dataclass(frozen=True, slots=True)
class ScopeSection:
    """The scope section."""

    accounts: tuple[AccountRow, ...]
    """All of them, or, where there are many, those in scope that have gaps."""
    accounts_in: int
    accounts_out: int
    accounts_more: int
    accounts_known: int
    regions: tuple[RegionGroup, ...]
    organization: OrganizationScope | None
    """Set where more than one account is in scope."""
    policies: tuple[PolicyTypeRow, ...]
    """By type; empty where they were not collected."""
    items: tuple[ItemRow, ...]
    excluded: tuple[tuple[str, str], ...]
    gaps: tuple[GapRow, ...]
    gap_total: int
    gaps_more: int
    units: int
    records: int


def scope(bundle: Bundle) -> ScopeSection:
    """Return what was planned and how it ended."""
    many = is_organization(bundle)
    known = account_rows(bundle)
    lacking = [row for row in known if row.in_scope and (row.gaps or not row.collected)]
    named = lacking if _binned(many, known) else known
    most_named = ACCOUNTS_NAMED if many else ACCOUNT_ROWS
    gaps = organization_gap_rows(bundle.gaps) if many else gap_rows(bundle.gaps)
    most_gaps = ORGANIZATION_GAP_ROWS if many else GAP_ROWS
    return ScopeSection(
        accounts=tuple(named[:most_named]),
        accounts_in=len(bundle.run.accounts),
        accounts_out=sum(not state.in_scope for state in bundle.run.account_states),
        accounts_more=max(0, len(named) - most_named),
        accounts_known=len(known),
        regions=() if many else _region_groups(bundle.run.regions),
        organization=_organization(bundle, known) if many else None,
        policies=_policy_types(bundle),
        items=tuple(_item_row(bundle, entry.item) for entry in bundle.run.items if entry.planned),
        excluded=tuple((entry.item, entry.reason) for entry in bundle.run.items if not entry.planned),
        gaps=tuple(gaps[:most_gaps]),
        gap_total=len(bundle.gaps),
        gaps_more=max(0, len(gaps) - most_gaps),
        units=len(bundle.run.units),
        records=sum(unit.records for unit in bundle.run.units),
    )


def scope_sentence(bundle: Bundle) -> str:
    """Return the scope in a sentence: `1 of 6 active accounts; not examined: log-archive (345678901234)`."""
    known = [state for state in run_accounts(bundle) if state.in_scope or state.state not in CLOSED]
    out = [
        f"{state.name} ({state.account})" if state.name else state.account
        for state in known
        if not state.in_scope
    ]
    regions = sorted({state.region for state in bundle.run.regions if state.in_scope})
    examined = len(known) - len(out)
    said = f"{examined:,} of {plural(len(known), 'active account')}" if out else plural(examined, "account")
    where = f", in {plural(len(regions), 'region')}" if regions else ""
    left = f"; not examined: {first_names(out, NOT_EXAMINED)}" if out else ""
    return f"{said}{where}{left}."


def distance(entity: Entity, finished: datetime) -> str:
    """Say how far the evidence is from the end of the period; empty where no period is stated."""
    if entity.period_end is None:
        return ""
    days = (finished.astimezone(UTC).date() - entity.period_end).days
    if days == 0:
        return "collected on the period's last day"
    return f"collected {plural(abs(days), 'day')} {'after' if days > 0 else 'before'} the period's end"


def _policy_types(bundle: Bundle) -> tuple[PolicyTypeRow, ...]:
    """Count the organization's policies by type; one that cannot be read is of no type, and said so."""
    known, unread = sort_out(organizations.policies(Evidence.whole(bundle)))
    off = {one.kind for one in known if not one.enabled}
    by_type = {kind: [one for one in known if one.enabled and one.kind == kind]
               for kind in sorted({one.kind for one in known})}  # fmt: skip
    rows = [
        PolicyTypeRow(kind, "no: the type is not enabled" if kind in off else "yes", f"{len(listed):,}",
                      f"{len({target for one in listed for target in one.targets}):,}")
        for kind, listed in by_type.items()
    ]  # fmt: skip
    rows += [PolicyTypeRow(one.short, NOT_READABLE, NOT_READABLE, NOT_READABLE) for one in unread[:1]]
    return tuple(rows)


def _binned(many: bool, known: Sequence[AccountRow]) -> bool:
    """Tell whether the accounts are too many to be listed one by one."""
    return many and len(known) > ACCOUNTS_NAMED


def _organization(bundle: Bundle, known: Sequence[AccountRow]) -> OrganizationScope:
    ous, out, regions = ou_rows(known), excluded_accounts(known), region_rows(bundle)
    return OrganizationScope(
        ous=most_telling(ous),
        ous_more=max(0, len(ous) - OU_ROWS),
        left_out=out[:LEFT_OUT_ROWS],
        left_out_more=sum(group.count for group in out[LEFT_OUT_ROWS:]),
        regions=regions[:REGION_ROWS],
        regions_more=max(0, len(regions) - REGION_ROWS),
    )


def _region_groups(regions: tuple[RegionState, ...]) -> tuple[RegionGroup, ...]:
    def key(state: RegionState) -> tuple[str, bool, str]:
        return state.account, not state.in_scope, state.reason

    alike: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
    for (account, out, reason), members in groupby(sorted(regions, key=key), key=key):
        names = tuple(sorted(state.region for state in members))
        alike.setdefault((not out, reason, names), []).append(account)
    return tuple(
        RegionGroup(first_names(accounts, OTHER_TARGETS), in_scope, ", ".join(names), len(names), reason)
        for (in_scope, reason, names), accounts in alike.items()
    )


def _item_row(bundle: Bundle, item: str) -> ItemRow:
    units = bundle.units(item)
    outcomes = [unit.outcome for unit in units]
    return ItemRow(
        item=item,
        units=len(units),
        collected=outcomes.count(Outcome.COLLECTED),
        empty=outcomes.count(Outcome.EMPTY),
        gaps=outcomes.count(Outcome.GAP),
        records=sum(unit.records for unit in units),
    )
