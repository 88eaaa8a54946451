"""Threads: an executor whose threads never hold up the end of the process, and bounded slots for calls."""

import contextlib
import heapq
import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from evidence.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

_Task = tuple["Future[object]", Callable[[], object]]


class Workers(Executor):
    """The standard executor interface on daemon threads.

    ThreadPoolExecutor makes the process wait, after Ctrl-C too, until every request under way has been
    answered or has timed out; these threads end with the process.
    """

    def __init__(self, threads: int) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"evidence-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run a function on the next free thread."""
        future: Future[T] = Future()
        self._tasks.put((future, lambda: fn(*args, **kwargs)))  # type: ignore[arg-type]
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end after the tasks that wait; or drop those."""
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while task := self._tasks.get_nowait():
                    task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def join(self, seconds: float, clock: Clock) -> None:
        """Wait for the threads to end, so long at most for all of them."""
        until = clock.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - clock.monotonic()))

    def _work(self) -> None:
        while task := self._tasks.get():
            future, function = task
            if future.set_running_or_notify_cancel():
                _fulfil(future, function)


def _fulfil(future: "Future[object]", function: Callable[[], object]) -> None:
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - an executor hands over whatever was raised
        future.set_exception(error)
    else:
        future.set_result(result)


class UrgentSlots:
    """At most so many holders at once; whoever waits gets a slot in the order of urgency, then of arrival."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._guard = threading.Lock()
        self._arrivals = itertools.count()
        self._waiting: list[tuple[int, int, threading.Event]] = []

    @contextlib.contextmanager
    def held(self, urgency: int) -> Iterator[None]:
        """Hold a slot; the smallest urgency comes first."""
        self._take(urgency)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, urgency: int) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            granted = threading.Event()
            heapq.heappush(self._waiting, (urgency, next(self._arrivals), granted))
        granted.wait()

    def _give_back(self) -> None:
        with self._guard:
            if self._waiting:
                heapq.heappop(self._waiting)[2].set()
            else:
                self._free += 1
