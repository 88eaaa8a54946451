"""Tests access through Identity Center: by group, few administrators, short sessions, nobody disabled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.identity_center import (
    ASSIGNMENTS,
    ITEMS,
    SETS,
    AccountAssignment,
    IdentityDirectory,
    JudgedSet,
    identity_directory,
    judged_sets,
)
from evidence.readers.identity_store import GROUPS, MEMBERSHIPS, USERS, Person
from evidence.readers.organizations import ACCOUNTS, accounts
from evidence.readers.pointer import Pointer
from evidence.readers.unreadable import require_readable

CRITERIA = ("CC6.1", "CC6.2", "CC6.3")
HOUR = timedelta(hours=1)


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
    advisory=True,
)
def assigned_by_group(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per assignment."""
    directory = _directory(evidence)
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
        )


def _directory(evidence: Evidence) -> IdentityDirectory:
    """Return the directory; raises MalformedEvidenceError for a person whose status nobody knows."""
    directory = identity_directory(evidence)
    for person in directory.people.values():
        person.require_known_status()
    return directory


def _set_names(directory: IdentityDirectory) -> dict[str, str]:
    return {one.arn: one.name for one in directory.sets}


@control_test(
    id="IDC-4",
    title="Strong permission sets are few",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Each further administrator is one more account whose loss loses everything.",
    procedure="Found the permission sets that make administrators (AdministratorAccess, or a policy as in "
    "PRIV-1), and for each listed who holds it, in which accounts, through which group, with the effective "
    "members. An assignment whose group or user is deleted is an exception, and so are more than "
    "{administrators_max} people in all.",
    population="Each permission set with administrator power by principal, and the people behind them",
    attribute="The principal exists; not more than {administrators_max} people in all",
    needs=(*ITEMS, DETAILS),
    empty="No permission set has administrator power.",
    limits="Customer-managed policies are named in a permission set, not contained: they are judged by the "
    "policy of that name in the accounts of this run, and other accounts' may differ. Boundaries of a set "
    "are not taken into account. How many are few is a setting (administrators_max), and a judgement.",
)
def strong_sets(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per strong set and principal, one per set not determined, one for the people."""
    directory = _directory(evidence)
    sets = judged_sets(evidence)
    people: dict[str, Person] = {}
    pointers: list[Pointer] = []
    for one in sets:
        if one.strong is None:
            yield _row(one, one.arn, Verdict.NOT_DETERMINED, f"{one.name}: not determined by {one.why}")
        if one.strong:
            pointers.append(one.pointer)
            for principal, found in _by_principal(directory, one).items():
                people |= {person.id: person for person in _enabled(directory.holders(found[0]))}
                yield _holder_row(directory, one, principal, found)
    if pointers:
        yield _people_row(evidence, list(people.values()), pointers)


def _by_principal(
    directory: IdentityDirectory, one: JudgedSet
) -> dict[tuple[str, str], list[AccountAssignment]]:
    found: dict[tuple[str, str], list[AccountAssignment]] = {}
    for assignment in directory.by_set.get(one.arn, ()):
        found.setdefault((assignment.kind, assignment.principal), []).append(assignment)
    return found


def _enabled(people: list[Person]) -> list[Person]:
    """Return those who can sign in, or may: a store without the field does not say."""
    return [person for person in people if person.status != "DISABLED"]


def _holder_row(
    directory: IdentityDirectory,
    one: JudgedSet,
    principal: tuple[str, str],
    found: list[AccountAssignment],
) -> Row:
    kind, identity = principal
    exists = directory.exists(found[0])
    holders = directory.holders(found[0])
    effective = _enabled(holders)
    accounts = sorted({assignment.account for assignment in found})
    who = joined_names((person.name for person in effective), 30)
    disabled = joined_names(person.name for person in holders if person not in effective)
    row = _row(
        one,
        f"{one.arn} {kind}:{identity}",
        Verdict.MET if exists else Verdict.EXCEPTION,
        f"{one.name} ({one.why}) for {kind.lower()} {directory.name(kind, identity)} in "
        f"{plural(len(accounts), 'account')}: {who or 'nobody'}",
    )
    note = "Assigned straight to a person: see IDC-3." if kind == "USER" else ""
    if not exists:
        note = f"The {kind.lower()} is deleted; its assignment was left behind."
    elif disabled:
        note = f"{note} Disabled: {disabled} (see IDC-6).".strip()
    return replace(
        row,
        account=accounts[0] if len(accounts) == 1 else "",
        note=note,
        pointers=(one.pointer, *(assignment.pointer for assignment in found)),
        attributes={
            "permission set": one.name,
            "through": f"{kind.lower()} {directory.name(kind, identity)}",
            "accounts": ", ".join(accounts),
            "effective members": who,
        },
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
    )


def _people_row(evidence: Evidence, people: list[Person], pointers: list[Pointer]) -> Row:
    most = evidence.thresholds.administrators_max
    names = sorted(person.name for person in people)
    return Row(
        subject="people with administrator power through Identity Center",
        account="",
        verdict=Verdict.EXCEPTION if len(people) > most else Verdict.MET,
        observed=f"{len(people)}: {joined_names(names, 30) or 'nobody'}",
        expected=f"not more than {most}",
        pointers=tuple(pointers),
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
    limits="The session of the access portal is longer, is set elsewhere, and shown by no API.",
)
def sessions(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per permission set."""
    limits = evidence.thresholds
    for one in judged_sets(evidence):
        usual, strict = limits.session_max_hours * HOUR, limits.administrator_session_max_hours * HOUR
        limit = min(usual, strict) if one.strong else usual
        verdict, note = Verdict.NOT_DETERMINED, ""
        if one.session is None:
            note = "AWS gave no duration."
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
        )


def _words(length: timedelta | None) -> str:
    if length is None:
        return "unknown length"
    minutes = int(length.total_seconds()) // 60
    hours = f"{minutes // 60} h"
    return f"{hours} {minutes % 60} min" if minutes % 60 else hours


@control_test(
    id="IDC-6",
    title="Disabled people have no access",
    topic=topics.IDENTITY_CENTER,
    criteria=CRITERIA,
    risk="Whoever enables a leaver again, by mistake or not, gives back all that was never taken away.",
    procedure="For each user of the identity store whose UserStatus is DISABLED, looked for assignments, "
    "their own or a group's, in accounts that are not suspended or closed.",
    population="Each disabled user, and each whose status AWS does not give",
    attribute="No assignment that would work",
    needs=(SETS, ASSIGNMENTS, USERS, GROUPS, MEMBERSHIPS),
    uses=(ACCOUNTS,),
    empty="No user of the identity store is disabled.",
    limits="A disabled user cannot sign in; sessions begun before last until they end (IDC-5). Applications "
    "assigned elsewhere are not looked at.",
)
def disabled_people(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user that is not known to be enabled."""
    directory = _directory(evidence)
    names = _set_names(directory)
    closed = {one.id for one in require_readable(accounts(evidence)) if one.closed}
    held: dict[str, list[AccountAssignment]] = {}
    for assignment in directory.assignments:
        if assignment.account not in closed and assignment.set in names:
            for person in directory.holders(assignment):
                held.setdefault(person.id, []).append(assignment)
    for person in directory.people.values():
        if person.status != "ENABLED":
            yield _disabled_row(directory, names, person, held.get(person.id, []))


def _disabled_row(
    directory: IdentityDirectory, names: dict[str, str], person: Person, held: list[AccountAssignment]
) -> Row:
    said = sorted(
        f"{names[entry.set]} in {entry.account} through {entry.kind.lower()} "
        f"{directory.name(entry.kind, entry.principal)}"
        for entry in held
    )
    unmet = Verdict.EXCEPTION if person.status else Verdict.NOT_DETERMINED
    return Row(
        subject=person.id,
        account="",
        verdict=unmet if held else Verdict.MET,
        observed=f"{person.name}, {person.status or 'status not given'}, "
        f"holds {joined_names(said) or 'nothing'}",
        expected="no assignment",
        pointers=(person.pointer, *(entry.pointer for entry in held)),
        note="" if person.status or not held else "The store gives no UserStatus, as older stores do.",
        attributes={"name": person.name, "status": person.status, "assignments": joined_names(said, 30)},
    )
