"""Puts together what a period shows of things, people, reviews and events, and the tests over all of it."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.controls.acceptance import Acceptances
from evidence.controls.catalogue import catalogue
from evidence.controls.people_access import NEEDS
from evidence.controls.people_matching import match_people
from evidence.diff.model import EntryKind
from evidence.period.accesses import AccessHistory
from evidence.period.coverage import holes_in
from evidence.period.ends import ExceptionEnds
from evidence.period.event_sources import EventGatherer, period_events
from evidence.period.given import GivenFiles
from evidence.period.happened import EventDays, EventSource, PeriodEvent, PeriodPopulation
from evidence.period.model import AccessReview, ItemOverTime, PeriodBundle, PeriodSample, PeriodTestResult
from evidence.period.opened import OpenedPack, Period
from evidence.period.people import PeopleGatherer, StatedList, unseen_user
from evidence.period.people_lists import PeopleLists
from evidence.period.people_tests import TESTS as PEOPLE_TESTS
from evidence.period.period_test import PeriodEvidence, perform_over
from evidence.period.populations import populations, unknown
from evidence.period.review_tests import TESTS as REVIEW_TESTS
from evidence.period.reviews import ReviewGatherer
from evidence.period.revocations import Revocations, review_records
from evidence.period.samples import SampleSource, samples
from evidence.period.things import JoinedThings, ThingGatherer
from evidence.period.unknown import UnknownFact
from evidence.settings.period import MONTHLY, PeriodSettings
from evidence.statements.records import FileFinding, UsedFile

TESTS = (*PEOPLE_TESTS, *REVIEW_TESTS)
"""The tests that range over the whole period, in the order in which they are reported."""
_OF_ACCESS = (
    EntryKind.USER, EntryKind.PERSON, EntryKind.MEMBERSHIP, EntryKind.ASSIGNMENT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeriodOverTime:
    """What they come to."""

    sources: tuple[EventSource, ...]
    events_missing: tuple[EventDays, ...]
    events: tuple[PeriodEvent, ...]
    over_period: tuple[PeriodTestResult, ...]
    populations: tuple[PeriodPopulation, ...]
    reviews: tuple[AccessReview, ...]
    samples: tuple[PeriodSample, ...]
    files: tuple[UsedFile, ...]
    findings: tuple[FileFinding, ...]
    people_file: UsedFile | None
    unknown: tuple[UnknownFact, ...]
    ends: ExceptionEnds
    """When exceptions ended, where events tell it."""


class OverTimeGatherer:
    """All that is gathered for it, bundle after bundle."""

    def __init__(self, period: Period, given: GivenFiles) -> None:
        self._period = period
        self._given = given
        self._bundles: list[PeriodBundle] = []
        self._things, self._people = ThingGatherer(), PeopleGatherer()
        self._lists = PeopleLists()
        self._events, self.reviews = EventGatherer(period), ReviewGatherer()

    def add(self, pack: OpenedPack) -> None:
        """Take the next collection."""
        self._bundles.append(pack.about)
        for one in (self._things, self._people, self._lists, self._events):
            one.add(pack)

    def add_review(self, bundle: Bundle, about: PeriodBundle) -> None:
        """Take the next access review."""
        self.reviews.add(bundle, about)

    def finish(
        self,
        settings: PeriodSettings,
        leaver_hours: int,
        head: str,
        covered: Sequence[ItemOverTime] = (),
        archived: Set[str] | None = None,
    ) -> PeriodOverTime:
        """Read the files of events, join everything, and perform the tests; `head` is the last digest.

        `covered` says which days have evidence: over a hole in that of people nothing is concluded.
        `archived` are the digests of the archive's bundles: a review is of one of these.

        Raises UsageError for a file of events that is gone.
        """
        self._events.read_files([(one.used.name, one.path) for one in self._given.events])
        every, missing, whole = self._events.all(), self._events.missing(), self._events.whole()
        told = period_events(every, self._period)
        given = {one.key for one in every if one.bundle is None}
        joined = self._things.join(every)
        history = AccessHistory(joined, self._period, self._bundles, whole)
        bundles = {one.number: one for one in self._bundles}
        revoked = Revocations(joined, history, self._people.ids, bundles).of(self.reviews.reviews)
        people = self._list()
        users = {
            key: self._people.users.get(key) or unseen_user(key, history.names.get(key, ""))
            for key in sorted(history.by_user)
        }
        evidence = PeriodEvidence(
            period=self._period,
            settings=settings,
            leaver_hours=leaver_hours,
            bundles=bundles,
            accesses=history.by_user,
            users=users,
            people=people,
            matches=match_people(people.people.people, [one.identity for one in users.values()])
            if people
            else None,
            reviews=self.reviews.reviews,
            revoked=revoked,
            archived=archived,
            reviews_missing=tuple(self.reviews.missing),
            events={one.id: _in_words(one, given) for one in told},
            not_shown=tuple(self._not_shown(joined)),
            holes=tuple(holes_in(covered, NEEDS, self._period, every=MONTHLY)),
            events_missing=missing,
            left_out=len(joined.gathered.users.never_asked()),
        )
        acceptances = self._acceptances()
        results = tuple(perform_over(one, evidence, acceptances) for one in TESTS)
        source = SampleSource(joined, every, self._period, bundles, people, missing, evidence.left_out)
        return PeriodOverTime(
            sources=tuple(self._events.sources),
            events_missing=missing,
            events=told,
            over_period=results,
            populations=populations(joined, self._period, self._bundles, told),
            reviews=review_records(self.reviews.reviews, revoked, bundles),
            samples=samples(source, settings, head),
            files=tuple(self._events.files),
            findings=(*acceptances.findings({one.id for one in TESTS}), *self._events.findings),
            people_file=self._given.statements.people.used if self._given.statements.people else None,
            ends=ExceptionEnds(joined, self._people.ids, {one.id: one.number for one in told}),
            unknown=(
                *(
                    UnknownFact(said, _CHECK_LISTS, 1, "lists of people")
                    for said in (self._lists.otherwise(people.people) if people else ())
                ),
                *(
                    UnknownFact(said, _CHECK_FILES, 1, "files of events")
                    for said in self._events.contradicted()
                ),
                *(UnknownFact(said, _NEXT, 1, "events") for said in unknown(joined, whole, missing)),
            ),
        )

    def _list(self) -> StatedList | None:
        given = self._given.statements.people
        if given is None:
            return self._people.packed
        return StatedList(given.said, given.used, f"the list that was given, {given.used.name}")

    def _acceptances(self) -> Acceptances:
        """Return the entries of the exceptions that were given; they must hold on the period's last day."""
        given = self._given.statements.exceptions
        known = {*catalogue(), *(one.id for one in TESTS)}
        return Acceptances(given.said.exception if given else (), known, self._period.last)

    def _not_shown(self, joined: JoinedThings) -> Iterator[str]:
        yield from self._people.missing
        for track in joined.gathered.tracks.values():
            if track.kind in _OF_ACCESS:
                yield from track.never_shown()


def _in_words(event: PeriodEvent, given: Set[str]) -> str:
    """Return an event's number; of one that a file alone tells, with that."""
    return f"{event.number}, told by a file that was given alone" if event.id in given else str(event.number)


_NEXT = (
    "Collect at least every 90 days with cloudtrail.access-events in every account and region, or give the "
    "trail's log files with --events."
)
_CHECK_LISTS = "Ask whoever keeps the list of people why it changed, and keep the answer."
_CHECK_FILES = (
    "Give the log files as CloudTrail delivered them, and validate their digests: `aws cloudtrail "
    "validate-logs`."
)
