"""Reads IAM's authorization details: principals and their policies (iam GetAccountAuthorizationDetails)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.policies.power import Power, power
from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.reductions import Reduction, reduction
from evidence.readers.unreadable import MalformedEvidenceError

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
class Principal:
    """A user, group or role."""

    kind: str
    """`user`, `group` or `role`."""
    name: str
    arn: str
    path: str
    groups: tuple[str, ...]
    """Names of a user's groups."""
    attached: tuple[str, ...]
    """ARNs of its managed policies."""
    inline: tuple[tuple[str, Power], ...]
    """Names of its inline policies and what they amount to."""
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy, by its default version."""

    arn: str
    aws: bool
    """Managed by AWS."""
    version: str
    power: Power
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Iam:
    """One account's principals and managed policies."""

    principals: tuple[Principal, ...]
    policies: Mapping[str, ManagedPolicy]
    """By ARN."""
    held: Mapping[str, Sequence[Principal]] = field(default_factory=dict)
    """Those that a policy is attached to, by its ARN."""


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
        """What was read, with the holders of each policy; raises MalformedEvidenceError."""
        principals = tuple(one for kind in self.principals.values() for one in kind)
        held: dict[str, list[Principal]] = {}
        for principal in principals:
            for arn in dict.fromkeys(principal.attached):
                if arn not in self.policies:
                    raise MalformedEvidenceError(
                        f"{principal.arn} has {arn}, which the details do not describe"
                    )
                held.setdefault(arn, []).append(principal)
        return Iam(principals, self.policies, held)


# The members that hold documents: nearly all of the bytes.
_DOCUMENTS = frozenset({*(inline for _, _, inline in _KINDS), "PolicyVersionList"})


@reduction(DETAILS)
class _DetailReduction(Reduction):
    """The records without inline policies and without versions of managed ones."""

    def __init__(self) -> None:
        self.by_kind: dict[str, list[LocatedRecord]] = {}

    def take(self, located: LocatedRecord) -> None:
        """Keep a record, less its documents."""
        for kind, detail in located.value.items():
            lean = {name: value for name, value in detail.items() if name not in _DOCUMENTS}
            kept = LocatedRecord({kind: lean}, located.file, located.line, located.target)
            self.by_kind.setdefault(kind, []).append(kept)


def detail_records(evidence: Evidence, kind: str, account: str) -> Sequence[LocatedRecord]:
    """Return one account's records of a kind (`UserDetail`, …), trust policies included, others left out.

    Rules that ask nothing of the policies' documents read these: no pass over the file of their own.
    """
    return evidence.reduced(_DetailReduction, account).by_kind.get(kind, ())


def read(evidence: Evidence, account: str) -> Iam:
    """Read one account's details: users, groups, roles, in this order, and policies."""
    return evidence.reduced(_PrincipalReduction, account).iam


def _principal(located: LocatedRecord, kind: str, name: str, inline: str) -> Principal:
    detail: dict[str, Any] = located.value[kind]
    return Principal(
        kind=kind.removesuffix("Detail").lower(),
        name=detail[name],
        arn=detail["Arn"],
        path=detail["Path"],
        groups=tuple(detail.get("GroupList", ())),
        attached=tuple(policy["PolicyArn"] for policy in detail["AttachedManagedPolicies"]),
        inline=tuple(
            (policy["PolicyName"], power(policy["PolicyDocument"])) for policy in detail.get(inline, ())
        ),
        pointer=pointer_to(located),
    )


def _policy(located: LocatedRecord) -> ManagedPolicy:
    detail: dict[str, Any] = located.value["Policy"]
    arn = detail["Arn"]
    aws = is_aws_managed(arn)
    default = default_version(detail)
    # AWS's own lists of all but something, such as PowerUserAccess, are not its administrator policies.
    amount = power(default["Document"], complements=not aws)
    return ManagedPolicy(arn, aws, default["VersionId"], amount, pointer_to(located))


def default_version(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the version of a managed policy that is in force; raises MalformedEvidenceError."""
    defaults = [version for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
    if len(defaults) != 1:
        raise MalformedEvidenceError(f"{policy['Arn']} has {len(defaults)} default versions")
    found: Mapping[str, Any] = defaults[0]
    return found


def is_aws_managed(arn: str) -> bool:
    """Say whether a policy is AWS's own: its ARN names `aws` in the place of the account."""
    return arn.split(":")[4] == "aws"


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
