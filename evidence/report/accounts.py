"""Summarises the accounts of a run: what was collected of each, by organizational unit and by region."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.bundle.format.models import AccountState
from evidence.bundle.open import Bundle
from evidence.readers.organizations import run_accounts
from evidence.records import Outcome

OU_ROWS = 40
REGION_ROWS = 60
NAMES_SHOWN = 8
NO_OU = "(no organizational unit known)"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account that the run knew of, and how far it was collected."""

    account: str
    name: str
    ou: str
    state: str
    in_scope: bool
    collected: int
    """Units of evidence that were collected, empty answers among them."""
    gaps: int
    reason: str
    role: str


@dataclass(frozen=True, slots=True)
class OuRow:
    """The accounts of one organizational unit."""

    ou: str
    complete: int
    """Accounts in scope without a gap."""
    partly: int
    """Accounts in scope with gaps and with evidence."""
    nothing: int
    """Accounts in scope of which nothing was collected."""
    out: int
    collected: int
    gaps: int


@dataclass(frozen=True, slots=True)
class ExcludedAccounts:
    """Accounts that were left out for the same reason."""

    reason: str
    count: int
    accounts: str


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region over all accounts in scope."""

    region: str
    inside: int
    """Accounts in which it is in scope."""
    outside: int
    reasons: str
    """Why it is out, with the number of accounts."""


def is_organization(bundle: Bundle) -> bool:
    """Tell whether the bundle holds the evidence of more than one account."""
    return len(bundle.run.accounts) > 1


def account_rows(bundle: Bundle) -> tuple[AccountRow, ...]:
    """Return the accounts, those with gaps first, then the collected ones, then those left out."""
    outcomes: dict[str, Counter[Outcome]] = {}
    for unit in bundle.run.units:
        outcomes.setdefault(unit.target.account, Counter())[unit.outcome] += 1
    rows = [_account_row(state, outcomes.get(state.account, Counter())) for state in run_accounts(bundle)]
    return tuple(sorted(rows, key=lambda row: (not row.in_scope, not row.gaps, row.account)))


def _account_row(state: AccountState, outcomes: Counter[Outcome]) -> AccountRow:
    return AccountRow(
        account=state.account,
        name=state.name + (" (management)" if state.management and "management" not in state.name else ""),
        ou=state.unit,
        state=state.state,
        in_scope=state.in_scope,
        collected=outcomes.total() - outcomes[Outcome.GAP],
        gaps=outcomes[Outcome.GAP],
        reason=state.reason,
        role=state.role,
    )


def ou_rows(rows: Iterable[AccountRow]) -> tuple[OuRow, ...]:
    """Return the organizational units, in the order of their paths."""
    by_ou: dict[str, list[AccountRow]] = {}
    for row in rows:
        by_ou.setdefault(row.ou or NO_OU, []).append(row)
    return tuple(_ou_row(ou, by_ou[ou]) for ou in sorted(by_ou))


def _ou_row(ou: str, members: Sequence[AccountRow]) -> OuRow:
    inside = [row for row in members if row.in_scope]
    # An account without any unit of evidence is one of which nothing was collected, not a complete one.
    complete = sum(bool(row.collected) and not row.gaps for row in inside)
    nothing = sum(not row.collected for row in inside)
    return OuRow(
        ou=ou,
        complete=complete,
        partly=len(inside) - complete - nothing,
        nothing=nothing,
        out=len(members) - len(inside),
        collected=sum(row.collected for row in inside),
        gaps=sum(row.gaps for row in inside),
    )


def most_telling(rows: Sequence[OuRow], limit: int = OU_ROWS) -> tuple[OuRow, ...]:
    """Return as many rows as there is room for, those with gaps and with many accounts before others."""
    kept = sorted(rows, key=lambda row: (-row.gaps, -(row.complete + row.partly + row.out), row.ou))[:limit]
    return tuple(sorted(kept, key=lambda row: row.ou))


def excluded_accounts(rows: Iterable[AccountRow]) -> tuple[ExcludedAccounts, ...]:
    """Return the accounts that were left out, by reason, the most frequent first."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if not row.in_scope:
            by_reason.setdefault(row.reason, []).append(row.account)
    found = [ExcludedAccounts(reason, len(names), first_names(names)) for reason, names in by_reason.items()]
    return tuple(sorted(found, key=lambda group: (-group.count, group.reason)))


def region_rows(bundle: Bundle) -> tuple[RegionRow, ...]:
    """Return the regions over the accounts in scope, those in scope most often first."""
    inside: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for state in bundle.run.regions:
        why = reasons.setdefault(state.region, Counter())
        if state.in_scope:
            inside[state.region] += 1
        else:
            why[state.reason] += 1
    rows = [RegionRow(region, inside[region], why.total(), _reasons(why)) for region, why in reasons.items()]
    return tuple(sorted(rows, key=lambda row: (-row.inside, row.region)))


def _reasons(why: Counter[str]) -> str:
    ranked = sorted(why.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = "; ".join(f"{reason} ({count:,})" for reason, count in ranked[:3])
    return shown + (f"; and {len(ranked) - 3} more reasons" if len(ranked) > 3 else "")


def first_names(names: Sequence[str], limit: int = NAMES_SHOWN) -> str:
    """Return the first names, and how many there are besides."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"
