"""Plans a collection: chooses the items, and makes one unit for each item and target."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from evidence.bundle.format.models import ItemScope
from evidence.collect.jobs import Key
from evidence.collect.order import heights
from evidence.collect.regions import REGIONS_ITEM, Region
from evidence.collectors.base import Collector
from evidence.errors import UsageError
from evidence.records import CONFIG_RESULTS, ORGANIZATION_FOLDER, Cause, ConfigSource, Scope, Target

CALLER_ITEM = "sts.caller"
_SCOPE_ORDER = {Scope.ORGANIZATION: 0, Scope.ACCOUNT: 1, Scope.REGION: 2}

_AGGREGATED = "read from a Config aggregator instead: config.aggregate-compliance"


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One (target, item) pair of the run."""

    collector: Collector
    target: Target
    needs: tuple[Key, ...]
    """The units whose records it builds on."""
    urgency: int
    """Smaller is sooner: units at the start of long chains come first."""
    doomed: Cause | None = None
    """Set for a unit that becomes a gap without a call, because its region is not ready."""

    @property
    def key(self) -> Key:
        """What names the unit in a run."""
        return self.collector.item, self.target

    @property
    def path(self) -> str:
        """Its records' file below data/."""
        return self.collector.path(self.target)

    def path_of(self, file: str) -> str:
        """Return the path below data/ of a file that the collector leaves beside its records.

        Raises ValueError when its name does not start with the item's own, or with its folder.
        """
        if not file.startswith(self._beginnings):
            raise ValueError(f"{self.collector.item} may not write {file!r}")
        return f"{self.target.folder}/{self.collector.service}/{file}"

    def may_leave(self, paths: Collection[str], *, gap: bool) -> bool:
        """Say whether these can be the files that the unit left: its records, and others named after it."""
        own = tuple(f"{self.target.folder}/{self.collector.service}/{one}" for one in self._beginnings)
        if gap:
            return not paths
        return self.path in paths and all(path.startswith(own) for path in paths)

    @property
    def _beginnings(self) -> tuple[str, ...]:
        folder = self.collector.folder
        return (self.collector.name, *([f"{folder}/"] if folder else []))


def choose_items(
    catalogue: Mapping[str, Collector], exclude: Collection[str], source: ConfigSource = "accounts"
) -> tuple[dict[str, Collector], tuple[ItemScope, ...]]:
    """Return the collectors to run, and every item with why it runs or not.

    An item that builds on an excluded one is excluded too. Of the sources of AWS Config's results one is
    asked; an aggregator that is not is not mentioned. Raises UsageError for an item that does not exist, and
    for the two that a run cannot do without.
    """
    for item in exclude:
        if item not in catalogue:
            raise UsageError(
                f"There is no evidence item {item!r} to exclude.", "`evidence items` lists them."
            )
        if item in (CALLER_ITEM, REGIONS_ITEM):
            raise UsageError(f"{item} cannot be excluded: the run is planned from it.")
    reasons = dict.fromkeys(exclude, "excluded by a setting")
    if source == "aggregator":
        reasons |= dict.fromkeys(CONFIG_RESULTS["accounts"], _AGGREGATED)
    else:
        catalogue = {item: one for item, one in catalogue.items() if item not in CONFIG_RESULTS["aggregator"]}
    for item in _in_order(catalogue):
        missing = [need for need in catalogue[item].needs if need in reasons]
        if missing and item not in reasons:
            reasons[item] = f"builds on {missing[0]}, which is excluded"
    scopes = tuple(
        ItemScope(
            item=item,
            planned=item not in reasons,
            reason=reasons.get(item, "collected by default"),
            title=catalogue[item].title,
            headline=catalogue[item].headline,
        )
        for item in sorted(catalogue)
    )
    return {item: catalogue[item] for item in sorted(catalogue) if item not in reasons}, scopes


def plan_units(
    collectors: Mapping[str, Collector],
    account: str,
    regions: Iterable[Region],
    hosts: Mapping[str, str] | None = None,
) -> tuple[PlannedUnit, ...]:
    """Return every unit of an account, the most urgent first.

    `hosts` names the account in which an item of the organization is asked, where it is not this one.
    """
    hosts = hosts or {}
    covered = [region for region in regions if region.state.in_scope]
    urgency = _start_order(collectors)
    units = [
        PlannedUnit(
            collector=collector,
            target=target,
            needs=tuple(_needs(collector, target, collectors, covered, hosts=hosts)),
            urgency=urgency[collector.item],
            doomed=doomed,
        )
        for collector in collectors.values()
        for target, doomed in _targets(collector, account, covered, hosts)
        if target.account == account
    ]
    return tuple(sorted(units, key=lambda unit: (unit.urgency, unit.target, unit.collector.item)))


def _targets(
    collector: Collector, account: str, regions: Sequence[Region], hosts: Mapping[str, str]
) -> list[tuple[Target, Cause | None]]:
    if collector.scope is Scope.ORGANIZATION:
        return [(Target(collector.scope, hosts.get(collector.item, account)), None)]
    if collector.scope is not Scope.REGION:
        return [(Target(collector.scope, account), None)]
    return [(Target(Scope.REGION, account, region.state.region), region.doomed) for region in regions]


def _needs(
    collector: Collector,
    target: Target,
    collectors: Mapping[str, Collector],
    regions: Sequence[Region],
    *,
    hosts: Mapping[str, str],
) -> Iterable[Key]:
    """Yield the needed units: in the same region where both are regional, else in every region."""
    for item in before(collector, collectors):
        needed = collectors[item]
        if needed.scope is Scope.REGION and target.scope is Scope.REGION:
            yield item, target
        else:
            for other, _ in _targets(needed, target.account, regions, hosts):
                yield item, other


def _in_order(catalogue: Mapping[str, Collector]) -> Iterable[str]:
    """Return items so that each comes after those it needs."""
    graph = {item: before(catalogue[item], catalogue) for item in sorted(catalogue)}
    return TopologicalSorter(graph).static_order()


def before(collector: Collector, catalogue: Mapping[str, Collector]) -> tuple[str, ...]:
    """Return the items that run before one: those it needs, and those it uses as far as they run at all."""
    return (*collector.needs, *(item for item in collector.uses if item in catalogue))


def _start_order(collectors: Mapping[str, Collector]) -> dict[str, int]:
    """Rank items by the length of the chain of items that wait for them, then by scope.

    The organization's and the account's listings run to many pages, one after the other; a region's are
    short. Starting the long ones first lets everything else overlap with them.
    """
    below = heights({item: before(one, collectors) for item, one in collectors.items()})
    deepest = max(below.values(), default=0)
    return {
        item: (deepest - below[item]) * len(_SCOPE_ORDER) + _SCOPE_ORDER[collector.scope]
        for item, collector in collectors.items()
    }


@dataclass(frozen=True, slots=True)
class Job:
    """What is collected and kept as one: an account with its regions, or one item of the organization.

    Accounts that answer for the organization have their list of regions as a job of its own, as the
    organization's items build on it.
    """

    account: str
    """Where it is asked."""
    items: tuple[str, ...]
    scope: Scope
    """ACCOUNT, with its regions; or ORGANIZATION."""

    @property
    def name(self) -> str:
        """Names the job in a run, and its folder."""
        if self.scope is Scope.ORGANIZATION:
            return f"{ORGANIZATION_FOLDER}.{self.items[0]}"
        return f"{self.account}.regions" if self.items == (REGIONS_ITEM,) else self.account

    @property
    def tells_regions(self) -> bool:
        """Whether the job says which regions of its account the run covers."""
        return REGIONS_ITEM in self.items

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """In which order a bundle tells of jobs: lists of regions, the organization, accounts."""
        return self.name == self.account, self.scope is Scope.ORGANIZATION, self.name


def plan_jobs(
    collectors: Mapping[str, Collector],
    accounts: Collection[str],
    here: Collection[str],
    hosts: Mapping[str, str],
) -> dict[Job, tuple[Job, ...]]:
    """Return the jobs of a run, each with those that have to be whole before it begins.

    `here` are the accounts that answer for the organization, the caller's own first: their items may use
    the organization's. All others have need of nothing, but for the caller's regions, which stand in where an
    account does not list its own.
    """
    regions = {account: Job(account, (REGIONS_ITEM,), Scope.ACCOUNT) for account in here}
    asked = {
        item: Job(hosts[item], (item,), Scope.ORGANIZATION)
        for item, one in collectors.items()
        if one.scope is Scope.ORGANIZATION
    }
    own = tuple(item for item, one in collectors.items() if one.scope is not Scope.ORGANIZATION)
    used = [asked[need] for item in own for need in before(collectors[item], collectors) if need in asked]
    caller, *_ = here
    jobs: dict[Job, tuple[Job, ...]] = {
        job: () if account == caller else (regions[caller],) for account, job in regions.items()
    }
    for item, job in asked.items():
        needs = (asked[need] for need in before(collectors[item], collectors) if need in asked)
        jobs[job] = (regions[job.account], *needs)
    for account in accounts:
        if account in regions:
            left = tuple(item for item in own if item != REGIONS_ITEM)
            jobs[Job(account, left, Scope.ACCOUNT)] = (regions[account], *dict.fromkeys(used))
        else:
            jobs[Job(account, own, Scope.ACCOUNT)] = (regions[caller],)
    return jobs
