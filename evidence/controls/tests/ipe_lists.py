"""Tests that the lists of a bundle name each other's members (IPE): people, assignments, accounts."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from evidence.clock import rfc3339
from evidence.controls import topics
from evidence.controls.declaration import Family, Row, Severity, Verdict, control_test
from evidence.controls.tests._collect_again import collect_again
from evidence.readers.access_analyzer import FINDINGS
from evidence.readers.access_events import EVENTS, access_events
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.identity_center import (
    ASSIGNMENTS,
    SETS,
    AccountAssignment,
    assignments,
    permission_sets,
    vanished_sets,
)
from evidence.readers.identity_store import (
    GROUPS,
    MEMBERSHIPS,
    UNLISTED,
    USERS,
    UnlistedPrincipal,
    groups,
    memberships,
    people,
    unlisted_principals,
)
from evidence.readers.organizations import (
    ACCOUNTS,
    DELEGATED,
    ORGANIZATION,
    POLICIES,
    UNITS,
    accounts,
    delegated_administrators,
    nodes,
    organizations,
    policies,
)
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable, require_readable, sort_out

RISK = "A list that lacks members makes every test over it say less than it seems to."
FEW = 5
"""Pointers that a row gives of many."""
DELETED = {"USER": "DeleteUser", "GROUP": "DeleteGroup"}
"""CloudTrail's events of the end of a principal."""
IAM_SOURCE = "iam.amazonaws.com"
ASKED_FOR = {"USER": "DescribeUser", "GROUP": "DescribeGroup"}
"""What AWS is asked for a principal that no list holds."""
MAYBE_DELETED = (
    "Either it was deleted and left its assignment behind, or the list lacks it: no event that was collected "
    "tells, and {asked} did not say that there is none (" + UNLISTED + "). Delete the assignment if it "
    "was deleted."
)
EXISTS = "The list lacks what {asked} finds."


@control_test(
    id="IPE-12",
    title="The lists of the identity store name each other's members",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk=RISK,
    procedure="Compared the users and the groups that memberships name with the lists of users and groups.",
    population="The users that memberships name, and the groups",
    attribute="Each is in the identity store's own list",
    needs=(USERS, GROUPS, MEMBERSHIPS),
    empty="No membership of a group is listed.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at who was made or deleted in the identity store while the run was under way."
    ),
    reconciles=True,
    spares=("IDC-3",),
)
def identity_store_lists_agree(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for the users, and one for the groups."""
    found = list(require_readable(memberships(evidence)))
    users, unreadable = sort_out(people(evidence))
    named = {"users": [(one.user, one.pointer) for one in found]}
    named["groups"] = [(one.group, one.pointer) for one in found]
    listed = {
        "users": {one.id for one in users},
        "groups": {one.id for one in require_readable(groups(evidence))},
    }
    for kind, item in (("users", USERS), ("groups", GROUPS)):
        settled = Verdict.NOT_DETERMINED if unreadable and item == USERS else Verdict.EXCEPTION
        if found:
            doubts = (item, MEMBERSHIPS)
            yield _row(kind, "memberships", named[kind], listed[kind], doubts=doubts, settled=settled)
    yield from map(_unreadable_row, unreadable)


def _unreadable_row(one: Unreadable) -> Row:
    return Row(
        subject=str(one.pointer),
        account="",
        verdict=Verdict.NOT_DETERMINED,
        observed=f"a user or group of the identity store that cannot be read: {one.why}",
        expected="a user or group as AWS documents it",
        pointers=(one.pointer,),
        attributes={"named": "", "not listed": "", "explained": ""},
    )


def _row(
    kind: str,
    source: str,
    named: Iterable[tuple[str, Pointer]],
    listed: Iterable[str],
    *,
    doubts: tuple[str, ...],
    settled: Verdict = Verdict.EXCEPTION,
    explained: Mapping[str, str] | None = None,
    note: str = "",
) -> Row:
    """Return the row of one comparison; what is `explained` is missing for a reason that it names."""
    where: dict[str, Pointer] = {}
    for name, pointer in named:
        where.setdefault(name, pointer)
    absent = sorted(where.keys() - set(listed))
    lacking = set(absent)
    told = {name: why for name, why in (explained or {}).items() if name in lacking}
    unexplained = [name for name in absent if name not in told]
    said = f"{len(where)} named by {source}, {len(where) - len(absent)} of them listed"
    reasons = [f"{name} {why}." for name, why in told.items()]
    return Row(
        subject=f"{kind} that {source} name",
        account="",
        verdict=settled if unexplained else Verdict.MET,
        observed=f"{said}; not listed: {joined_names(absent)}" if absent else said,
        expected="all listed",
        pointers=tuple(where[name] for name in (absent or sorted(where))[:FEW]),
        note=" ".join([*([note] if unexplained and note else []), *reasons]),
        attributes={"named": str(len(where)), "not listed": str(len(absent)), "explained": str(len(told))},
        doubts=doubts if unexplained else (),
    )


@control_test(
    id="IPE-13",
    title="Assignments refer to what is listed",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk=RISK,
    procedure="Compared the permission sets, groups and users that assignments refer to with their lists. "
    "AWS deletes no permission set that is assigned. A group or user may be deleted and leave its "
    "assignment behind, which gives nobody access: where AWS, asked for exactly that id, answered that there "
    "is none, or CloudTrail shows the deletion, it is explained. Where AWS finds it, the list lacks it.",
    population="The permission sets that assignments refer to, the groups, and the users",
    attribute="Each is listed, or shown to be deleted",
    needs=(ASSIGNMENTS, SETS, USERS, GROUPS),
    uses=(EVENTS, UNLISTED),
    empty="No permission set is assigned.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at what was made or deleted in IAM Identity Center while the run was under way; an "
        "assignment of somebody deleted is removed under AWS accounts."
    ),
    reconciles=True,
    spares=("IDC-3",),
)
def assignments_refer_to_what_is_listed(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for sets, for groups and for users, as far as assignments name some."""
    found = list(require_readable(assignments(evidence)))
    users, unreadable = sort_out(people(evidence))
    sets = {one.arn for one in require_readable(permission_sets(evidence))}
    sets |= set(require_readable(vanished_sets(evidence)))
    if found:
        named = [(one.set, one.pointer) for one in found]
        yield _row("permission sets", "assignments", named, sets, doubts=(SETS, ASSIGNMENTS))
    listed = {
        "GROUP": {one.id for one in require_readable(groups(evidence))},
        "USER": {one.id for one in users},
    }
    for kind, item in (("GROUP", GROUPS), ("USER", USERS)):
        principals = [(one.principal, one.pointer) for one in found if one.kind == kind]
        if principals:
            asked = _asked_for(evidence, kind)
            there = any(one.exists for one in asked.values())
            yield _row(
                f"{kind.lower()}s",
                "assignments",
                principals,
                listed[kind],
                doubts=(item,),
                settled=Verdict.EXCEPTION if there else Verdict.NOT_DETERMINED,
                explained=_gone(evidence, kind, found, asked),
                note=(EXISTS if there else MAYBE_DELETED).format(asked=ASKED_FOR[kind]),
            )
    yield from map(_unreadable_row, (*unreadable, *sort_out(unlisted_principals(evidence))[1]))


def _asked_for(evidence: Evidence, kind: str) -> Mapping[str, UnlistedPrincipal]:
    """Return what AWS said of the principals of a kind that no list holds."""
    return {one.id: one for one in sort_out(unlisted_principals(evidence))[0] if one.kind == kind}


def _gone(
    evidence: Evidence,
    kind: str,
    found: Iterable[AccountAssignment],
    asked: Mapping[str, UnlistedPrincipal],
) -> Mapping[str, str]:
    """Return the principals of a kind that are shown not to exist any more, and by what."""
    told: dict[str, str] = {
        one.id: f"does not exist, {ASKED_FOR[kind]} answered ({one.pointer})"
        for one in asked.values()
        if not one.exists
    }
    told |= _deleted(evidence, kind, found)
    return {name: why for name, why in told.items() if name not in asked or not asked[name].exists}


def _deleted(evidence: Evidence, kind: str, found: Iterable[AccountAssignment]) -> Mapping[str, str]:
    """Return the principals of a kind whose deletion CloudTrail shows, and when."""
    principals = {one.principal for one in found if one.kind == kind}
    told: dict[str, str] = {}
    for event in sort_out(access_events(evidence))[0]:
        # IAM's events of the same name tell of users and groups that may be called anything.
        if event.name == DELETED[kind] and not event.failed and event.source != IAM_SOURCE:
            for quoted in event.record.split('"')[1:-1]:
                if quoted in principals:
                    told[quoted] = f"was deleted at {rfc3339(event.time)} ({event.pointer})"
    return told


@control_test(
    id="IPE-14",
    title="Accounts that the evidence names are listed",
    topic=topics.COMPLETENESS,
    criteria=(),
    family=Family.RELIABILITY,
    risk=RISK,
    procedure="Compared the accounts that assignments, targets of policies, places in the tree of units, "
    "delegated administrators, findings of the organization's analyzers and the run itself name with the "
    "accounts that the organization lists.",
    population="The accounts that each of these sources names",
    attribute="Each is in the organization's list of accounts",
    needs=(ACCOUNTS, ORGANIZATION),
    uses=(ASSIGNMENTS, POLICIES, UNITS, DELEGATED, FINDINGS),
    empty="The account belongs to no organization.",
    severity=Severity.MEDIUM,
    remedy=collect_again(
        "Look at whether {account} joined or left the organization while the run was under way, "
        "and give the run the permission to list all accounts."
    ),
    limits="An account that nothing names and the list lacks is not seen.",
    reconciles=True,
)
def named_accounts_are_listed(evidence: Evidence) -> Iterator[Row]:
    """Yield a row for each source that names an account."""
    itself = list(require_readable(organizations(evidence)))
    if not itself:
        return
    listed = {one.id for one in require_readable(accounts(evidence))}
    sources = {
        "the organization and the run": [
            (account, itself[0].pointer)
            for account in (itself[0].management, evidence.run.caller_start.account)
        ],
        "assignments": ((one.account, one.pointer) for one in sort_out(assignments(evidence))[0]),
        "policies": (
            (target, one.pointer) for one in sort_out(policies(evidence))[0] for target in one.targets
        ),
        "units": ((one.id, one.pointer) for one in sort_out(nodes(evidence))[0]),
        "delegated administrators": (
            (one.account, one.pointer) for one in sort_out(delegated_administrators(evidence))[0]
        ),
        "findings": _owners(evidence),
    }
    known: set[str] = set()
    for source, named in sources.items():
        ids = [(name, pointer) for name, pointer in named if _is_account(name)]
        told = _of_the_past(evidence, known) if source == "findings" else None
        known |= {name for name, _ in ids}
        if ids:
            yield _row("accounts", source, ids, listed, doubts=(ACCOUNTS,), explained=told)


def _is_account(name: str) -> bool:
    return len(name) == len("123456789012") and name.isdigit()


def _owners(evidence: Evidence) -> Iterator[tuple[str, Pointer]]:
    """Yield who owns the resources that analyzers of the organization found."""
    return ((owner, pointer) for owner, _, pointer in _found(evidence))


def _found(evidence: Evidence) -> Iterator[tuple[str, object, Pointer]]:
    """Yield owner and status of each finding."""
    for located in evidence.records(FINDINGS):
        found = located.value.get("Finding")
        if not isinstance(found, dict):
            continue
        owner = found.get("resourceOwnerAccount")
        if isinstance(owner, str):
            yield owner, found.get("status"), pointer_to(located)


def _of_the_past(evidence: Evidence, known: Collection[str]) -> Mapping[str, str]:
    """Return the owners whom resolved findings name, which AWS keeps for 90 days, and no other source."""
    statuses: dict[str, set[object]] = {}
    for owner, status, _ in _found(evidence):
        statuses.setdefault(owner, set()).add(status)
    why = "is named by findings alone that are resolved: it may have left the organization"
    return {owner: why for owner, said in statuses.items() if said == {"RESOLVED"} and owner not in known}
