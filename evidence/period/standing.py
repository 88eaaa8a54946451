"""Keeps what bundles say of an exception while it stands, and judges how long it stood without acceptance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from evidence.controls.declaration import Severity
from evidence.controls.row_results import RowResult
from evidence.period.model import AcceptedStretch, PeriodBundle, Remediation
from evidence.period.stretches import Stretch
from evidence.statements.records import Acceptance

_DAY = timedelta(days=1)
BundleOf = Callable[[int], PeriodBundle]
"""Returns a bundle by its number."""


@dataclass(slots=True)
class AcceptedRun:
    """Bundles on end in which an exception is accepted by one statement, or in none."""

    first: int
    last: int
    by: Acceptance | None

    def goes_on(self, by: Acceptance | None) -> bool:
        """Say whether the next bundle says the same."""
        if self.by is None or by is None:
            return self.by is by
        return (self.by.approver, self.by.approved_on) == (by.approver, by.approved_on)


@dataclass(slots=True)
class StandingException:
    """One exception, as bundles on end have it; a bundle that does not have it begins another one."""

    first: int
    last: int
    severity: Severity
    observed: str
    account: str
    region: str
    subject: str
    since: datetime | None
    pointers: tuple[str, ...]
    runs: list[AcceptedRun] = field(default_factory=list)

    @classmethod
    def of(cls, number: int, row: RowResult) -> "StandingException":
        """Return what a bundle's row says."""
        return cls(
            number, number, row.severity or Severity.MEDIUM, row.observed, row.account, row.region,
            row.subject, _utc(row.since), tuple(map(str, row.pointers)),
            [AcceptedRun(number, number, row.accepted)],
        )  # fmt: skip

    def see(self, other: "StandingException") -> None:
        """Take what the next bundle says of it: the newest words, and since when as first told."""
        self.last, self.severity, self.observed = other.last, other.severity, other.observed
        self.subject, self.pointers = other.subject, other.pointers
        self.since = other.since or self.since
        for run in other.runs:
            if self.runs[-1].goes_on(run.by):
                self.runs[-1].last, self.runs[-1].by = run.last, run.by
            else:
                self.runs.append(run)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something lasted, in days, as far as bundles tell."""

    least: float
    most: float | None
    """None: nobody knows."""

    @classmethod
    def between(
        cls, begins: tuple[datetime | None, datetime], ends: tuple[datetime, datetime | None]
    ) -> "Duration":
        """Return it of the earliest and latest moments at which it can have begun, and ended."""
        least = max((ends[0] - begins[1]) / _DAY, 0.0)
        if begins[0] is None or ends[1] is None:
            return cls(_rounded(least), None)
        return cls(_rounded(least), _rounded(max((ends[1] - begins[0]) / _DAY, least)))


def _rounded(days: float) -> float:
    return round(days, 3)


class StoodStretch:
    """One stretch in which an exception stood, with what each of its bundles says."""

    def __init__(
        self, stretch: Stretch, seen: Sequence[StandingException], bundle: BundleOf, newest: int
    ) -> None:
        """`seen`: what the bundles of the stretch say, in order; `newest`: the last bundle of all."""
        self.stretch, self._bundle, self._newest, self._seen = stretch, bundle, newest, seen
        self.ended: datetime | None = None
        """When it ended, where an event tells it."""
        self.over_by: datetime | None = None
        """When it had ended at the latest, where an event tells that."""
        whole = StandingException(**{name: getattr(seen[0], name) for name in seen[0].__slots__})
        whole.runs = [AcceptedRun(one.first, one.last, one.by) for one in seen[0].runs]
        for one in seen[1:]:
            whole.see(one)
        if whole.since and stretch.absent_before and whole.since < bundle(stretch.absent_before).started:
            whole.since = None  # a bundle after that shows that it did not stand
        self.told = whole

    @property
    def stands(self) -> bool:
        """The last bundle of all has it."""
        return self.stretch.last == self._newest

    @property
    def duration(self) -> Duration:
        """How long it stood: `most` is not known while it stands."""
        ended = self._bundle(self.stretch.absent_after).finished if self.stretch.absent_after else None
        ends = (self.ended or self._bundle(self.stretch.last).started, self.over_by or ended)
        whole = Duration.between(self._begins, ends)
        return Duration(self._least_shown(whole.least), whole.most)

    def _least_shown(self, least: float) -> float:
        """Return the least time, where a bundle within does not show it: it may have gone and come again."""
        if self.told.since or not self.stretch.doubts:
            return least
        shown = [
            (self._bundle(one.last).started - self._bundle(one.first).finished) / _DAY for one in self._seen
        ]
        return _rounded(max(0.0, *shown))

    @property
    def _begins(self) -> tuple[datetime | None, datetime]:
        if self.told.since:
            return self.told.since, self.told.since
        before = self.stretch.absent_before
        earliest = self._bundle(before).started if before else None
        return earliest, self._bundle(self.stretch.first).finished

    def accepted(self) -> tuple[AcceptedStretch, ...]:
        """Return the acceptances, each with whether it lapsed while the exception still stood."""
        found = []
        for one, following in zip(self.told.runs, [*self.told.runs[1:], None], strict=True):
            if one.by is not None:
                found.append(
                    AcceptedStretch(
                        first=one.first, last=one.last, approver=one.by.approver,
                        approved_on=one.by.approved_on, expires_on=one.by.expires_on,
                        lapsed=following is not None and following.by is None,
                    )
                )  # fmt: skip
        return tuple(found)

    def remediation(self, agreed: int) -> Remediation:
        """Say whether it was dealt with, or accepted, in the agreed days, each time that it was not."""
        runs = self.told.runs
        times = [
            *self._before_acceptance(),
            *(self._unaccepted(at) for at, one in enumerate(runs) if not one.by),
        ]
        if not times:
            return Remediation.ACCEPTED
        late = any(one.least > agreed for one in times)
        in_time = all(one.most is not None and one.most <= agreed for one in times)
        open_still = self.stands and runs[-1].by is None
        if late:
            return Remediation.OVERDUE if open_still else Remediation.LATE
        if not in_time or (self.stretch.unsettled and not self.stretch.absent_after):
            return Remediation.NOT_DETERMINED
        return Remediation.OPEN if open_still else Remediation.IN_TIME

    def _before_acceptance(self) -> Iterator[Duration]:
        """Yield how long it had stood when it was accepted, where its first bundle has it accepted."""
        by, since = self.told.runs[0].by, self.told.since
        if by and since and (approved := _start_of(by.approved_on)) > since:
            yield Duration.between((since, since), (approved, approved))

    def _unaccepted(self, at: int) -> Duration:
        """Return how long it stood in bundles on end that do not accept it, up to now where it still does."""
        runs = self.told.runs
        one = runs[at]
        begins = self._lapsed(runs[at - 1], one) if at else self._begins
        last = self._bundle(one.last)
        earliest, latest = last.started, self.over_by
        if self.over_by and at + 1 == len(runs):
            earliest = self.ended or earliest
        elif at + 1 < len(runs):
            latest = self._bundle(runs[at + 1].first).finished
        elif self.stretch.absent_after:
            latest = self._bundle(self.stretch.absent_after).finished
        else:
            latest = last.finished if self.stands else None
        found = Duration.between(begins, (earliest, latest))
        alone = len(runs) == 1
        return Duration(self._least_shown(found.least), found.most) if alone else found

    def _lapsed(self, accepted: AcceptedRun, after: AcceptedRun) -> tuple[datetime, datetime]:
        """Return when an acceptance ended: on its last day, or where its entry was gone before that."""
        earliest = self._bundle(accepted.last).started
        latest = self._bundle(after.first).finished
        if accepted.by and earliest <= (end := _end_of(accepted.by.expires_on)) <= latest:
            return end, end
        return earliest, latest


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end_of(day: date) -> datetime:
    try:
        return datetime.combine(day + _DAY, time.min, UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
