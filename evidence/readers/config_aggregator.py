"""Reads the Config aggregator that results came from: how current each of its sources is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.bundle.format import bag
from evidence.readers.evidence import Evidence, joined_names, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import (
    MALFORMED,
    MalformedEvidenceError,
    Unreadable,
    reason,
    require_readable,
)

AGGREGATORS = "config.aggregators"
ORGANIZATION, ACCOUNT = "ORGANIZATION", "ACCOUNT"
SUCCEEDED = "SUCCEEDED"
STATUSES = (SUCCEEDED, "FAILED", "OUTDATED")

Place = tuple[str, str]
"""Account and region."""


@dataclass(frozen=True, slots=True)
class AggregationSource:
    """What the aggregator says of one of its sources (config AggregatedSourceStatus)."""

    status: str
    updated: datetime | None
    error: str
    """Code of the last failure; empty without one."""
    pointer: Pointer

    def doubt(self, as_of: datetime, hours: int) -> str:
        """Return why it may not hold what the source knows; empty when it was updated lately, and well."""
        if self.status != SUCCEEDED:
            return f"last update {self.status}{f' ({self.error})' if self.error else ''}"
        if self.updated is None:
            return "last update of an unknown time"
        if as_of - self.updated > timedelta(hours=hours):
            return f"last updated {_when(self.updated)}, more than {hours} hours before {_when(as_of)}"
        return ""


@dataclass(frozen=True, slots=True)
class Aggregator:
    """The one aggregator that the run used."""

    arn: str
    name: str
    account: str
    region: str
    filters: str
    """What alone it gathers, in words; empty when it is not narrowed."""
    covers: str
    """What it is told to gather, in words."""
    sources: Mapping[Place, tuple[AggregationSource, ...]]
    organization: tuple[AggregationSource, ...]
    """The organization itself as a source; none where accounts are named one by one."""
    asked: datetime
    pointer: Pointer

    @property
    def label(self) -> str:
        """How rows name it as their source."""
        return f"aggregator {self.name} in {self.account} {self.region}"

    def doubt(self, place: Place, hours: int) -> str:
        """Return why nothing follows from what it holds of an account and region; empty if it may be used."""
        if self.filters:
            return f"the aggregator gathers {self.filters} only"
        found = self.sources.get(place, ())
        if not found:
            return "not a source of the aggregator"
        return next((doubt for one in found if (doubt := one.doubt(self.asked, hours))), "")


def aggregator(evidence: Evidence) -> Aggregator:
    """Return the aggregator that the run used; raises MalformedEvidenceError unless it is exactly one."""
    (one,) = require_readable((read_aggregator(evidence),))
    return one


def read_aggregator(evidence: Evidence) -> Aggregator | Unreadable:
    """Return the aggregator that the run used, `Unreadable` unless it is exactly one and can be read."""
    return evidence.once(AGGREGATORS, lambda: _read(evidence))


def _read(evidence: Evidence) -> Aggregator | Unreadable:
    try:
        return _aggregator(evidence)
    except MALFORMED as error:
        files = [file for unit in evidence.bundle.units(AGGREGATORS) for file in unit.files]
        return Unreadable(Pointer(files[0] if files else bag.GAPS), reason(error))


def _aggregator(evidence: Evidence) -> Aggregator:
    used = [
        found
        for found in evidence.kind(AGGREGATORS, "ConfigurationAggregator")
        if found.value["Used"] is True
    ]
    if len(used) != 1:
        raise MalformedEvidenceError(f"{len(used)} aggregators are said to be used where one belongs")
    sources: dict[Place, list[AggregationSource]] = {}
    organization = []
    for located in evidence.kind(AGGREGATORS, "AggregatedSourceStatus"):
        status = located.value["AggregatedSourceStatus"]
        if require_text(status["SourceType"]) == ORGANIZATION:
            organization.append(_source(status, located))
        else:
            place = require_text(status["SourceId"]), require_text(status["AwsRegion"])
            sources.setdefault(place, []).append(_source(status, located))
    one = used[0].value["ConfigurationAggregator"]
    units = evidence.bundle.units(AGGREGATORS)
    return Aggregator(
        arn=require_text(one["ConfigurationAggregatorArn"]),
        name=require_text(one["ConfigurationAggregatorName"]),
        account=used[0].target.account,
        region=require_text(used[0].value["Region"]),
        filters=_filters(one.get("AggregatorFilters") or {}),
        covers=_covers(one),
        sources={place: tuple(found) for place, found in sources.items()},
        organization=tuple(organization),
        asked=min(unit.started for unit in units),
        pointer=pointer_to(used[0]),
    )


def _source(status: Mapping[str, Any], located: LocatedRecord) -> AggregationSource:
    state = require_text(status["LastUpdateStatus"])
    if state not in STATUSES:
        raise MalformedEvidenceError(f"the last update of a source is {state!r}")
    updated = optional_moment(status.get("LastUpdateTime"))
    return AggregationSource(state, updated, optional_text(status.get("LastErrorCode")), pointer_to(located))


def _filters(filters: Mapping[str, Any]) -> str:
    """Return what AggregatorFilters leave in: each of them includes some and drops the rest."""
    return " and ".join(
        f"{kind} {joined_names(str(value) for value in one['Value'])}"
        for kind, one in sorted(filters.items())
        if one
    )


def _covers(one: Mapping[str, Any]) -> str:
    if one.get("OrganizationAggregationSource"):
        return f"the organization in {_regions([one['OrganizationAggregationSource']])}"
    named = one["AccountAggregationSources"]
    accounts = sum(len(source["AccountIds"]) for source in named)
    return f"{accounts} named account{'' if accounts == 1 else 's'} in {_regions(named)}"


def _regions(sources: Iterable[Mapping[str, Any]]) -> str:
    if any(source.get("AllAwsRegions") for source in sources):
        return "all regions"
    return joined_names(str(region) for source in sources for region in source.get("AwsRegions", ()))


def _when(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}Z"
