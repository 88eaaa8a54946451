"""Tests the access reviews of the period: one a quarter, complete and in time, and followed (REV-1 to 3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from evidence.controls import topics
from evidence.controls.declaration import Conclusion, Row, Severity, Verdict
from evidence.controls.review_rules import ReviewWindow, too_old
from evidence.period.access_verdicts import gone_by, when_gone
from evidence.period.accesses import HeldAccess
from evidence.period.days import end_of_day, said, start_of
from evidence.period.model import PeriodPointer
from evidence.period.opened import Period
from evidence.period.period_test import PeriodEvidence, PeriodTest, RowOverPeriod, pointers_of
from evidence.period.reviews import ReviewOverTime
from evidence.period.revocations import RevokedAccess, due
from evidence.readers.access_review import CHANGE
from evidence.readers.evidence import plural

NO_REVIEW = "No access review lies in the archive: whether one was held elsewhere, nothing here shows."
RUN = "run.json"


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the calendar."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def next(self) -> "Quarter":
        """The one after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year} Q{self.number}"


def quarters_of(period: Period) -> Iterator[Quarter]:
    """Yield the quarters that a period touches."""
    quarter = Quarter.of(period.first)
    while quarter.first <= period.last:
        yield quarter
        quarter = quarter.next


def _closed_in(evidence: PeriodEvidence) -> list[ReviewOverTime]:
    return [one for one in evidence.reviews if evidence.period.holds(one.closed)]


def _missing(evidence: PeriodEvidence) -> Iterator[str]:
    yield from evidence.reviews_missing
    if not evidence.reviews:
        yield NO_REVIEW


def held_each_quarter(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per quarter; nothing where the archive has no review at all."""
    for quarter in quarters_of(evidence.period) if evidence.reviews else ():
        within = [one for one in _closed_in(evidence) if Quarter.of(one.closed.date()) == quarter]
        whole = evidence.period.first <= quarter.first and quarter.last <= evidence.period.last
        words = [
            f"bundle {one.number}, closed {one.closed:%Y-%m-%d}, {one.decided} of {plural(one.rows, 'row')} "
            "decided"
            for one in within
        ]
        observed = "; ".join(words) or "no review was closed in it"
        verdict = Verdict.MET if any(one.decided for one in within) else Verdict.EXCEPTION
        if not whole:
            verdict, observed = Verdict.OUT_OF_SCOPE, f"only a part of it lies in the period; {observed}"
        row = Row(
            subject=str(quarter), account="", verdict=verdict, observed=observed,
            expected="an access review that was closed in it, with decisions", pointers=(),
            outside="" if whole else "a quarter that does not lie in the period as a whole",
            attributes={"first day": str(quarter.first), "last day": str(quarter.last)},
        )  # fmt: skip
        yield RowOverPeriod(row, tuple(PeriodPointer(bundle=one.number, place=RUN) for one in within))


def completed(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per review that was closed in the period."""
    allowed = timedelta(days=evidence.settings.review_days)
    for one in _closed_in(evidence):
        late = one.taken > allowed
        wrong = list(one.exceptions)
        if late:
            wrong.insert(0, f"closed later than {plural(evidence.settings.review_days, 'day')} after opening")
        wrong += (said for said in _of_what(evidence, one) if not any(said in known for known in wrong))
        verdict = Verdict.EXCEPTION if wrong else Verdict.MET
        if not wrong and one.not_determined:
            verdict, wrong = Verdict.NOT_DETERMINED, list(one.not_determined)
        row = Row(
            subject=one.name,
            account="",
            verdict=verdict,
            observed="; ".join(
                [
                    (
                        f"opened {said(one.opened)}, closed {said(one.closed)}, {one.decided} of "
                        f"{plural(one.rows, 'row')} decided"
                    ),
                    *wrong,
                ]
            ),
            expected="every row decided, by somebody else than the person reviewed, within the window",
            pointers=(),
            attributes={
                "reviewed": one.reviewed, "kept": str(one.kept), "revoked": str(one.revoked),
                "changed": str(one.changed), "reviewers": "; ".join(one.reviewers),
            },
        )  # fmt: skip
        places = one.pointers or (RUN,)
        yield RowOverPeriod(row, tuple(PeriodPointer(bundle=one.number, place=place) for place in places))


def _of_what(evidence: PeriodEvidence, one: ReviewOverTime) -> Iterator[str]:
    """Yield what is wrong with the bundle that was reviewed, a clause each."""
    window = ReviewWindow(one.opened, one.closed, evidence.settings.review_days)
    if old := too_old(one.collected, window):
        yield old
    if evidence.archived is not None and one.reviewed_digest not in evidence.archived:
        yield f"what was reviewed, {one.reviewed}, is no bundle of the archive"
    reviewed = next((of for of in evidence.bundles.values() if of.digest == one.reviewed_digest), None)
    most = max((of.accounts for of in evidence.bundles.values() if of.finished <= one.closed), default=0)
    if reviewed and reviewed.accounts < most:
        yield (
            f"what was reviewed, bundle {reviewed.number}, covers {plural(reviewed.accounts, 'account')}, "
            f"another one until then {most}"
        )


def followed(evidence: PeriodEvidence) -> Iterator[RowOverPeriod]:
    """Yield one row per access that a review of the period decided to revoke or to change."""
    closed = _closed_in(evidence)
    for one in evidence.revoked:
        if one.review not in closed:
            continue
        verdict, observed = _followed(evidence, one)
        held = one.held or ()
        row = Row(
            subject=f"{one.row.id or one.row.name} {one.row.access} {one.row.account}".strip(),
            account=one.row.account,
            verdict=verdict,
            observed=f"{one.row.name}, {one.access}: {one.row.decision} decided on {one.decided} by "
            f"{one.row.reviewer or 'nobody named'}; {observed}",
            expected=f"gone within {plural(evidence.settings.revocation_days, 'day')} after the decision",
            pointers=(),
            since=due(one, evidence.settings.revocation_days) if verdict is Verdict.EXCEPTION else None,
            severity=Severity.HIGH if one.row.administrator and verdict is Verdict.EXCEPTION else None,
            outside="a decision to change" if one.row.decision == CHANGE else "",
            attributes={
                "person": one.row.name, "access": one.row.access, "group": one.row.group,
                "decided on": str(one.decided), "reviewer": one.row.reviewer, "review": one.review.name,
            },
        )  # fmt: skip
        decided = PeriodPointer(bundle=one.review.number, place=str(one.row.pointer))
        yield RowOverPeriod(row, (decided, *pointers_of(held, evidence.bundles)))


def _followed(evidence: PeriodEvidence, one: RevokedAccess) -> tuple[Verdict, str]:
    if one.row.decision == CHANGE:
        return Verdict.OUT_OF_SCOPE, "what it was to become instead, no form says that evidence could show"
    if one.held is None:
        return Verdict.NOT_DETERMINED, "no bundle of the period tells of this access"
    held = sorted((found for found in one.held if _after(found, start_of(one.decided))), key=_order)
    if not held:
        return Verdict.MET, "gone before the decision"
    verdict, observed = _judged(evidence, held, due(one, evidence.settings.revocation_days), one.decided)
    if (
        verdict is Verdict.NOT_DETERMINED
        and due(one, evidence.settings.revocation_days) >= evidence.period.end
    ):
        return Verdict.OUT_OF_SCOPE, f"{observed}; the time ends after the period"
    return verdict, observed


def _judged(
    evidence: PeriodEvidence, held: Sequence[HeldAccess], deadline: datetime, decided: date
) -> tuple[Verdict, str]:
    """Judge the times in which an access was there after the decision to revoke it, in their order."""
    back = [one for one in held if one is not held[0] or _began_after(one, decided)]
    if again := next((one for one in back if one.sure and not one.span.doubted), None):
        gone = f"{when_gone(held[0], evidence.events)}, and " if again is not held[0] else ""
        return Verdict.EXCEPTION, f"{gone}there again: {_shown(again)}"
    judged = {gone_by(one, deadline): one for one in reversed(held)}
    for verdict in (Verdict.EXCEPTION, Verdict.NOT_DETERMINED):
        if verdict in judged:
            return verdict, when_gone(judged[verdict], evidence.events)
    if back:
        return Verdict.NOT_DETERMINED, f"{when_gone(held[0], evidence.events)}, and may have come back"
    return Verdict.MET, when_gone(held[-1], evidence.events)


def _began_after(held: HeldAccess, decided: date) -> bool:
    """Say whether an access certainly began after the day of the decision: it was gone, and came back."""
    earliest = held.span.begin_earliest
    return earliest is not None and earliest >= end_of_day(decided)


def _after(held: HeldAccess, moment: datetime) -> bool:
    return held.span.end_latest is None or held.span.end_latest > moment


def _order(held: HeldAccess) -> tuple[bool, float]:
    begins = held.span.begin_latest
    return begins is not None, begins.timestamp() if begins else 0.0


def _shown(held: HeldAccess) -> str:
    return f"bundle {held.shown[0]} shows it" if held.shown else "events tell so"


_CRITERIA = ("CC6.1", "CC6.2", "CC6.3")
TESTS = (
    PeriodTest(
        id="REV-1",
        title="Access was reviewed in each quarter",
        topic=topics.ACCESS_REVIEWS,
        criteria=_CRITERIA,
        risk="Access that nobody looks at outlives its reason.",
        procedure="Counted the access reviews of the archive that were closed in each quarter of the "
        "calendar that lies in the period as a whole.",
        population="Each quarter that lies in the period as a whole; those of which a part does are out of "
        "scope",
        attribute="An access review was closed in it, in which something was decided",
        limits="A review that was held elsewhere, and does not lie in the archive, is not seen. When one was "
        "closed is what its sealed bundle says.",
        rule=held_each_quarter,
        missing=_missing,
        empty="No quarter lies in the period.",
        outside="No quarter of the calendar lies in the period as a whole.",
    ),
    PeriodTest(
        id="REV-2",
        title="The access reviews were complete, by others, and in time",
        topic=topics.ACCESS_REVIEWS,
        criteria=_CRITERIA,
        risk="Access that nobody looks at, or that people confirm for themselves, outlives its reason.",
        procedure="Performed REV-2 over each access review that was closed in the period, and held the time "
        "from its opening to its closing, and the age of what was reviewed at its opening, against {window}. "
        "What was reviewed must be a bundle of the archive, of no fewer accounts than others until then.",
        population="Each access review that was closed in the period",
        attribute="Every row decided once, by somebody else than the person reviewed, within the window",
        limits="Who a reviewer is, is what was typed into the workbook. Whether a decision was well "
        "considered, no file shows.",
        rule=completed,
        missing=_missing,
        empty="No access review was closed in the period.",
        empty_conclusion=Conclusion.NOT_CONCLUDED,
    ),
    PeriodTest(
        id="REV-3",
        title="What reviews revoked was gone in time",
        topic=topics.ACCESS_REVIEWS,
        criteria=_CRITERIA,
        risk="A review whose decisions nobody carries out changes nothing.",
        procedure="Looked at when each access ended that a review decided to revoke: within {days} after the "
        "end of the day of the decision, 24:00 UTC, by the bundles that followed and by CloudTrail's events; "
        "and whether it came back.",
        population="Each access that a review of the period decided to revoke; those to change are listed, "
        "out of scope",
        attribute="The access was gone within {days} after the decision, and did not come back",
        limits="Access of somebody who was disabled is still there: the person may be enabled again. The "
        "same access by another way, through another group, is another row of the review. What reviewers "
        "changed by hand in the meantime, and gave back before the next bundle, only events show.",
        rule=followed,
        missing=lambda evidence: chain(_missing(evidence), evidence.not_shown),
        empty="No review of the period decided to revoke anything.",
        outside="The reviews of the period decided to change access, and to revoke none.",
    ),
)
