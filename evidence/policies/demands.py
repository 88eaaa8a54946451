"""Finds what a statement's conditions demand of a key, whatever the request."""

from collections.abc import Callable, Iterator

from evidence.policies.document import Demand, Statement
from evidence.policies.patterns import has_variable

_BINDING = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})


def binding_demands(statement: Statement) -> Iterator[Demand]:
    """Yield the conditions that no request passes without one of the values beside a key.

    Operators that an absent key or an empty set passes bind nothing: negated ones, IfExists, ForAllValues.
    What a value binds is for the reader to judge: `*` stands for anybody.
    """
    for demand in statement.conditions:
        quantifier, _, operator = demand.operator.rpartition(":")
        if quantifier in ("", "foranyvalue") and operator in _BINDING and demand.values:
            yield demand


def demanded_values(statement: Statement, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the values of which a matching key (lower case) must have one for the statement to apply.

    A value that anything matches (`*`, `*@*`) binds nothing.
    """
    for demand in binding_demands(statement):
        anything = demand.operator.endswith("like") and not all(map(_holds_letters, demand.values))
        if wanted(demand.key) and not anything:
            return demand.values
    return ()


def _holds_letters(value: str) -> bool:
    return any(map(str.isalnum, value))


def is_literal(value: str) -> bool:
    """Say whether a value means itself: a policy variable is filled in from the caller's own request."""
    return not has_variable(value)
