"""Draws audit samples of what happened in the period: joiners, leavers, changes of access, root, keys.

As the audit sample of roles is drawn: every member is ranked by SHA-256 of seed, newline, member; the first
ones are the sample, so that anybody can draw it again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.diff.model import EntryKind
from evidence.period.days import said
from evidence.period.events import ToldEvent
from evidence.period.happened import EventDays
from evidence.period.lives import Life
from evidence.period.model import PeriodBundle, PeriodPointer, PeriodSample, SampledEvent
from evidence.period.opened import Period
from evidence.period.people import StatedList
from evidence.period.things import JoinedThing, JoinedThings
from evidence.period.tracks import lacks
from evidence.readers.evidence import plural
from evidence.settings.audit_sample import DRAW_METHOD, population_digest, rank, select
from evidence.settings.period import PeriodSettings

_OF_ACCESS = {
    EntryKind.USER: ("groups", "attached policies", "inline policies", "permissions boundary"),
    EntryKind.PERMISSION_SET: ("AWS's policies", "customer's policies", "inline policy", "session"),
}
"""Members of things whose change is a change of access."""


@dataclass(frozen=True, slots=True)
class _SampleEntry:
    """Something that happened, before it is known whether it is drawn."""

    member: str
    name: str
    when: str
    observed: str
    pointers: tuple[PeriodPointer, ...]


@dataclass(slots=True)
class _SampledPopulation:
    """Everything of one sort that happened in the period."""

    of: str
    words: str
    entries: list[_SampleEntry] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SampleSource:
    """What is drawn from."""

    joined: JoinedThings
    events: Sequence[ToldEvent]
    period: Period
    bundles: Mapping[int, PeriodBundle]
    people: StatedList | None
    events_missing: Sequence[EventDays]
    left_out: int
    """Accounts that every run knew of and left out."""


def samples(source: SampleSource, settings: PeriodSettings, head: str) -> tuple[PeriodSample, ...]:
    """Return a sample of each population; `head` is the digest of the last bundle."""
    seed = settings.seed or head
    whence = "chosen by the auditor" if settings.seed else "the digest of the last bundle"
    return tuple(
        _drawn(one, settings.sample_size, seed, whence)
        for one in (
            _joiners(source), _leavers(source), _changes(source), _root(source), _new_keys(source),
        )
    )  # fmt: skip


def _drawn(population: _SampledPopulation, size: int, seed: str, whence: str) -> PeriodSample:
    named = dict(_named(population.entries))
    size = min(size, len(named))
    return PeriodSample(
        of=population.of,
        population_of=population.words,
        population=len(named),
        population_digest=population_digest(named),
        size=size,
        seed=seed,
        seed_source=whence,
        method=DRAW_METHOD,
        whole=not population.lacking,
        lacking=tuple(population.lacking),
        members=tuple(
            SampledEvent(
                number=number, rank=rank(seed, member), member=member, name=named[member].name,
                when=named[member].when, observed=named[member].observed, pointers=named[member].pointers,
            )
            for number, member in enumerate(select(named, size, seed), start=1)
        ),
    )  # fmt: skip


def _named(entries: Iterable[_SampleEntry]) -> Iterator[tuple[str, _SampleEntry]]:
    """Yield entries under what names each, no two alike."""
    seen = Counter[str]()
    for one in sorted(entries, key=lambda entry: (entry.member, entry.when, entry.observed)):
        seen[one.member] += 1
        count = seen[one.member]
        yield (one.member if count == 1 else f"{one.member} ({count})"), one


def _joiners(source: SampleSource) -> _SampledPopulation:
    if source.people:
        words = f"People of {source.people.whence} whose first day lies in the period"
        return _of_list(source, _SampledPopulation("joiners", words), "started")
    words = "Users of the identity store and IAM users that came to be in the period"
    return _of_lives(
        source, _SampledPopulation("joiners", words), (EntryKind.PERSON, EntryKind.USER), begun=True
    )


def _leavers(source: SampleSource) -> _SampledPopulation:
    if source.people:
        words = f"People of {source.people.whence} whose last day lies in the period"
        return _of_list(source, _SampledPopulation("leavers", words), "left")
    words = "Users of the identity store and IAM users that went in the period"
    return _of_lives(
        source, _SampledPopulation("leavers", words), (EntryKind.PERSON, EntryKind.USER), begun=False
    )


def _of_list(source: SampleSource, made: _SampledPopulation, column: str) -> _SampledPopulation:
    assert source.people is not None  # noqa: S101  asked by the caller
    listed = source.people.people
    if not listed.says(column):
        made.lacking.append(f"The list has no column {column}.")
    for person in listed.people:
        day = getattr(person, column)
        if day and source.period.first <= day <= source.period.last:
            place = PeriodPointer(bundle=None, place=f"{source.people.used.name}:{person.line}")
            observed = f"{'contractor, ' if person.contractor else ''}manager {person.manager or 'not said'}"
            member = f"line {person.line} {person.id or person.name}"
            made.entries.append(
                _SampleEntry(member, person.label, str(day), observed,
                       (place,))
            )  # fmt: skip
    return made


def _changes(source: SampleSource) -> _SampledPopulation:
    made = _SampledPopulation(
        "changes of access",
        "Assignments and memberships of Identity Center that came or went in the period, and changes of an "
        "IAM user's groups and policies and of what a permission set gives",
    )
    for begun in (True, False):
        _of_lives(source, made, (EntryKind.ASSIGNMENT, EntryKind.MEMBERSHIP), begun=begun)
    for kind, members in _OF_ACCESS.items():
        for one in _things(source, kind):
            made.entries += _changed(source, one, members)
    made.lacking = list(dict.fromkeys(made.lacking))
    return made


def _changed(source: SampleSource, one: JoinedThing, members: Sequence[str]) -> Iterator[_SampleEntry]:
    for change in one.followed.changes if one.followed else ():
        if change.member in members:
            old, new = source.bundles[change.old], source.bundles[change.new]
            yield _SampleEntry(
                f"{one.kind} {one.id} {change.member} {change.new}",
                one.name,
                f"between {said(old.started)} and {said(new.finished)}",
                f"{change.member}: {change.before or 'none'} became {change.after or 'none'}",
                _where(one),
            )


def _new_keys(source: SampleSource) -> _SampledPopulation:
    made = _SampledPopulation(
        "new keys",
        "Access keys of users and of root that were made in the period, with users' SSH keys, signing "
        "certificates and service-specific credentials",
    )
    return _of_lives(source, made, (EntryKind.KEY,), begun=True)


def _root(source: SampleSource) -> _SampledPopulation:
    made = _SampledPopulation(
        "uses of root", "Events of CloudTrail in the period in which root acted, or signed in"
    )
    for one in source.events:
        if one.by_root and source.period.holds(one.time):
            place = PeriodPointer(bundle=one.bundle, place=_place(one))
            failed = ", failed" if one.failed else ""
            made.entries.append(
                _SampleEntry(
                    one.key, one.account, said(one.time), f"{one.name} ({one.source}){failed}", (place,)
                )
            )
    for days in source.events_missing:
        until = f" to {days.last}" if days.last != days.first else ""
        made.lacking.append(f"Of {days.first}{until} no source tells every event: {days.why}.")
    if source.left_out:
        made.lacking.append(
            f"Every run left {plural(source.left_out, 'account')} out: what root did there is not in it."
        )
    return made


def _place(event: ToldEvent) -> str:
    return event.origin.partition(": ")[2] if event.bundle else event.origin


def _things(source: SampleSource, kind: EntryKind) -> Iterator[JoinedThing]:
    for track in source.joined.gathered.tracks.values():
        if track.kind is kind:
            yield from source.joined.of_track(track)


def _of_lives(
    source: SampleSource, made: _SampledPopulation, kinds: Sequence[EntryKind], *, begun: bool
) -> _SampledPopulation:
    """Add what began, or ended, in the period."""
    unknown, tracks = 0, [one for one in source.joined.gathered.tracks.values() if one.kind in kinds]
    for track in tracks:
        for one in source.joined.of_track(track):
            for life in one.lives:
                entry = _of_life(source, one, life, begun=begun)
                made.entries += [entry] if entry else []
                unknown += begun and _nobody_knows(life, source.period)
    made.lacking += lacks(tracks)
    if unknown:
        made.lacking.append(
            f"When {plural(unknown, 'thing')} of the first bundle began, nothing tells: no bundle from "
            "before shows that it was not there yet."
        )
    made.lacking = list(dict.fromkeys(made.lacking))
    return made


def _nobody_knows(life: Life, period: Period) -> bool:
    """Say whether a thing may have begun in the period, or long before."""
    span = life.span
    return span.begin_earliest is None and span.begin_latest is not None and span.begin_latest >= period.start


def _of_life(source: SampleSource, one: JoinedThing, life: Life, *, begun: bool) -> _SampleEntry | None:
    span = life.span
    earliest = span.begin_earliest if begun else span.end_earliest
    latest = span.begin_latest if begun else span.end_latest
    if earliest is None or latest is None or latest < source.period.start or earliest >= source.period.end:
        return None
    word = "began" if begun else "ended"
    return _SampleEntry(
        f"{one.kind} {one.id} {word} {_when(earliest, latest)}",
        one.name,
        _when(earliest, latest),
        f"{one.kind} {word}",
        _where(one),
    )


def _when(earliest: datetime, latest: datetime) -> str:
    return said(latest) if earliest == latest else f"between {said(earliest)} and {said(latest)}"


def _where(one: JoinedThing) -> tuple[PeriodPointer, ...]:
    """Return where the last bundle that shows a thing says so: no other place is kept."""
    if one.followed is None:
        return ()
    return (PeriodPointer(bundle=one.followed.last_in, place=one.followed.pointer),)
