"""Decides conditions for a request of which some keys are known, some absent and some left open."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from evidence.policies.document import Demand
from evidence.policies.operators import COMPARISONS, Comparison, UndecidableError
from evidence.policies.patterns import NoValueError, UnknownValueError


class Truth(IntEnum):
    """Three values: `and` is min, `or` is max."""

    NO = 0
    UNKNOWN = 1
    """The evidence does not settle it."""
    YES = 2

    @classmethod
    def of(cls, value: bool) -> "Truth":
        """Return YES or NO."""
        return cls.YES if value else cls.NO

    def __invert__(self) -> "Truth":
        return Truth(2 - self)


def all_of(values: Iterable[Truth]) -> Truth:
    """Return the conjunction; YES of nothing."""
    return min(values, default=Truth.YES)


def any_of(values: Iterable[Truth]) -> Truth:
    """Return the disjunction; NO of nothing."""
    return max(values, default=Truth.NO)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What is known of a request's condition keys (lower case)."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys that are there. A key without a value counts as absent."""
    absent: frozenset[str] = frozenset()
    complete: bool = False
    """Every key that `values` does not name is absent; else it is unknown."""

    def get(self, key: str) -> tuple[str, ...]:
        """Return a key's values, none when it is absent; raises UnknownValueError when left open."""
        if key in self.values:
            return self.values[key]
        if self.complete or key in self.absent:
            return ()
        raise UnknownValueError(key)

    def variable(self, name: str) -> str | None:
        """Return what a policy variable stands for; several values have no one text."""
        values = self.get(name)
        if len(values) > 1:
            raise UnknownValueError(name)
        return values[0] if values else None


def holds(conditions: Iterable[Demand], context: RequestContext, *, variables: bool) -> Truth:
    """Say whether all conditions of a statement hold."""
    return all_of(demand_holds(demand, context, variables=variables) for demand in conditions)


def demand_holds(demand: Demand, context: RequestContext, *, variables: bool) -> Truth:
    """Say whether one condition holds."""
    quantifier, _, operator = demand.operator.rpartition(":")
    try:
        present = context.get(demand.key)
    except UnknownValueError:
        return Truth.UNKNOWN
    if operator == "null":
        return _null(demand.values, bool(present))
    if_exists = operator.endswith("ifexists")
    comparison = COMPARISONS.get(operator.removesuffix("ifexists"))
    if comparison is None or quantifier not in _QUANTIFIERS:
        return Truth.UNKNOWN
    if not present:
        return _absent(quantifier, comparison, if_exists)
    lookup = context.variable if variables else None

    def one(value: str) -> Truth:
        return _one(comparison, value, demand.values, lookup)

    return _QUANTIFIERS[quantifier](present, one)


def _absent(quantifier: str, comparison: Comparison, if_exists: bool) -> Truth:
    if quantifier == "forallvalues":
        return Truth.YES
    if quantifier == "foranyvalue":
        # AWS says no for ForAnyValue and yes for IfExists, and nothing of the two together.
        return Truth.UNKNOWN if if_exists else Truth.NO
    return Truth.of(if_exists or comparison.negated)


def _one(
    comparison: Comparison, value: str, wanted: tuple[str, ...], lookup: Callable[[str], str | None] | None
) -> Truth:
    """Compare one value of the request with each that the policy lists; a negated operator wants none."""
    found = any_of(_compared(comparison, value, entry, lookup) for entry in wanted)
    return ~found if comparison.negated else found


def _compared(
    comparison: Comparison, value: str, entry: str, lookup: Callable[[str], str | None] | None
) -> Truth:
    try:
        return Truth.of(comparison.equal(value, entry, lookup))
    except NoValueError:
        return Truth.UNKNOWN if comparison.negated else Truth.NO
    except (UndecidableError, UnknownValueError):
        return Truth.UNKNOWN


def _single(present: tuple[str, ...], one: Callable[[str], Truth]) -> Truth:
    # AWS documents no meaning for several values without a qualifier.
    return one(present[0]) if len(present) == 1 else Truth.UNKNOWN


def _null(values: tuple[str, ...], present: bool) -> Truth:
    wanted = {value.lower() for value in values}
    if not wanted <= {"true", "false"}:
        return Truth.UNKNOWN
    return Truth.of(("false" if present else "true") in wanted)


_QUANTIFIERS: dict[str, Callable[[tuple[str, ...], Callable[[str], Truth]], Truth]] = {
    "": _single,
    "forallvalues": lambda present, one: all_of(map(one, present)),
    "foranyvalue": lambda present, one: any_of(map(one, present)),
}
