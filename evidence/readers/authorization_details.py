"""Reads IAM's authorization details: principals and their policies (iam GetAccountAuthorizationDetails).

An account's records are read in one pass, for two reductions. `users`, `roles` and `counts` know no policies:
one that cannot be read takes nothing from the tests that ask for none. `read` knows what policies amount to.

A record that is not as documented costs itself: it is `Unreadable`, in the list of its kind. What depends on
all of a kind having been read asks `Iam.odd` first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.policies.digest import PolicyDigest, digest
from evidence.policies.document import Statement, shared_statements
from evidence.policies.role_documents import is_aws_managed
from evidence.readers.evidence import (
    Evidence,
    check_kind,
    optional_moment,
    optional_text,
    require_moment,
    require_text,
)
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.principals import (
    IDENTITY_CENTER_PATH,
    IDENTITY_CENTER_PREFIX,
    SERVICE_PATH,
    Iam,
    ManagedPolicy,
    OddRecord,
    Principal,
)
from evidence.readers.reductions import Reduction, reduction
from evidence.readers.unreadable import (
    MALFORMED,
    MalformedEvidenceError,
    Unreadable,
    read_each,
    reason,
    sort_out,
)

DETAILS = "iam.authorization-details"
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


@reduction(DETAILS)
class _PrincipalReduction(Reduction):
    """Principals and policies as they come, documents reduced to what they amount to."""

    def __init__(self) -> None:
        self.principals: dict[str, list[Principal]] = {kind: [] for kind, _, _ in _KINDS}
        self.policies: dict[str, ManagedPolicy | Unreadable] = {}
        self.odd: list[OddRecord] = []

    def take(self, located: LocatedRecord) -> None:
        """Keep a principal or a policy; one that is not as documented keeps no other from being read."""
        kind = ""
        try:
            check_kind(DETAILS, located)
            for names in _KINDS:
                if names[0] in located.value:
                    kind = _word(names[0])
                    self.principals[names[0]].append(_principal(located, *names))
            if "Policy" in located.value:
                kind = "policy"
                arn = require_text(located.value["Policy"]["Arn"])
                self.policies[arn] = next(read_each((located,), _policy))
        except MALFORMED as error:
            self.odd.append(OddRecord(kind, Unreadable(pointer_to(located), reason(error))))

    @cached_property
    def iam(self) -> Iam:
        """What was read."""
        everybody = tuple(one for kind in self.principals.values() for one in kind)
        return Iam(everybody, self.policies, tuple(self.odd))


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
        try:
            check_kind(DETAILS, located)
        except MALFORMED as error:
            odd = Unreadable(pointer_to(located), reason(error))
            for listed in (self.users, self.roles, self.groups, self.policies):
                listed.append(odd)  # it may be any of them
            return
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


def users(evidence: Evidence, account: str) -> tuple[list[IamUser], list[Unreadable]]:
    """Return an account's users, and the records that nobody can read and that may be users."""
    return sort_out(evidence.reduced(_DetailReduction, account).users)


def roles(evidence: Evidence, account: str) -> tuple[list[IamRole], list[Unreadable]]:
    """Return an account's roles, and the records that nobody can read and that may be roles."""
    return sort_out(evidence.reduced(_DetailReduction, account).roles)


def roles_made(evidence: Evidence, account: str) -> dict[str, datetime]:
    """Return when each of an account's roles was made, by ARN; one that cannot be read is left out."""
    found = evidence.reduced(_DetailReduction, account).roles
    return {one.arn: one.created for one in found if isinstance(one, IamRole)}


def principals_made(evidence: Evidence, account: str) -> dict[str, datetime]:
    """Return the same of users and roles."""
    found = evidence.reduced(_DetailReduction, account).users
    made = {one.arn: one.created for one in found if isinstance(one, IamUser) and one.created}
    return made | roles_made(evidence, account)


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How many records there are of a kind."""

    readable: int
    odd: tuple[Unreadable, ...]
    """Those that may be of this kind, and that nobody can read."""

    @property
    def certain(self) -> int:
        """The number; raises MalformedEvidenceError where nobody can say: nobody counts what nobody read."""
        if self.odd:
            raise MalformedEvidenceError(str(self.odd[0]))
        return self.readable


def counts(evidence: Evidence, account: str) -> Mapping[str, RecordCount]:
    """Return how many records there are of each kind (`UserDetail`, …), AWS's own policies left out."""
    found = evidence.reduced(_DetailReduction, account)
    policies, odd = sort_out(found.policies)
    own = RecordCount(sum(not is_aws_managed(arn) for arn in policies), tuple(odd))
    return {
        "UserDetail": _count(found.users),
        "GroupDetail": _count(found.groups),
        "RoleDetail": _count(found.roles),
        "Policy": own,
    }


def _count(records: Sequence[object]) -> RecordCount:
    odd = tuple(one for one in records if isinstance(one, Unreadable))
    return RecordCount(len(records) - len(odd), odd)


def read(evidence: Evidence, account: str) -> Iam:
    """Read one account's details: users, groups, roles, in this order, and policies."""
    return evidence.reduced(_PrincipalReduction, account).iam


def trust_statements(role: IamRole) -> tuple[Statement, ...] | Unreadable:
    """Return the statements of a role's trust policy."""
    try:
        return shared_statements(role.trust)
    except MALFORMED as error:
        return Unreadable(role.pointer, f"its trust policy: {reason(error)}")


def _user(located: LocatedRecord) -> IamUser:
    detail: dict[str, Any] = located.value["UserDetail"]
    return IamUser(
        arn=require_text(detail["Arn"]),
        id=optional_text(detail.get("UserId")),
        created=optional_moment(detail.get("CreateDate")),
        tags=_tags(detail),
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
        kind=_word(kind),
        name=require_text(detail[name]),
        arn=require_text(detail["Arn"]),
        path=require_text(detail["Path"]),
        groups=tuple(map(require_text, _list(detail.get("GroupList", ())))),
        attached=tuple(require_text(one["PolicyArn"]) for one in _list(detail["AttachedManagedPolicies"])),
        inline=tuple(_inline(one, located) for one in _list(detail.get(inline, ()))),
        boundary=optional_text(boundary.get("PermissionsBoundaryArn")),
        pointer=pointer_to(located),
        id=optional_text(detail.get(kind.replace("Detail", "Id"))),
    )


def _inline(policy: Mapping[str, Any], located: LocatedRecord) -> tuple[str, PolicyDigest | Unreadable]:
    """Return an inline policy; a document that nobody can read costs the holder no more than itself."""
    name = require_text(policy["PolicyName"])
    return name, next(read_each((located,), lambda _: digest(policy["PolicyDocument"])))


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise MalformedEvidenceError(f"{value!r} stands where a list belongs")
    return value


def _word(kind: str) -> str:
    return kind.removesuffix("Detail").lower()


def _tags(detail: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (require_text(tag["Key"]), optional_text(tag["Value"])) for tag in _list(detail.get("Tags") or ())
    )


def _policy(located: LocatedRecord) -> ManagedPolicy:
    detail: dict[str, Any] = located.value["Policy"]
    arn = detail["Arn"]
    aws = is_aws_managed(arn)
    default = _default_version(detail)
    # AWS's own lists of all but something, such as PowerUserAccess, are not its administrator policies.
    found = digest(default["Document"], complements=not aws)
    attached = detail.get("AttachmentCount", 0)
    if type(attached) is not int:
        raise MalformedEvidenceError(f"{arn} is attached to {attached!r}, which is no number")
    return ManagedPolicy(arn, aws, default["VersionId"], found, attached, pointer_to(located))


def _default_version(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the version of a managed policy that is in force; raises MalformedEvidenceError."""
    defaults = [version for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
    if len(defaults) != 1:
        raise MalformedEvidenceError(f"{policy['Arn']} has {len(defaults)} default versions")
    found: Mapping[str, Any] = defaults[0]
    return found
