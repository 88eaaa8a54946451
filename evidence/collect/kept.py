"""Says what stands of a job when it comes from an earlier part of the run, or from another process."""

from collections.abc import Mapping

from evidence.bundle.format.models import RegionState
from evidence.collect.job import JobSurroundings, decide_regions
from evidence.collect.jobs import EndedUnit, JobFolder, JobRecord, Key, UnitEntry
from evidence.collect.plan import Job, PlannedUnit, plan_units
from evidence.collect.regions import REGIONS_ITEM
from evidence.records import Scope, Target


def fits(job: Job, record: JobRecord, folder: JobFolder, around: JobSurroundings) -> bool:
    """Say whether a record tells of exactly the units that the job has, and of no file that is not theirs."""
    ended = {entry.key: EndedUnit(entry, folder) for entry in record.units}
    planned, states = _plan(job, ended, around)
    return (
        bool(planned)
        and ended.keys() == planned.keys()
        and record.regions == states
        and all(_is_of(planned[entry.key], entry) for entry in record.units)
    )


def kept_units(
    job: Job, record: JobRecord, folder: JobFolder, around: JobSurroundings
) -> tuple[UnitEntry, ...]:
    """Return the units that stand when a run goes on; everything else in the folder is deleted.

    Those do that are planned now, with their files as they were written, and none if the job's calls are not:
    nobody could tell then what was asked for them. A gap that may pass does not, nor does what builds on a
    unit that does not stand.
    """
    if not folder.has_calls_of(record):
        return ()
    held = folder.hold(record)
    parts = range(around.settings.part + 1)
    kept = {
        entry.key: entry
        for entry in record.units
        if entry.files.keys() <= held and not entry.may_pass and entry.part in parts
    }
    planned, _ = _plan(job, {key: EndedUnit(entry, folder) for key, entry in kept.items()}, around)
    kept = {key: entry for key, entry in kept.items() if key in planned and _is_of(planned[key], entry)}
    while dropped := [key for key in kept if any(n in planned and n not in kept for n in planned[key].needs)]:
        for key in dropped:
            del kept[key]
    return tuple(kept.values())


def _plan(
    job: Job, ended: Mapping[Key, EndedUnit], around: JobSurroundings
) -> tuple[dict[Key, PlannedUnit], tuple[RegionState, ...]]:
    """Return a job's units and what it tells of regions; none while the account's regions are not known."""
    key = (REGIONS_ITEM, Target(Scope.ACCOUNT, job.account))
    listed = ended.get(key) or around.ended.get(key)
    if listed is None or not listed.is_readable:
        return {}, ()
    regions = decide_regions(listed, around.settings, around.assumed)
    units = plan_units(around.collectors, job.account, regions, around.hosts)
    states = tuple(region.state for region in regions) if job.tells_regions else ()
    return {unit.key: unit for unit in units if unit.collector.item in job.items}, states


def _is_of(unit: PlannedUnit, entry: UnitEntry) -> bool:
    return unit.may_leave(entry.files, gap=entry.gap is not None)
