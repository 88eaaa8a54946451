"""Tells to whom a condition binds a statement: to us, to a known partner, to a stranger, or to nobody.

A condition counts only for what its value binds: an organization's id, an account, the account in an ARN. A
wildcard where that name should stand binds nothing (`o-*`); a stranger's name is the same as naming the
stranger as principal. Keys: AWS global condition keys (IAM User Guide).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from evidence.policies.demands import binding_demands, is_literal
from evidence.policies.document import Demand, Statement


class Bond(IntEnum):
    """To whom a value binds; the larger, the weaker."""

    OURS = 0
    PARTNER = 1
    STRANGER = 2
    NOBODY = 3


@dataclass(frozen=True, slots=True)
class Ours:
    """Who is inside, and which outsiders management has named."""

    accounts: frozenset[str]
    organization: str = ""
    """Id of our organization; empty where it is not known."""
    partners: frozenset[str] = field(default=frozenset())
    """Accounts and organizations that management named."""
    tenants: frozenset[tuple[str, str]] = field(default=frozenset())
    """(issuer, tenant) that management named; the tenant is empty where the issuer itself is."""
    certain: bool = True
    """The organization and its accounts are known: who is not among them is a stranger."""

    def bond(self, name: str) -> Bond:
        """Return whose an account or an organization is."""
        if name in self.accounts or (self.organization and name == self.organization):
            return Bond.OURS
        return Bond.PARTNER if name in self.partners else Bond.STRANGER


@dataclass(frozen=True, slots=True)
class BoundTo:
    """What the conditions of a statement bind it to."""

    bond: Bond
    names: tuple[str, ...]
    """The accounts or organizations that the values name."""
    words: str
    """Key and values; never those of sts:ExternalId."""


NOT_BOUND = BoundTo(Bond.NOBODY, (), "")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_ACCOUNT = re.compile(r"[0-9]{12}")
EXTERNAL_ID = "sts:externalid"
SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
OWNER_KEYS = SOURCE_KEYS | {
    "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn",
}  # fmt: skip
"""Keys whose values may name an account or an organization."""


def bound_to(statement: Statement, ours: Ours, keys: frozenset[str] = OWNER_KEYS) -> BoundTo:
    """Return the firmest bond among the conditions: all of them must hold, so one is enough.

    Values in one list are alternatives: the weakest of them counts.
    """
    found = [_demand(demand, ours) for demand in binding_demands(statement) if demand.key in keys]
    return min(found, key=lambda one: one.bond, default=NOT_BOUND)


def has_external_id(statement: Statement) -> bool:
    """Say whether an external id is demanded by a value that is one, not a pattern of many."""
    return any(
        demand.key == EXTERNAL_ID
        and all(
            value.strip() and is_literal(value) and not ("like" in demand.operator and set(value) & set("*?"))
            for value in demand.values
        )
        for demand in binding_demands(statement)
    )


def _demand(demand: Demand, ours: Ours) -> BoundTo:
    owners = [_owner(demand, value) for value in demand.values]
    weakest = max(
        (Bond.NOBODY if owner is None else ours.bond(owner) for owner in owners), default=Bond.NOBODY
    )
    names = tuple(dict.fromkeys(owner for owner in owners if owner))
    return BoundTo(weakest, names, f"{demand.key} = {' or '.join(demand.values)}")


def _owner(demand: Demand, value: str) -> str | None:
    """Return the account or organization that one value names; None where it names none, or many."""
    if demand.key.endswith("orgid"):
        return value if _ORGANIZATION.fullmatch(value) else None
    if demand.key.endswith("orgpaths"):
        organization, slash, _ = value.partition("/")
        return organization if slash and _ORGANIZATION.fullmatch(organization) else None
    if demand.key.endswith("account"):
        return value if _ACCOUNT.fullmatch(value) else None
    return next(_accounts_in_arn(value, whole="string" in demand.operator), None)


def _accounts_in_arn(value: str, *, whole: bool) -> Iterator[str]:
    """Yield the account of an ARN pattern. `whole`: a wildcard may reach over the colons before it."""
    parts = value.split(":", 5)
    before = "".join(parts[:4]) if whole else ""
    if len(parts) == 6 and _ACCOUNT.fullmatch(parts[4]) and not set(before) & set("*?"):
        yield parts[4]
