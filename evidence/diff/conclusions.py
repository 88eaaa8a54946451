"""Compares conclusions: what today's rules say of both bundles, and what was sealed with them.

Both bundles are tested by the same rules, so that what differs is the account's, management's, a setting's or
a hole's. What was sealed and is not what today's rules say of the same bundle is the rules' own difference.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from pydantic_core import from_json

from evidence.controls.declaration import Conclusion, Verdict
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import read_row
from evidence.diff.model import (
    BundleSide,
    ChangeReason,
    EntryPointers,
    SealedEnding,
    SubjectChange,
    TestChange,
    TestEnding,
)
from evidence.diff.snapshot import Snapshot
from evidence.readers.evidence import plural

_FAILING = frozenset({Verdict.EXCEPTION, Verdict.ACCEPTED})
_TOLD = _FAILING | {Verdict.NOT_DETERMINED}
_REST = frozenset(Verdict) - _TOLD
_SubjectKey = tuple[str, str, str, int]
_VerdictText = tuple[str, bytes]
"""A row's verdict, and the row as it stands in results.json."""


def test_changes(old: Snapshot, new: Snapshot) -> tuple[TestChange, ...]:
    """Return the tests that end otherwise, or of others, in the order of the newer results."""
    sides = [_by_id(one) for one in (new.results, old.results, new.sealed, old.sealed)]
    after, before, sealed_after, sealed_before = sides
    found = (
        _TestPair(
            name, _Side(old, before.get(name), sealed_before.get(name)),
            _Side(new, after.get(name), sealed_after.get(name)),
        ).change()
        for name in dict.fromkeys(name for side in sides for name in side)
    )  # fmt: skip
    return tuple(one for one in found if one is not None)


def _by_id(results: Results | None) -> Mapping[str, TestResult]:
    return {test.id: test for test in results.tests} if results else {}


@dataclass(frozen=True)
class _Side:
    """How a test ended over one bundle: today, and as it was sealed."""

    snapshot: Snapshot
    today: TestResult | None
    sealed: TestResult | None

    @property
    def by_other_rules(self) -> bool:
        """What was sealed is not what today's rules conclude."""
        return self.snapshot.sealed is not None and ending(self.sealed) != ending(self.today)

    @property
    def hole(self) -> str:
        """Why the test did not see all the evidence; empty where it did."""
        holes = self.today.holes if self.today else ()
        return str(holes[0]).rstrip(".") if holes else ""


def ending(test: TestResult | None) -> TestEnding | None:
    """Return how a test ended."""
    if test is None:
        return None
    return TestEnding(
        conclusion=test.conclusion, complete=test.complete, exceptions=test.exceptions,
        accepted=test.accepted, not_determined=test.not_determined,
    )  # fmt: skip


@dataclass(frozen=True)
class _TestPair:
    """One test over both bundles."""

    name: str
    old: _Side
    new: _Side

    def change(self) -> TestChange | None:
        """Return what changed; None where nothing did."""
        why = tuple(reason for reason, holds in self._reasons() if holds)
        if not why:
            return None
        shown = next(
            one
            for one in (self.new.today, self.old.today, self.new.sealed, self.old.sealed)
            if one is not None
        )
        return TestChange(
            test=self.name, title=shown.title, why=why,
            old=ending(self.old.today), new=ending(self.new.today),
            because="; ".join(self._because(why)),
            sealed=self.sealed,
            subjects=self.subjects,
        )  # fmt: skip

    def _reasons(self) -> Iterator[tuple[ChangeReason, bool]]:
        differs = bool(self.subjects) or ending(self.old.today) != ending(self.new.today)
        steps = {(one.old, one.new) for one in self.subjects}
        stated = any({old, new} == _FAILING for old, new in steps) or self._attested_otherwise
        unseen = any(self._is_unseen(*step) for step in steps) or (differs and self._sees_otherwise)
        limited = differs and self._has_other_limits
        scoped = differs and self._covers_other_places
        moved = any(
            {one.old, one.new} != _FAILING and not self._is_unseen(one.old, one.new)
            for one in self._of_places_in_both
        )
        unexplained = differs and not (stated or unseen or limited or scoped)
        yield ChangeReason.ACCOUNT, (moved or unexplained) and not limited
        yield ChangeReason.STATEMENTS, differs and stated
        yield ChangeReason.SETTINGS, limited or scoped
        yield ChangeReason.EVIDENCE, unseen
        yield ChangeReason.RULE, bool(self.sealed)

    def _is_unseen(self, old: Verdict | None, new: Verdict | None) -> bool:
        """Say whether a step rests on what one bundle does not show."""
        if Verdict.NOT_DETERMINED in (old, new):
            return True
        return (old is None and bool(self.old.hole)) or (new is None and bool(self.new.hole))

    @property
    def _attested_otherwise(self) -> bool:
        one, other = self.old.today, self.new.today
        if one is None or other is None:
            return True  # only management's own statements come and go
        return one.attestation != other.attestation

    @property
    def _sees_otherwise(self) -> bool:
        return bool(self.old.hole) is not bool(self.new.hole)

    @property
    def _has_other_limits(self) -> bool:
        """The words of the test have the limits in force filled in."""
        one, other = self.old.today, self.new.today
        if one is None or other is None:
            return False
        return (one.procedure, one.attribute) != (other.procedure, other.attribute)

    @property
    def _covers_other_places(self) -> bool:
        """What differs rests on where the runs asked, or may."""
        if self.subjects:
            return len(self._of_places_in_both) < len(self.subjects)
        return self._reads_regions and self.old.snapshot.covered != self.new.snapshot.covered

    @cached_property
    def _of_places_in_both(self) -> tuple[SubjectChange, ...]:
        return tuple(one for one in self.subjects if not self._is_scoped(one))

    def _is_scoped(self, one: SubjectChange) -> bool:
        """Say whether a member is of a place that only one run covered, or may rest on such a region."""
        old, new = (side.snapshot.covered.get(one.account) for side in (self.old, self.new))
        if old is None or new is None:
            return old is not new
        differing = old ^ new
        return one.region in differing if one.region else bool(differing) and self._reads_regions

    @property
    def _reads_regions(self) -> bool:
        """The test judges what was asked for by region, or the run itself."""
        tests = [side.today for side in (self.old, self.new) if side.today]
        items = {item for test in tests for item in (*test.needs, *test.uses)}
        regional = self.old.snapshot.regional | self.new.snapshot.regional
        return any(not test.needs for test in tests) or not regional.isdisjoint(items)

    def _because(self, why: tuple[ChangeReason, ...]) -> Iterator[str]:
        if ChangeReason.ACCOUNT in why:
            yield f"the account changed: {_moved(self._of_places_in_both)}"
        if ChangeReason.STATEMENTS in why:
            yield "management's statements differ"
        if ChangeReason.SETTINGS in why:
            differs = "a limit of the test or the period differs"
            told = self.subjects
            if not self._has_other_limits:
                differs = "the runs cover other accounts or regions"
                told = tuple(one for one in told if self._is_scoped(one))
            yield f"{differs}; by that or by the account: {_moved(told)}"
        if ChangeReason.EVIDENCE in why:
            yield from self._holes()
        if ChangeReason.RULE in why:
            yield from map(sealed_in_words, self.sealed)

    def _holes(self) -> Iterator[str]:
        for word, side in (("old", self.old), ("new", self.new)):
            if side.hole:
                yield f"the {word} bundle does not show all: {side.hole}"
        if not self.old.hole and not self.new.hole:
            yield "what is there does not settle every member"

    @cached_property
    def sealed(self) -> tuple[SealedEnding, ...]:
        """What was sealed otherwise than today's rules conclude."""
        return tuple(
            SealedEnding(
                side=word, made_with=side.snapshot.about.made_with, sealed=ending(side.sealed),
                today=ending(side.today),
            )
            for word, side in ((BundleSide.OLD, self.old), (BundleSide.NEW, self.new))
            if side.by_other_rules
        )  # fmt: skip

    @cached_property
    def subjects(self) -> tuple[SubjectChange, ...]:
        """The members whose verdict is another, where one of the two is told of."""
        one, other = self.old.today, self.new.today
        if one is None or other is None:
            return ()
        before, after = self._rows(self.old, _TOLD), self._rows(self.new, _TOLD)
        if before.keys() - after.keys():
            after |= self._rows(self.new, _REST, before.keys() - after.keys())
        if after.keys() - before.keys():
            before |= self._rows(self.old, _REST, after.keys() - before.keys())
        found = (_subject(before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys()))
        return tuple(subject for subject in found if subject is not None)

    def _rows(
        self, side: _Side, verdicts: Set[Verdict], wanted: Set[_SubjectKey] | None = None
    ) -> dict[_SubjectKey, _VerdictText]:
        """Return rows by whom they are about; of several about the same, by their order.

        Nearly all rows are on both sides with one verdict, and of those nothing else need be read.
        """
        seen: Counter[tuple[str, str, str]] = Counter()
        found: dict[_SubjectKey, _VerdictText] = {}
        for text in side.today.rows.texts_with_verdict(verdicts) if side.today else ():
            row = from_json(text)
            key = self._identity(row["subject"], side), row["account"], row["region"]
            numbered = (*key, seen[key])
            seen[key] += 1
            if wanted is None or numbered in wanted:
                found[numbered] = row["verdict"], text
        return found

    def _identity(self, subject: str, side: _Side) -> str:
        """Return a subject by its principal's unique id, where that tells more than its name.

        That is where both bundles know the id, or give the name to two principals.
        """
        arn, space, rest = subject.partition(" ")
        other = self.new if side is self.old else self.old
        own, others = side.snapshot.unique_ids.get(arn), other.snapshot.unique_ids
        if own is None or not (arn in others or own in other.snapshot.known_ids):
            return subject
        return f"{own}{space}{rest}"


def _moved(subjects: Sequence[SubjectChange]) -> str:
    fails = sum(one.new in _FAILING and one.old not in _TOLD for one in subjects)
    meets = sum(one.old in _FAILING and one.new not in _TOLD for one in subjects)
    said = [f"{plural(fails, 'member')} newly failing"] if fails else []
    said += [f"{plural(meets, 'member')} failing no more"] if meets else []
    return ", ".join(said) or "another population"


def _subject(old: _VerdictText | None, new: _VerdictText | None) -> SubjectChange | None:
    if old and new and old[0] == new[0]:
        return None
    before, after = (read_row(one[1]) if one else None for one in (old, new))
    shown = after or before
    if shown is None:
        return None
    return SubjectChange(
        subject=shown.subject,
        account=shown.account,
        region=shown.region,
        old=before.verdict if before else None,
        new=after.verdict if after else None,
        observed=shown.observed,
        pointers=EntryPointers(
            old=tuple(map(str, before.pointers)) if before else (),
            new=tuple(map(str, after.pointers)) if after else (),
        ),
    )


def in_words(test: TestEnding | None) -> str:
    """Return an ending for people: `exceptions noted (3), not complete`."""
    if test is None:
        return "no such test"
    count = f" ({test.exceptions + test.accepted})" if test.exceptions or test.accepted else ""
    accepted = f", {test.accepted} accepted" if test.accepted else ""
    open_ended = "" if test.complete or test.conclusion is Conclusion.NOT_CONCLUDED else ", not complete"
    return f"{test.conclusion}{count}{accepted}{open_ended}"


def sealed_in_words(one: SealedEnding) -> str:
    """Return in one clause what was sealed and what today's rules say."""
    return (
        f"our rule changed: over the {one.side} bundle evidence {one.made_with} sealed "
        f"{in_words(one.sealed)}, today's rules say {in_words(one.today)}"
    )
