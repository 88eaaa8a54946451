"""Says what a report over a period cannot know, before it says anything else, and what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evidence.period.model import ItemOverTime, PeriodBundle, TestOverTime
from evidence.period.opened import OpenedPack, Period
from evidence.readers.evidence import plural
from evidence.readers.organizations import accounts_left_out

_NAMED = 5


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """Something that the report cannot know."""

    sentence: str
    next_step: str
    """What to do, so that the next report knows it; empty where nothing helps."""
    weight: int
    """How much it takes away: days, accounts, tests. The largest are told of when a command ends."""
    kind: str
    """A word for what it is; the command tells the largest of a kind alone."""


@dataclass
class BundleFacts:
    """Notes of each bundle what stands against the whole of it."""

    bundles: list[PeriodBundle] = field(default_factory=list)
    _left_out: dict[int, int] = field(default_factory=dict)
    """By bundle, how many accounts it leaves out."""
    _why: dict[str, None] = field(default_factory=dict)
    """Why accounts were left out, each reason once."""
    _not_complete: dict[str, list[int]] = field(default_factory=dict)
    """By test, the bundles over which it is not complete."""

    def add(self, pack: OpenedPack) -> None:
        """Take what a bundle says of itself."""
        self.bundles.append(pack.about)
        if pack.about.left_out:
            self._left_out[pack.number] = pack.about.left_out
            self._why |= {one.reason: None for one in accounts_left_out(pack.bundle)}
        for test in pack.results.tests:
            if not test.complete:
                self._not_complete.setdefault(test.id, []).append(pack.number)

    def unknown(self, period: Period, coverage: Sequence[ItemOverTime]) -> Iterator[UnknownFact]:
        """Yield what cannot be known, holes first."""
        yield from _holes(coverage)
        yield from self._edges(period)
        if self._left_out:
            most = max(self._left_out.values())
            yield UnknownFact(
                f"{_of(len(self._left_out), len(self.bundles))} leave out accounts that they knew of, up to "
                f"{most} ({_first(list(self._why))}): nothing here is about these.",
                "Collect every account of the organization, or state in the settings why one is left out.",
                most, "accounts left out",
            )  # fmt: skip
        if self._not_complete:
            over = {number for numbers in self._not_complete.values() for number in numbers}
            yield UnknownFact(
                f"Over {_of(len(over), len(self.bundles))}, {plural(len(self._not_complete), 'test')} of "
                f"controls did not see all the evidence: {_first(list(self._not_complete))}.",
                "Mend what the reports of these bundles name as gaps, and collect again.",
                len(self._not_complete), "tests not complete",
            )  # fmt: skip
        yield from self._signers()

    def _edges(self, period: Period) -> Iterator[UnknownFact]:
        if not any(one.before for one in self.bundles):
            yield UnknownFact(
                f"No bundle lies before {period.first}: what stood on that day is not known from before it.",
                "Keep every pack in one archive, and collect before a period begins.", 1, "no bundle before",
            )  # fmt: skip
        last = self.bundles[-1].finished.date()
        if last < period.last:
            days = (period.last - last).days
            yield UnknownFact(
                f"What happened after the last bundle, of {last}, no bundle shows: {plural(days, 'day')}.",
                "Collect once more after the period's last day, and report again.", days,
                "after the last bundle",
            )  # fmt: skip

    def _signers(self) -> Iterator[UnknownFact]:
        signers = list(dict.fromkeys(one.signer for one in self.bundles))
        if len(signers) > 1:
            named = _first([f"{one[:16]}…" for one in signers])
            yield UnknownFact(
                f"The bundles are sealed with {len(signers)} certificates ({named}): whether each was the "
                "entity's is for whoever gave them to say.", "", len(signers), "signers",
            )  # fmt: skip


def _of(count: int, every: int) -> str:
    return f"{count} of {plural(every, 'bundle')}"


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _holes(coverage: Sequence[ItemOverTime]) -> Iterator[UnknownFact]:
    for item in coverage:
        for hole in item.holes:
            yield UnknownFact(
                f"Of {item.item} there is no evidence that counts from {hole.first} to {hole.last} "
                f"({plural(hole.days, 'day')}, where every {item.every_days} are asked for): {hole.why}.",
                f"Collect it at least every {item.every_days} days: `evidence schedule` makes a timer.",
                hole.days, "holes",
            )  # fmt: skip


def not_settled(tests: Sequence[TestOverTime]) -> Iterator[UnknownFact]:
    """Yield how many exceptions bundles do not settle the end, or the time, of."""
    unsettled = sum(one.remediation.value == "not determined" for test in tests for one in test.exceptions)
    if unsettled:
        yield UnknownFact(
            f"Of {plural(unsettled, 'exception')} no bundle shows whether they were dealt with in time.",
            "Collect more often, so that less lies between two bundles.", unsettled, "exceptions not settled",
        )  # fmt: skip


def largest(unknown: Sequence[UnknownFact], count: int) -> list[UnknownFact]:
    """Return the largest of each kind, the kinds in the order in which they are told of."""
    by_kind: dict[str, UnknownFact] = {}
    for one in unknown:
        if one.kind not in by_kind or one.weight > by_kind[one.kind].weight:
            by_kind[one.kind] = one
    return list(by_kind.values())[:count]
