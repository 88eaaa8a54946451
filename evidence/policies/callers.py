"""Tells which conditions a caller from anywhere cannot meet at will: what is left of `Principal: *`.

Time, region, transport, MFA, user agent, the session's name, tags and source identity are the caller's own
to choose, or everybody's; what is left names a network, a service or one identity, for a person to place.
"""

import ipaddress
from collections.abc import Iterator

from evidence.policies.document import Demand, Statement
from evidence.policies.operators import COMPARISONS

_CHOSEN = frozenset({
    "aws:securetransport", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:requestedregion",
    "aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:useragent", "aws:referer", "aws:username",
    "aws:principaltype", "aws:sourceidentity", "aws:tagkeys", "aws:viaawsservice", "aws:vpcsourceip",
    "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys", "sts:durationseconds",
})  # fmt: skip
"""Keys whose value any account's caller chooses, or meets as everybody does."""
_CHOSEN_FAMILIES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/")
_ADDRESS = "aws:sourceip"


def withheld_keys(statement: Statement) -> Iterator[str]:
    """Yield the keys of conditions that not everybody can meet, as far as their names tell."""
    for demand in statement.conditions:
        quantifier, _, operator = demand.operator.rpartition(":")
        comparison = COMPARISONS.get(operator)  # none for Null and IfExists, which an absent key passes
        if quantifier == "forallvalues" or comparison is None or comparison.negated:
            continue
        if not (_is_chosen(demand.key) or _is_met_by_all(demand)):
            yield demand.key


def _is_chosen(key: str) -> bool:
    return key in _CHOSEN or key.startswith(_CHOSEN_FAMILIES)


def _is_met_by_all(demand: Demand) -> bool:
    if demand.key == _ADDRESS:
        return _is_every_address(demand.values)
    return any(not value.strip("*") for value in demand.values)


def _is_every_address(values: tuple[str, ...]) -> bool:
    """Say whether ranges make up every address of IPv4 or of IPv6 together."""
    try:
        networks = [ipaddress.ip_network(value, strict=False) for value in values]
    except ValueError:
        return False
    fours = [one for one in networks if isinstance(one, ipaddress.IPv4Network)]
    sixes = [one for one in networks if isinstance(one, ipaddress.IPv6Network)]
    joined = [one.prefixlen for one in ipaddress.collapse_addresses(fours)]
    return 0 in (*joined, *(one.prefixlen for one in ipaddress.collapse_addresses(sixes)))
