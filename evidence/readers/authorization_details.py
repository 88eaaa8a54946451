"""Reads IAM's authorization details: principals and their policies (iam GetAccountAuthorizationDetails).

An account's records are read in one pass, for two reductions. `users`, `roles` and `counts` know no policies:
one that cannot be read takes nothing from the tests that ask for none. `read` knows what policies amount to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.policies.digest import PolicyDigest, digest
from evidence.policies.document import Statement
from evidence.policies.power import Power
from evidence.policies.role_documents import is_aws_managed
from evidence.readers.evidence import Evidence, optional_moment, require_moment, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.reductions import Reduction, reduction
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, read_each, require_readable

DETAILS = "iam.authorization-details"
SERVICE_PATH = "/aws-service-role/"
IDENTITY_CENTER_PATH = "/aws-reserved/sso.amazonaws.com/"
IDENTITY_CENTER_PREFIX = "AWSReservedSSO_"

# Kind of record, its name member, its list of inline policies.
_KINDS = (
    ("UserDetail", "UserName", "UserPolicyList"),
    ("GroupDetail", "GroupName", "GroupPolicyList"),
    ("RoleDetail", "RoleName", "RolePolicyList"),
)


@dataclass(frozen=True, slots=True)
class IamUser:
    """A user, without policies."""

    arn: str
    id: str
    """Unique id (AIDA…), empty where AWS gives none."""
    created: datetime | None
    tags: tuple[tuple[str, str], ...]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class IamRole:
    """A role, without policies but the one that says whom it trusts."""

    name: str
    arn: str
    path: str
    created: datetime
    used: datetime | None
    """Its last use; None without one on record."""
    trust: Any
    """The trust policy as AWS gave it; `evidence.policies.document` reads it."""
    pointer: Pointer

    @property
    def service_linked(self) -> bool:
        """Say whether it is AWS's own, for a service."""
        return self.path.startswith(SERVICE_PATH)

    @property
    def of_identity_center(self) -> bool:
        """Say whether Identity Center made it; nobody else can make one under its path."""
        return self.path.startswith(IDENTITY_CENTER_PATH) and self.name.startswith(IDENTITY_CENTER_PREFIX)


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
    inline: tuple[tuple[str, PolicyDigest], ...]
    """Names of its inline policies and what they amount to."""
    boundary: str
    """ARN of its permissions boundary; empty without one."""
    pointer: Pointer

    @property
    def denials(self) -> Iterator[Statement]:
        """The Deny statements of its inline policies."""
        return (statement for _, found in self.inline for statement in found.denials)


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy, by its default version."""

    arn: str
    aws: bool
    """Managed by AWS."""
    version: str
    digest: PolicyDigest
    pointer: Pointer

    @property
    def power(self) -> Power:
        """How much of a full administrator it makes."""
        return self.digest.power

    @property
    def denials(self) -> tuple[Statement, ...]:
        """Its Deny statements."""
        return self.digest.denials


@dataclass(frozen=True)
class Iam:
    """One account's principals and managed policies."""

    principals: tuple[Principal, ...]
    policies: Mapping[str, ManagedPolicy]
    """By ARN."""

    @cached_property
    def held(self) -> Mapping[str, Sequence[Principal]]:
        """Those that a policy is attached to, by its ARN; raises for a policy that nothing describes."""
        held: dict[str, list[Principal]] = {}
        for principal in self.principals:
            for arn in dict.fromkeys(principal.attached):
                if arn not in self.policies:
                    raise MalformedEvidenceError(
                        f"{principal.arn} has {arn}, which the details do not describe"
                    )
                held.setdefault(arn, []).append(principal)
        return held

    @cached_property
    def groups(self) -> Mapping[str, Principal]:
        """The groups, by name."""
        return {principal.name: principal for principal in self.principals if principal.kind == "group"}

    @cached_property
    def members(self) -> Mapping[str, Sequence[str]]:
        """Names of the users in each group that has some, by its name."""
        members: dict[str, list[str]] = {}
        for principal in self.principals:
            for group in principal.groups:
                members.setdefault(group, []).append(principal.name)
        return members


@reduction(DETAILS)
class _PrincipalReduction(Reduction):
    """Principals and policies as they come, documents reduced to what they amount to."""

    def __init__(self) -> None:
        self.principals: dict[str, list[Principal]] = {kind: [] for kind, _, _ in _KINDS}
        self.policies: dict[str, ManagedPolicy] = {}

    def take(self, located: LocatedRecord) -> None:
        """Keep a principal or a policy."""
        for kind in _KINDS:
            if kind[0] in located.value:
                self.principals[kind[0]].append(_principal(located, *kind))
        if "Policy" in located.value:
            policy = _policy(located)
            self.policies[policy.arn] = policy

    @cached_property
    def iam(self) -> Iam:
        """What was read."""
        return Iam(tuple(one for kind in self.principals.values() for one in kind), self.policies)


@reduction(DETAILS)
class _DetailReduction(Reduction):
    """The records without their policies."""

    def __init__(self) -> None:
        self.users: list[IamUser | Unreadable] = []
        self.roles: list[IamRole | Unreadable] = []
        self.groups: list[str | Unreadable] = []
        """ARNs, as of the managed policies."""
        self.policies: list[str | Unreadable] = []

    def take(self, located: LocatedRecord) -> None:
        """Keep a record; one that is not as documented keeps no other from being read."""
        record = located.value
        if "UserDetail" in record:
            self.users.extend(read_each((located,), _user))
        if "RoleDetail" in record:
            self.roles.extend(read_each((located,), _role))
        if "GroupDetail" in record:
            self.groups.extend(
                read_each((located,), lambda found: require_text(found.value["GroupDetail"]["Arn"]))
            )
        if "Policy" in record:
            self.policies.extend(
                read_each((located,), lambda found: require_text(found.value["Policy"]["Arn"]))
            )


def users(evidence: Evidence, account: str) -> Iterator[IamUser]:
    """Yield an account's users; raises MalformedEvidenceError for one that cannot be read."""
    return require_readable(evidence.reduced(_DetailReduction, account).users)


def roles(evidence: Evidence, account: str) -> Iterator[IamRole]:
    """Yield an account's roles; raises MalformedEvidenceError for one that cannot be read."""
    return require_readable(evidence.reduced(_DetailReduction, account).roles)


def roles_made(evidence: Evidence, account: str) -> dict[str, datetime]:
    """Return when each of an account's roles was made, by ARN; one that cannot be read is left out."""
    found = evidence.reduced(_DetailReduction, account).roles
    return {one.arn: one.created for one in found if isinstance(one, IamRole)}


def counts(evidence: Evidence, account: str) -> Mapping[str, int]:
    """Return how many records there are of each kind (`UserDetail`, …), AWS's own policies left out.

    Raises MalformedEvidenceError where one of them cannot be read: nobody counts what nobody could read.
    """
    found = evidence.reduced(_DetailReduction, account)
    return {
        "UserDetail": len(list(require_readable(found.users))),
        "GroupDetail": len(list(require_readable(found.groups))),
        "RoleDetail": len(list(require_readable(found.roles))),
        "Policy": sum(not is_aws_managed(arn) for arn in require_readable(found.policies)),
    }


def described(evidence: Evidence, account: str) -> Iam:
    """Read one account's details: users, groups, roles, in this order, and policies."""
    return evidence.reduced(_PrincipalReduction, account).iam


def read(evidence: Evidence, account: str) -> Iam:
    """Return what `described` does; raises MalformedEvidenceError for a policy held and not described."""
    iam = described(evidence, account)
    _ = iam.held
    return iam


def _user(located: LocatedRecord) -> IamUser:
    detail: dict[str, Any] = located.value["UserDetail"]
    return IamUser(
        arn=require_text(detail["Arn"]),
        id=detail.get("UserId") or "",
        created=optional_moment(detail.get("CreateDate")),
        tags=tuple((require_text(tag["Key"]), str(tag["Value"])) for tag in detail.get("Tags") or ()),
        pointer=pointer_to(located),
    )


def _role(located: LocatedRecord) -> IamRole:
    detail: dict[str, Any] = located.value["RoleDetail"]
    used = (detail.get("RoleLastUsed") or {}).get("LastUsedDate")  # left out, or empty, for a role never used
    return IamRole(
        name=require_text(detail["RoleName"]),
        arn=require_text(detail["Arn"]),
        path=require_text(detail["Path"]),
        created=require_moment(detail["CreateDate"]),
        used=None if used is None else require_moment(used),
        trust=detail["AssumeRolePolicyDocument"],
        pointer=pointer_to(located),
    )


def _principal(located: LocatedRecord, kind: str, name: str, inline: str) -> Principal:
    detail: dict[str, Any] = located.value[kind]
    boundary = detail.get("PermissionsBoundary") or {}  # left out where there is none
    return Principal(
        kind=kind.removesuffix("Detail").lower(),
        name=detail[name],
        arn=detail["Arn"],
        path=detail["Path"],
        groups=tuple(detail.get("GroupList", ())),
        attached=tuple(policy["PolicyArn"] for policy in detail["AttachedManagedPolicies"]),
        inline=tuple((one["PolicyName"], digest(one["PolicyDocument"])) for one in detail.get(inline, ())),
        boundary=boundary.get("PermissionsBoundaryArn") or "",
        pointer=pointer_to(located),
    )


def _policy(located: LocatedRecord) -> ManagedPolicy:
    detail: dict[str, Any] = located.value["Policy"]
    arn = detail["Arn"]
    aws = is_aws_managed(arn)
    default = _default_version(detail)
    # AWS's own lists of all but something, such as PowerUserAccess, are not its administrator policies.
    found = digest(default["Document"], complements=not aws)
    return ManagedPolicy(arn, aws, default["VersionId"], found, pointer_to(located))


def _default_version(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the version of a managed policy that is in force; raises MalformedEvidenceError."""
    defaults = [version for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
    if len(defaults) != 1:
        raise MalformedEvidenceError(f"{policy['Arn']} has {len(defaults)} default versions")
    found: Mapping[str, Any] = defaults[0]
    return found


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


def holders(iam: Iam, policy: str) -> Iterator[Principal]:
    """Yield the principals a managed policy is attached to."""
    return iter(iam.held.get(policy, ()))
