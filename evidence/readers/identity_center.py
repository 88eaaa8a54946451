"""Reads IAM Identity Center: instances, permission sets, assignments, the people behind a role."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers import identity_store
from evidence.readers.evidence import (
    Evidence,
    joined_names,
    optional_text,
    plural,
    require_text,
)
from evidence.readers.identity_store import GROUPS, MEMBERSHIPS, USERS, Person
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.principals import IDENTITY_CENTER_PREFIX
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, require_readable, sort_out

INSTANCE = "identity-center.instance"
SETS = "identity-center.permission-sets"
ASSIGNMENTS = "identity-center.assignments"
ITEMS = (SETS, ASSIGNMENTS, USERS, GROUPS, MEMBERSHIPS)
ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, slots=True)
class DirectoryInstance:
    """An instance of Identity Center: the organization's, or one account's own."""

    arn: str
    status: str
    owner: str
    """The account that owns it."""
    store: str
    """Id of its identity store; empty where AWS gives none."""
    region: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class InstanceDescription:
    """What AWS tells of an instance beyond listing it; each part is empty where it does not."""

    permission_sets: bool | None
    """Whether permission sets can be made in it: an account's own instance has none."""
    key: str
    """ARN of the customer's key that encrypts it, or AWS's word for a key of its own."""
    key_status: str
    regions: tuple[str, ...]
    """Where it is copied to, its home among them; with the status unless it is ACTIVE."""


@dataclass(frozen=True, slots=True)
class AccountAssignment:
    """A permission set given to a group or a user in one account."""

    account: str
    set: str
    """ARN of the permission set."""
    kind: str
    """`GROUP` or `USER`."""
    principal: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set, as it is described."""

    arn: str
    name: str
    session: str
    """SessionDuration as AWS writes it; empty when AWS gives none."""
    managed: tuple[str, ...]
    """ARNs of AWS's policies."""
    customer: tuple[tuple[str, str], ...]
    """Name, and path with the name, of the customer's policies, which each account has for itself."""
    inline: Any
    """The inline policy; empty without one."""
    pointer: Pointer

    @property
    def names_administrator(self) -> bool:
        """AWS's AdministratorAccess is among its policies."""
        return any(arn.endswith(ADMINISTRATOR) for arn in self.managed)


@dataclass(frozen=True, slots=True)
class RoleTrace:
    """Who can take a role that Identity Center made."""

    set: str
    """Name of the permission set."""
    exists: bool
    """Identity Center has a permission set of that name."""
    holders: tuple[str, ...]
    """The groups and users it is assigned to in the role's account, in words."""


class IdentityDirectory:
    """People, groups, permission sets and assignments, read once.

    A person that cannot be read is kept apart; raises MalformedEvidenceError for anything else.
    """

    def __init__(self, evidence: Evidence) -> None:
        readable, self.unreadable_people = sort_out(identity_store.people(evidence))
        # Of two records of one person that differ, the one which is not enabled counts: it hides nothing.
        readable.sort(key=lambda one: one.status != identity_store.ENABLED)
        self.people = {one.id: one for one in readable}
        self.groups = {one.id: one.name for one in require_readable(identity_store.groups(evidence))}
        """Display name by id."""
        self.members: dict[str, list[str]] = defaultdict(list)
        """User ids by group id; groups hold no groups."""
        for one in require_readable(identity_store.memberships(evidence)):
            self.members[one.group].append(one.user)
        self.sets = tuple(require_readable(permission_sets(evidence)))
        self.vanished = frozenset(require_readable(vanished_sets(evidence)))
        """ARNs of permission sets that were deleted between being listed and described."""
        self.assignments = tuple(require_readable(assignments(evidence)))
        self.by_set: dict[str, list[AccountAssignment]] = defaultdict(list)
        """Assignments by the ARN of their permission set."""
        self.by_place: dict[tuple[str, str], list[AccountAssignment]] = defaultdict(list)  # and account
        for assignment in self.assignments:
            self.by_set[assignment.set].append(assignment)
            self.by_place[assignment.set, assignment.account].append(assignment)
        self._named: dict[str, list[str]] = defaultdict(list)
        for described in self.sets:
            self._named[described.name].append(described.arn)
        self._holders: dict[tuple[str, str], list[Person]] = {}
        self._words: dict[tuple[str, str], str] = {}

    def name(self, kind: str, principal: str) -> str:
        """Return how people call a principal; one that is gone goes by its id."""
        if kind == "USER":
            return self.people[principal].name if principal in self.people else f"{principal} (deleted)"
        return self.groups.get(principal, f"{principal} (deleted)")

    def exists(self, assignment: AccountAssignment) -> bool:
        """Say whether the group or user of an assignment is still there."""
        return assignment.principal in (self.people if assignment.kind == "USER" else self.groups)

    def holders(self, assignment: AccountAssignment) -> list[Person]:
        """Return the people behind an assignment, the disabled ones included; found once for a principal."""
        principal = assignment.kind, assignment.principal
        if principal not in self._holders:
            self._holders[principal] = self._people_behind(*principal)
        return self._holders[principal]

    def _people_behind(self, kind: str, principal: str) -> list[Person]:
        if kind == "GROUP" and principal not in self.groups:
            return []
        ids = [principal] if kind == "USER" else self.members[principal]
        return sorted((self.people[one] for one in ids if one in self.people), key=lambda found: found.name)

    def trace(self, account: str, role: str) -> RoleTrace:
        """Trace a role `AWSReservedSSO_<permission set>_<16 hex digits>` to who can take it."""
        name = role.removeprefix(IDENTITY_CENTER_PREFIX).rpartition("_")[0]
        sets = self._named.get(name, ())
        held = [one for arn in sets for one in self.by_place.get((arn, account), ())]
        return RoleTrace(name, bool(sets), tuple(sorted(map(self._holder, held))))

    def _holder(self, assignment: AccountAssignment) -> str:
        principal = assignment.kind, assignment.principal
        if principal not in self._words:
            self._words[principal] = self._in_words(*principal)
        return self._words[principal]

    def _in_words(self, kind: str, principal: str) -> str:
        name = self.name(kind, principal)
        if kind == "USER":
            return f"user {name}"
        members = sorted(self.name("USER", user) for user in self.members.get(principal, ()))
        return f"group {name} with {plural(len(members), 'member')}: {joined_names(members)}".rstrip(": ")


def identity_directory(evidence: Evidence) -> IdentityDirectory:
    """Return people, groups, permission sets and assignments; they are read once for all tests."""
    return evidence.once(ASSIGNMENTS, lambda: IdentityDirectory(evidence))


def instances(evidence: Evidence) -> Iterator[DirectoryInstance | Unreadable]:
    """Yield the instances of every region that was asked."""
    return evidence.each(INSTANCE, instance, kind="Instance")


def instance_descriptions(evidence: Evidence) -> Iterator[InstanceDescription | Unreadable]:
    """Yield what AWS tells of each instance beyond listing it, in the order of `instances`."""
    return evidence.each(INSTANCE, described_instance, kind="Instance")


def permission_sets(evidence: Evidence) -> Iterator[PermissionSet | Unreadable]:
    """Yield every permission set."""
    return evidence.each(SETS, permission_set, kind="PermissionSet")


def vanished_sets(evidence: Evidence) -> Iterator[str | Unreadable]:
    """Yield the ARNs of permission sets that were deleted between being listed and described."""
    return evidence.each(
        SETS, lambda located: require_text(located.value["PermissionSetArn"]), kind="Vanished"
    )


def assignments(evidence: Evidence) -> Iterator[AccountAssignment | Unreadable]:
    """Yield every assignment of a permission set in an account."""
    return evidence.each(ASSIGNMENTS, assignment)


def instance(located: LocatedRecord) -> DirectoryInstance:
    """Read a record of an instance; raises one of MALFORMED."""
    described = located.value["Instance"]
    return DirectoryInstance(
        arn=require_text(described["InstanceArn"]),
        status=require_text(described["Status"]),
        owner=require_text(described["OwnerAccountId"]),
        store=optional_text(described.get("IdentityStoreId")),
        region=require_text(located.value["Region"]),
        pointer=pointer_to(located),
    )


def described_instance(located: LocatedRecord) -> InstanceDescription:
    """Read what an instance's record tells beyond the listing; raises one of MALFORMED."""
    listed, told = located.value["Instance"], located.value.get("Description") or {}
    key = told.get("EncryptionConfigurationDetails") or {}
    enabled = told.get("PermissionSetsEnabled")
    if enabled not in (True, False, None):
        raise MalformedEvidenceError(f"{enabled!r} stands where true or false belongs")
    return InstanceDescription(
        permission_sets=enabled,
        key=optional_text(key.get("KmsKeyArn")) or optional_text(key.get("KeyType")),
        key_status=optional_text(key.get("EncryptionStatus")),
        regions=tuple(map(_region, told.get("Regions") or listed.get("Regions") or ())),
    )


def _region(told: Mapping[str, Any]) -> str:
    name, status = require_text(told["RegionName"]), optional_text(told.get("Status"))
    return name if status in ("", "ACTIVE") else f"{name} ({status})"


def assignment(located: LocatedRecord) -> AccountAssignment:
    """Read a record of an assignment; raises one of MALFORMED."""
    record = located.value
    if record["PrincipalType"] not in ("GROUP", "USER"):
        raise MalformedEvidenceError(f"an assignment is to a {record['PrincipalType']!r}")
    return AccountAssignment(
        account=require_text(record["AccountId"]),
        set=require_text(record["PermissionSetArn"]),
        kind=record["PrincipalType"],
        principal=require_text(record["PrincipalId"]),
        pointer=pointer_to(located),
    )


def permission_set(located: LocatedRecord) -> PermissionSet:
    """Read a record of a permission set; raises one of MALFORMED."""
    described = located.value["PermissionSet"]
    return PermissionSet(
        arn=require_text(described["PermissionSetArn"]),
        name=require_text(described["Name"]),
        session=optional_text(described.get("SessionDuration")),
        managed=tuple(require_text(policy["Arn"]) for policy in located.value["ManagedPolicies"]),
        customer=tuple(
            (require_text(policy["Name"]), f"{policy.get('Path', '/')}{policy['Name']}")
            for policy in located.value["CustomerManagedPolicies"]
        ),
        inline=located.value["InlinePolicy"],
        pointer=pointer_to(located),
    )
