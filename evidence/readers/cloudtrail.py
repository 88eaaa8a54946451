"""Reads CloudTrail's trails: what they record, where, and whether they do (cloudtrail DescribeTrails)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

TRAILS = "cloudtrail.trails"
MANAGEMENT = "Management"
_MANY = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""Sources that AWS lets a trail leave out because their events are so many; others nobody should."""


@dataclass(frozen=True, slots=True)
class LoggingTrail:
    """A trail, as the account that was asked sees it."""

    arn: str
    account: str
    """The account that was asked; a member sees its organization's trail too."""
    owner: str
    """The account whose trail it is, out of its ARN."""
    home: str
    """Its home region."""
    for_organization: bool
    problems: tuple[str, ...]
    """What it lacks to record all management events everywhere, in words; of a shadow, as far as it shows."""
    left_out: tuple[str, ...]
    """Sources of management events that it is told to leave out."""
    shadow: bool
    """The organization's trail as a member sees it: whether it logs, its owner alone tells."""
    pointer: Pointer

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]


def trails(
    evidence: Evidence, account: str | None = None, region: str | None = None
) -> Iterator[LoggingTrail | Unreadable]:
    """Yield the trails of a region, or of all: those at home there, and the organization's for members."""
    return evidence.each(TRAILS, trail, account, region)


def trail(located: LocatedRecord) -> LoggingTrail:
    """Read a record of a trail; raises one of MALFORMED."""
    described, status, selectors = (located.value[name] for name in ("Trail", "Status", "EventSelectors"))
    arn = require_text(described["TrailARN"])
    owner = arn.split(":")[4]
    shadow = owner != located.target.account
    if not shadow and (status is None or selectors is None):
        raise MalformedEvidenceError(f"of the trail {arn} no status or no event selectors are there")
    problems = [*_settings(described)]
    recorded, left_out = ([], []) if selectors is None else _recorded(selectors)
    return LoggingTrail(
        arn=arn,
        account=located.target.account,
        owner=owner,
        home=require_text(described["HomeRegion"]),
        for_organization=described.get("IsOrganizationTrail") is True,
        problems=(*([] if status is None else _state(status)), *problems, *recorded),
        left_out=tuple(left_out),
        shadow=shadow,
        pointer=pointer_to(located),
    )


def _settings(described: Mapping[str, Any]) -> Iterator[str]:
    if described.get("IsMultiRegionTrail") is not True:
        yield "records one region alone"
    if described.get("IncludeGlobalServiceEvents") is False:
        yield "leaves global services out"
    if described.get("LogFileValidationEnabled") is not True:
        yield "has no log file validation"


def _state(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a trail's state: a trail that was stopped keeps its settings."""
    if status["IsLogging"] is not True:
        yield "is stopped"
    error = optional_text(status.get("LatestDeliveryError"))
    if error:
        yield f"failed to deliver: {error}"
    elif optional_moment(status.get("LatestDeliveryTime")) is None:
        yield "has delivered nothing yet"
    digest = optional_text(status.get("LatestDigestDeliveryError"))
    if digest:
        yield f"failed to deliver the digest that proves its files: {digest}"


@dataclass(frozen=True, slots=True)
class _Selected:
    """Which management events a selector records."""

    halves: frozenset[str]
    """Of READS and WRITES; none where the selector records no management events, or some of a half."""
    problem: str = ""
    """Why it does not record all of them, in words."""
    left_out: tuple[str, ...] = ()
    """Sources that it leaves out and may."""


READS, WRITES = "reads", "writes"
_BOTH = frozenset({READS, WRITES})
_NONE = "records no management events"


def _recorded(selectors: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return why not all management events are recorded, empty where they are, and the sources left out.

    An event is recorded that any selector selects: one for reads and one for writes are all. Without any
    selector CloudTrail records all management events.
    """
    advanced, basic = selectors.get("AdvancedEventSelectors") or [], selectors.get("EventSelectors") or []
    if not advanced and not basic:
        return [], []
    judged = [_advanced(one) for one in advanced] if advanced else [_basic(one) for one in basic]
    left_out: set[str] = set()
    for half in _BOTH:
        covering = [one.left_out for one in judged if half in one.halves]
        if not covering:
            partial = [one.problem for one in judged if one.problem not in ("", _NONE)]
            return [partial[0] if partial else _NONE], []
        left_out.update(sorted(covering, key=len)[0])
    return [], sorted(left_out)


def _basic(selector: Mapping[str, Any]) -> _Selected:
    """Judge an event selector (cloudtrail EventSelector), whose members default to everything."""
    if selector.get("IncludeManagementEvents", True) is not True:
        return _Selected(frozenset(), _NONE)
    kind = selector.get("ReadWriteType", "All")
    halves = {"All": _BOTH, "ReadOnly": frozenset({READS}), "WriteOnly": frozenset({WRITES})}.get(kind)
    problem = "" if kind == "All" else f"records {kind} management events alone"
    return _without(selector.get("ExcludeManagementEventSources") or (), halves or frozenset(), problem)


def _without(sources: Sequence[Any], halves: frozenset[str], problem: str) -> _Selected:
    left_out = [require_text(one) for one in sources]
    grave = sorted(set(left_out) - _MANY)
    if grave:
        return _Selected(frozenset(), f"leaves out management events of {', '.join(grave)}")
    return _Selected(halves, problem, tuple(left_out))


def _advanced(selector: Mapping[str, Any]) -> _Selected:
    """Judge an advanced event selector, all of whose fields must hold for an event to be recorded."""
    fields: dict[str, list[Mapping[str, Any]]] = {}
    for one in selector["FieldSelectors"]:
        fields.setdefault(require_text(one["Field"]), []).append(one)
    categories = fields.pop("eventCategory")
    if not all(MANAGEMENT in (one.get("Equals") or ()) for one in categories):
        return _Selected(frozenset(), _NONE)
    sources = fields.pop("eventSource", [])
    narrow = [name for one in sources for name in one if name not in ("Field", "NotEquals") and one[name]]
    narrowed = [*fields, *(["eventSource"] if narrow else [])]
    halves = _halves(fields.pop("readOnly", []))
    problem = f"records some management events alone, by {', '.join(sorted(narrowed))}" if narrowed else ""
    if fields or narrow:
        halves = frozenset()
    return _without([source for one in sources for source in one.get("NotEquals") or ()], halves, problem)


def _halves(selectors: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return which of reads and writes the selectors of `readOnly` leave."""
    halves = _BOTH
    for one in selectors:
        if [name for name in one if name != "Field" and one[name]] != ["Equals"]:
            return frozenset()
        wanted = {"true": READS, "false": WRITES}
        halves &= {wanted[value] for value in one["Equals"] if value in wanted}
    return halves
