"""Prepares the populations of a period for printing: how many over time, who joined, left and changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.diff.text import PLURALS
from evidence.period.happened import PeriodPopulation, PopulationMember
from evidence.period.model import PeriodResults
from evidence.period.render.words import PeriodWords, joined, left

MOST_CHANGED = 10
"""Members of each kind that are printed; the workbook has all."""
WIDTH, HEIGHT = 150.0, 22.0


@dataclass(frozen=True, slots=True)
class CountPicture:
    """How many there were from bundle to bundle: one path of steps."""

    width: float
    height: float
    path: str
    alternative: str


@dataclass(frozen=True, slots=True)
class ChangedMember:
    """A member that joined, left or changed, with what became of it, a sentence each."""

    member: PopulationMember
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedPopulation:
    """Everything of one kind, in numbers; and those of it that changed, as many as there is room for."""

    population: PeriodPopulation
    title: str
    first: int
    last: int
    least: int
    most: int
    joined: int
    left: int
    altered: int
    picture: CountPicture | None
    changed: tuple[ChangedMember, ...]
    total_changed: int


def populations(results: PeriodResults) -> tuple[PrintedPopulation, ...]:
    """Return every population of which there ever was a member, or of which a bundle shows less than all."""
    words = PeriodWords(results)
    return tuple(
        _printed(one, words) for one in results.populations if one.members or one.counts or not one.whole
    )


def _printed(one: PeriodPopulation, words: PeriodWords) -> PrintedPopulation:
    counts = [many for _, many in one.counts]
    changed = [made for member in one.members if (made := _changed(member, words)).said]
    return PrintedPopulation(
        population=one, title=PLURALS[one.kind],
        first=counts[0] if counts else 0, last=counts[-1] if counts else 0,
        least=min(counts, default=0), most=max(counts, default=0),
        joined=sum(any(map(joined, member.presences)) for member in one.members),
        left=sum(any(map(left, member.presences)) for member in one.members),
        altered=sum(bool(member.changes) for member in one.members),
        picture=_picture(one) if len(counts) > 1 else None,
        changed=tuple(changed[:MOST_CHANGED]), total_changed=len(changed),
    )  # fmt: skip


def _changed(member: PopulationMember, words: PeriodWords) -> ChangedMember:
    return ChangedMember(member, tuple(member_changes(member, words)))


def member_changes(member: PopulationMember, words: PeriodWords) -> Iterator[str]:
    """Yield what became of a member in the period, a sentence each."""
    for presence in member.presences:
        if joined(presence):
            yield f"Joined {words.began(presence)}."
        if left(presence):
            yield f"Left {words.ended(presence)}."
        if presence.first is None and not joined(presence) and not left(presence):
            yield "Only events tell of it."
        for doubt in presence.doubts:
            yield f"Not shown in between: {doubt}."
    for change in member.changes:
        by = f" by {', '.join(map(words.event, change.events))}" if change.events else ""
        yield (
            f"{change.member} from {change.before or 'nothing'} to {change.after or 'nothing'}, between "
            f"{words.bundle(change.old)} and {words.bundle(change.new)}{by}."
        )


def _picture(one: PeriodPopulation) -> CountPicture:
    """Return the counts as steps, the highest of them at the top and nothing at the bottom."""
    counts = [many for _, many in one.counts]
    step, top = WIDTH / len(counts), max(*counts, 1)
    heights = [round(HEIGHT - 1 - (HEIGHT - 3) * many / top, 2) for many in counts]
    path = f"M0 {HEIGHT - 1:g}" + "".join(
        f"V{height:g}H{round(step * at, 2):g}" for at, height in enumerate(heights, start=1)
    )
    return CountPicture(WIDTH, HEIGHT, f"{path}V{HEIGHT - 1:g}z", _alternative(counts))


def _alternative(counts: Sequence[int]) -> str:
    return f"From {counts[0]:,} to {counts[-1]:,}; at least {min(counts):,}, at most {max(counts):,}."
