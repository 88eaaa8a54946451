"""Says which days have evidence of which item, and where that is less often than its control asks for.

A day counts where a bundle was completed on it that shows all of the item: a part does not count. What makes
a part is what keeps a test from being complete (a gap, a region that was not asked, another source that
contradicts it), and an account that this bundle leaves out and another one of the report covers. Days on end
without a day that counts are a hole where they are as many as the item's frequency, or where nothing counts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.bundle import Bundle
from evidence.controls.acceptance import collection_day
from evidence.period.model import CoverageHole, CoveredDay, DayOfEvidence, ItemOverTime
from evidence.period.opened import OpenedPack, Period
from evidence.pipeline import item_facts
from evidence.readers import asked
from evidence.readers.closed_regions import closing_coverage
from evidence.readers.evidence import plural
from evidence.readers.missing import MissingKind
from evidence.readers.organizations import accounts_left_out
from evidence.records import Outcome, Scope

_NAMED = 3
_DOUBTED = (MissingKind.CONTRADICTION, MissingKind.UNREADABLE)


@dataclass(frozen=True, slots=True)
class _BundleCoverage:
    """What one bundle shows of every item that it was to show."""

    number: int
    day: date
    before: bool
    missing: Mapping[str, str]
    """By item, where not all is there, a clause."""
    nothing: frozenset[str]
    """The items of which nothing is there."""
    shown: frozenset[str]
    regional: frozenset[str]
    """The items that are asked for account by account."""
    left_out: frozenset[str]
    """Accounts that it knew of and left out."""


@dataclass
class CoverageGatherer:
    """Notes of each bundle which items it shows."""

    period: Period
    every_days: Mapping[str, int]
    _bundles: list[_BundleCoverage] = field(default_factory=list)
    _titles: dict[str, str] = field(default_factory=dict)
    _covered: set[str] = field(default_factory=set)
    """Accounts that some bundle covers."""
    _alike: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    """Equal sets once: most bundles show the same items of the same accounts."""

    def add(self, pack: OpenedPack) -> None:
        """Note what a bundle shows."""
        bundle = pack.bundle
        planned = {one.item for one in bundle.run.items if one.planned} | set(self.every_days)
        self._titles |= {one.item: one.title for one in bundle.run.items if one.title}
        self._covered |= bundle.accounts
        nothing = {item for item in planned if _nothing(bundle, item)}
        missing = {item: why for item in sorted(planned) if (why := _missing(pack, item))}
        by_account = {
            item
            for item in planned - nothing
            if bundle.units(item)[0].target.scope in (Scope.ACCOUNT, Scope.REGION)
        }
        left_out = {one.account for one in accounts_left_out(bundle)}
        self._bundles.append(
            _BundleCoverage(
                pack.number, collection_day(bundle), pack.about.before, missing, self._once(nothing),
                self._once(planned - nothing), self._once(by_account), self._once(left_out),
            )
        )  # fmt: skip

    def _once(self, found: set[str]) -> frozenset[str]:
        frozen = frozenset(found)
        return self._alike.setdefault(frozen, frozen)

    def finish(self) -> tuple[ItemOverTime, ...]:
        """Return every item: those asked for first, then others that bundles planned."""
        planned = set(self.every_days).union(*(one.shown | one.nothing for one in self._bundles))
        titles = {one.item: one.title for one in item_facts()} | self._titles
        order = sorted(planned, key=lambda item: (item not in self.every_days, item))
        return tuple(self._item(item, titles.get(item, item)) for item in order)

    def _item(self, item: str, title: str) -> ItemOverTime:
        shown = [(one, self._why_part(one, item)) for one in self._bundles if item in one.shown]
        days = tuple(
            DayOfEvidence(
                day=one.day, bundle=one.number, shown=CoveredDay.PART if why else CoveredDay.WHOLE, why=why
            )
            for one, why in shown
            if not one.before
        )
        counted = sorted({one.day for one, why in shown if not (why or one.before)})
        earlier = max((one.day for one, why in shown if one.before and not why), default=None)
        every = self.every_days.get(item)
        gaps = list(_between(self.period, counted, earlier))
        holes = () if every is None else tuple(self._holes(item, gaps, every, counted, earlier))
        return ItemOverTime(
            item=item, title=title, every_days=every, days=days, holes=holes,
            longest=max((one.days for one in gaps), default=0),
            met=None if every is None else not holes,
        )  # fmt: skip

    def _why_part(self, one: _BundleCoverage, item: str) -> str:
        """Return what is missing of an item in a bundle that shows it, a clause; empty where it is whole."""
        if item in one.missing:
            return one.missing[item]
        others = sorted(one.left_out & self._covered) if item in one.regional else []
        if not others:
            return ""
        named = ", ".join(others[:_NAMED]) + (f" and {len(others) - _NAMED} more" if others[_NAMED:] else "")
        return f"{plural(len(others), 'account')} that other bundles cover left out: {named}"

    def _holes(
        self, item: str, gaps: list["_DaysWithout"], every: int, counted: list[date], earlier: date | None
    ) -> Iterator[CoverageHole]:
        never = not counted and earlier is None
        for gap in gaps:
            if never or gap.without >= every:
                yield CoverageHole(
                    first=gap.first, last=gap.last, days=gap.days, why=self._why_hole(item, gap)
                )

    def _why_hole(self, item: str, gap: "_DaysWithout") -> str:
        said = []
        for one in self._bundles:
            if one.before or not gap.first <= one.day <= gap.last:
                continue
            if item in one.shown:
                why = self._why_part(one, item)
                said.append(f"bundle {one.number} shows a part: {why}")
            else:
                said.append(f"bundle {one.number} shows nothing: {one.missing.get(item, 'not part of it')}")
        more = [f"and {plural(len(said) - _NAMED, 'bundle')} more"] if said[_NAMED:] else []
        return "; ".join([*said[:_NAMED], *more]) or "no bundle"


@dataclass(frozen=True, slots=True)
class _DaysWithout:
    """Days of the period on end without one that counts."""

    first: date
    last: date
    without: int
    """How many days there are on end, those before the period too where a bundle shows when they began."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def _between(period: Period, counted: list[date], earlier: date | None) -> Iterator[_DaysWithout]:
    """Yield the days without evidence that counts, from the period's first day to its last."""
    one_day = timedelta(days=1)
    begin = earlier + one_day if earlier else period.first
    for day in [*counted, period.last + one_day]:
        first = max(begin, period.first)
        if first < day:
            yield _DaysWithout(first, day - one_day, (day - begin).days)
        begin = day + one_day


def holes_in(
    covered: Iterable[ItemOverTime], items: Collection[str], period: Period, *, every: int
) -> Iterator[str]:
    """Yield the holes in what some items show of a period, one sentence each.

    `every` is how many days may lie between for an item that the settings ask for never.
    """
    least = min(every, (period.last - period.first).days + 1)
    for item in covered:
        if item.item not in items:
            continue
        for hole in item.holes:
            yield f"No evidence of {item.item} counts from {hole.first} to {hole.last}: {hole.why}."
        if item.every_days is None and item.longest >= least:
            yield f"No evidence of {item.item} counts on {item.longest} days on end."


def _nothing(bundle: Bundle, item: str) -> bool:
    return all(unit.outcome is Outcome.GAP for unit in bundle.units(item))


def _missing(pack: OpenedPack, item: str) -> str:
    """Return what a bundle lacks of an item, a clause; empty where all is there."""
    said = [str(one).rstrip(".") for one in closing_coverage(pack.bundle, (item,)).missing]
    if pack.bundle.units(item):
        said += [f"{one.words} was not asked" for one in asked.unasked(pack.bundle, item)]
    said += [
        str(one).rstrip(".")
        for test in pack.results.tests
        for one in test.missing
        if one.item == item and one.what in _DOUBTED
    ]
    said = list(dict.fromkeys(said))
    return f"{said[0]}, and {len(said) - 1} more" if len(said) > 1 else "".join(said)
