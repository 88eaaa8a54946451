"""Reads the identity store: the people, groups and memberships behind IAM Identity Center."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, optional_moment, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

USERS = "identity-store.users"
GROUPS = "identity-store.groups"
MEMBERSHIPS = "identity-store.memberships"
UNLISTED = "identity-store.unlisted-principals"

ENABLED, DISABLED = "ENABLED", "DISABLED"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the identity store."""

    id: str
    store: str
    """Id of the identity store."""
    user_name: str
    """Empty where AWS gives none."""
    status: str
    """AWS's UserStatus: ENABLED, DISABLED, or a word yet to come; empty where AWS gives none, as of old."""
    issuers: tuple[str, ...]
    """Who provisioned the user: the issuer of each external id, empty for one without."""
    created: datetime | None
    pointer: Pointer
    display: str = ""
    """DisplayName."""
    kind: str = ""
    """UserType, a word of the directory's own; mostly empty."""
    title: str = ""
    emails: tuple[str, ...] = ()
    """The primary ones, or the only one; nobody checked that they are the user's."""

    @property
    def name(self) -> str:
        """How people call the user: the user name, or the id without one."""
        return self.user_name or self.id


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A group of the identity store; groups hold no groups."""

    id: str
    name: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's membership of a group."""

    group: str
    user: str
    pointer: Pointer
    id: str = ""
    """MembershipId, by which DeleteGroupMembership calls it; empty where AWS gives none."""


@dataclass(frozen=True, slots=True)
class UnlistedPrincipal:
    """Whom an assignment names and no list holds, asked for by the id."""

    kind: str
    """`GROUP` or `USER`."""
    id: str
    exists: bool
    """False: AWS answered that there is none of that id."""
    pointer: Pointer


def people(evidence: Evidence) -> Iterator[Person | Unreadable]:
    """Yield the users of every identity store."""
    return evidence.each(USERS, person)


def groups(evidence: Evidence) -> Iterator[UserGroup | Unreadable]:
    """Yield the groups of every identity store."""
    return evidence.each(GROUPS, group)


def memberships(evidence: Evidence) -> Iterator[Membership | Unreadable]:
    """Yield who belongs to which group."""
    return evidence.each(MEMBERSHIPS, membership)


def unlisted_principals(evidence: Evidence) -> Iterator[UnlistedPrincipal | Unreadable]:
    """Yield those whom assignments name and no list holds; none where they were not asked for."""
    return evidence.each(UNLISTED, unlisted_principal) if evidence.has(UNLISTED) else iter(())


def person(located: LocatedRecord) -> Person:
    """Read a record of a user; raises one of MALFORMED."""
    record = located.value
    return Person(
        id=require_text(record["UserId"]),
        store=optional_text(record.get("IdentityStoreId")),
        user_name=optional_text(record.get("UserName")),
        status=optional_text(record.get("UserStatus")),
        issuers=tuple(map(_issuer, record.get("ExternalIds") or ())),
        created=optional_moment(record.get("CreatedAt")),
        pointer=pointer_to(located),
        display=optional_text(record.get("DisplayName")),
        kind=optional_text(record.get("UserType")),
        title=optional_text(record.get("Title")),
        emails=_primary(record.get("Emails") or ()),
    )


def _primary(listed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the addresses that count: of several only those that are marked as primary."""
    if len(listed) > 1:
        listed = [one for one in listed if one.get("Primary")]
    found = (optional_text(one.get("Value")) for one in listed)
    return tuple(address for address in found if address)


def _issuer(external: Mapping[str, Any]) -> str:
    return optional_text(external.get("Issuer")).strip()


def group(located: LocatedRecord) -> UserGroup:
    """Read a record of a group; raises one of MALFORMED."""
    identity = require_text(located.value["GroupId"])
    name = optional_text(located.value.get("DisplayName"))
    return UserGroup(identity, name or identity, pointer_to(located))


def membership(located: LocatedRecord) -> Membership:
    """Read a record of a membership; raises one of MALFORMED."""
    record = located.value
    return Membership(
        require_text(record["GroupId"]),
        require_text(record["MemberId"]["UserId"]),
        pointer_to(located),
        optional_text(record.get("MembershipId")),
    )


def unlisted_principal(located: LocatedRecord) -> UnlistedPrincipal:
    """Read a record of one that no list holds; raises one of MALFORMED."""
    record = located.value
    kind, exists = record["PrincipalType"], record["Exists"]
    if kind not in ("GROUP", "USER") or not isinstance(exists, bool):
        raise MalformedEvidenceError(f"a principal is a {kind!r} that exists: {exists!r}")
    return UnlistedPrincipal(kind, require_text(record["PrincipalId"]), exists, pointer_to(located))
