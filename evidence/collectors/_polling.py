"""Waits for a job that AWS runs in the background."""

from collections.abc import Callable
from typing import TypeVar

from evidence.aws.failures import AnswerError
from evidence.collectors.base import Context

R = TypeVar("R")

FIRST_WAIT = 0.1
LONGEST_WAIT = 5.0
ASKS = 60
"""About five minutes in all; AWS's reports take seconds, in large accounts a minute or two."""


def poll(ctx: Context, ask: Callable[[], R | None], what: str) -> R:
    """Ask until the answer is not None, with short waits that grow; return it.

    Raises AnswerError when AWS is not done after the last ask, DeadlineError when the run is over before.
    """
    wait = FIRST_WAIT
    for _ in range(ASKS):
        answer = ask()
        if answer is not None:
            return answer
        ctx.wait(wait)
        wait = min(wait * 2, LONGEST_WAIT)
    raise AnswerError(f"{what} was not ready after AWS was asked {ASKS} times")
