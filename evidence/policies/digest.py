"""Sums a policy document up, in one reading, as far as tests over every principal need to know it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from evidence.policies.document import PatternSet, Statement, outline, statements
from evidence.policies.escalation import ACTIONS
from evidence.policies.patterns import matches
from evidence.policies.power import Power, iam_power, power_of


@dataclass(frozen=True, slots=True)
class PolicyDigest:
    """What a document amounts to."""

    power: Power = Power.LESS
    iam: Power = Power.LESS
    """How much of IAM it gives: all of it, or less."""
    grants: tuple[Statement, ...] = ()
    """The Allow statements that give an action of a known path to administrator."""
    actions: frozenset[str] = frozenset()
    """Those actions, in lower case."""
    denials: tuple[Statement, ...] = ()
    """Its Deny statements."""


_NOTHING = PolicyDigest()


def digest(document: Any, *, complements: bool = True) -> PolicyDigest:
    """Return the digest of a document; raises PolicyError for one that IAM would not take.

    `complements=False` leaves NotAction and NotResource out of its power (see `power`).
    """
    seen = outline(document, ACTIONS)
    if seen is not None and not (seen.wild or seen.denies or seen.sought):
        return _NOTHING
    parsed = statements(document)
    given = [(one, _sought(one.actions)) for one in parsed if not one.denies]
    grants = tuple(one for one, names in given if names)
    denials = tuple(one for one in parsed if one.denies)
    return PolicyDigest(
        power=power_of(parsed, complements=complements),
        iam=iam_power(grants),
        grants=grants,
        actions=frozenset().union(*(names for _, names in given)),
        denials=denials,
    )


def _sought(names: PatternSet) -> frozenset[str]:
    """Return the actions of known paths that Action or NotAction names."""
    found = frozenset[str]().union(*map(_matching, names.patterns))
    return ACTIONS - found if names.complement else found


@lru_cache(maxsize=4096)
def _matching(pattern: str) -> frozenset[str]:
    lowered = pattern.lower()
    if "*" not in lowered and "?" not in lowered:
        return frozenset({lowered}) & ACTIONS
    return frozenset(_matched(lowered, ACTIONS))


def _matched(pattern: str, names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if matches(pattern, name))
