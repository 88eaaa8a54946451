"""Gathers events of CloudTrail from bundles and files, and says of which days no source tells everything."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from evidence.collectors._access_events import ROOT, TABLE, Recorded
from evidence.corroborate import files
from evidence.diff.model import EntryKind
from evidence.period.events import ToldEvent, from_bundle, of_lookup, of_record, of_row
from evidence.period.happened import EventDays, EventSource, PeriodEvent
from evidence.period.opened import OpenedPack, Period
from evidence.readers import coverage
from evidence.readers.access_events import (
    EVENTS,
    AccessEvent,
    EventLookUp,
    access_events,
    cut_short,
    look_ups,
)
from evidence.readers.coverage import ENABLED
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.organizations import accounts_left_out
from evidence.readers.unreadable import Unreadable, sort_out
from evidence.statements.records import EntryProblem, FileFinding, UsedFile

HISTORY = timedelta(days=90)
"""How far CloudTrail's event history goes back."""
LATE = timedelta(minutes=15)
"""How late an event may reach it."""
_FORMS = files.EventForms(of_record, of_lookup, of_row)
_NAMED = 3
_Question = tuple[str, str, str]
"""Account, region, and what was looked up there: the name of an event, or root's."""


class EventGatherer:
    """The events of all bundles and files, each once."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._events: dict[str, ToldEvent] = {}
        self.sources: list[EventSource] = []
        self.findings: list[FileFinding] = []
        """Events of one id that say different things; the first counts."""
        self.files: list[UsedFile] = []
        self._whole: list[tuple[datetime, datetime]] = []
        self._covered: set[str] = set()
        """Accounts that some run covers."""
        self._left_out: dict[int, set[str]] = {}
        """By bundle, the accounts that its run left out."""
        self._asked: list[tuple[datetime, datetime, frozenset[_Question]]] = []
        """Between which moments which questions were answered, of bundles that lack nothing."""
        self._alike: dict[frozenset[_Question], frozenset[_Question]] = {}
        """Equal sets once: most bundles ask the same."""
        self._untold: list[ToldEvent] = []
        """Events of files that look-ups would have told, and do not."""

    def add(self, pack: OpenedPack) -> None:
        """Take the events that are sealed into the next bundle."""
        evidence = Evidence.whole(pack.bundle)
        found, odd = sort_out(access_events(evidence))
        questions, unread = sort_out(look_ups(evidence))
        lacking = list(dict.fromkeys(_lacking(pack, found, questions, unread)))
        self._covered.update(pack.bundle.run.accounts)
        self._left_out[pack.number] = out = {one.account for one in accounts_left_out(pack.bundle)}
        outside = [*_accounts_in_words(out), *_regions_left_out(pack)]
        lacking += (f"An event is {one}." for one in odd)
        for event in found:
            self._take(from_bundle(event, pack.number))
        first, last = pack.about.finished - HISTORY, pack.about.started - LATE
        asked = bool(pack.bundle.units(EVENTS)) and first < last
        if asked and not lacking:
            self._whole.append((first, last))
            asked_of = frozenset((one.account, one.region, one.value) for one in questions)
            self._asked.append((first, last, self._alike.setdefault(asked_of, asked_of)))
        self.sources.append(
            EventSource(
                name=EVENTS, bundle=pack.number, sha256=None, first=first if asked else None,
                last=last if asked else None, events=len(found), lacking=(*lacking, *outside),
            )
        )  # fmt: skip

    def read_files(self, named: Iterable[tuple[str, Path]]) -> None:
        """Take the events of log files and exports of CloudTrail Lake, each file with its name.

        What cannot be read of a file is said with the source. Files are whoever's gives them, and bundles are
        sealed: an event that a look-up would have told, and does not, counts for nothing.
        """
        for name, path in named:
            taken: list[ToldEvent] = []
            read = files.read_as(_FORMS, name, path, taken.append)
            lacking = [f"{read.unreadable} of its events cannot be read."] if read.unreadable else []
            lacking += [f"It ends early: {read.problem}."] if read.problem else []
            for place, event in enumerate(taken, start=1):
                self._take_given(_placed(event, read.name, place))
            self.files.append(UsedFile(name=read.name, sha256=read.sha256, entries=read.events))
            self.sources.append(
                EventSource(
                    name=read.name, bundle=None, sha256=read.sha256, first=None, last=None,
                    events=len(taken), lacking=tuple(lacking),
                )
            )  # fmt: skip

    def _take_given(self, event: ToldEvent) -> None:
        if event.key not in self._events and self._would_be_told(event):
            self._untold.append(event)
        else:
            self._take(event)

    def _would_be_told(self, event: ToldEvent) -> bool:
        place = event.account, event.region
        return any(
            first <= event.time <= last
            and not questions.isdisjoint({(*place, event.name), (*place, _of(event))})
            for first, last, questions in self._asked
        )

    def contradicted(self) -> Iterator[str]:
        """Yield what is to be said of events of files that look-ups would have told, and do not."""
        if self._untold:
            first = self._untold[0]
            yield (
                f"{plural(len(self._untold), 'event')} of the files given, {first.words} ({first.origin}) "
                "for one, stand in no bundle, though the look-ups of bundles tell every such event of that "
                "time: they count for nothing."
            )

    def _take(self, event: ToldEvent) -> None:
        if event.time >= self._period.end:
            return
        known = self._events.setdefault(event.key, event)
        if known is not event and known.differs(event):
            self.findings.append(
                FileFinding(
                    entry=max(event.place, 1), test="", subject=event.key, problem=EntryProblem.DUPLICATE,
                    sentence=f"{event.words} ({event.origin}) has the id of another event "
                    f"({known.origin}); the first counts.",
                )
            )  # fmt: skip

    def all(self) -> list[ToldEvent]:
        """Return every event up to the period's end, in the order of times."""
        return sorted(self._events.values(), key=lambda one: one.order)

    def whole(self) -> list[tuple[datetime, datetime]]:
        """Return the times of which look-ups tell every event of what the runs cover."""
        return _joined(self._whole)

    def missing(self) -> tuple[EventDays, ...]:
        """Return the days of the period of which no source tells everything."""
        return tuple(_missing(self._period, [self._of_covered(one) for one in self.sources]))

    def _of_covered(self, source: EventSource) -> EventSource:
        """Return a source without what it lacks of accounts that no run covers: nothing is about these."""
        out = self._left_out.get(source.bundle or 0, set())
        never = set(_accounts_in_words(out)) if out.isdisjoint(self._covered) else set[str]()
        return source.model_copy(update={"lacking": tuple(one for one in source.lacking if one not in never)})


def _of(event: ToldEvent) -> str:
    """Return the user name under which an event is looked up; that of root alone is."""
    return ROOT if event.by_root else ""


def _placed(event: ToldEvent, name: str, place: int) -> ToldEvent:
    return replace(event, origin=f"{name}, event {place}", place=place)


def period_events(events: Iterable[ToldEvent], period: Period) -> tuple[PeriodEvent, ...]:
    """Return the events of the period, numbered."""
    within = (one for one in events if period.holds(one.time))
    return tuple(
        PeriodEvent(
            number=number, time=one.time, name=one.name, source=one.source, account=one.account,
            region=one.region, actor=one.actor, failed=one.failed, about=one.about, id=one.key,
            origin=one.origin,
        )
        for number, one in enumerate(within, start=1)
    )  # fmt: skip


def _lacking(
    pack: OpenedPack, events: list[AccessEvent], asked: list[EventLookUp], unread: list[Unreadable]
) -> Iterator[str]:
    """Yield what a bundle did not ask CloudTrail, or was not answered, one sentence each."""
    bundle = pack.bundle
    yield from (one.sentence for one in coverage.coverage(bundle, (EVENTS,)).missing)
    if not bundle.units(EVENTS):
        return
    yield from (f"A question is {one}." for one in unread)
    yield from _unanswered(asked)
    yield from _not_asked(pack, asked)
    for account, region in sorted(cut_short(events, asked)):
        yield f"Fewer events of {account} in {region} stand in the bundle than were kept."


def _accounts_in_words(out: set[str]) -> Iterator[str]:
    if out:
        yield f"{plural(len(out), 'account')} left out of the run, {min(out)} for one, were not asked."


def _regions_left_out(pack: OpenedPack) -> Iterator[str]:
    """Yield the enabled regions that the run did not cover, of accounts that it did."""
    closed: dict[str, int] = defaultdict(int)
    for account in pack.bundle.run.accounts:
        for state in pack.bundle.regions(account):
            if state.status in ENABLED and not state.in_scope:
                closed[state.region] += 1
    for region, count in sorted(closed.items()):
        yield f"{region} was left out of the run, in {plural(count, 'account')}."


def _unanswered(asked: Iterable[EventLookUp]) -> Iterator[str]:
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in asked:
        if not one.answered:
            found[one.account, one.region, one.why].append(one.value)
        elif one.since:
            found[one.account, one.region, f"asked from {one.since} on only"].append(one.value)
    for (account, region, why), names in sorted(found.items()):
        yield f"{joined_names(sorted(names), _NAMED)} in {region} of {account}: not answered, {why}."


def _names(recorded: Recorded) -> set[str]:
    return {name for row in TABLE if row.recorded is recorded for name in row.names}


def _not_asked(pack: OpenedPack, asked: Iterable[EventLookUp]) -> Iterator[str]:
    """Yield names that were not asked for where CloudTrail would have them, as an older tool did not."""
    by_place: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in asked:
        by_place[one.account][one.region].add(one.value)
    bundle = pack.bundle
    regional, central = _names(Recorded.EVERYWHERE), _names(Recorded.IAM) | {ROOT}
    for account in bundle.run.accounts:
        regions = by_place.get(account, {})
        everywhere = {name for names in regions.values() for name in names}
        if regions and central - everywhere:
            yield f"{joined_names(sorted(central - everywhere), _NAMED)} were not asked for in {account}."
        for state in bundle.regions(account):
            if state.in_scope and regions and regional - regions.get(state.region, set()):
                lost = sorted(regional - regions.get(state.region, set()))
                yield f"{joined_names(lost, _NAMED)} were not asked for in {state.region} of {account}."
    told = {name for regions in by_place.values() for names in regions.values() for name in names}
    home = _names(Recorded.HOME) - _names(Recorded.IAM)
    if home - told and _has_people(pack):
        yield f"Identity Center's events ({joined_names(sorted(home - told), _NAMED)}) were not asked for."


def _has_people(pack: OpenedPack) -> bool:
    return any(
        one.things for name, one in pack.snapshot.readings.items() if name.startswith(EntryKind.PERSON.value)
    )


def _missing(period: Period, sources: list[EventSource]) -> Iterator[EventDays]:
    told = [one for one in sources if one.first and one.last and one.first < one.last]
    whole = _whole(sources)
    days: list[tuple[int, str]] = []
    for number in range((period.last - period.first).days + 1):
        start = datetime.combine(period.first + timedelta(days=number), time.min, UTC)
        end = start + timedelta(days=1)
        if not any(first <= start and end <= last for first, last in whole):
            days.append((number, _why(start, end, told, given=any(one.bundle is None for one in sources))))
    for first, last, why in _runs(days):
        yield EventDays(
            first=period.first + timedelta(days=first), last=period.first + timedelta(days=last), why=why
        )


def _whole(sources: list[EventSource]) -> list[tuple[datetime, datetime]]:
    spans = ((one.first, one.last) for one in sources if not one.lacking)
    return _joined((first, last) for first, last in spans if first and last and first < last)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _why(start: datetime, end: datetime, told: list[EventSource], *, given: bool) -> str:
    """Return why nobody knows all events of a day."""
    touching = [one for one in told if one.first and one.last and one.first <= start and end <= one.last]
    if not touching:
        besides = "; nothing shows that the files given hold all" if given else ""
        return f"no look-up of CloudTrail's history covers all of it{besides}"
    best = min(touching, key=lambda one: (len(one.lacking), one.bundle or 0))
    more = f", and {len(best.lacking) - _NAMED} more" if len(best.lacking) > _NAMED else ""
    said = " ".join(best.lacking[:_NAMED]).rstrip(".")
    return f"no look-up of it shows all: {said}{more}"


def _runs(days: list[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield days on end with the same reason."""
    run: list[tuple[int, str]] = []
    for one in days:
        if run and (one[0] != run[-1][0] + 1 or one[1] != run[-1][1]):
            yield run[0][0], run[-1][0], run[0][1]
            run = []
        run.append(one)
    if run:
        yield run[0][0], run[-1][0], run[0][1]
