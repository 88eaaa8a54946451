"""Runs work on daemon threads: an executor that never holds up the end of the process."""

import contextlib
import ctypes
import platform
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from evidence.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

_M_ARENA_MAX = -8
"""mallopt(3): how many heaps the C library keeps."""

_Task = tuple["Future[object]", Callable[[], object]]


class DaemonExecutor(Executor):
    """The standard executor interface on daemon threads.

    ThreadPoolExecutor makes the process wait, after Ctrl-C too, until every request under way has been
    answered or has timed out; these threads end with the process. They are started as they are needed.
    """

    def __init__(self, threads: int) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self._open = 0
        """Tasks that wait or run."""
        _share_one_heap()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run a function on the next free thread."""
        future: Future[T] = Future()
        with self._guard:
            self._open += 1
            if len(self._threads) < min(self._open, self._most):
                self._start_thread()
        self._tasks.put((future, lambda: fn(*args, **kwargs)))  # type: ignore[arg-type]
        return future

    def _start_thread(self) -> None:
        number = len(self._threads)
        self._threads.append(threading.Thread(target=self._work, name=f"evidence-{number}", daemon=True))
        self._threads[-1].start()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end after the tasks that wait; or drop those."""
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while task := self._tasks.get_nowait():
                    task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            while thread := self._alive():
                thread.join()

    def join(self, seconds: float, clock: Clock) -> None:
        """Wait for the threads to end, so long at most for all of them."""
        until = clock.monotonic() + seconds
        while (thread := self._alive()) and clock.monotonic() < until:
            thread.join(until - clock.monotonic())

    def _alive(self) -> threading.Thread | None:
        with self._guard:
            return next((thread for thread in self._threads if thread.is_alive()), None)

    def _work(self) -> None:
        while self._work_once():
            pass

    def _work_once(self) -> bool:
        """Do one task; return whether more may come. A thread that waits remembers nothing of it."""
        task = self._tasks.get()
        if task is None:
            return False
        future, function = task
        if future.set_running_or_notify_cancel():
            _fulfil(future, function)
        with self._guard:
            self._open -= 1
        return True


def _share_one_heap() -> None:
    """Have all threads allocate from one heap, where that can be said (glibc).

    By default nearly each thread gets one of its own, and what answers leave free in one serves no other:
    memory then grows for hours. Threads that take turns on the interpreter do not contend for one heap.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _fulfil(future: "Future[object]", function: Callable[[], object]) -> None:
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - an executor hands over whatever was raised
        future.set_exception(error)
    else:
        future.set_result(result)
