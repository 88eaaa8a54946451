"""Tells who is administrator, or one call from it, by which policies: for the tests that ask."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.policies.digest import PolicyDigest
from evidence.policies.power import Power
from evidence.readers.principals import Iam, Principal


@dataclass(frozen=True, slots=True)
class PowerSource:
    """A policy that makes a principal administrator."""

    policy: str
    certain: bool
    """Without a condition."""
    by_iam: bool
    """By all of IAM: one call from administrator."""

    @property
    def words(self) -> str:
        """The policy, and what of it where it is not plain."""
        return f"{self.policy} (all of IAM)" if self.by_iam else self.policy


def power_sources(iam: Iam, principal: Principal) -> Iterator[PowerSource]:
    """Yield the policies of a principal's own that make it administrator, of those that can be read."""
    for name, found in iam.digests(principal):
        yield from _source(name, found)


def is_administrator(iam: Iam, principal: Principal) -> bool:
    """Say whether a principal is known to be administrator, by itself or by one of its groups."""
    return any(True for holder in iam.holders(principal) for _ in power_sources(iam, holder))


def may_be_administrator(iam: Iam, principal: Principal) -> bool:
    """Say whether a principal is not known as administrator, and has something that nobody can read."""
    return bool(iam.unread(*iam.holders(principal))) and not is_administrator(iam, principal)


def makes_administrator(found: PolicyDigest) -> bool:
    """Say whether a policy makes its holder administrator, without a condition."""
    return max(found.power, found.iam) > Power.CONDITIONAL


def _source(name: str, found: PolicyDigest) -> Iterator[PowerSource]:
    if found.power is Power.LESS and found.iam is Power.LESS:
        return
    by_iam = found.power is Power.LESS or (found.power is Power.CONDITIONAL and found.iam is Power.FULL)
    yield PowerSource(name, (found.iam if by_iam else found.power) > Power.CONDITIONAL, by_iam)
