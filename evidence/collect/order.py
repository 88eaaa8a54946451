"""Runs what depends on each other: each thing after those it needs, the longest chains first."""

import queue
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import Future
from graphlib import TopologicalSorter
from typing import Any, TypeVar

N = TypeVar("N", bound=Hashable)

TICK = 0.5
"""Seconds between two looks around when nothing ends."""


def in_order(
    needs: Mapping[N, Collection[N]],
    start: Callable[[N], "Future[Any]"],
    *,
    first: Callable[[N], Any],
    room: Callable[[N, int], bool],
    tick: Callable[[], None],
) -> Iterator[tuple[N, Any]]:
    """Start everything once what it needs has ended; yield each with its result as it ends.

    Of what can start, the one with the smallest `first` does, as long as there is `room` for it beside so
    many others that are under way. `tick` is called at least twice a second. Raises what was raised in any.
    """
    order = TopologicalSorter(needs)
    order.prepare()
    done: queue.SimpleQueue[tuple[N, Future[Any]]] = queue.SimpleQueue()
    ready: list[N] = []
    running = 0
    while order.is_active():
        ready = sorted([*ready, *order.get_ready()], key=first)
        while ready and room(ready[0], running):
            node = ready.pop(0)
            running += 1
            start(node).add_done_callback(lambda ended, of=node: done.put((of, ended)))  # type: ignore[misc]
        tick()
        try:
            node, ended = done.get(timeout=TICK)
        except queue.Empty:
            continue
        running -= 1
        yield node, ended.result()
        order.done(node)


def heights(needs: Mapping[N, Collection[N]]) -> dict[N, int]:
    """Return for each thing how long the chain is of those that wait for it."""
    height = dict.fromkeys(needs, 0)
    for node in reversed(list(TopologicalSorter(needs).static_order())):
        for need in needs.get(node, ()):
            height[need] = max(height.get(need, 0), height[node] + 1)
    return height
