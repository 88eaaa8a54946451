"""What was so in the simulated year, and from when to when: derived from the demo account's script alone.

A *life* is something that was there from a day to another, in days of the script. Nothing here knows a
bundle, nor the code that reads one: `check` holds against it what the report says.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.demo_account import script
from evidence.demo_account.account import analyzers, credentials, identity_center, roles, users
from evidence.demo_account.account.shapes import User
from evidence.demo_account.ids import INSTANCE_ARN, MANAGEMENT_ACCOUNT, hex_of, unique_id, uuid_of
from evidence.demo_account.planted import user
from evidence.demo_account.script import ScriptedFact, ScriptedKind, of_kind
from evidence.diff.model import EntryKind
from tests.year.dates import moment_of
from tests.year.exceptions import exceptions


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


def user_arn(name: str) -> str:
    """Return what names the user of somebody: the UserId of a person, else the ARN of the IAM user."""
    people = {fact.subject for fact in of_kind(ScriptedKind.PERSON)}
    return person_id(name) if (name,) in people else user(name, "/")


def access_ends(name: str) -> float:
    """Return the day on which somebody can sign in no more: disabled, or deleted."""
    kinds = (ScriptedKind.ENABLED, ScriptedKind.PERSON, ScriptedKind.USER)
    return min(
        (one.end for kind in kinds for one in of_kind(kind) if one.subject == (name,)), default=math.inf
    )


def lives() -> dict[EntryKind, list[RecordedLife]]:
    """Return everything that was there at some time, by kind, as far as the script has a say in it."""
    people = [_life(one, person_id(*one.subject)) for one in of_kind(ScriptedKind.PERSON)]
    members = [_life(one, membership_id(*one.subject)) for one in of_kind(ScriptedKind.MEMBERSHIP)]
    sets = [RecordedLife(permission_set_arn(name)) for name in identity_center.PERMISSION_SETS]
    there = [_user(one) for one in (*users.USERS, *script.OTHER_USERS)]
    return {
        EntryKind.PERSON: people,
        EntryKind.MEMBERSHIP: members,
        EntryKind.ASSIGNMENT: list(_assignments()),
        EntryKind.USER: there,
        EntryKind.KEY: [*(_life(one, key_id(one)) for one in of_kind(ScriptedKind.KEY)), *_credentials()],
        EntryKind.MFA: [*there, *_devices()],
        EntryKind.PERMISSION_SET: sets,
        EntryKind.ROLE: [
            RecordedLife(unique_id("AROA", one.name), -one.created)
            for one in roles.ROLES
            if one not in roles.LINKED
        ],
        EntryKind.FINDING: list(_findings()),
    }


def partial_lives() -> dict[EntryKind, list[RecordedLife]]:
    """Return what was not there all year of kinds of which all else was; see `lives` for the others."""
    gone = [_user(one) for one in users.USERS if one.name == "legacy-admin"]
    analyzer = [_life(one, analyzers.arn(*one.subject)) for one in of_kind(ScriptedKind.ANALYZER)]
    return {EntryKind.ADMINISTRATOR: gone, EntryKind.SETTING: analyzer}


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """Something of a thing that became otherwise on a day."""

    kind: EntryKind
    id: str
    member: str
    before: str
    after: str
    day: float


def changes() -> Iterator[RecordedChange]:
    """Yield all that became otherwise of what was there before and after."""
    for one in of_kind(ScriptedKind.ENABLED):
        yield RecordedChange(
            EntryKind.PERSON, person_id(*one.subject), "status", "ENABLED", "DISABLED", one.end
        )
    for one in of_kind(ScriptedKind.MFA):
        yield RecordedChange(EntryKind.MFA, unique_id("AIDA", *one.subject), "MFA", "no", "yes", one.start)
    for one in of_kind(ScriptedKind.FINDING):
        identity = analyzers.finding_id(*one.subject)
        yield RecordedChange(EntryKind.FINDING, identity, "status", "ACTIVE", "RESOLVED", one.end)
    for one in of_kind(ScriptedKind.RECORDER):
        identity = f"{MANAGEMENT_ACCOUNT} {one.subject[0]} recorder default"
        yield RecordedChange(EntryKind.SETTING, identity, "recording", "no", "yes", one.start)
        yield RecordedChange(EntryKind.SETTING, identity, "recording", "yes", "no", one.end)
    yield from _changed_keys()
    yield from _verdicts()


def _changed_keys() -> Iterator[RecordedChange]:
    keys = {one.subject: one for one in of_kind(ScriptedKind.KEY)}
    for one in of_kind(ScriptedKind.KEY_ACTIVE):
        if one.end < keys[one.subject].end:
            yield RecordedChange(EntryKind.KEY, key_id(keys[one.subject]), "active", "yes", "no", one.end)
    for credential in credentials.SERVICE:
        if "ExpirationDate" in credential:
            identity, expires = credential["ServiceSpecificCredentialId"], -credential["ExpirationDate"].days
            yield RecordedChange(EntryKind.KEY, identity, "status", "Active", "Expired", expires)


_RULES = {
    "ACCESS_KEYS_ROTATED": "northwind-access-keys-rotated",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": "securityhub-mfa-enabled-for-iam-console-access-1a2b3c4d",
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": "iam-user-unused-credentials-check",
}


def _verdicts() -> Iterator[RecordedChange]:
    """Yield when the verdict of one of Config's rules turned: with the first, or the last, bad resource."""
    for identifier, rule in _RULES.items():
        bad = [one for one in exceptions() if one.test == "CFG-4" and one.subject.startswith(identifier)]
        identity = f"verdict {MANAGEMENT_ACCOUNT} us-east-1 {rule}"
        for day in sorted({moment for one in bad for moment in (one.start, one.end)}):
            said = [
                "NON_COMPLIANT" if any(one.stands(at) for one in bad) else "COMPLIANT"
                for at in (math.nextafter(day, -math.inf), day)
            ]
            if not math.isinf(day) and said[0] != said[1]:
                yield RecordedChange(EntryKind.RULE, identity, "compliance", said[0], said[1], day)


def _credentials() -> Iterator[RecordedLife]:
    """Yield credentials beyond passwords and access keys; they end with their user."""
    ends = {one.subject[0]: one.end for one in of_kind(ScriptedKind.USER)}
    for one in credentials.SERVICE:
        end = ends.get(one["UserName"], math.inf)
        yield RecordedLife(one["ServiceSpecificCredentialId"], -one["CreateDate"].days, end)
    for name, some in (*credentials.SSH_KEYS.items(), *credentials.SIGNING.items()):
        for one in some:
            ssh = name in credentials.SSH_KEYS
            identity = credentials.ssh_key_id(name) if ssh else unique_id("CERT", name)
            yield RecordedLife(identity, -one["UploadDate"].days, ends.get(name, math.inf))


def _devices() -> Iterator[RecordedLife]:
    """Yield virtual MFA devices, and root's password."""
    yield RecordedLife(f"root of {MANAGEMENT_ACCOUNT}")
    yield RecordedLife(f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:mfa/root-account-mfa-device")
    for one in users.USERS:
        enrolled = [fact.start for fact in of_kind(ScriptedKind.MFA) if fact.subject == (one.name,)]
        if one.mfa or enrolled:
            life = _user(one)
            start = max((life.start, *enrolled))
            yield RecordedLife(f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:mfa/{one.name}", start, life.end)


def _findings() -> Iterator[RecordedLife]:
    """Yield findings; those of an analyzer that is deleted are gone with it."""
    there = {
        arn: [(one.start, one.end) for one in of_kind(ScriptedKind.ANALYZER)
              if analyzers.arn(*one.subject) == arn] or [(-math.inf, math.inf)]
        for arn in analyzers.FINDINGS
    }  # fmt: skip
    for arn, some in analyzers.FINDINGS.items():
        for one in some:
            for start, end in there[arn]:
                yield RecordedLife(one["id"], max(start, -one["createdAt"].days), end)


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
