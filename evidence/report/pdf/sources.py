"""Summarises the call ledger, and says of each unit of evidence which calls it came from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from evidence.bundle.format.models import CallRecord, Unit
from evidence.bundle.open import Bundle
from evidence.records import Outcome
from evidence.report.model import moment

SOURCE_UNITS = 3
ORGANIZATION_SOURCE_UNITS = 3
"""Units whose source is printed, of each item, where the bundle holds many accounts: an example, no more."""
NO_REQUEST_ID = "—"


@dataclass(slots=True)
class ItemCalls:
    """The calls of one evidence item."""

    operations: dict[str, int] = field(default_factory=dict)
    """`service:Operation` to number of requests, in the order of first use."""
    failed: int = 0

    def add(self, call: CallRecord) -> None:
        """Count one call."""
        name = f"{call.service}:{call.operation}"
        self.operations[name] = self.operations.get(name, 0) + 1
        self.failed += bool(call.error_code)

    @property
    def services(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """The operations with their counts, under their service."""
        grouped: dict[str, list[tuple[str, int]]] = {}
        for name, count in self.operations.items():
            service, _, operation = name.partition(":")
            grouped.setdefault(service, []).append((operation, count))
        return list(grouped.items())


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """All calls, grouped once: by item, and by the file that the answers fed."""

    items: dict[str, ItemCalls]
    files: dict[str, CallRecord]
    """The call to name for each file: the first that brought records, else the last."""
    total: int


@dataclass(frozen=True, slots=True)
class EvidenceSource:
    """Where one unit's evidence comes from, as printed in its section."""

    where: str
    outcome: str
    call: str
    request_id: str
    time: str
    """When AWS answered, by AWS's own Date where the answer carried one."""
    records: int
    files: tuple[tuple[str, str], ...]
    """(path below data/, SHA-256)."""
    more_files: int


def read_ledger(calls: Iterable[CallRecord]) -> LedgerSummary:
    """Return the ledger, grouped; memory grows with items and files, not with calls."""
    items: dict[str, ItemCalls] = {}
    files: dict[str, CallRecord] = {}
    total = 0
    for call in calls:
        total += 1
        items.setdefault(call.item, ItemCalls()).add(call)
        if call.file and not _brought(files.get(call.file)):
            files[call.file] = call
    return LedgerSummary(items, files, total)


def _brought(call: CallRecord | None) -> bool:
    """Tell whether a call brought records; one that asks AWS to generate a report brings none of it."""
    return call is not None and bool(call.records) and not call.operation.startswith("Generate")


def unit_source(bundle: Bundle, ledger: LedgerSummary, unit: Unit) -> EvidenceSource:
    """Return one unit's source call and files."""
    call = next((ledger.files[path] for path in unit.files if path in ledger.files), None)
    shown = tuple(islice(((path, bundle.hashes.get(path, "")) for path in _main_first(unit)), 3))
    return EvidenceSource(
        where=unit.target.target().label,
        outcome="" if unit.outcome is Outcome.COLLECTED else unit.outcome.value,
        call=f"{call.service}:{call.operation}" if call else "—",
        request_id=call.request_id if call else NO_REQUEST_ID,
        time=_answered(call.aws_date, call.finished) if call else moment(unit.finished),
        records=unit.records,
        files=shown,
        more_files=len(unit.files) - len(shown),
    )


def _main_first(unit: Unit) -> list[str]:
    """Return the unit's files, AWS's own bytes (the credential report) before our records."""
    return sorted(unit.files, key=lambda path: (path.count("/"), path))


def _answered(aws_date: datetime | None, finished: datetime) -> str:
    return f"{moment(aws_date)} (AWS)" if aws_date else f"{moment(finished)} (local clock)"
