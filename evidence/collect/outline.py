"""Says what a run would cover: who is asking, which accounts and regions; nothing else is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.bundle.format.models import AccountState
from evidence.collect.access import AccountAccess
from evidence.collect.ahead import RoleTrial
from evidence.collect.discovery import OrganizationFacts
from evidence.collect.ledger import SkewMeasure
from evidence.collect.plan import PlannedUnit, plan_units
from evidence.collect.regions import Region
from evidence.collectors.base import Collector
from evidence.settings.model import Settings


@dataclass(frozen=True)
class RunOutline:
    """A run before its first unit: the way to ask, and whom."""

    settings: Settings
    access: AccountAccess
    collectors: Mapping[str, Collector]
    found: OrganizationFacts
    accounts: tuple[AccountState, ...]
    """Every known account, in scope or not."""
    regions: tuple[Region, ...]
    """Of the caller's account."""
    latency: float
    """Seconds that an answer took on average."""
    skew: SkewMeasure
    """AWS's clock against this machine's."""
    tried: RoleTrial | None = None
    """What came of entering one other account, where that was asked for and there is one."""

    @property
    def home(self) -> str:
        """The caller's own account."""
        return self.access.home.account

    @property
    def members(self) -> tuple[str, ...]:
        """The accounts in scope beside the caller's own, which are entered through the role."""
        return tuple(one.account for one in self.accounts if one.in_scope and one.account != self.home)

    def units(self) -> Iterator[PlannedUnit]:
        """Yield every unit, each account planned as if it had the caller's regions."""
        for account in (self.home, *self.members):
            yield from plan_units(self.collectors, account, self.regions, self.found.hosts)
