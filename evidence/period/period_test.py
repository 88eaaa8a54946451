"""Defines a test of controls that ranges over the whole period, and performs it.

As over one bundle: its rule yields rows alone, `controls.counts` counts them and `controls.engine` concludes,
so that no rule can turn missing evidence into a pass.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from evidence.controls.acceptance import Acceptances
from evidence.controls.counts import count_rows
from evidence.controls.declaration import Conclusion, ControlTopic, Row, Severity, Verdict
from evidence.controls.engine import conclude
from evidence.controls.people_matching import PeopleMatches
from evidence.period.accesses import HeldAccess
from evidence.period.happened import EventDays
from evidence.period.model import PeriodBundle, PeriodPointer, PeriodRow, PeriodTestResult
from evidence.period.opened import Period
from evidence.period.people import SeenUser, StatedList, UserKey
from evidence.period.reviews import ReviewOverTime
from evidence.period.revocations import RevokedAccess
from evidence.readers.evidence import plural
from evidence.settings.period import PeriodSettings
from evidence.statements.records import Acceptance


@dataclass(frozen=True, slots=True)
class PeriodEvidence:
    """What rules over a period are given."""

    period: Period
    settings: PeriodSettings
    leaver_hours: int
    bundles: Mapping[int, PeriodBundle]
    """The collections by number."""
    accesses: Mapping[UserKey, Sequence[HeldAccess]]
    users: Mapping[UserKey, SeenUser]
    people: StatedList | None
    matches: PeopleMatches | None
    """Of `users`, in their order; None without a list."""
    reviews: Sequence[ReviewOverTime]
    revoked: Sequence[RevokedAccess]
    """What reviews decided to take away, or to change, and when it was there after all."""
    archived: Set[str] | None
    """Digests of all bundles of the scope in the archive; None where nobody knows."""
    reviews_missing: Sequence[str]
    """Reviews that cannot be read, one sentence each."""
    events: Mapping[str, str]
    """The numbers of the period's events in words, by their keys: who alone tells of one is said with it."""
    not_shown: tuple[str, ...]
    """What of people and access no bundle shows, one sentence each."""
    holes: tuple[str, ...]
    """Holes in the evidence of people and access that are longer than its frequency, one sentence each."""
    events_missing: Sequence[EventDays]
    left_out: int
    """Accounts that every run knew of and left out."""


@dataclass(frozen=True, slots=True)
class RowOverPeriod:
    """A row that a rule yields, and where that is written."""

    row: Row
    """Without pointers of its own: these say of no bundle where they lie."""
    pointers: tuple[PeriodPointer, ...]


@dataclass(frozen=True, slots=True)
class PeriodTest:
    """One test of controls over the period: declaration and rule."""

    id: str
    title: str
    topic: ControlTopic
    criteria: tuple[str, ...]
    risk: str
    procedure: str
    """`{hours}`, `{days}`, `{window}` and `{list}` are filled in, as in what follows."""
    population: str
    attribute: str
    limits: str
    rule: Callable[[PeriodEvidence], Iterator[RowOverPeriod]]
    missing: Callable[[PeriodEvidence], Iterator[str]]
    """Yields what stands against a conclusion, one sentence each."""
    empty: str
    severity: Severity = Severity.MEDIUM
    empty_conclusion: Conclusion = Conclusion.NOT_APPLICABLE
    outside: str = ""
    met_by_acceptance: bool = False
    by_events: bool = True
    """Its population is of what bundles and events tell of access; its limits say what they do not."""


def perform_over(test: PeriodTest, evidence: PeriodEvidence, acceptances: Acceptances) -> PeriodTestResult:
    """Perform one test over the period."""
    missing = tuple(dict.fromkeys(test.missing(evidence)))
    found = list(test.rule(evidence))
    accepted = acceptances.apply(test.id, [one.row for one in found])
    rows = [_row(test, one, accepted.get(at), evidence.period.first) for at, one in enumerate(found)]
    counts = count_rows(row.verdict for row in rows)
    conclusion, reason = conclude(test, counts, [one.rstrip(".") for one in missing])
    unsettled = tuple(_unsettled(conclusion, counts.not_determined, reason, missing))
    heaviest = [one.severity for one in rows if one.verdict is Verdict.EXCEPTION and one.severity]
    words = _words(evidence)
    return PeriodTestResult(
        id=test.id,
        title=test.title,
        topic=test.topic.name,
        criteria=test.criteria,
        risk=test.risk,
        procedure=test.procedure.format(**words),
        population=test.population.format(**words),
        attribute=test.attribute.format(**words),
        limits=test.limits + (_between(evidence) + _outside(evidence) if test.by_events else ""),
        severity=max(heaviest, key=lambda one: one.weight, default=None),
        conclusion=conclusion,
        complete=not (missing or unsettled),
        reason=reason,
        considered=counts.considered,
        out_of_scope=counts.out_of_scope,
        population_size=counts.population,
        inspected=counts.inspected,
        exceptions=counts.exceptions,
        accepted=counts.accepted,
        not_determined=counts.not_determined,
        missing=(*missing, *unsettled),
        rows=tuple(rows),
    )


def _words(evidence: PeriodEvidence) -> dict[str, str]:
    settings = evidence.settings
    return {
        "hours": plural(evidence.leaver_hours, "hour"),
        "days": plural(settings.revocation_days, "day"),
        "window": plural(settings.review_days, "day"),
        "list": evidence.people.whence if evidence.people else "no list was given",
    }


def _between(evidence: PeriodEvidence) -> str:
    """Return what no event tells, which bears on every population that is told by bundles and events."""
    days = sum((one.last - one.first).days + 1 for one in evidence.events_missing)
    if not days:
        return ""
    return (
        f" Of {plural(days, 'day')} of the period no source of events tells everything: what was there only "
        "between two bundles on these days is not in the population."
    )


def _outside(evidence: PeriodEvidence) -> str:
    if not evidence.left_out:
        return ""
    left_out = plural(evidence.left_out, "account")
    return f" Every run left {left_out} out: nothing here is about the IAM users in them."


def _unsettled(conclusion: Conclusion, unknown: int, reason: str, missing: Sequence[str]) -> Iterator[str]:
    if unknown:
        yield f"The evidence of {plural(unknown, 'member')} does not settle the matter: see the rows."
    elif conclusion is Conclusion.NOT_CONCLUDED and not missing:
        yield reason


def _row(test: PeriodTest, found: RowOverPeriod, by: Acceptance | None, first: date) -> PeriodRow:
    row = found.row
    failing = row.verdict is Verdict.EXCEPTION
    late = (
        f"Nobody had accepted it in the period before {by.approved_on}."
        if by and by.approved_on > first
        else ""
    )
    return PeriodRow(
        subject=row.subject,
        account=row.account,
        region=row.region,
        verdict=Verdict.ACCEPTED if by else row.verdict,
        observed=row.observed,
        expected=row.expected,
        since=row.since if failing else None,
        severity=(row.severity or test.severity) if failing else None,
        note=" ".join(filter(None, (row.note, late))),
        attributes=dict(row.attributes),
        pointers=found.pointers,
        approver=f"{by.approver} on {by.approved_on}, until {by.expires_on}" if by else "",
    )


def pointers_of(held: Iterable[HeldAccess], bundles: Mapping[int, PeriodBundle]) -> tuple[PeriodPointer, ...]:
    """Return where the last bundles that show accesses say so."""
    found = {(one.shown[-1], place): None for one in held if one.shown for place in one.pointers}
    return tuple(PeriodPointer(bundle=number, place=place) for number, place in found if number in bundles)
