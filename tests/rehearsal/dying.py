"""Runs the command and kills it (SIGKILL) at a certain moment: `python -m tests.rehearsal.dying MOMENT N …`.

`units`: when so many units have ended in jobs that are half done. `rename`: right before the so-manieth job
gets the name of one that is whole. `sealing`: when the files of so many jobs have been moved into the bag.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from evidence.cli import main
from evidence.collect import runner, sealing
from evidence.collect.jobs import JobFolder
from evidence.collect.progress import ProgressState


def die_after(count: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does the same, until it is called once too often."""
    called = 0

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal called
        called += 1
        if called > count:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)

    return counted


def set_trap(moment: str, count: int) -> None:
    """Have this process die at a moment."""
    if moment == "units":

        def told(**state: Any) -> ProgressState:
            if state["units_done"] >= count:
                os.kill(os.getpid(), signal.SIGKILL)
            return ProgressState(**state)

        runner.ProgressState = told  # type: ignore[misc,assignment]
    elif moment == "rename":
        JobFolder.complete = die_after(count, JobFolder.complete)  # type: ignore[method-assign]
    else:
        sealing.move_tree = die_after(count, sealing.move_tree)


if __name__ == "__main__":
    set_trap(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = sys.argv[3:]
    main()
