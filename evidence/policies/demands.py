"""Finds what a statement's conditions demand of a key, whatever the request."""

from collections.abc import Callable

from evidence.policies.document import Demand, Statement

_BINDING = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})


def demanded_values(statement: Statement, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the values of which a matching key (lower case) must have one for the statement to apply.

    Operators that an absent key or an empty set passes bind nothing: negated ones, IfExists, ForAllValues. A
    value that anything matches (`*`) binds nothing either.
    """
    for demand in statement.conditions:
        if wanted(demand.key) and _binds(demand):
            return demand.values
    return ()


def _binds(demand: Demand) -> bool:
    quantifier, _, operator = demand.operator.rpartition(":")
    if quantifier not in ("", "foranyvalue") or operator not in _BINDING or not demand.values:
        return False
    return not operator.endswith("like") or all(value.strip("*?:") for value in demand.values)
