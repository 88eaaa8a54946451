"""Reconciles populations to independent figures: what an auditor lifts into a work paper.

A pure function of the bundle. The conclusions are IPE-1 to IPE-9; this is the same evidence as one table,
with the query, its parameters, when it was asked and by whom, out of the call ledger.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.bundle import Bundle
from evidence.controls.reconciled_populations import (
    DETAILS,
    PARAMETERS_SHOWN,
    SPECS,
    USERS,
    Figure,
    PopulationFigures,
    PopulationSpec,
)
from evidence.readers.account_summary import SUMMARY
from evidence.readers.authorization_details import users
from evidence.readers.evidence import CREDENTIAL_REPORT
from evidence.readers.unreadable import MALFORMED


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One population beside an independent figure."""

    population: str
    account: str
    """Empty where the population is the organization's, or of all accounts and regions together."""
    item: str
    query: str
    """`service:Operation` with its parameters."""
    first: datetime | None
    """When the item's collection began, and ended."""
    last: datetime | None
    by: str
    """ARN of the caller."""
    records: int | None
    """None when the population was not collected, or cannot be read."""
    against: str
    """The independent source, in words."""
    figure: int | None
    cause: str
    """Why the two differ, or what kept them from being compared."""

    @property
    def difference(self) -> int | None:
        """Records less figure; None when one of them is missing."""
        return None if self.records is None or self.figure is None else self.records - self.figure


def reconcile(bundle: Bundle) -> tuple[Reconciliation, ...]:
    """Return every population of the run with its independent figure, in the order of the catalogue."""
    books = PopulationFigures(bundle)
    return tuple(
        _reconciled(bundle, books, spec, account)
        for spec in SPECS
        for account in (bundle.run.accounts if spec.each_account else ("",))
        if bundle.units(spec.item) and spec.source in (None, bundle.run.settings.config_source)
    )


def _reconciled(
    bundle: Bundle, books: PopulationFigures, spec: PopulationSpec, account: str
) -> Reconciliation:
    records, problem = _counted(books, spec.item, (), spec.records, account)
    figure, other = _counted(books, spec.item, spec.other, spec.figure, account)
    units = bundle.units(spec.item, account or None)
    cause = problem or other
    if not cause and records != figure:
        cause = _explained(books, spec, account) or spec.cause
    return Reconciliation(
        population=spec.population,
        account=account,
        item=spec.item,
        query=_query(books, spec),
        first=min((unit.started.astimezone(UTC) for unit in units), default=None),
        last=max((unit.finished.astimezone(UTC) for unit in units), default=None),
        by=bundle.run.caller_start.arn,
        records=records,
        against=spec.against,
        figure=figure,
        cause=cause,
    )


def _counted(
    books: PopulationFigures, item: str, others: tuple[str, ...], count: Figure, account: str
) -> tuple[int | None, str]:
    missing = [name for name in (item, *others) if books.lacks(name, account)]
    if missing:
        return None, f"Not collected completely: {', '.join(missing)}; see the gaps."
    try:
        return count(books, account), ""
    except MALFORMED as error:
        return None, f"The evidence is not in the documented form: {error}."


def _query(books: PopulationFigures, spec: PopulationSpec) -> str:
    calls = books.calls.get((spec.item, spec.operation))
    if calls is None:
        return spec.operation
    shown = calls.first[:PARAMETERS_SHOWN] + ("…" if len(calls.first) > PARAMETERS_SHOWN else "")
    more = len(calls.parameters) - 1
    said = f"{spec.operation}({shown})"
    return f"{said} and {more} more sets of parameters" if more > 0 else said


def _explained(books: PopulationFigures, spec: PopulationSpec, account: str) -> str:
    """Return which users were created too late for the other source to know them."""
    if spec.item == DETAILS and spec.population == USERS:
        before = books.evidence.collected_at(SUMMARY, account)
    elif spec.item == CREDENTIAL_REPORT:
        before = books.evidence.credential_report(account).generated
    else:
        return ""
    made = {user.arn: user.created for user in users(books.evidence, account)[0] if user.created}
    reported = {user.arn for user in books.evidence.credential_report(account).users}
    late = [
        f"{arn} was created at {created:%Y-%m-%d %H:%M:%S}Z, after {before:%Y-%m-%d %H:%M:%S}Z"
        for arn, created in sorted(made.items())
        if created > before and (spec.item == DETAILS or arn not in reported)
    ]
    return f"{'; '.join(late[:5])}{f' and {len(late) - 5} more' if len(late) > 5 else ''}." if late else ""
