"""Lists who has which access: people of Identity Center by group, permission set and account, and IAM users.

One value for the workbook, the browser page and access reviews. What is not in the bundle, or cannot be read,
is a line of its own: where nobody is listed, nobody was found. Administrator is determined as in PRIV-2
and IDC-4.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from evidence.bundle.open import Bundle
from evidence.readers import authorization_details
from evidence.readers.account_summary import SUMMARY, AccountSummary, account_summary
from evidence.readers.administrators import power_sources
from evidence.readers.authorization_details import DETAILS
from evidence.readers.coverage import Coverage, coverage
from evidence.readers.credential_report import ROOT, CredentialReport, CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, joined_names
from evidence.readers.identity_center import (
    ASSIGNMENTS,
    SETS,
    AccountAssignment,
    IdentityDirectory,
    identity_directory,
)
from evidence.readers.identity_store import GROUPS, MEMBERSHIPS, USERS, Person
from evidence.readers.judged_sets import JudgedSet, judged_sets
from evidence.readers.organizations import run_accounts
from evidence.readers.pointer import Pointer
from evidence.readers.principals import Iam, Principal
from evidence.readers.unreadable import MALFORMED, Unreadable, reason
from evidence.records import Scope, Target

T = TypeVar("T")

PERSON, IAM_USER, ROOT_USER = "Identity Center", "IAM user", "Root user"
NOT_KNOWN = "not known"
_OF_PEOPLE = (USERS, GROUPS, MEMBERSHIPS, SETS, ASSIGNMENTS)
ITEMS = (*_OF_PEOPLE, CREDENTIAL_REPORT, SUMMARY, DETAILS)
"""What the listing is made of."""
_NO_ACCESS = "No access: neither the person nor a group of theirs is assigned."
_OUTSIDER = re.compile("contractor|external|vendor|consultant|freelance", re.IGNORECASE)
"""What a directory calls those who are no employees; who else is one, no API tells."""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One person, or one IAM user, and one access of theirs."""

    kind: str
    """PERSON, IAM_USER or ROOT_USER."""
    name: str
    id: str
    """UserId of a person, ARN of an IAM user."""
    display: str = ""
    status: str = NOT_KNOWN
    """AWS's UserStatus of a person; of an IAM user what it can sign in with."""
    group: str = ""
    """Name of the group that gives the access; empty where nobody but the person has it."""
    group_id: str = ""
    access: str = ""
    """Name of the permission set, or the names of policies."""
    access_id: str = ""
    """ARN of the permission set, or of the policies."""
    account: str = ""
    account_name: str = ""
    administrator: bool | None = False
    """Whether this access makes an administrator; None where the evidence does not settle it."""
    by: str = ""
    """The policies that decide it."""
    last_used: datetime | None = None
    never_used: bool = False
    """AWS says that there was no use; otherwise, without a date, nobody knows."""
    mfa: bool | None = None
    """A device is registered; None where no API tells."""
    contractor: str = ""
    """What of the directory calls the person a contractor; empty where nothing does."""
    key_days: int | None = None
    """Age of the oldest active access key."""
    note: str = ""
    pointers: tuple[Pointer, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessGap:
    """Access that the listing cannot show, and why."""

    why: str
    item: str = ""
    account: str = ""
    pointer: Pointer | None = None


AccessLine = AccessRow | AccessGap


def access_listing(bundle: Bundle) -> Iterator[AccessLine]:
    """Yield what cannot be shown, then people by name, then the root and IAM users of each account."""
    evidence = Evidence.whole(bundle)
    names = {state.account: state.name for state in run_accounts(bundle)}
    covered = {item: coverage(bundle, (item,)) for item in ITEMS}
    for item, found in covered.items():
        yield from (AccessGap(one.sentence, item, one.account) for one in found.missing)
    yield from _people(evidence, names)
    for account in bundle.run.accounts:
        for line in _of_account(evidence, covered, account):
            yield replace(line, account_name=names.get(account, "")) if isinstance(line, AccessRow) else line


def _people(evidence: Evidence, accounts: Mapping[str, str]) -> Iterator[AccessLine]:
    try:
        directory = identity_directory(evidence)
    except MALFORMED as error:
        yield AccessGap(f"Identity Center's records are not in the documented form: {reason(error)}.")
        return
    try:
        judged = judged_sets(evidence)
    except MALFORMED as error:
        why = f"policies that cannot be read: {reason(error)}"
        yield AccessGap(f"Which permission sets make administrators is not determined by {why}.")
        judged = [JudgedSet(one.arn, one.name, None, None, why, one.pointer) for one in directory.sets]
    yield from (AccessGap(str(one), USERS, pointer=one.pointer) for one in directory.unreadable_people)
    yield from _DirectoryAccess(evidence, directory, judged, accounts).lines()


class _DirectoryAccess:
    """What Identity Center gives, person by person."""

    def __init__(
        self,
        evidence: Evidence,
        directory: IdentityDirectory,
        judged: list[JudgedSet],
        accounts: Mapping[str, str],
    ) -> None:
        self._directory = directory
        self._accounts = accounts
        self._sets = {one.arn: one for one in judged}
        self._described = evidence.has(DETAILS)
        self._complete = all(map(evidence.has, _OF_PEOPLE)) and not directory.unreadable_people
        self._held: dict[tuple[str, str], list[AccountAssignment]] = defaultdict(list)
        for one in directory.assignments:
            self._held[one.kind, one.principal].append(one)
        self._groups: dict[str, list[str]] = defaultdict(list)
        for group, members in directory.members.items():
            for member in members:
                self._groups[member].append(group)

    def lines(self) -> Iterator[AccessRow]:
        """Yield each person's accesses, then those that nobody has."""
        for person in sorted(self._directory.people.values(), key=lambda one: (one.name.casefold(), one.id)):
            yield from self._of_person(person)
        for (kind, principal), held in self._held.items():
            if not self._directory.holders(held[0]):
                yield from self._of_nobody(kind, principal, held)

    def _of_person(self, person: Person) -> Iterator[AccessRow]:
        row = AccessRow(
            PERSON, person.name, person.id, person.display, person.status or "not given",
            contractor=_contractor(person), pointers=(person.pointer,),
        )  # fmt: skip
        found = False
        for principal in (("USER", person.id), *(("GROUP", one) for one in self._groups[person.id])):
            for assignment in self._held.get(principal, ()):
                found = True
                yield self._access(row, assignment)
        if not found:
            yield replace(row, note=_NO_ACCESS) if self._complete else replace(row, administrator=None)

    def _of_nobody(self, kind: str, principal: str, held: list[AccountAssignment]) -> Iterator[AccessRow]:
        if not self._complete:
            note = "Whose access this is, is not known: people and memberships are not all in the bundle."
        elif self._directory.exists(held[0]):
            note = "Nobody's access: the group has no members."
        else:
            note = f"Nobody's access: no list holds this {kind.lower()} (IDC-4, IPE-13)."
        name = principal if kind == "USER" else "nobody" if self._complete else NOT_KNOWN
        row = AccessRow(PERSON, name, principal if kind == "USER" else "", note=note)
        yield from (self._access(row, assignment) for assignment in held)

    def _access(self, row: AccessRow, assignment: AccountAssignment) -> AccessRow:
        judged = self._sets.get(assignment.set)
        grouped = assignment.kind == "GROUP"
        administrator, by = (judged.strong, judged.why) if judged else (None, "no list holds the set")
        if administrator is False and not self._described:
            administrator, by = None, "policies are not described in every account"
        return replace(
            row,
            group=self._directory.name("GROUP", assignment.principal) if grouped else "",
            group_id=assignment.principal if grouped else "",
            access=judged.name if judged else "",
            access_id=assignment.set,
            account=assignment.account,
            account_name=self._accounts.get(assignment.account, ""),
            administrator=administrator,
            by=by,
            pointers=(*row.pointers, assignment.pointer),
        )


def _contractor(person: Person) -> str:
    said = (("user type", person.kind), ("title", person.title), ("name", f"{person.display} {person.name}"))
    return next((f"{what}: {words}" for what, words in said if _OUTSIDER.search(words)), "")


def _of_account(evidence: Evidence, covered: Mapping[str, Coverage], account: str) -> Iterator[AccessLine]:
    """Yield the root user and the IAM users of an account, as far as they were collected."""
    report = _read(covered, CREDENTIAL_REPORT, account, lambda: evidence.credential_report(account))
    iam = _read(covered, DETAILS, account, lambda: authorization_details.read(evidence, account))
    summary = _read(covered, SUMMARY, account, lambda: account_summary(evidence, account))
    yield from (one for one in (report, iam, summary) if isinstance(one, AccessGap))
    if isinstance(report, CredentialReport):
        for one in report.unreadable:
            yield AccessGap(str(one), CREDENTIAL_REPORT, account, one.pointer)
    if isinstance(iam, Iam):
        for one in iam.odd("user", "group", "policy"):
            yield AccessGap(str(one), DETAILS, account, one.pointer)
    present = summary.known("AccountPasswordPresent") if isinstance(summary, AccountSummary) else None
    yield from _users(
        account,
        None if present is None else present > 0,
        report if isinstance(report, CredentialReport) else None,
        iam if isinstance(iam, Iam) else None,
    )


def _read(
    covered: Mapping[str, Coverage], item: str, account: str, read: Callable[[], T]
) -> T | AccessGap | None:
    """Return what an account's item says; None where it was not collected, which is said already."""
    lacking = covered[item]
    if lacking.nothing or Target(Scope.ACCOUNT, account) in lacking.targets:
        return None
    try:
        return read()
    except MALFORMED as error:
        return AccessGap(f"{item} is not in the documented form: {reason(error)}.", item, account)


def _users(
    account: str, root_password: bool | None, report: CredentialReport | None, iam: Iam | None
) -> Iterator[AccessRow]:
    iam = iam or Iam((), {})
    principals = {one.arn: one for one in iam.principals if one.kind == "user"}
    reported = [(one, report.generated) for one in report.rows] if report else []
    for user, generated in reported:
        if isinstance(user, Unreadable):
            continue
        is_root = user.user == ROOT
        # Of root's password the report says "not_supported"; the summary's figure is the one there is.
        row = _credentials(user, account, generated, password=root_password if is_root else user.password)
        if is_root:
            yield replace(row, access="the account itself", administrator=True, by="root user")
        elif principal := principals.pop(user.arn, None):
            yield from _accesses(row, iam, principal)
        else:
            note = "Groups and policies are not known: the authorization details do not describe the user."
            yield replace(row, administrator=None, note=note)
    for principal in principals.values():
        note = "What it can sign in with is not known: the credential report does not list the user."
        row = AccessRow(IAM_USER, principal.name, principal.arn, account=account, note=note)
        yield from _accesses(row, iam, principal)


def _credentials(
    user: CredentialRow, account: str, generated: datetime, *, password: bool | None
) -> AccessRow:
    keys = user.active_keys
    words = {True: ["password"], False: [], None: ["password not told"]}[password]
    words += [f"{len(keys)} active key{'s' * (len(keys) > 1)}"] if keys else []
    uses = [one for one in (user.password_used, *(key.used for key in user.keys)) if one]
    made = [key.rotated for key in keys if key.rotated]
    return AccessRow(
        kind=ROOT_USER if user.user == ROOT else IAM_USER,
        name=user.user,
        id=user.arn,
        status=", ".join(words) or "nothing to sign in with",
        account=account,
        last_used=max(uses, default=None),
        never_used=not uses,
        mfa=user.mfa,
        key_days=(generated - min(made)).days if made else None,
        note=f"Also: {user.additional}" if user.additional else "",
        pointers=(user.pointer,),
    )


def _accesses(row: AccessRow, iam: Iam, principal: Principal) -> Iterator[AccessRow]:
    """Yield a row for each of a user's groups, and one for the policies of its own; one where it has none."""
    row = replace(row, pointers=(*row.pointers, principal.pointer))
    for name in principal.groups:
        group = iam.groups.get(name)
        if group is None:
            yield replace(row, group=name, administrator=None, by="the details do not describe the group")
        else:
            yield replace(_through(row, iam, group), group=name, group_id=group.arn)
    if principal.attached or principal.inline:
        yield _through(row, iam, principal)
    elif not principal.groups:
        yield replace(row, note=" ".join(filter(None, (row.note, "No access: no group and no policy."))))


def _through(row: AccessRow, iam: Iam, holder: Principal) -> AccessRow:
    """Return what the policies of a user's own, or of a group, give."""
    sources, unread = tuple(power_sources(iam, holder)), iam.unread(replace(holder, groups=()))
    certain = any(source.certain for source in sources)
    inline = [f"inline policy {name}" for name, _ in holder.inline]
    return replace(
        row,
        access="; ".join([*(arn.rpartition("/")[2] for arn in holder.attached), *inline]) or "no policy",
        access_id="; ".join(holder.attached),
        administrator=True if certain else None if sources or unread else False,
        by=joined_names([source.words for source in sources] or unread),
    )
