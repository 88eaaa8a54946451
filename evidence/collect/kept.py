"""Says what stands of a job when it comes from an earlier part of the run, or from another process."""

from collections.abc import Collection, Mapping

from evidence.collect.job import JobSurroundings, decide_regions
from evidence.collect.jobs import EndedUnit, JobFolder, JobRecord, Key, UnitEntry
from evidence.collect.plan import Job, before, plan_units
from evidence.collect.regions import REGIONS_ITEM
from evidence.collectors.base import Collector
from evidence.records import Scope, Target


def fits(job: Job, record: JobRecord, folder: JobFolder, around: JobSurroundings) -> bool:
    """Say whether a record tells of exactly the units that the job has, and of no file that is not theirs."""
    ended = {entry.key: EndedUnit(entry, folder) for entry in record.units}
    key = (REGIONS_ITEM, Target(Scope.ACCOUNT, job.account))
    listed = ended.get(key) or around.ended.get(key)
    if listed is None:
        return False
    regions = decide_regions(listed, around.settings, around.assumed)
    units = plan_units(around.collectors, job.account, regions, around.hosts)
    planned = {unit.key: unit for unit in units if unit.collector.item in job.items}
    states = tuple(region.state for region in regions) if job.tells_regions else ()
    return (
        ended.keys() == planned.keys()
        and record.regions == states
        and all(
            planned[entry.key].may_leave(entry.files, gap=entry.gap is not None) for entry in record.units
        )
    )


def kept_units(
    record: JobRecord, held: Collection[str], collectors: Mapping[str, Collector]
) -> tuple[UnitEntry, ...]:
    """Return the units that stand when a run goes on; `held` are the files that are still what they were.

    A gap that may pass does not, nor does what builds on a unit that does not stand.
    """
    kept = {
        entry.key: entry
        for entry in record.units
        if entry.files.keys() <= set(held) and not entry.may_pass and entry.unit.item in collectors
    }
    while dropped := [key for key in kept if _builds_on_another(key, record, kept, collectors)]:
        for key in dropped:
            del kept[key]
    return tuple(kept.values())


def _builds_on_another(
    key: Key, record: JobRecord, kept: Collection[Key], collectors: Mapping[str, Collector]
) -> bool:
    item, target = key
    needed = {REGIONS_ITEM, *before(collectors[item], collectors)} - {item}
    return any(
        other.unit.item in needed
        and other.key not in kept
        and (target.region is None or other.unit.target.region in (None, target.region))
        for other in record.units
    )
