"""Estimates how many calls a unit takes: by the demo account, or by an earlier bundle."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evidence.bundle.format.models import Run
from evidence.collectors.base import catalogue
from evidence.records import Outcome, Scope


@dataclass(frozen=True, slots=True)
class OrganizationSize:
    """What the number of calls depends on."""

    listed: int
    """Accounts, those left out included."""
    covered: int
    """Accounts in scope."""
    regions: int
    """Regions in scope, of each."""

    def of(self, item: str) -> int:
        """Return by what an item's calls are multiplied."""
        collector = catalogue().get(item)
        grows_by = collector.grows_by if collector else None
        if grows_by is Scope.REGION:
            return self.covered * self.regions
        return self.listed if grows_by is Scope.ACCOUNT else 1


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """Calls by item: for one unit, and of those that grow with the organization for one account or region."""

    rates: Mapping[str, float]
    basis: str
    """Where they come from, as the plan says it."""
    listed: int = 1
    """Accounts of the organization, as far as known there: without `--organization` a plan lists none."""

    def calls(self, item: str, units: int, size: OrganizationSize) -> int:
        """Return the likely calls of so many units of an item; at least one each."""
        known = replace(size, listed=max(size.listed, self.listed))
        return max(units, round(units * known.of(item) * self.rates.get(item, 1)))


def by_demo_account() -> CallEstimate:
    """Return what items took there, as their collectors declare it.

    What really comes depends most on the number of roles.
    """
    return CallEstimate(
        {item: collector.calls for item, collector in catalogue().items()},
        "the demo account (41 users, 97 roles, 10 permission sets)",
    )


def by_bundle(run: Run) -> CallEstimate:
    """Return what items took in a collection that has been; what it lacks is reckoned by the demo account.

    Gaps are left out: a unit that failed says nothing of what it takes when it does not.
    """
    listed = max(len(run.account_states), len(run.accounts))
    size = OrganizationSize(listed, len(run.accounts), _regions_each(run))
    units: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for unit in run.units:
        if unit.outcome is not Outcome.GAP:
            units[unit.item] += 1
            calls[unit.item] += unit.calls
    own = {item: calls[item] / (n * size.of(item)) for item, n in units.items()}
    return CallEstimate({**by_demo_account().rates, **own}, run.bundle, listed)


def _regions_each(run: Run) -> int:
    """Return the most regions in scope that any account has: a plan takes every account to have the same."""
    counted = Counter(state.account for state in run.regions if state.in_scope)
    return max(counted.values(), default=1)
