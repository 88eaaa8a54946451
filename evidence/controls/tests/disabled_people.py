"""Tests that people whom Identity Center disabled have no access left: IDC-6."""

from collections.abc import Callable, Iterator, Mapping, Set

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.tests.identity_access import CRITERIA, assignment_command, unreadable_people_rows
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.identity_center import (
    ASSIGNMENTS,
    SETS,
    AccountAssignment,
    IdentityDirectory,
    PermissionSet,
    identity_directory,
)
from evidence.readers.identity_store import DISABLED, ENABLED, GROUPS, MEMBERSHIPS, USERS, Person
from evidence.readers.organizations import ACCOUNTS, accounts
from evidence.readers.unreadable import sort_out


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
    severity=Severity.MEDIUM,
    limits="A disabled user cannot sign in; sessions begun before last until they end (IDC-5). Applications "
    "assigned elsewhere are not looked at.",
    remedy=Remedy(
        console="IAM Identity Center, Users: open {subject}, and remove its group memberships and its "
        "assignments to accounts; or delete the user, at the identity provider if it is "
        "provisioned.",
        cli=(
            (
                "aws identitystore list-group-memberships-for-member --identity-store-id {store} "
                "--member-id UserId={person}"
            ),
            (
                "aws identitystore delete-group-membership --identity-store-id {store} --membership-id "
                "{membership_id}"
            ),
            (
                "aws sso-admin list-account-assignments-for-principal --instance-arn {instance} "
                "--principal-type USER --principal-id {person}"
            ),
            assignment_command("delete", "USER", "person"),
        ),
    ),
)
def disabled_people(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user that is not known to be enabled."""
    directory = identity_directory(evidence)
    listed, _ = sort_out(accounts(evidence))
    closed = {one.id for one in listed if one.closed}
    suspects = [person for person in directory.people.values() if person.status != ENABLED]
    sets = {one.arn: one for one in directory.sets}
    held = _held(directory, {person.id for person in suspects}, closed)
    for person in suspects:
        yield _disabled_row(directory, person, held(person.id), sets)
    yield from unreadable_people_rows(directory, "name", "status", "assignments")


def _held(
    directory: IdentityDirectory, people: Set[str], closed: Set[str]
) -> Callable[[str], list[AccountAssignment]]:
    """Return what tells the assignments of one of these people, their own and their groups', in their order.

    Those of a group that no list holds among them.
    """
    principals: dict[str, list[tuple[str, str]]] = {one: [("USER", one)] for one in people}
    for group, members in directory.members.items():
        for member in members:
            if member in people:
                principals[member].append(("GROUP", group))
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(directory.assignments):
        if one.account not in closed and one.set not in directory.vanished:
            numbers.setdefault((one.kind, one.principal), []).append(number)

    def of(person: str) -> list[AccountAssignment]:
        found = sorted(number for one in principals[person] for number in numbers.get(one, ()))
        return [directory.assignments[number] for number in found]

    return of


def _disabled_row(
    directory: IdentityDirectory,
    person: Person,
    held: list[AccountAssignment],
    sets: Mapping[str, PermissionSet],
) -> Row:
    works = [entry for entry in held if entry.set in sets and directory.exists(entry)]
    said = sorted(
        f"{sets[entry.set].name if entry.set in sets else entry.set} in {entry.account} through "
        f"{entry.kind.lower()} {directory.name(entry.kind, entry.principal)}"
        for entry in held
    )
    known = works and person.status == DISABLED
    unsettled = Verdict.NOT_DETERMINED if held else Verdict.MET
    strong = any(sets[entry.set].names_administrator for entry in works)
    return Row(
        subject=person.id,
        account="",
        verdict=Verdict.EXCEPTION if known else unsettled,
        observed=f"{person.name}, {person.status or 'status not given'}, "
        f"holds {joined_names(said) or 'nothing'}",
        expected="no assignment",
        pointers=(person.pointer, *(entry.pointer for entry in held)),
        note=_why_unsettled(person, works) if held and not known else "",
        attributes={"name": person.name, "status": person.status, "assignments": joined_names(said, 30)},
        severity=Severity.HIGH if known and strong else None,
        fills={"person": person.id, "store": person.store},
    )


def _why_unsettled(person: Person, works: list[AccountAssignment]) -> str:
    if person.status == DISABLED and not works:
        return "No list holds the permission set or the group of these assignments: see IPE-13."
    if person.status:
        return (
            "A status that AWS did not document when this was written: whether it bars access is not known."
        )
    return "The store gives no UserStatus, as older stores do."
