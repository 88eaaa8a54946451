"""Decides whether a policy document makes a full administrator.

- A statement is an administrator's when it allows every action on every resource. `*`, `*:*` and any other
  pattern that matches every action count alike, as do `*`, `arn:aws:*` and the like for resources.
- Allow with NotAction or NotResource allows everything but a list: it counts as much, unless that list is
  everything.
- A Condition that is not empty limits the power to circumstances that this evidence does not show: that is
  CONDITIONAL, neither a pass nor an exception.
- A Deny beside it does not take it back: what an administrator may not do, an administrator can change.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from evidence.policies.document import PatternSet, Statement, outline, statements
from evidence.policies.patterns import every_action, every_resource


class Power(IntEnum):
    """How much of a full administrator a policy is."""

    LESS = 0
    CONDITIONAL = 1
    """Everything, under a condition that this evidence does not settle."""
    ALL_BUT = 2
    """Everything but a list (NotAction, NotResource)."""
    FULL = 3


def power(document: Any, *, complements: bool = True) -> Power:
    """Return how much of a full administrator a policy document is; see `document.statements`.

    `complements=False` leaves statements with NotAction and NotResource out of account. Raises PolicyError.
    """
    seen = outline(document)
    if seen is not None and not seen.wild:
        return Power.LESS
    return max((_of(statement, complements) for statement in statements(document)), default=Power.LESS)


def _of(statement: Statement, complements: bool) -> Power:
    if statement.denies or statement.resources is None:
        return Power.LESS
    amount = min(_covers(statement.actions, every_action), _covers(statement.resources, every_resource))
    if amount is Power.ALL_BUT and not complements:
        return Power.LESS
    return Power.CONDITIONAL if amount is not Power.LESS and statement.conditional else amount


def _covers(names: PatternSet, every: Callable[[Iterable[str]], bool]) -> Power:
    if names.complement:
        return Power.LESS if every(names.patterns) else Power.ALL_BUT
    return Power.FULL if every(names.patterns) else Power.LESS
