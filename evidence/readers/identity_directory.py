"""Reads Identity Center's people, groups, permission sets and assignments."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.policies.power import Power, power
from evidence.readers import authorization_details
from evidence.readers.evidence import Evidence, joined_names, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError

SETS = "identity-center.permission-sets"
ASSIGNMENTS = "identity-center.assignments"
USERS = "identity-store.users"
GROUPS = "identity-store.groups"
MEMBERSHIPS = "identity-store.memberships"
ITEMS = (SETS, ASSIGNMENTS, USERS, GROUPS, MEMBERSHIPS)

_ADMINISTRATOR = ":iam::aws:policy/AdministratorAccess"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
STATUSES = frozenset({"ENABLED", "DISABLED", ""})
"""UserStatus of the identity store; empty where AWS gives none, as in older stores."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the identity store."""

    id: str
    name: str
    status: str
    """One of STATUSES."""
    pointer: Pointer


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
    """A permission set, and whether it makes administrators."""

    arn: str
    name: str
    session: timedelta | None
    """SessionDuration; None when AWS gives none."""
    strong: bool | None
    """Administrator power; None when that cannot be told."""
    why: str
    """The policies that decide it."""
    pointer: Pointer


class IdentityDirectory:
    """People, groups, permission sets and assignments, read once."""

    def __init__(self, evidence: Evidence) -> None:
        self.people = {person.id: person for person in map(_person, evidence.records(USERS))}
        self.groups = {
            require_text(found.value["GroupId"]): str(found.value.get("DisplayName", found.value["GroupId"]))
            for found in evidence.records(GROUPS)
        }
        """Display name by id."""
        self.members: dict[str, list[str]] = defaultdict(list)
        """User ids by group id; groups hold no groups."""
        for found in evidence.records(MEMBERSHIPS):
            self.members[require_text(found.value["GroupId"])].append(
                require_text(found.value["MemberId"]["UserId"])
            )
        self.assignments = tuple(map(_assignment, evidence.records(ASSIGNMENTS)))

    def name(self, kind: str, principal: str) -> str:
        """Return how people call a principal; one that is gone goes by its id."""
        if kind == "USER":
            return self.people[principal].name if principal in self.people else f"{principal} (deleted)"
        return self.groups.get(principal, f"{principal} (deleted)")

    def exists(self, assignment: AccountAssignment) -> bool:
        """Say whether the group or user of an assignment is still there."""
        return assignment.principal in (self.people if assignment.kind == "USER" else self.groups)

    def holders(self, assignment: AccountAssignment) -> list[Person]:
        """Return the people behind an assignment, the disabled ones included."""
        if assignment.kind == "GROUP" and assignment.principal not in self.groups:
            return []
        ids = [assignment.principal] if assignment.kind == "USER" else self.members[assignment.principal]
        return sorted((self.people[one] for one in ids if one in self.people), key=lambda found: found.name)


def permission_sets(evidence: Evidence) -> list[PermissionSet]:
    """Return every permission set, judged by the policies that the bundle's accounts describe."""
    described = {
        arn: policy
        for account in evidence.accounts
        for arn, policy in authorization_details.read(evidence, account).policies.items()
    }
    return [_permission_set(found, described) for found in evidence.records(SETS)]


def _permission_set(
    located: LocatedRecord, described: Mapping[str, authorization_details.ManagedPolicy]
) -> PermissionSet:
    described_set: dict[str, Any] = located.value["PermissionSet"]
    powers = dict(_powers(located.value, described))
    full = sorted(
        name for name, amount in powers.items() if amount is not None and amount > Power.CONDITIONAL
    )
    open_ = sorted(name for name, amount in powers.items() if amount in (None, Power.CONDITIONAL))
    strong = True if full else None if open_ else False
    return PermissionSet(
        arn=require_text(described_set["PermissionSetArn"]),
        name=require_text(described_set["Name"]),
        session=duration(described_set["SessionDuration"]) if described_set.get("SessionDuration") else None,
        strong=strong,
        why=joined_names(full or open_),
        pointer=pointer_to(located),
    )


def _powers(
    record: Mapping[str, Any], described: Mapping[str, authorization_details.ManagedPolicy]
) -> Iterator[tuple[str, Power | None]]:
    """Yield each policy of a set and its power; None for one whose document is nowhere in the bundle."""
    for policy in record["ManagedPolicies"]:
        arn = require_text(policy["Arn"])
        if arn in described:
            yield arn.rpartition("/")[2], described[arn].power
        else:  # AWS has one full administrator's policy under this name, in every partition
            yield arn.rpartition("/")[2], Power.FULL if arn.endswith(_ADMINISTRATOR) else Power.LESS
    for reference in record["CustomerManagedPolicies"]:
        suffix = f":policy{reference.get('Path', '/')}{require_text(reference['Name'])}"
        found = [policy.power for arn, policy in described.items() if arn.endswith(suffix) and not policy.aws]
        yield reference["Name"], max(found) if found else None
    if record["InlinePolicy"]:
        yield "inline policy", power(record["InlinePolicy"])


def _person(located: LocatedRecord) -> Person:
    status = located.value.get("UserStatus") or ""
    if status not in STATUSES:
        raise MalformedEvidenceError(f"a user of the identity store has the status {status!r}")
    identity = require_text(located.value["UserId"])
    return Person(identity, str(located.value.get("UserName", identity)), status, pointer_to(located))


def _assignment(located: LocatedRecord) -> AccountAssignment:
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


def duration(value: Any) -> timedelta:
    """Return an ISO 8601 duration of days, hours, minutes and seconds: `PT1H30M`.

    Raises MalformedEvidenceError for anything else; years and months have no fixed length.
    """
    match = _DURATION.fullmatch(require_text(value))
    if match is None or not any(match.groups()):
        raise MalformedEvidenceError(f"{value!r} is not a duration")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
