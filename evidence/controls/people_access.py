"""Tells who has access: users of the identity store, and IAM users, each with what may say whose it is."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from evidence.controls.declaration import Severity
from evidence.controls.people_matching import EMAIL_TAG, IAM, IDENTITY_STORE, Identity
from evidence.controls.tests._administrators import severities
from evidence.readers.authorization_details import DETAILS, IamUser, users
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, joined_names, plural
from evidence.readers.identity_center import ITEMS, IdentityDirectory, identity_directory
from evidence.readers.identity_store import DISABLED, ENABLED, Person
from evidence.readers.organizations import ACCOUNTS, accounts
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import sort_out

NEEDS = (*ITEMS, CREDENTIAL_REPORT, DETAILS)
USES = (ACCOUNTS,)
_NO_DETAILS = "it is not in the authorization details (see IPE-1)"
_POINTERS = 3
"""Assignments of one principal to which a row points."""


@dataclass(frozen=True, slots=True)
class UserAccess:
    """A user of AWS, and whether it gives anybody access."""

    identity: Identity
    name: str
    access: bool | None
    """None: the evidence does not settle it."""
    words: str
    """What access it has, or why none, a clause."""
    seen: datetime
    """When that was so."""
    pointers: tuple[Pointer, ...]
    outside: str = ""
    """Why it has none, in words that others share; empty where it has or may have."""
    service: bool = False
    """An IAM user with keys and without a password: a program's, or so it should be."""
    without_tags: str = ""
    """Why nobody knows the tags of an IAM user, which may say whose it is; empty where they are known."""
    created: datetime | None = None
    severity: Severity | None = None
    """HIGH for an administrator."""
    fills: Mapping[str, str] = field(default_factory=dict)


def iam_users(evidence: Evidence) -> Iterator[UserAccess]:
    """Yield the IAM users of each account that the credential report lists and can be read."""
    for account in evidence.accounts:
        report = evidence.credential_report(account)
        readable, odd = users(evidence, account)
        details = {user.arn: user for user in readable}
        why = "a record of the authorization details cannot be read" if odd else _NO_DETAILS
        weights = severities(evidence, account)
        for row in report.known_users:
            detail = details.get(row.arn)
            found = _iam_user(row, detail, account, evidence.thresholds.owner_tag, report.generated)
            yield replace(
                found,
                severity=weights.get(row.arn),
                without_tags="" if detail else f"Its tags are not known: {why}.",
                pointers=found.pointers if detail else (*found.pointers, *(one.pointer for one in odd[:1])),
            )


def _iam_user(
    row: CredentialRow, detail: IamUser | None, account: str, owner_tag: str, seen: datetime
) -> UserAccess:
    tags = {key.casefold(): value for key, value in detail.tags} if detail else {}
    said = {
        key: (value,) if (value := tags.get(key.casefold(), "")) else () for key in (EMAIL_TAG, owner_tag)
    }
    identity = Identity(IAM, row.arn, (row.user,), said[EMAIL_TAG], account, said[owner_tag])
    keys = len(row.active_keys)
    access: bool | None = bool(row.password or keys)
    words = " and ".join(
        filter(
            None, ("a console password" if row.password else "", plural(keys, "active key") if keys else "")
        )
    )
    if row.password is None or (not access and row.additional):
        access, words = None, "the report does not settle what credentials the user has"
    return UserAccess(
        identity=identity,
        name=row.user,
        access=access,
        words=words or "neither a console password nor an active key",
        seen=seen,
        pointers=(row.pointer, *((detail.pointer,) if detail else ())),
        outside="an IAM user with neither password nor active key" if access is False else "",
        service=row.password is False and bool(keys),
        created=row.created,
        fills={"owner_tag": owner_tag},
    )


def store_users(evidence: Evidence) -> Iterator[UserAccess]:
    """Yield the users of every identity store that can be read; raises as `identity_directory`."""
    directory = identity_directory(evidence)
    listed, _ = sort_out(accounts(evidence))
    held = _HeldBySomebody(directory, {one.id for one in listed if one.closed})
    started = (unit.started for item in ITEMS for unit in evidence.bundle.units(item))
    seen = min(started, default=evidence.run.started).astimezone(UTC)
    for person in directory.people.values():
        yield _store_user(person, held.by_person.get(person.id, ()), seen, evidence.thresholds.owner_tag)


@dataclass(slots=True)
class _HeldAssignments:
    """The assignments of one group or user, in accounts that are not closed."""

    words: str
    works: int = 0
    """Those whose permission set and principal are listed."""
    others: int = 0
    strong: bool = False
    pointers: list[Pointer] = field(default_factory=list)


class _HeldBySomebody:
    """Assignments by the people who have them, their own and their groups'."""

    def __init__(self, directory: IdentityDirectory, closed: Set[str]) -> None:
        sets = {one.arn: one.names_administrator for one in directory.sets}
        of: dict[tuple[str, str], _HeldAssignments] = {}
        for one in directory.assignments:
            if one.account in closed or one.set in directory.vanished:
                continue
            principal = one.kind, one.principal
            if principal not in of:
                of[principal] = _HeldAssignments(f"{one.kind.lower()} {directory.name(*principal)}")
            held = of[principal]
            if one.set in sets and directory.exists(one):
                held.works += 1
                held.strong = held.strong or sets[one.set]
            else:
                held.others += 1
            if len(held.pointers) < _POINTERS:
                held.pointers.append(one.pointer)
        self.by_person: dict[str, list[_HeldAssignments]] = {}
        for principal, held in of.items():
            kind, name = principal
            members = [name] if kind == "USER" else dict.fromkeys(directory.members.get(name, ()))
            for person in members:
                self.by_person.setdefault(person, []).append(held)


def _store_user(
    person: Person, held: Sequence[_HeldAssignments], seen: datetime, owner_tag: str
) -> UserAccess:
    works = sum(one.works for one in held)
    access: bool | None = works > 0
    words = f"holds {plural(works + sum(one.others for one in held), 'assignment')}"
    if held:
        words += f" as {joined_names(sorted(one.words for one in held), 6)}"
    outside = ""
    if person.status == DISABLED:
        access, outside = False, "disabled in Identity Center: no access through it"
        words = f"DISABLED: no access through Identity Center, {words}"
    elif not held:
        outside = "a user of Identity Center without an assignment"
    elif not works:
        access, words = None, f"{words}, whose permission set or group no list holds (IPE-13)"
    elif person.status != ENABLED:
        access, words = (
            None,
            f"status {person.status or 'not given'}: whether it bars access is not known; {words}",
        )
    return UserAccess(
        identity=Identity(
            IDENTITY_STORE, person.id, (person.user_name,) if person.user_name else (), person.emails, ""
        ),
        name=person.name,
        access=access,
        words=words,
        seen=seen,
        pointers=(person.pointer, *(pointer for one in held[:_POINTERS] for pointer in one.pointers[:1])),
        outside=outside,
        created=person.created,
        severity=Severity.HIGH if access and any(one.strong for one in held) else None,
        fills={"person": person.id, "store": person.store, "owner_tag": owner_tag},
    )
