"""Prepares the page of populations and what they reconcile to, for report and workbook."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.bundle.open import Bundle
from evidence.controls.reconciliation import Reconciliation, reconcile
from evidence.report.accounts import is_organization
from evidence.report.model import moment

MISSING = "—"
AGREES = "none"
LINES_SHOWN = 16

SHEET = "Reconciliation"
TITLE = "Populations and the independent figures they reconcile to"
COLUMNS = (
    ("Population", 34), ("Account", 15), ("Item", 30), ("Query with parameters", 60), ("From (UTC)", 20),
    ("To (UTC)", 20), ("By", 50), ("Records", 10), ("Reconciles to", 45), ("Figure", 10), ("Difference", 11),
    ("Cause", 60),
)  # fmt: skip
"""The workbook's columns: (title, width in characters)."""


@dataclass(frozen=True, slots=True)
class PopulationLine:
    """One population as printed."""

    population: str
    account: str
    item: str
    query: str
    asked: str
    records: str
    against: str
    figure: str
    difference: str
    cause: str
    attention: bool
    """The two differ, or could not be compared."""


@dataclass(frozen=True, slots=True)
class PopulationSummary:
    """One population over all accounts."""

    population: str
    item: str
    accounts: int
    agreeing: int
    differing: int
    uncompared: int
    """Accounts of which one of the two figures is missing."""
    records: str
    """The sum over the accounts that have a figure."""
    against: str
    figure: str


@dataclass(frozen=True, slots=True)
class ReconciliationPage:
    """The page: each population beside an independent figure."""

    briefs: tuple[PopulationSummary, ...]
    """The populations that each account has, where there are several accounts."""
    lines: tuple[PopulationLine, ...]
    """One by one; of those in brief, what does not agree, within the page's bounds."""
    more: int
    populations: int
    by: str
    differing: int


def page(bundle: Bundle) -> ReconciliationPage:
    """Return the page of a bundle."""
    found = reconcile(bundle)
    attention = [one for one in found if one.difference != 0]
    briefs: tuple[PopulationSummary, ...] = ()
    listed = list(found)
    if is_organization(bundle):
        briefs = _briefs(one for one in found if one.account)
        listed = [one for one in found if not one.account]
        listed += sorted((one for one in attention if one.account), key=_figures_first)
    most = LINES_SHOWN if briefs else len(listed)
    return ReconciliationPage(
        briefs=briefs,
        lines=tuple(_line(one) for one in listed[:most]),
        more=len(listed[most:]),
        populations=len(found),
        by=bundle.run.caller_start.arn,
        differing=len(attention),
    )


def _figures_first(found: Reconciliation) -> bool:
    """Put figures that differ before those that could not be compared, whose gaps section 3 lists."""
    return found.difference is None


def _briefs(found: Iterable[Reconciliation]) -> tuple[PopulationSummary, ...]:
    by_population: dict[tuple[str, str, str], list[Reconciliation]] = {}
    for one in found:
        by_population.setdefault((one.population, one.item, one.against), []).append(one)
    return tuple(
        PopulationSummary(
            population=population,
            item=item,
            accounts=len(members),
            agreeing=sum(one.difference == 0 for one in members),
            differing=sum(bool(one.difference) for one in members),
            uncompared=sum(one.difference is None for one in members),
            records=f"{sum(one.records or 0 for one in members):,}",
            against=against,
            figure=f"{sum(one.figure or 0 for one in members):,}",
        )
        for (population, item, against), members in by_population.items()
    )


def _line(found: Reconciliation) -> PopulationLine:
    difference = found.difference
    return PopulationLine(
        population=found.population,
        account=found.account,
        item=found.item,
        query=found.query,
        asked=_span(found.first, found.last),
        records=_number(found.records),
        against=found.against,
        figure=_number(found.figure),
        difference=MISSING if difference is None else f"{difference:+,d}" if difference else AGREES,
        cause=found.cause,
        attention=difference != 0,
    )


def _number(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return MISSING
    return f"{moment(first).removesuffix(' UTC')} to {moment(last)[11:]}"


def rows(bundle: Bundle) -> Sequence[tuple[object, ...]]:
    """Return the workbook's rows, in the order of COLUMNS."""
    return [
        (
            found.population, found.account, found.item, found.query, found.first, found.last, found.by,
            found.records, found.against, found.figure, found.difference, found.cause,
        )
        for found in reconcile(bundle)
    ]  # fmt: skip
