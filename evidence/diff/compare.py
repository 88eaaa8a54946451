"""Compares two snapshots: what appeared, vanished or changed, and what cannot be said.

A thing that one bundle lacks vanished, or appeared, only where that bundle shows all there is of its kind in
that place. A member that nobody can read in one of them is neither a change nor none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from evidence import __version__
from evidence.bundle import Bundle
from evidence.controls.results import Results
from evidence.diff.conclusions import test_changes
from evidence.diff.model import (
    BundleSide,
    ChangeEntry,
    Changes,
    ChangeWord,
    EntryKind,
    EntryPointers,
    KindCount,
    NotCompared,
)
from evidence.diff.snapshot import SOURCES, SealedResults, Snapshot, pointer_text, take_snapshot
from evidence.diff.things import NOT_ASKED, NOWHERE, Place, SourceReading, Thing, ThingSource
from evidence.errors import UsageError
from evidence.readers.unreadable import Unreadable

OLD, NEW = BundleSide.OLD, BundleSide.NEW
_RUN = "run settings"


def compare(old: Snapshot, new: Snapshot) -> Changes:
    """Return what changed. Raises UsageError for a redacted copy beside what has other names."""
    if old.redaction != new.redaction:
        raise UsageError(
            "One of the two is a redacted copy, or both have other pseudonyms: every name would differ.",
            "Compare originals, or copies that were redacted with the same key.",
        )
    found = [_SourceComparison(one, old.readings[one.name], new.readings[one.name]) for one in SOURCES]
    for one in found:
        one.run()
    entries = [entry for one in found for entry in one.entries]
    entries += _settings(old.settings, new.settings)
    not_compared = tuple(one for source in found for one in source.not_compared())
    return Changes(
        tool_version=__version__,
        old=old.about,
        new=new.about,
        notes=tuple(_notes(old, new)),
        tests=test_changes(old, new),
        entries=tuple(sorted(entries, key=_order)),
        counts=tuple(_counts(found, entries, not_compared, len(old.settings), len(new.settings))),
        not_compared=not_compared,
    )


def changes_since(before: Snapshot, bundle: Bundle, results: Results) -> Changes:
    """Return what changed between the previous bundle and one that was just tested.

    Raises UsageError where that says it follows another one, or nobody.
    """
    if bundle.run.previous != before.about.digest:
        raise UsageError(
            f"{bundle.name} follows {bundle.run.previous or 'no bundle'}, and not {before.about.digest}, "
            f"which is {before.about.bundle}.",
            "Name the pack of the bundle before it with --previous, or leave it out.",
        )
    return compare(before, take_snapshot(bundle, results, SealedResults(results, results.digest)))


def _order(entry: ChangeEntry) -> tuple[int, str, str, str]:
    return list(EntryKind).index(entry.kind), entry.account, entry.region, entry.id


def _notes(old: Snapshot, new: Snapshot) -> Iterator[str]:
    if old.about.scope != new.about.scope:
        yield f"The old bundle is of {old.about.scope}, the new one of {new.about.scope}."
    if old.about.digest == new.about.digest:
        yield "Both are the same bundle."
    elif old.about.finished > new.about.finished:
        yield "The old bundle is the younger of the two."
    elif new.previous not in (None, old.about.digest):
        yield f"The new bundle follows another one than this: {new.previous}."
    for side, one in ((OLD, old), (NEW, new)):
        if one.sealed is None:
            yield f"Of the {side} one a bundle was given and no pack: it has no sealed conclusions."


class _SourceComparison:
    """The comparison of one source."""

    def __init__(self, source: ThingSource, old: SourceReading, new: SourceReading) -> None:
        self.source = source
        self.old = old
        self.new = new
        self.entries: list[ChangeEntry] = []
        self._unknown: dict[tuple[BundleSide, str], set[str]] = defaultdict(set)
        """Where, by the side that does not show it, and why."""
        self._things: dict[tuple[BundleSide, str], int] = defaultdict(int)

    def run(self) -> None:
        """Compare everything."""
        for side, one, other in ((OLD, self.old, self.new), (NEW, self.new, self.old)):
            for place, why in one.holes.items():
                self._note(side, why, _label(place), 0)
            for place in other.asked - one.asked:
                self._note(side, NOT_ASKED, _label(place), 0)
            for part in one.parts.values():
                self._note(side, part.why, part.name, 0)
        for identity in self.old.things.keys() | self.new.things.keys():
            before, after = self.old.things.get(identity), self.new.things.get(identity)
            if before and after:
                self._changed(before, after)
            elif before:
                self._alone(before, self.old.places[identity], self.new, NEW)
            elif after:
                self._alone(after, self.new.places[identity], self.old, OLD)

    def _note(self, side: BundleSide, why: str, where: str, things: int) -> None:
        self._unknown[side, why] |= {where} if where else set()
        self._things[side, why] += things

    def _alone(self, thing: Thing, place: Place, other: SourceReading, side: BundleSide) -> None:
        """Say what became of a thing that one bundle does not have; `side` is that bundle."""
        why = other.why_unknown(thing, place)
        if why:
            part = other.parts.get(thing.owner) if place in other.asked - other.holes.keys() else None
            self._note(side, why, part.name if part else _label(place), 1)
            return
        word = ChangeWord.VANISHED if side is NEW else ChangeWord.APPEARED
        members = {name: str(value) for name, value in thing.members.items() if value}
        where = pointer_text(thing.pointer)
        self.entries.append(
            self._entry(
                word, thing,
                old=members if side is NEW else None, new=members if side is OLD else None,
                pointers=EntryPointers(old=where) if side is NEW else EntryPointers(new=where),
            )
        )  # fmt: skip

    def _changed(self, before: Thing, after: Thing) -> None:
        differing = {}
        for name in before.members.keys() & after.members.keys():
            one, other = before.members[name], after.members[name]
            if isinstance(one, Unreadable) or isinstance(other, Unreadable):
                for side, value in ((OLD, one), (NEW, other)):
                    if isinstance(value, Unreadable):
                        self._note(side, f"{name}: {value}", after.name, 1)
            elif one != other:
                differing[name] = one, other
        if differing:
            self.entries.append(
                self._entry(
                    ChangeWord.CHANGED, after,
                    old={name: str(differing[name][0]) for name in sorted(differing)},
                    new={name: str(differing[name][1]) for name in sorted(differing)},
                    pointers=EntryPointers(old=pointer_text(before.pointer), new=pointer_text(after.pointer)),
                )
            )  # fmt: skip

    def _entry(
        self,
        change: ChangeWord,
        thing: Thing,
        *,
        old: dict[str, str] | None,
        new: dict[str, str] | None,
        pointers: EntryPointers,
    ) -> ChangeEntry:
        return ChangeEntry(
            kind=self.source.kind, change=change, account=thing.account, region=thing.region, id=thing.id,
            name=thing.name, old=old, new=new, pointers=pointers,
        )  # fmt: skip

    def not_compared(self) -> Iterator[NotCompared]:
        """Yield what cannot be said, by side and reason."""
        places = {side: set(map(_label, one.asked)) for side, one in ((OLD, self.old), (NEW, self.new))}
        for (side, why), where in sorted(self._unknown.items()):
            everywhere = len(where) > 1 and where == places[side]
            yield NotCompared(
                kind=self.source.kind, side=side, why=why, where=() if everywhere else tuple(sorted(where)),
                things=self._things[side, why],
            )  # fmt: skip


def _label(place: Place) -> str:
    return "" if place == NOWHERE else " ".join(filter(None, place))


def _settings(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangeEntry]:
    """Yield the settings of the runs that differ; every bundle has all of its own."""
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            word = ChangeWord.CHANGED
            if before is None or after is None:
                word = ChangeWord.APPEARED if before is None else ChangeWord.VANISHED
            yield ChangeEntry(
                kind=EntryKind.SETTING, change=word, account="", region="", id=f"{_RUN}: {key}", name=key,
                old=None if before is None else {"value": before},
                new=None if after is None else {"value": after},
                pointers=EntryPointers(
                    old=() if before is None else ("run.json",), new=() if after is None else ("run.json",)
                ),
            )  # fmt: skip


def _counts(
    found: Iterable[_SourceComparison],
    entries: Iterable[ChangeEntry],
    not_compared: Iterable[NotCompared],
    old_settings: int,
    new_settings: int,
) -> Iterator[KindCount]:
    there: dict[EntryKind, list[int]] = {kind: [0, 0] for kind in EntryKind}
    there[EntryKind.SETTING] = [old_settings, new_settings]
    for one in found:
        there[one.source.kind][0] += len(one.old.things)
        there[one.source.kind][1] += len(one.new.things)
    words: dict[tuple[EntryKind, ChangeWord], int] = defaultdict(int)
    for entry in entries:
        words[entry.kind, entry.change] += 1
    holes = {(one.kind, one.side) for one in not_compared}
    for kind, (old, new) in there.items():
        yield KindCount(
            kind=kind, old=old, new=new,
            old_complete=(kind, OLD) not in holes, new_complete=(kind, NEW) not in holes,
            appeared=words[kind, ChangeWord.APPEARED],
            vanished=words[kind, ChangeWord.VANISHED],
            changed=words[kind, ChangeWord.CHANGED],
        )  # fmt: skip
