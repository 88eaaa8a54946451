"""Tests access through Identity Center: by group, few administrators, short sessions, nobody disabled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.identity_center import (
    ASSIGNMENTS,
    ITEMS,
    SETS,
    AccountAssignment,
    IdentityDirectory,
    identity_directory,
)
from evidence.readers.identity_store import DISABLED, GROUPS, MEMBERSHIPS, USERS, Person
from evidence.readers.judged_sets import JudgedSet, judged_sets
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import Unreadable

CRITERIA = ("CC6.1", "CC6.2", "CC6.3")
HOUR = timedelta(hours=1)


def assignment_command(verb: str, kind: str, principal: str) -> str:
    """Return the command of a remedy that makes or removes an assignment."""
    return (
        f"aws sso-admin {verb}-account-assignment --instance-arn {{instance}} --permission-set-arn "
        "{permission_set} --target-type AWS_ACCOUNT --target-id {target} --principal-type "
        f"{kind} --principal-id {{{principal}}}"
    )


@control_test(
    id="IDC-3",
    title="Access is given to groups",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Access given to a person alone is forgotten when the person changes teams.",
    procedure="Listed every assignment of a permission set: to a group, or straight to a user.",
    population="Every assignment of a permission set in an account",
    attribute="The assignment is to a group",
    needs=(SETS, ASSIGNMENTS, USERS, GROUPS, MEMBERSHIPS),
    empty="No permission set is assigned.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM Identity Center, AWS accounts: choose the account, assign a group that holds the "
        "person to the permission set, then remove the person's own assignment ({subject}).",
        cli=(
            assignment_command("create", "GROUP", "group_id"),
            assignment_command("delete", "USER", "principal"),
        ),
    ),
)
def assigned_by_group(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per assignment."""
    directory = identity_directory(evidence)
    names = _set_names(directory)
    for found in directory.assignments:
        direct = found.kind == "USER"
        holder = directory.name(found.kind, found.principal)
        yield Row(
            subject=f"{found.set} {found.account} {found.kind}:{found.principal}",
            account=found.account,
            verdict=Verdict.EXCEPTION if direct else Verdict.MET,
            observed=f"{names.get(found.set, 'a deleted permission set')} to {found.kind.lower()} {holder}",
            expected="assigned to a group",
            pointers=(found.pointer,),
            attributes={"permission set": names.get(found.set, ""), "kind": found.kind, "principal": holder},
            arns=(found.set,),
            fills={"target": found.account, "principal": found.principal},
        )
    yield from unreadable_people_rows(directory, "permission set", "kind", "principal")


def unreadable_people_rows(directory: IdentityDirectory, *columns: str) -> Iterator[Row]:
    """Yield a row for each user that cannot be read: it costs itself, and no other."""
    for one in directory.unreadable_people:
        yield Row(
            subject=str(one.pointer),
            account="",
            verdict=Verdict.NOT_DETERMINED,
            observed=f"a user of the identity store that cannot be read: {one.why}",
            expected="a user as AWS documents it",
            pointers=(one.pointer,),
            attributes=dict.fromkeys(columns, ""),
        )


def _set_names(directory: IdentityDirectory) -> dict[str, str]:
    return {one.arn: one.name for one in directory.sets}


@control_test(
    id="IDC-4",
    title="Strong permission sets are few",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Each further administrator is one more account whose loss loses everything.",
    procedure="Found the permission sets that make administrators (AdministratorAccess, a policy as in "
    "PRIV-1, or all of IAM), and for each listed who holds it, in which accounts, through which group, with "
    "the effective members. An assignment whose group or user is deleted is an exception, and so are more "
    "than {administrators_max} people in all.",
    population="Each permission set with administrator power by principal, and the people behind them",
    attribute="The principal exists; not more than {administrators_max} people in all",
    needs=(*ITEMS, DETAILS),
    empty="No permission set has administrator power.",
    severity=Severity.MEDIUM,
    limits="Customer-managed policies are named in a permission set, not contained: they are judged by the "
    "policy of that name in the accounts of this run, and other accounts' may differ. Boundaries of a set "
    "are not taken into account. How many are few is a setting (administrators_max), and a judgement.",
    remedy=Remedy(
        console="IAM Identity Center, AWS accounts: remove the assignment of {subject}; where there are "
        "too many people, take them out of the group, at the identity provider if it provisions "
        "the group.",
        cli=(assignment_command("delete", "{kind}", "principal"),),
    ),
)
def strong_sets(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per strong set and principal, one per set not determined, one for the people."""
    directory = identity_directory(evidence)
    known: dict[tuple[str, str], _SetHolder] = {}
    people: dict[str, Person] = {}
    pointers: list[Pointer] = []
    for one in judged_sets(evidence):
        if one.strong is None:
            yield _row(one, one.arn, Verdict.NOT_DETERMINED, f"{one.name}: not determined by {one.why}")
        if one.strong:
            pointers.append(one.pointer)
            for principal, found in _by_principal(directory, one).items():
                if principal not in known:
                    holders = directory.holders(found[0])
                    known[principal] = _SetHolder.of(directory, found[0], holders)
                    people |= {person.id: person for person in _enabled(holders)}
                yield _holder_row(one, known[principal], found)
    if pointers:
        yield _people_row(evidence, list(people.values()), len(known), pointers, directory.unreadable_people)
    yield from unreadable_people_rows(directory, "permission set", "through", "accounts", "effective members")


def _by_principal(
    directory: IdentityDirectory, one: JudgedSet
) -> dict[tuple[str, str], list[AccountAssignment]]:
    found: dict[tuple[str, str], list[AccountAssignment]] = {}
    for assignment in directory.by_set.get(one.arn, ()):
        found.setdefault((assignment.kind, assignment.principal), []).append(assignment)
    return found


def _enabled(people: Sequence[Person]) -> list[Person]:
    """Return those who can sign in, or may: a store without the field does not say."""
    return [person for person in people if person.status != DISABLED]


@dataclass(frozen=True, slots=True)
class _SetHolder:
    """A group or user that holds strong sets, and the people behind it, in words: said once for all sets."""

    kind: str
    id: str
    name: str
    exists: bool
    effective: str
    disabled: str

    @classmethod
    def of(cls, directory: IdentityDirectory, found: AccountAssignment, holders: Sequence[Person]) -> Self:
        return cls(
            found.kind,
            found.principal,
            directory.name(found.kind, found.principal),
            directory.exists(found),
            joined_names((person.name for person in _enabled(holders)), 30),
            joined_names(person.name for person in holders if person.status == DISABLED),
        )


def _holder_row(one: JudgedSet, holder: _SetHolder, found: list[AccountAssignment]) -> Row:
    kind = holder.kind.lower()
    accounts = sorted({assignment.account for assignment in found})
    row = _row(
        one,
        f"{one.arn} {holder.kind}:{holder.id}",
        Verdict.MET if holder.exists else Verdict.EXCEPTION,
        f"{one.name} ({one.why}) for {kind} {holder.name} in "
        f"{plural(len(accounts), 'account')}: {holder.effective or 'nobody'}",
    )
    note = "Assigned straight to a person: see IDC-3." if holder.kind == "USER" else ""
    if not holder.exists:
        note = f"No list holds the {kind}: it left its assignment behind, or see IPE-13."
    elif holder.disabled:
        note = f"{note} Disabled: {holder.disabled} (see IDC-6).".strip()
    return replace(
        row,
        account=accounts[0] if len(accounts) == 1 else "",
        note=note,
        pointers=(one.pointer, *(assignment.pointer for assignment in found)),
        attributes={
            "permission set": one.name,
            "through": f"{kind} {holder.name}",
            "accounts": ", ".join(accounts),
            "effective members": holder.effective,
        },
        fills={"kind": holder.kind, "principal": holder.id, "target": tuple(accounts)},
    )


def _row(one: JudgedSet, subject: str, verdict: Verdict, observed: str) -> Row:
    return Row(
        subject=subject,
        account="",
        verdict=verdict,
        observed=observed,
        expected="a group or user that exists",
        pointers=(one.pointer,),
        attributes={"permission set": one.name, "through": "", "accounts": "", "effective members": ""},
        arns=(one.arn,),
    )


def _people_row(
    evidence: Evidence,
    people: list[Person],
    holders: int,
    pointers: list[Pointer],
    unreadable: Sequence[Unreadable],
) -> Row:
    most = evidence.thresholds.administrators_max
    enough = Verdict.NOT_DETERMINED if unreadable else Verdict.MET
    names = sorted(person.name for person in people)
    return Row(
        subject="people with administrator power through Identity Center",
        account="",
        verdict=Verdict.EXCEPTION if len(people) > most else enough,
        observed=f"{len(people)}: {joined_names(names, 30)}"
        if people
        else f"nobody through {plural(len(pointers), 'permission set')} with that power, assigned to "
        f"{plural(holders, 'principal')}",
        expected=f"not more than {most}",
        pointers=(*pointers, *(one.pointer for one in unreadable)),
        note=f"{plural(len(unreadable), 'user')} of the identity store cannot be read." if unreadable else "",
        attributes={
            "permission set": "",
            "through": "",
            "accounts": "",
            "effective members": joined_names(names, 30),
        },
    )


@control_test(
    id="IDC-5",
    title="Sessions end",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="A session that lasts for days is a key that nobody has to steal again.",
    procedure="Read SessionDuration of every permission set: at most {session_max_hours} hours, and at most "
    "{administrator_session_max_hours} hours where the set makes administrators (as in IDC-4).",
    population="Every permission set",
    attribute="SessionDuration within its limit",
    needs=(SETS, DETAILS),
    empty="There is no permission set.",
    severity=Severity.MEDIUM,
    limits="The session of the access portal is longer, is set elsewhere, and shown by no API.",
    remedy=Remedy(
        console="IAM Identity Center, Permission sets: open {subject}, edit its general settings, and "
        "choose a shorter session duration.",
        cli=(
            (
                "aws sso-admin update-permission-set --instance-arn {instance} --permission-set-arn "
                "{permission_set} --session-duration {session}"
            ),
            (
                "aws sso-admin provision-permission-set --instance-arn {instance} --permission-set-arn "
                "{permission_set} --target-type ALL_PROVISIONED_ACCOUNTS"
            ),
        ),
    ),
)
def sessions(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per permission set."""
    limits = evidence.thresholds
    for one in judged_sets(evidence):
        usual, strict = limits.session_max_hours * HOUR, limits.administrator_session_max_hours * HOUR
        limit = min(usual, strict) if one.strong else usual
        verdict, note = Verdict.NOT_DETERMINED, ""
        if one.session is None:
            note = "AWS gave no duration that can be read."
        elif one.strong is None and strict < one.session <= usual:
            note = f"Whether the set makes administrators is not determined ({one.why})."
        else:
            verdict = Verdict.EXCEPTION if one.session > limit else Verdict.MET
        kind = {True: "administrators", False: "others", None: "not determined"}[one.strong]
        yield Row(
            subject=one.arn,
            account="",
            verdict=verdict,
            observed=f"{one.name}: sessions of {_words(one.session)}",
            expected=f"at most {_words(limit)}",
            pointers=(one.pointer,),
            note=note,
            attributes={"permission set": one.name, "makes": kind, "session": _words(one.session)},
            severity=Severity.HIGH if one.strong else None,
            fills={"session": f"PT{int(limit / HOUR)}H"},
        )


def _words(length: timedelta | None) -> str:
    if length is None:
        return "unknown length"
    minutes = int(length.total_seconds()) // 60
    hours = f"{minutes // 60} h"
    return f"{hours} {minutes % 60} min" if minutes % 60 else hours
