"""What depends on each other runs in order, the longest chains first, as many as there is room for."""

import threading
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.collect.order import heights, in_order
from evidence.collect.workers import DaemonExecutor
from evidence.collectors.base import catalogue
from evidence.records import Scope

Graph = dict[int, list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A graph without circles: everything needs but smaller numbers."""
    return {
        node: sorted(draw(st.sets(st.sampled_from(range(node)), max_size=4))) if node else []
        for node in range(draw(st.integers(0, 14)))
    }


def done(value: object = None) -> "Future[object]":
    future: Future[object] = Future()
    future.set_result(value)
    return future


def run(needs, start, *, room=lambda _, running: running < 3, first=lambda node: node, tick=lambda: None):
    return in_order(needs, start, first=first, room=room, tick=tick)


@given(graphs(), st.integers(1, 4), st.randoms())
def test_each_thing_starts_once_after_all_it_needs_and_there_is_room(graph, at_once, random) -> None:
    under_way: dict[int, Future[int]] = {}
    started: list[int] = []
    ended: list[int] = []

    def start(node: int) -> "Future[int]":
        assert set(graph[node]) <= set(ended), "what it needs has ended"
        under_way[node] = Future()
        assert len(under_way) <= at_once
        started.append(node)
        return under_way[node]

    def tick() -> None:
        """End one of those that are under way."""
        if under_way:
            node = random.choice(sorted(under_way))
            under_way.pop(node).set_result(node * 10)

    for node, result in run(graph, start, room=lambda _, running: running < at_once, tick=tick):
        assert result == node * 10
        ended.append(node)
    assert sorted(started) == sorted(ended) == sorted(graph)


@given(graphs())
def test_of_what_can_start_the_one_that_most_waits_for_does(graph) -> None:
    height = heights(graph)
    ended: set[int] = set()

    def start(node: int) -> "Future[object]":
        ready = {one for one in graph if set(graph[one]) <= ended and one not in ended}
        assert height[node] == max(height[one] for one in ready)
        return done()

    for node, _ in run(graph, start, room=lambda _, running: not running, first=lambda one: -height[one]):
        ended.add(node)


@given(graphs())
def test_the_height_is_the_length_of_the_chain_that_waits(graph) -> None:
    def longest(node: int) -> int:
        return max((longest(other) + 1 for other in graph if node in graph[other]), default=0)

    assert heights(graph) == {node: longest(node) for node in graph}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_was_raised_in_one_ends_all(error) -> None:
    started = []

    def start(node: int) -> "Future[object]":
        started.append(node)
        future = done() if node else Future()
        if not node:
            future.set_exception(error("broken"))
        return future

    with pytest.raises(error, match="broken"):
        list(run({0: [], 1: [0], 2: [1]}, start))
    assert started == [0]


def test_who_has_no_room_keeps_nobody_waiting_who_has_ended() -> None:
    """`room` is asked again whenever something ends."""
    seen = []
    for node, _ in run({1: [], 2: [], 3: []}, lambda _: done(), room=lambda _, running: running < 1):
        seen.append(node)
    assert seen == [1, 2, 3]


def test_threads_hand_over_what_they_did() -> None:
    workers, together = DaemonExecutor(3), threading.Barrier(3)
    told = dict(run({1: [], 2: [], 3: []}, lambda _: workers.submit(together.wait, 10)))
    assert sorted(told.values()) == [0, 1, 2], "three at once"
    workers.shutdown()


def test_looking_around_may_end_it_while_nothing_ends() -> None:
    def tick() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(run({1: []}, lambda _: Future(), tick=tick))


def test_items_of_an_account_need_items_of_an_account_alone() -> None:
    """So that a member's job can run anywhere, with nothing but its own files."""
    known = catalogue()
    for item, one in known.items():
        if one.scope is not Scope.ORGANIZATION:
            scopes = {known[need].scope for need in one.needs}
            assert Scope.ORGANIZATION not in scopes, item


def test_items_of_the_organization_need_each_other_and_no_more_than_regions() -> None:
    known = catalogue()
    for item, one in known.items():
        if one.scope is Scope.ORGANIZATION:
            others = {need for need in (*one.needs, *one.uses) if known[need].scope is not Scope.ORGANIZATION}
            assert others <= {"account.regions"}, item
