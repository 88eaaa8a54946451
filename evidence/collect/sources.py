"""Plans an account's units: enters the account, and plans the rest once its regions are known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evidence.aws.failures import Failure, RoleError
from evidence.collect import regions
from evidence.collect.context import AccountContext
from evidence.collect.plan import PlannedUnit, plan_units
from evidence.collect.regions import Region
from evidence.collect.store import UnitStore
from evidence.collect.units import EndedUnit
from evidence.collectors.base import Collector
from evidence.records import Scope


class UnitSource(Protocol):
    """The work of one account; everything but `open` is called by the runner's main thread."""

    @property
    def account(self) -> str:
        """The account's id."""
        ...

    def open(self) -> None:
        """Get ready, on a thread of the run; may ask AWS."""
        ...

    def first(self) -> Sequence[PlannedUnit]:
        """Return the units that can be planned at once."""
        ...

    def after(self, ended: EndedUnit) -> Sequence[PlannedUnit]:
        """Return the units that can be planned now that one has ended."""
        ...

    def services(self, unit: PlannedUnit) -> AccountContext:
        """Return what the unit is to be run with."""
        ...

    def depth(self, unit: PlannedUnit) -> int:
        """Return how many calls had to be answered before the unit's first can be sent."""
        ...


@dataclass(frozen=True)
class FixedUnits:
    """Units known beforehand, in an account that has been entered."""

    account: str
    units: Sequence[PlannedUnit]
    given: AccountContext
    base: int

    def open(self) -> None:
        """Nothing to do."""

    def first(self) -> Sequence[PlannedUnit]:
        """Return all units."""
        return self.units

    def after(self, ended: EndedUnit) -> Sequence[PlannedUnit]:
        """Return none: there are no more."""
        del ended
        return ()

    def services(self, unit: PlannedUnit) -> AccountContext:
        """Return the ones given."""
        del unit
        return self.given

    def depth(self, unit: PlannedUnit) -> int:
        """Return the depth given."""
        del unit
        return self.base


@dataclass(frozen=True)
class AccountEntry:
    """How an account is asked about itself, or about the organization."""

    services: AccountContext
    depth: int
    """Calls that had to be answered before its first."""


@dataclass(frozen=True)
class RunPlan:
    """What the accounts of a run have in common."""

    collectors: Mapping[str, Collector]
    hosts: Mapping[str, str]
    """Item of the organization to the account it is asked in."""
    store: UnitStore
    regions: Callable[[EndedUnit], tuple[Region, ...]]
    """Takes how an account's list of regions ended; returns which regions of it the run covers."""


class AccountSource:
    """One account: entered, its regions listed, then all its units."""

    def __init__(
        self,
        account: str,
        plan: RunPlan,
        own: Callable[[], AccountEntry],
        organization: Callable[[], AccountEntry] | None,
    ) -> None:
        self.account = account
        self._plan = plan
        self._enter = {Scope.ACCOUNT: own}
        if organization is not None:
            self._enter[Scope.ORGANIZATION] = organization
        self._ways: dict[Scope, AccountEntry | Failure] = {}

    def open(self) -> None:
        """Enter the account, for itself and where it answers for the organization."""
        for scope, enter in self._enter.items():
            try:
                self._ways[scope] = enter()
            except RoleError as error:
                self._ways[scope] = error.failure

    def first(self) -> Sequence[PlannedUnit]:
        """Return the unit that lists the account's regions."""
        item = self._plan.collectors[regions.REGIONS_ITEM]
        return self._refused(plan_units({item.item: item}, self.account, ()))

    def after(self, ended: EndedUnit) -> Sequence[PlannedUnit]:
        """Return all other units once the regions are known."""
        if ended.item != regions.REGIONS_ITEM:
            return ()
        known = self._plan.regions(ended)
        asked = tuple(region.state.region for region in known if region.asked)
        for scope, way in self._ways.items():
            if isinstance(way, AccountEntry):
                services = replace(way.services, regions=asked, regions_depth=max(ended.depth, way.depth))
                self._ways[scope] = AccountEntry(services, way.depth)
        units = plan_units(self._plan.collectors, self.account, known, self._plan.hosts)
        return self._refused([unit for unit in units if self._plan.store.find(unit.key) is None])

    def services(self, unit: PlannedUnit) -> AccountContext:
        """Return the account's services, or the organization's."""
        return self._way(unit).services

    def depth(self, unit: PlannedUnit) -> int:
        """Return the depth of entering the account, or of learning its regions."""
        way = self._way(unit)
        return way.depth if unit.target.region is None else max(way.depth, way.services.regions_depth)

    def _way(self, unit: PlannedUnit) -> AccountEntry:
        way = self._ways[_scope(unit)]
        if isinstance(way, Failure):
            raise RoleError(way)
        return way

    def _refused(self, units: Sequence[PlannedUnit]) -> Sequence[PlannedUnit]:
        """Mark the units of an account that could not be entered: each becomes a gap that says why."""
        return [
            replace(unit, refused=way) if isinstance(way, Failure) else unit
            for unit in units
            for way in [self._ways[_scope(unit)]]
        ]


def _scope(unit: PlannedUnit) -> Scope:
    return Scope.ORGANIZATION if unit.target.scope is Scope.ORGANIZATION else Scope.ACCOUNT
