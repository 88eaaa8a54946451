"""Decides whether a policy document makes a full administrator.

- A statement is an administrator's when it allows every action on every resource. `*`, `*:*` and any other
  pattern that matches every action count alike, as do `*`, `arn:aws:*` and the like for resources.
- Allow with NotAction or NotResource allows everything but a list: it counts as much, unless that list is
  everything.
- A Condition that is not empty limits the power to circumstances that this evidence does not show: that is
  CONDITIONAL, neither a pass nor an exception.
- A Deny beside it does not take it back: what an administrator may not do, an administrator can change.
- All of IAM (`iam:*` and what is as wide) on every user, group, role or policy is one call from
  administrator: `iam_power`.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import cache
from typing import Any

from evidence.policies.actions import service_actions
from evidence.policies.document import PatternSet, Statement, outline, statements
from evidence.policies.patterns import every_action, every_resource, matches
from evidence.policies.resources import whole_account, wide_types


class Power(IntEnum):
    """How much of a full administrator a policy is."""

    LESS = 0
    CONDITIONAL = 1
    """Everything, under a condition that this evidence does not settle."""
    ALL_BUT = 2
    """Everything but a list (NotAction, NotResource)."""
    FULL = 3


_PRINCIPALS = frozenset({"user", "group", "role", "policy"})
"""Types of resources by whose change one becomes administrator."""


def power(document: Any, *, complements: bool = True) -> Power:
    """Return how much of a full administrator a policy document is; see `document.statements`.

    `complements=False` leaves statements with NotAction and NotResource out of account. Raises PolicyError.
    """
    seen = outline(document)
    if seen is not None and not seen.wild:
        return Power.LESS
    return power_of(statements(document), complements=complements)


def power_of(parsed: Iterable[Statement], *, complements: bool = True) -> Power:
    """Return the same of statements."""
    return max((_of(statement, complements) for statement in parsed), default=Power.LESS)


def iam_power(parsed: Iterable[Statement]) -> Power:
    """Return how much of IAM statements allow: LESS, or all that changes anything (CONDITIONAL, FULL)."""
    return max(map(_of_iam, parsed), default=Power.LESS)


def _of(statement: Statement, complements: bool) -> Power:
    if statement.denies or statement.resources is None:
        return Power.LESS
    amount = min(_covers(statement.actions, every_action), _covers(statement.resources, _every_resource))
    if amount is Power.ALL_BUT and not complements:
        return Power.LESS
    return Power.CONDITIONAL if amount is not Power.LESS and statement.conditional else amount


def _every_resource(patterns: Iterable[str]) -> bool:
    listed = tuple(patterns)
    return every_resource(listed) or any(map(whole_account, listed))


def _covers(names: PatternSet, every: Callable[[Iterable[str]], bool]) -> Power:
    if names.complement:
        return Power.LESS if every(names.patterns) else Power.ALL_BUT
    return Power.FULL if every(names.patterns) else Power.LESS


def _of_iam(statement: Statement) -> Power:
    if statement.denies or not _every_principal(statement.resources) or not _all_of_iam(statement.actions):
        return Power.LESS
    return Power.CONDITIONAL if statement.conditional else Power.FULL


def _all_of_iam(names: PatternSet) -> bool:
    """Say whether every action of IAM that changes something is among the actions."""
    found = (_matched(names.patterns, action) for action in _iam_changes())
    return not any(found) if names.complement else all(found)


def _matched(patterns: Iterable[str], action: str) -> bool:
    return any(matches(pattern.lower(), action) for pattern in patterns)


def _every_principal(names: PatternSet | None) -> bool:
    """Say whether every user, group, role or policy of the account is among the resources."""
    if names is None:
        return False
    if names.complement:
        return not _every_resource(names.patterns) and wide_types(names.patterns, "iam").isdisjoint(
            _PRINCIPALS
        )
    return _every_resource(names.patterns) or not wide_types(names.patterns, "iam").isdisjoint(_PRINCIPALS)


@cache
def _iam_changes() -> tuple[str, ...]:
    return tuple(action.name.lower() for action in service_actions("iam") if action.writes)
