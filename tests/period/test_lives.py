"""What is said of a thing holds of every timeline that bundles and events may be of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.controls.declaration import Verdict
from evidence.period.access_verdicts import gone_by, not_before
from evidence.period.accesses import HeldAccess
from evidence.period.lives import Life, LifeEvent, Observation, Shown, lives_of
from evidence.period.spans import Span, both
from evidence.period.stretches import Stretches

unhurried = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 160


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


@dataclass(frozen=True)
class Timeline:
    """When a thing truly was there (from a moment until before another), and what is known of it."""

    true: tuple[tuple[int, int], ...]
    observations: tuple[Observation, ...]
    events: tuple[LifeEvent, ...]
    created: datetime | None


def there(true: tuple[tuple[int, int], ...], hour: float) -> bool:
    return any(start <= hour < end for start, end in true)


@st.composite
def timelines(draw: st.DrawFn, *, returns: bool = True) -> Timeline:
    most = 4 if returns else 1
    edges = sorted(draw(st.sets(st.integers(1, HOURS - 1), min_size=2, max_size=2 * most)))
    edges = edges[: len(edges) // 2 * 2]
    true = tuple(zip(edges[::2], edges[1::2], strict=True))
    if draw(st.booleans()):  # it is still there at the end
        true = (*true[:-1], (true[-1][0], HOURS * 2))
    observations, hour = [], draw(st.integers(0, 40))
    while hour < HOURS:
        length = draw(st.integers(0, 6))
        looked = hour + draw(st.integers(0, length)) + 0.5  # events come at whole hours
        shown = Shown.THERE if there(true, looked) else Shown.ABSENT
        why = ""
        if draw(st.integers(0, 4)) == 0:
            shown, why = Shown.UNKNOWN, "a gap"
        number = len(observations) + 1
        observations.append(Observation(number, at(hour), at(hour + length + 1), shown, why))
        hour += length + 1 + draw(st.integers(1, 80))
    moments = [(start, True) for start, _ in true] + [(end, False) for _, end in true if end < HOURS]
    told = [one for one in sorted(moments) if draw(st.booleans())]
    events = tuple(LifeEvent(at(hour), began, f"e{hour}", f"event of {hour}") for hour, began in told)
    created = at(true[0][0]) if not returns and draw(st.booleans()) else None
    return Timeline(true, tuple(observations), events, created)


def hour_of(moment: datetime) -> float:
    return (moment - START) / timedelta(hours=1)


def within(earliest: datetime | None, true: float, latest: datetime | None) -> bool:
    return (earliest is None or hour_of(earliest) <= true) and (latest is None or true <= hour_of(latest))


def fits(span: Span, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether a life that is said may have begun with one true stretch and ended with another."""
    return within(span.begin_earliest, one[0], span.begin_latest) and within(
        span.end_earliest, other[1], span.end_latest
    )


def assert_true(life: Life, timeline: Timeline) -> None:
    true, span = timeline.true, life.span
    assert any(fits(span, one, other) for at, one in enumerate(true) for other in true[at:]), (
        f"{span} of {true}"
    )
    if life.began:
        assert hour_of(life.began) in {start for start, _ in true}
    if life.ended:
        assert hour_of(life.ended) in {end for _, end in true}
    for absent in (life.absent_before, life.absent_after):
        assert absent is None or absent.shown is Shown.ABSENT


def shown_twice(lives: list[Life], number: int) -> int:
    return sum(life.shown_in(number) for life in lives)


@unhurried
@given(timelines())
def test_what_may_return_is_told_truly(timeline: Timeline) -> None:
    lives = lives_of(timeline.observations, timeline.events, returns=True)
    for life in lives:
        assert_true(life, timeline)
    for one in timeline.observations:
        assert shown_twice(lives, one.number) == (one.shown is Shown.THERE)
    for event in timeline.events:
        said = {life.began_by for life in lives} | {life.ended_by for life in lives}
        told = "".join(text for life in lives for text in (*life.doubts, *life.contradictions))
        assert event.key in said or event.words in told, "no event is passed over in silence"


@unhurried
@given(timelines(returns=False))
def test_what_has_a_unique_id_has_one_life(timeline: Timeline) -> None:
    lives = lives_of(timeline.observations, timeline.events, created=timeline.created)
    assert len(lives) <= 1
    for life in lives:
        assert_true(life, timeline)
        assert life.contradictions == [], "nothing contradicts what is true"
        if timeline.created:
            assert life.began == timeline.created


@unhurried
@given(timelines(returns=False), timelines(returns=False))
def test_two_things_together(one: Timeline, other: Timeline) -> None:
    """As a membership and an assignment: access is there while both are."""
    (true,), (also,) = one.true, other.true
    together = max(true[0], also[0]), min(true[1], also[1])
    found = [
        both(first.span, second.span)
        for first in lives_of(one.observations, one.events)
        for second in lives_of(other.observations, other.events)
    ]
    for span in found:
        if span is None:
            assert together[0] >= together[1]
        elif together[0] < together[1]:
            assert fits(span, together, together)


def held(life: Life) -> HeldAccess:
    """Return an access that is this thing alone."""
    span = life.span
    sure = span.begin_latest is not None and span.end_earliest is not None
    return HeldAccess(
        user=("", ""), what="", account="", span=span, shown=(), gone_in=None, ended_by=(),
        seen=(life.first.finished, life.last.started) if life.first and life.last else None,
        key=("", "", "", ""), pointers=(),
        sure=life.first is not None or (sure and span.begin_latest <= span.end_earliest),
    )  # fmt: skip


@unhurried
@given(timelines(returns=False), st.integers(0, HOURS))
def test_verdicts_on_the_moments_are_true_or_not_determined(timeline: Timeline, hour: int) -> None:
    ((begins, ends),) = timeline.true
    for life in lives_of(timeline.observations, timeline.events, created=timeline.created):
        gone, began = gone_by(held(life), at(hour)), not_before(held(life), at(hour))
        assert gone is Verdict.NOT_DETERMINED or (gone is Verdict.MET) is (ends <= hour)
        assert began is Verdict.NOT_DETERMINED or (began is Verdict.MET) is (begins >= hour)


@unhurried
@given(st.lists(st.sampled_from(Shown), min_size=1, max_size=12))
def test_stretches_are_what_bundles_one_after_another_show(shown: list[Shown]) -> None:
    stretches = Stretches[str]()
    for number, one in enumerate(shown, start=1):
        why = "a gap" if one is Shown.UNKNOWN else ""
        stretches.add(number, {"a"} if one is Shown.THERE else (), lambda _, why=why: why)
    told = [(one.first, one.last, one.absent_before, one.absent_after) for _, found in stretches.items()
            for one in found]  # fmt: skip
    lives = lives_of(observed(*shown), (), returns=True)
    numbers = [
        tuple(one.number if one else None for one in (x.first, x.last, x.absent_before, x.absent_after))
        for x in lives
    ]
    assert told == numbers, "both join alike"
    there = {number for number, one in enumerate(shown, start=1) if one is Shown.THERE}
    assert {number for first, last, _, _ in told for number in range(first, last + 1)} >= there
    assert all(shown[number - 1] is Shown.ABSENT for one in told for number in one[2:] if number)
    assert all(Shown.ABSENT not in shown[first - 1 : last] for first, last, _, _ in told)


def observed(*shown: Shown) -> list[Observation]:
    return [
        Observation(
            number, at(24 * number), at(24 * number + 1), one, "a gap" if one is Shown.UNKNOWN else ""
        )
        for number, one in enumerate(shown, start=1)
    ]


def ended_at(hour: int) -> LifeEvent:
    return LifeEvent(at(hour), False, "gone", "DeleteUser")


def test_a_unique_thing_that_is_seen_after_its_end_is_in_doubt() -> None:
    (life,) = lives_of(observed(Shown.THERE, Shown.THERE), [ended_at(30)])
    assert life.ended is None
    assert "bundle 2 shows it" in life.contradictions[0]
    assert life.span.doubted


def test_a_thing_that_may_return_is_seen_after_its_end() -> None:
    first, second = lives_of(observed(Shown.THERE, Shown.THERE), [ended_at(30)], returns=True)
    assert (first.ended, second.after) == (at(30), at(30))
    assert first.contradictions == second.contradictions != []


def test_bundles_that_do_not_show_it_are_doubts() -> None:
    (life,) = lives_of(observed(Shown.THERE, Shown.UNKNOWN, Shown.THERE, Shown.UNKNOWN, Shown.ABSENT), [])
    assert life.doubts == ["bundle 2: a gap", "bundle 4: a gap"]
    assert (life.shown_in(1), life.shown_in(2), life.shown_in(3)) == (True, False, True)
    assert life.span.end_latest == at(24 * 5 + 1)


def test_what_implies_nothing_tells_no_moment() -> None:
    """A user who is disabled may be disabled again."""
    off = LifeEvent(at(30), False, "off", "DisableUser", implies=False)
    (life,) = lives_of(observed(Shown.THERE, Shown.ABSENT), [off, off], returns=True)
    assert (life.ended, life.span.end_latest) == (None, at(30))
    assert lives_of(observed(Shown.ABSENT), [off], returns=True) == []


def test_two_events_make_a_life_that_no_bundle_shows() -> None:
    made = LifeEvent(at(26), True, "made", "CreateUser")
    (life,) = lives_of(observed(Shown.ABSENT, Shown.ABSENT), [made, ended_at(30)])
    assert (life.first, life.began, life.ended) == (None, at(26), at(30))
