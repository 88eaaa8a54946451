"""Follows what access reviews decided to take away: when it was there, and from when on no more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from evidence.controls.people_matching import IAM
from evidence.diff.model import EntryKind
from evidence.period.accesses import AccessHistory, HeldAccess, seen_in
from evidence.period.days import end_of_day, start_of
from evidence.period.lives import Observation, Shown, lives_of
from evidence.period.model import AccessReview, PeriodBundle, ReviewDecision
from evidence.period.reviews import ReviewOverTime
from evidence.period.things import JoinedThing, JoinedThings
from evidence.readers.access_review import ReviewedAccess
from evidence.report.access_listing import IAM_USER, PERSON

_LISTED = ", "
"""Between values of one member: see `evidence.diff.things.listed`."""


@dataclass(frozen=True, slots=True)
class RevokedAccess:
    """A decision to revoke or to change, and when that access was there after all."""

    review: ReviewOverTime
    row: ReviewedAccess
    held: Sequence[HeldAccess] | None
    """When it was, or may have been, there in the period; None where nothing here tells."""

    @property
    def decided(self) -> date:
        """The day of the decision; the review's last where it names none, or one that was still to come."""
        last = self.review.closed.date() + timedelta(days=1)  # the day is further in the east of the world
        return min(self.row.decided_on, last) if self.row.decided_on else self.review.closed.date()

    @property
    def access(self) -> str:
        """What was decided about, in words."""
        through = f" through group {self.row.group}" if self.row.group else ""
        return f"{self.row.access or 'access'}{through}"


class Revocations:
    """Finds the accesses that reviews name among those that bundles and events tell of."""

    def __init__(
        self,
        joined: JoinedThings,
        history: AccessHistory,
        ids: Mapping[str, str],
        bundles: Mapping[int, PeriodBundle],
    ) -> None:
        """Take unique ids of IAM users with their ARNs, and the collections by number."""
        self._held = history.given()
        self._bundles = bundles
        self._users: dict[str, list[JoinedThing]] = {}
        for track in joined.gathered.tracks.values():
            if track.kind is EntryKind.USER:
                for one in joined.of_track(track):
                    self._users.setdefault(ids.get(one.id, one.id), []).append(one)
                self._track = track

    def of(self, reviews: Iterable[ReviewOverTime]) -> list[RevokedAccess]:
        """Return what reviews decided to take away, in their order."""
        return [
            RevokedAccess(review, row, self._found(row)) for review in reviews for row in review.decisions
        ]

    def _found(self, row: ReviewedAccess) -> Sequence[HeldAccess] | None:
        if row.kind == PERSON:
            found = self._held.get((row.id, row.group_id, row.access_id, row.account))
            return found or None
        if row.kind == IAM_USER and row.id in self._users:
            return [one for user in self._users[row.id] for one in self._of_user(user, row)] or None
        return None

    def _of_user(self, user: JoinedThing, row: ReviewedAccess) -> Iterator[HeldAccess]:
        """Yield when an IAM user was in the group, or had one of the policies; it ends with the user."""
        observations = [self._as_reviewed(one, user, row) for one in self._track.observations(user.id)]
        ends = [life for life in user.lives if life.ended]
        for life in lives_of(observations, (), returns=True):
            span = life.span
            for end in ends:
                if end.ended and (span.end_latest is None or end.ended < span.end_latest):
                    span = replace(span, end_latest=end.ended)
            shown = [one for one in self._bundles if life.shown_in(one)]
            gone = life.absent_after
            yield HeldAccess(
                user=(IAM, user.id), what=row.access, account=row.account, span=span, sure=True,
                shown=(shown[0], shown[-1]) if shown else (), seen=seen_in(shown, self._bundles),
                gone_in=gone.number if gone else None,
                ended_by=tuple(one.ended_by for one in ends if one.ended == span.end_latest),
                key=(user.id, row.group_id, row.access_id, row.account),
                pointers=(user.followed.pointer,) if user.followed else (),
            )  # fmt: skip

    def _as_reviewed(self, one: Observation, user: JoinedThing, row: ReviewedAccess) -> Observation:
        if one.shown is not Shown.THERE or user.followed is None:
            return one
        if row.group:
            values = user.followed.member_in("groups", one.number)
            there = None if values is None else row.group in values.split(_LISTED)
        else:
            there = self._has_policies(user, one.number, row)
        if there is None:
            return replace(one, shown=Shown.UNKNOWN, why="its groups or policies cannot be read")
        return one if there else replace(one, shown=Shown.ABSENT)

    @staticmethod
    def _has_policies(user: JoinedThing, number: int, row: ReviewedAccess) -> bool | None:
        assert user.followed is not None  # noqa: S101  asked by the caller
        attached = user.followed.member_in("attached policies", number)
        inline = user.followed.member_in("inline policies", number)
        if attached is None or inline is None:
            return None
        reviewed = {one for one in row.access_id.split("; ") if one}
        named = {
            one.removeprefix("inline policy ")
            for one in row.access.split("; ")
            if one.startswith("inline policy ")
        }
        if not (reviewed or named):
            return None
        return bool(reviewed & set(attached.split(_LISTED)) or named & set(inline.split(_LISTED)))


def review_records(
    reviews: Iterable[ReviewOverTime],
    revoked: Sequence[RevokedAccess],
    bundles: Mapping[int, PeriodBundle],
) -> tuple[AccessReview, ...]:
    """Return the reviews as the report says them."""
    return tuple(
        AccessReview(
            bundle=one.number,
            reviewed=one.reviewed,
            reviewed_digest=one.reviewed_digest,
            opened=one.opened,
            closed=one.closed,
            rows=one.rows,
            decided=one.decided,
            kept=one.kept,
            revoked=one.revoked,
            changed=one.changed,
            reviewers=one.reviewers,
            complete=not one.why_not,
            why_not=one.why_not,
            decisions=tuple(_decision(found, bundles) for found in revoked if found.review is one),
        )
        for one in reviews
    )


def _decision(one: RevokedAccess, bundles: Mapping[int, PeriodBundle]) -> ReviewDecision:
    since = start_of(one.decided)
    later = [number for number, about in bundles.items() if about.finished >= since]
    held = one.held or ()
    still = [number for number in later if any(_shows(found, number) for found in held)]
    exact = [found.span.end_latest for found in held if _exactly(found) and _after(found, since)]
    gone = [found.gone_in for found in held if found.gone_in in later]
    return ReviewDecision(
        subject=one.row.name,
        access=one.access,
        account=one.row.account,
        decision=one.row.decision,
        decided_on=one.row.decided_on,
        reviewer=one.row.reviewer,
        gone_by=max((number for number in gone if number), default=None),
        gone=max((moment for moment in exact if moment), default=None) if not _open(held) else None,
        still_in=max(still, default=None),
    )


def _shows(one: HeldAccess, number: int) -> bool:
    return bool(one.shown) and one.shown[0] <= number <= one.shown[-1]


def _exactly(one: HeldAccess) -> bool:
    return one.span.end_latest is not None and one.span.end_latest == one.span.end_earliest


def _after(one: HeldAccess, since: datetime) -> bool:
    return one.span.end_latest is not None and one.span.end_latest >= since


def _open(held: Iterable[HeldAccess]) -> bool:
    return any(one.span.end_latest is None for one in held)


def due(one: RevokedAccess, days: int) -> datetime:
    """Return until when what was revoked must be gone."""
    return end_of_day(one.decided) + timedelta(days=days)
