"""What was so in the simulated year, and from when to when: derived from the demo account's script alone.

A *life* is something that was there from a day to another, in days of the script. Nothing here knows a
bundle, nor the code that reads one: `check` holds against it what the report says.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.demo_account import script
from evidence.demo_account.account import identity_center, roles, users
from evidence.demo_account.account.shapes import User
from evidence.demo_account.ids import INSTANCE_ARN, hex_of, unique_id, uuid_of
from evidence.demo_account.script import ScriptedFact, ScriptedKind, of_kind
from evidence.diff.model import EntryKind
from tests.year.dates import moment_of


@dataclass(frozen=True, slots=True)
class RecordedLife:
    """Something that was there from a day to another."""

    id: str
    start: float = -math.inf
    end: float = math.inf

    def holds(self, day: float) -> bool:
        """Say whether it was there on a day."""
        return self.start <= day < self.end


def permission_set_arn(name: str) -> str:
    """Return a permission set's ARN."""
    return f"{INSTANCE_ARN.replace('instance', 'permissionSet', 1)}/ps-{hex_of(16, 'permission-set', name)}"


def person_id(name: str) -> str:
    """Return the UserId of somebody in Identity Center."""
    return uuid_of("identity-user", name)


def assignment_id(given: str, kind: str, principal: str, account: str) -> str:
    """Return what names an assignment: principal, permission set, account."""
    return f"{uuid_of(f'identity-{kind.lower()}', principal)} {permission_set_arn(given)} {account}"


def membership_id(group: str, name: str) -> str:
    """Return what names a membership: group and person."""
    return f"{uuid_of('identity-group', group)} {person_id(name)}"


def lives() -> dict[EntryKind, list[RecordedLife]]:
    """Return everything that was there at some time, by kind, as far as the script has a say in it."""
    keys = list(of_kind(ScriptedKind.KEY))
    return {
        EntryKind.PERSON: [_life(one, person_id(*one.subject)) for one in of_kind(ScriptedKind.PERSON)],
        EntryKind.MEMBERSHIP: [
            _life(one, membership_id(*one.subject)) for one in of_kind(ScriptedKind.MEMBERSHIP)
        ],
        EntryKind.ASSIGNMENT: list(_assignments()),
        EntryKind.USER: [_user(one) for one in (*users.USERS, *script.OTHER_USERS)],
        EntryKind.KEY: [_life(one, key_id(one)) for one in keys],
        EntryKind.PERMISSION_SET: [
            RecordedLife(permission_set_arn(name)) for name in identity_center.PERMISSION_SETS
        ],
        EntryKind.ROLE: [
            RecordedLife(unique_id("AROA", one.name)) for one in roles.ROLES if one not in roles.LINKED
        ],
    }


def _life(fact: ScriptedFact, identity: str) -> RecordedLife:
    return RecordedLife(identity, fact.start, fact.end)


def _user(user: User) -> RecordedLife:
    scripted = [one for one in of_kind(ScriptedKind.USER) if one.subject == (user.name,)]
    ends = min((one.end for one in scripted), default=math.inf)
    return RecordedLife(unique_id("AIDA", user.name), -user.created, ends)


def key_id(fact: ScriptedFact) -> str:
    """Return what names an access key where no id of it is known: its user, and when it was made."""
    return f"{unique_id('AIDA', fact.subject[0])} {moment_of(fact.start).isoformat()}"


def _assignments() -> Iterator[RecordedLife]:
    scripted = {one.subject for one in of_kind(ScriptedKind.ASSIGNMENT)}
    for one in of_kind(ScriptedKind.ASSIGNMENT):
        yield _life(one, assignment_id(*one.subject))
    for given, kind, principal, accounts in identity_center.ASSIGNMENTS:
        for account in accounts:
            if (given, kind, principal, account) not in scripted:
                yield RecordedLife(assignment_id(given, kind, principal, account))
