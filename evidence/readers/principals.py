"""What IAM's authorization details amount to: principals, their policies, and what of them nobody can read.

A record or a document that nobody can read costs itself. Whoever says 'there is no other' asks `Iam.odd`
first, and whoever sums a principal's power up asks `Iam.unread`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evidence.policies.digest import PolicyDigest
from evidence.policies.document import Statement
from evidence.policies.power import Power
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable

SERVICE_PATH = "/aws-service-role/"
IDENTITY_CENTER_PATH = "/aws-reserved/sso.amazonaws.com/"
IDENTITY_CENTER_PREFIX = "AWSReservedSSO_"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, group or role, with its policies."""

    kind: str
    """`user`, `group` or `role`."""
    name: str
    arn: str
    path: str
    groups: tuple[str, ...]
    """Names of a user's groups."""
    attached: tuple[str, ...]
    """ARNs of its managed policies."""
    inline: tuple[tuple[str, PolicyDigest | Unreadable], ...]
    """Names of its inline policies and what they amount to."""
    boundary: str
    """ARN of its permissions boundary; empty without one."""
    pointer: Pointer
    id: str = ""
    """Unique id (AIDA…, AGPA…, AROA…), empty where AWS gives none: a name may be given again."""


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy, by its default version."""

    arn: str
    aws: bool
    """Managed by AWS."""
    version: str
    digest: PolicyDigest
    attachments: int
    """How many users, groups and roles AWS counts it attached to; 0 also where it does not say."""
    pointer: Pointer

    @property
    def power(self) -> Power:
        """How much of a full administrator it makes."""
        return self.digest.power

    @property
    def denials(self) -> tuple[Statement, ...]:
        """Its Deny statements."""
        return self.digest.denials


@dataclass(frozen=True, slots=True)
class OddRecord:
    """A record that nobody can read."""

    kind: str
    """`user`, `group`, `role` or `policy`; empty where not even that is known: it may be any."""
    found: Unreadable


@dataclass(frozen=True)
class Iam:
    """One account's principals and managed policies."""

    principals: tuple[Principal, ...]
    policies: Mapping[str, ManagedPolicy | Unreadable]
    """By ARN; `Unreadable` where the ARN is all that can be read."""
    records: tuple[OddRecord, ...] = ()
    """Those that are in neither, as nobody can read them."""

    def odd(self, *kinds: str) -> tuple[Unreadable, ...]:
        """Return the records that nobody can read and that may be of these kinds."""
        return tuple(one.found for one in self.records if one.kind in kinds or not one.kind)

    @cached_property
    def held(self) -> Mapping[str, Sequence[Principal]]:
        """Those that a policy is attached to, by its ARN."""
        held: dict[str, list[Principal]] = {}
        for principal in self.principals:
            for arn in dict.fromkeys(principal.attached):
                held.setdefault(arn, []).append(principal)
        return held

    @cached_property
    def groups(self) -> Mapping[str, Principal]:
        """The groups, by name."""
        return {principal.name: principal for principal in self.principals if principal.kind == "group"}

    @cached_property
    def members(self) -> Mapping[str, Sequence[str]]:
        """Names of the users in each group that has some, by its name; of the users that can be read."""
        members: dict[str, list[str]] = {}
        for principal in self.principals:
            for group in principal.groups:
                members.setdefault(group, []).append(principal.name)
        return members

    @cached_property
    def member_arns(self) -> Mapping[str, Sequence[str]]:
        """ARNs of the same."""
        members: dict[str, list[str]] = {}
        for principal in self.principals:
            for group in dict.fromkeys(principal.groups):
                members.setdefault(group, []).append(principal.arn)
        return members

    @cached_property
    def boundaries(self) -> frozenset[str]:
        """ARNs of the policies that bound somebody."""
        return frozenset(principal.boundary for principal in self.principals)

    def holders(self, principal: Principal) -> Iterator[Principal]:
        """Yield a principal and its groups, as far as they are described."""
        yield principal
        yield from (self.groups[name] for name in principal.groups if name in self.groups)

    def digests(self, principal: Principal) -> Iterator[tuple[str, PolicyDigest]]:
        """Yield the policies of a principal's own that can be read, by the name to print; see `unread`."""
        for arn in principal.attached:
            policy = self.policies.get(arn)
            if isinstance(policy, ManagedPolicy):
                yield arn.rpartition("/")[2], policy.digest
        for name, found in principal.inline:
            if isinstance(found, PolicyDigest):
                yield f"inline policy {name}", found

    def unread(self, *principals: Principal) -> tuple[str, ...]:
        """Say what gives these principals something that is not known: policies, groups."""
        return tuple(dict.fromkeys(said for one in principals for said in self._unread(one)))

    def _unread(self, principal: Principal) -> Iterator[str]:
        for arn in principal.attached:
            policy = self.policies.get(arn)
            if policy is None:
                yield f"{arn}, which the details do not describe"
            elif isinstance(policy, Unreadable):
                yield f"{arn}, {policy}"
        for name, found in principal.inline:
            if isinstance(found, Unreadable):
                yield f"inline policy {name}, {found}"
        for name in principal.groups:
            if name not in self.groups:
                yield f"group {name}, which the details do not describe"


def is_service_linked(principal: Principal) -> bool:
    """Say whether a role is AWS's own, for a service."""
    return principal.kind == "role" and principal.path.startswith(SERVICE_PATH)


def is_identity_center(principal: Principal) -> bool:
    """Say whether Identity Center made a role; nobody else can make one under its path."""
    return (
        principal.kind == "role"
        and principal.path.startswith(IDENTITY_CENTER_PATH)
        and principal.name.startswith(IDENTITY_CENTER_PREFIX)
    )
