"""Reads what is compared of Identity Center and Organizations: people, groups, access, accounts, policies."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from evidence.diff.model import EntryKind
from evidence.diff.things import Found, Thing, ThingSource, listed, yes
from evidence.readers import identity_center, identity_store, organizations
from evidence.readers.evidence import Evidence
from evidence.readers.unreadable import Unreadable, sort_out
from evidence.records import Scope


def people(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the people of the identity store."""
    for one in identity_store.people(evidence):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "user name": one.user_name,
            "status": one.status,
            "provisioned by": listed(one.issuers),
        }
        yield Thing(one.id, one.name, "", members, one.pointer, created=one.created)


def groups(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the groups of the identity store."""
    for one in identity_store.groups(evidence):
        yield (
            one
            if isinstance(one, Unreadable)
            else Thing(one.id, one.name, "", {"name": one.name}, one.pointer)
        )


def memberships(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield who belongs to which group."""
    names = _names(evidence)
    for one in identity_store.memberships(evidence):
        if isinstance(one, Unreadable):
            yield one
        else:
            name = f"{names.get(one.user, one.user)} in group {names.get(one.group, one.group)}"
            yield Thing(f"{one.group} {one.user}", name, "", {}, one.pointer)


def _names(evidence: Evidence) -> dict[str, str]:
    """Return how people call the people, groups and permission sets that can be read, by id."""
    people_found, _ = sort_out(identity_store.people(evidence))
    groups_found, _ = sort_out(identity_store.groups(evidence))
    sets, _ = sort_out(identity_center.permission_sets(evidence))
    names = {one.id: one.name for one in people_found}
    names |= {one.id: one.name for one in groups_found}
    return names | {one.arn: one.name for one in sets}


def permission_sets(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield permission sets with what they give."""
    for one in identity_center.permission_sets(evidence):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "name": one.name,
            "session": one.session,
            "AWS's policies": listed(one.managed),
            "customer's policies": listed(path for _, path in one.customer),
            "inline policy": _content(one.inline),
        }
        yield Thing(one.arn, one.name, "", members, one.pointer)


def assignments(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield who has which permission set in which account."""
    names = _names(evidence)
    for one in identity_center.assignments(evidence):
        if isinstance(one, Unreadable):
            yield one
            continue
        held, who = names.get(one.set, one.set), names.get(one.principal, one.principal)
        name = f"{one.kind.lower()} {who} has {held} in {one.account}"
        identity = f"{one.principal} {one.set} {one.account}"
        yield Thing(identity, name, one.account, {"kind": one.kind}, one.pointer)


def accounts(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the organization's accounts."""
    for one in organizations.accounts(evidence):
        if isinstance(one, Unreadable):
            yield one
        else:
            members: dict[str, str | Unreadable] = {"name": one.name, "state": one.state}
            yield Thing(one.id, one.name or one.id, one.id, members, one.pointer)


def organization_policies(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the organization's policies of every type, service control policies among them."""
    for one in organizations.policies(evidence):
        if isinstance(one, Unreadable):
            yield one
            continue
        members: dict[str, str | Unreadable] = {
            "enabled": yes(one.enabled),
            "name": one.name,
            "attached to": listed(one.targets),
            "content": _content(one.content),
        }
        yield Thing(one.id or one.kind, f"{one.kind} {one.name}".rstrip(), "", members, one.pointer)


def delegates(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the accounts that administer services for the organization."""
    for one in organizations.delegated_administrators(evidence):
        if isinstance(one, Unreadable):
            yield one
        else:
            members: dict[str, str | Unreadable] = {"services": listed(one.services)}
            name = f"delegated administrator {one.account}"
            yield Thing(f"delegated {one.account}", name, one.account, members, one.pointer)


def root_access(evidence: Evidence, _account: str, _region: str) -> Iterator[Found]:
    """Yield the features of central root access."""
    one = organizations.root_access(evidence)
    members: dict[str, str | Unreadable] = {"features": listed(one.features)}
    yield Thing("central root access", "central root access", "", members, one.pointer)


def _content(document: Any) -> str:
    """Return what tells documents apart; empty for none."""
    if not document:
        return ""
    text = document if isinstance(document, str) else json.dumps(document, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


_WHOLE = Scope.ORGANIZATION
SOURCES = (
    ThingSource(EntryKind.ACCOUNT, (organizations.ACCOUNTS,), _WHOLE, accounts),
    ThingSource(EntryKind.PERSON, (identity_store.USERS,), _WHOLE, people),
    ThingSource(EntryKind.GROUP, (identity_store.GROUPS,), _WHOLE, groups),
    ThingSource(EntryKind.MEMBERSHIP, (identity_store.MEMBERSHIPS,), _WHOLE, memberships),
    ThingSource(EntryKind.PERMISSION_SET, (identity_center.SETS,), _WHOLE, permission_sets),
    ThingSource(EntryKind.ASSIGNMENT, (identity_center.ASSIGNMENTS,), _WHOLE, assignments),
    ThingSource(EntryKind.SETTING, (organizations.POLICIES,), _WHOLE, organization_policies),
    ThingSource(EntryKind.SETTING, (organizations.DELEGATED,), _WHOLE, delegates),
    ThingSource(EntryKind.SETTING, (organizations.FEATURES,), _WHOLE, root_access),
)
