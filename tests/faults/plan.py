"""The matrix: for every item, on its longest listing, every kind of fault at its first, a middle and its last
page; and on each of its other operations what boto3 itself would take for a sound answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from botocore.session import Session

from evidence.aws.answers import TOKEN_MEMBERS
from evidence.bundle.format.models import CallRecord
from evidence.collectors.base import Collector
from evidence.records import Cause, Scope
from tests.faults.kinds import KINDS, STAND_INS, Kind, Spot

QUIET = ("access-denied", "empty-object", "blank-200", "truncated-body")
"""Without care three of these read as 'nothing found'; tried on every operation."""
REGION = "eu-west-1"
"""Regional operations fail here only, so that the other region shows that nothing else is touched."""

File = str
Position = tuple[File, int]
"""A unit, by its records' file, and a page of one of its listings, from 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault in one place."""

    item: str
    spot: Spot
    kind: Kind

    @property
    def causes(self) -> frozenset[Cause]:
        """What the gap must name; empty when the run must get over it."""
        replaced = (self.spot.service, self.spot.operation, self.kind.name) in STAND_INS
        return frozenset() if replaced else self.kind.causes

    @property
    def name(self) -> str:
        """How reports and tests call it."""
        spot = self.spot
        return f"{self.item}/{spot.service}:{spot.operation}/page-{spot.page}/{self.kind.name}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run without faults asked, by operation."""

    positions: Mapping[tuple[str, str], frozenset[tuple[str, Position]]]
    """(service, operation) to (region, position)."""

    def reached(self, spot: Spot) -> set[File]:
        """Return the units that ask for this page of this operation here."""
        found = self.positions[spot.service, spot.operation]
        return {
            file
            for region, (file, page) in found
            if page == spot.page and spot.region in (None, region)
        }  # fmt: skip


def asked(calls: Iterable[CallRecord]) -> Asked:
    """Return which page of what each call of a ledger asked for."""
    pages: dict[tuple[str, ...], int] = defaultdict(int)
    positions: dict[tuple[str, str], set[tuple[str, Position]]] = defaultdict(set)
    for call in calls:
        plain = {name: value for name, value in call.parameters.items() if name not in TOKEN_MEMBERS}
        listing = (call.file, call.service, call.operation, call.region, repr(sorted(plain.items())))
        pages[listing] = pages[listing] + 1 if len(plain) < len(call.parameters) else 1
        positions[call.service, call.operation].add((call.region, (call.file, pages[listing])))
    return Asked({operation: frozenset(found) for operation, found in positions.items()})


def cells(collectors: Mapping[str, Collector], what: Asked) -> Iterator[Cell]:
    """Yield the whole matrix, item by item."""
    for item, collector in collectors.items():
        longest = max(
            collector.operations, key=lambda one: len(_pages(what, collector, one.service, one.name))
        )
        for operation in collector.operations:
            pages = _pages(what, collector, operation.service, operation.name)
            kinds = [kind for kind in KINDS if operation is longest or kind.name in QUIET]
            for page in _some(pages):
                region = REGION if collector.scope is Scope.REGION else None
                spot = Spot(
                    operation.service,
                    operation.name,
                    page,
                    region,
                    _paginated(operation.service, operation.name),
                )
                yield from (Cell(item, spot, kind) for kind in kinds if kind.fits(spot))


def _pages(what: Asked, collector: Collector, service: str, operation: str) -> list[int]:
    """Return the pages that a collector's own units asked for."""
    regional = collector.scope is Scope.REGION
    found = what.positions.get((service, operation), frozenset())
    suffix = f"/{collector.service}/{collector.name}.jsonl"
    return sorted(
        {
            page
            for region, (file, page) in found
            if f"/{file}".endswith(suffix) and (not regional or region == REGION)
        }
    )


def _some(pages: list[int]) -> list[int]:
    """Return the first, a middle and the last."""
    return sorted({pages[0], pages[len(pages) // 2], pages[-1]}) if pages else []


def _paginated(service: str, operation: str) -> bool:
    shape = _SESSION.get_service_model(service).operation_model(operation).output_shape
    return shape is not None and any(name in shape.members for name in TOKEN_MEMBERS)


_SESSION = Session()
