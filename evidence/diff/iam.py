"""Reads what is compared of IAM: users, keys, MFA, administrators, roles, groups, trusts, policies."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from evidence.diff.model import EntryKind
from evidence.diff.things import Found, Thing, ThingSource, UnreadablePart, listed, yes
from evidence.policies.document import Statement
from evidence.policies.role_documents import is_aws_managed
from evidence.readers import authorization_details, mfa_devices, other_credentials, password_policy
from evidence.readers.administrators import may_be_administrator, power_sources
from evidence.readers.authorization_details import DETAILS
from evidence.readers.credential_report import AccessKey, CredentialRow
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence
from evidence.readers.other_credentials import LongLivedCredential
from evidence.readers.principals import Iam, ManagedPolicy, Principal, is_service_linked
from evidence.readers.unreadable import Unreadable
from evidence.records import Scope


def unique_ids(evidence: Evidence, account: str) -> Mapping[str, str]:
    """Return the unique ids of an account's principals by ARN; the ARN where AWS gives none."""
    return {one.arn: one.id or one.arn for one in authorization_details.read(evidence, account).principals}


def principals(evidence: Evidence, account: str, kind: str) -> Iterator[Found]:
    """Yield an account's users, roles or groups, with what makes them powerful."""
    iam = authorization_details.read(evidence, account)
    yield from iam.odd(kind)
    made = authorization_details.principals_made(evidence, account)
    for one in iam.principals:
        if one.kind == kind and not is_service_linked(one):
            yield _thing(one, account, made.get(one.arn))


def _thing(one: Principal, account: str, made: datetime | None) -> Thing:
    unread = [found for _, found in one.inline if isinstance(found, Unreadable)]
    members: dict[str, str | Unreadable] = {
        "name": one.name,
        "path": one.path,
        "attached policies": listed(one.attached),
        "inline policies": unread[0] if unread else listed(name for name, _ in one.inline),
        "permissions boundary": one.boundary,
    }
    if one.kind == "user":
        members["groups"] = listed(one.groups)
    return Thing(one.id or one.arn, one.name, account, members, one.pointer, created=made)


def administrators(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield who is administrator, by which policies; a principal that may be one, and nobody can say."""
    iam = authorization_details.read(evidence, account)
    yield from iam.odd("user", "group", "role")
    for one in iam.principals:
        identity = one.id or one.arn
        by = [source.words for holder in iam.holders(one) for source in power_sources(iam, holder)]
        if by:
            members: dict[str, str | Unreadable] = {"kind": one.kind, "by": listed(by)}
            yield Thing(identity, one.name, account, members, one.pointer, owner=identity)
        elif may_be_administrator(iam, one):
            yield UnreadablePart(identity, f"{one.kind} {one.name}", _unread(iam, one))


def _unread(iam: Iam, one: Principal) -> str:
    return f"what {one.kind} {one.name} may do is not known: {iam.unread(*iam.holders(one))[0]}"


def trusts(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield whom each role's trust policy names, with actions and conditions."""
    roles, odd = authorization_details.roles(evidence, account)
    yield from odd
    ids = unique_ids(evidence, account)
    for role in roles:
        if role.service_linked:
            continue
        identity = ids.get(role.arn, role.arn)
        found = authorization_details.trust_statements(role)
        if isinstance(found, Unreadable):
            yield UnreadablePart(identity, f"role {role.name}", f"the trust policy of {role.name}: {found}")
            continue
        for principal, said in sorted(_by_principal(found).items()):
            members: dict[str, str | Unreadable] = {"role": role.name, "statements": listed(said)}
            name = f"{role.name} trusts {principal}"
            yield Thing(f"{identity} {principal}", name, account, members, role.pointer, owner=identity)


def _by_principal(statements: tuple[Statement, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in statements:
        if one.principals is None:
            continue
        for kind, name in one.principals.named:
            but = "everybody but " if one.principals.complement else ""
            found.setdefault(f"{but}{kind} {name}", set()).add(_said(one))
    return found


def _said(one: Statement) -> str:
    demands = [f"{d.operator} {d.key} {json.dumps(sorted(d.values))}" for d in one.conditions]
    actions = f"{'all but ' if one.actions.complement else ''}{'+'.join(sorted(one.actions.patterns))}"
    where = f" if {' and '.join(sorted(demands))}" if demands else ""
    return f"{one.effect} {actions}{where}"


def policies(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield the customer's managed policies, by default version and power."""
    iam = authorization_details.read(evidence, account)
    yield from iam.odd("policy")
    for arn, policy in iam.policies.items():
        if is_aws_managed(arn):
            continue
        if not isinstance(policy, ManagedPolicy):
            yield policy
            continue
        power = max(policy.power, policy.digest.iam).name.lower().replace("_", " ")
        members: dict[str, str | Unreadable] = {"default version": policy.version, "power": power}
        yield Thing(arn, arn.rpartition("/")[2], account, members, policy.pointer)


def passwords(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield of each user whether there are password, MFA and certificates."""
    for row, identity in _rows(evidence, account):
        yield _signs_in(row, identity, account) if isinstance(row, CredentialRow) else row


def root_password(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield the same of the root user, who has no unique id and needs none."""
    yield _signs_in(evidence.credential_report(account).root, f"root of {account}", account)


def _signs_in(row: CredentialRow, identity: str, account: str) -> Thing:
    members: dict[str, str | Unreadable] = {
        "MFA": yes(row.mfa),
        "password": yes(row.password),
        "signing certificates": str(row.certificates),
    }
    return Thing(identity, row.user, account, members, row.pointer)


def access_keys(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield users' access keys: the report has no ids, and a user has two keys of different times."""
    for row, identity in _rows(evidence, account):
        if isinstance(row, CredentialRow):
            yield from _keys_of(row, identity, account)
        else:
            yield row


def root_keys(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield the root user's access keys."""
    yield from _keys_of(evidence.credential_report(account).root, f"root of {account}", account)


def _keys_of(row: CredentialRow, identity: str, account: str) -> Iterator[Found]:
    for key in row.keys:
        if key.present is None:
            said = f"whether {row.user} has an access key in slot {key.number} is not said"
            yield UnreadablePart(identity, f"access key in slot {key.number} of {row.user}", said)
        elif key.present:
            yield _access_key(key, row, identity, account)


def _access_key(key: AccessKey, row: CredentialRow, identity: str, account: str) -> Thing:
    made = key.rotated.isoformat() if key.rotated else f"slot {key.number}"
    named = f"of {key.rotated:%Y-%m-%d}" if key.rotated else f"in slot {key.number}"
    name = f"access key {named} of {row.user}"
    members: dict[str, str | Unreadable] = {"active": yes(key.active)}
    where = row.pointer
    return Thing(f"{identity} {made}", name, account, members, where, owner=identity, created=key.rotated)


def _rows(
    evidence: Evidence, account: str
) -> Iterator[tuple[CredentialRow | UnreadablePart | Unreadable, str]]:
    """Yield the lines of the credential report but root's, with their users' unique ids.

    A user of whom the details know no id would go by another name in the next bundle: nothing is said of him.
    """
    iam, report = authorization_details.read(evidence, account), evidence.credential_report(account)
    for odd in (*report.unreadable, *iam.odd("user")):
        yield odd, ""
    ids = unique_ids(evidence, account)
    for row in report.known_users:
        if row.arn in ids:
            yield row, ids[row.arn]
        else:
            said = f"{row.user} is in the credential report and not in the authorization details"
            yield UnreadablePart(row.arn, row.user, said), ""


def devices(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield the virtual MFA devices."""
    for one in mfa_devices.virtual_devices(evidence, account):
        if isinstance(one, Unreadable):
            yield one
        else:
            name = f"virtual device {one.serial.rpartition('/')[2]}"
            yield Thing(one.serial, name, account, {"holder": one.holder}, one.pointer)


def service_credentials(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield service-specific credentials."""
    for one in other_credentials.service_credentials(evidence, account):
        yield one if isinstance(one, Unreadable) else _credential(one, account)


def user_credentials(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield SSH public keys and signing certificates."""
    for one in other_credentials.user_credentials(evidence, account):
        if isinstance(one, Unreadable):
            yield one
        else:
            yield from (_credential(held, account) for held in one.credentials or ())


def _credential(one: LongLivedCredential, account: str) -> Thing:
    members: dict[str, str | Unreadable] = {"user": one.user, "status": one.status}
    return Thing(one.id, f"{one.kind} {one.id} of {one.user}", account, members, one.pointer)


def password_rules(evidence: Evidence, account: str, _region: str) -> Iterator[Found]:
    """Yield the account's password policy, also where it has none."""
    policy, pointer = password_policy.password_policy(evidence, account)
    members: dict[str, str | Unreadable] = {
        "set": yes(policy is not None),
        "minimum length": str(policy.length) if policy else "",
        "not reused": str(policy.remembered) if policy else "",
        "expires after days": str(policy.days) if policy else "",
        "not required": listed(policy.not_required) if policy else "",
    }
    yield Thing(f"password policy of {account}", "password policy", account, members, pointer)


SOURCES = (
    ThingSource(EntryKind.ADMINISTRATOR, (DETAILS,), Scope.ACCOUNT, administrators),
    ThingSource(EntryKind.USER, (DETAILS,), Scope.ACCOUNT, lambda e, a, _: principals(e, a, "user")),
    ThingSource(EntryKind.KEY, (CREDENTIAL_REPORT,), Scope.ACCOUNT, root_keys),
    ThingSource(EntryKind.KEY, (CREDENTIAL_REPORT, DETAILS), Scope.ACCOUNT, access_keys),
    ThingSource(EntryKind.KEY, (other_credentials.SERVICE,), Scope.ACCOUNT, service_credentials),
    ThingSource(EntryKind.KEY, (other_credentials.OF_USERS,), Scope.ACCOUNT, user_credentials),
    ThingSource(EntryKind.MFA, (CREDENTIAL_REPORT,), Scope.ACCOUNT, root_password),
    ThingSource(EntryKind.MFA, (CREDENTIAL_REPORT, DETAILS), Scope.ACCOUNT, passwords),
    ThingSource(EntryKind.MFA, (mfa_devices.DEVICES,), Scope.ACCOUNT, devices),
    ThingSource(EntryKind.ROLE, (DETAILS,), Scope.ACCOUNT, lambda e, a, _: principals(e, a, "role")),
    ThingSource(EntryKind.GROUP, (DETAILS,), Scope.ACCOUNT, lambda e, a, _: principals(e, a, "group")),
    ThingSource(EntryKind.TRUST, (DETAILS,), Scope.ACCOUNT, trusts),
    ThingSource(EntryKind.POLICY, (DETAILS,), Scope.ACCOUNT, policies),
    ThingSource(EntryKind.SETTING, (password_policy.POLICY,), Scope.ACCOUNT, password_rules),
)
