"""Tests IAM users: who they are, and whether their credentials are in use (CC6.1, CC6.2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_lines, unreadable_rows
from evidence.controls.tests._administrators import severities
from evidence.readers.authorization_details import IamUser, users
from evidence.readers.credential_report import CredentialRow
from evidence.readers.evidence import Evidence, day, plural
from evidence.readers.pointer import Pointer
from evidence.statements.words import why_empty

CRITERIA = ("CC6.1", "CC6.2")
REPORT = "iam.credential-report"
DETAILS = "iam.authorization-details"
ODD_SHOWN = 3
"""Records that nobody can read to which a row points."""


@control_test(
    id="USER-1",
    title="People are not IAM users",
    topic=topics.PEOPLE,
    criteria=CRITERIA,
    risk="An IAM user with a password is a person outside the identity provider: leavers keep access.",
    procedure="Read password_enabled of every user in the credential report; none may have a console "
    "password. "
    "Users with keys only are service accounts: listed apart with their owner tag.",
    population="Every IAM user of each account in scope",
    attribute="password_enabled is false",
    needs=(REPORT,),
    uses=(DETAILS,),
    decides_nothing=(DETAILS,),
    empty="No account in scope has an IAM user.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Give the person access by IAM Identity Center first. Then IAM, Users, {subject}, "
        "Security credentials, Console sign-in: disable console access; delete the user once "
        "nothing else hangs on it.",
        cli=(
            "aws iam get-login-profile --user-name {user}",
            "aws iam delete-login-profile --user-name {user}",
        ),
    ),
)
def people(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user."""
    owners = _owners(evidence)
    for account in evidence.accounts:
        weights = severities(evidence, account)
        for user in evidence.credential_report(account).known_users:
            kind = _kind(user)
            yield Row(
                subject=user.arn,
                account=account,
                verdict=_console(user),
                observed="has a console password" if user.password else f"no console password ({kind})",
                expected="no console password",
                pointers=(user.pointer,),
                since=user.created if user.password else None,
                note="A service account: see USER-2." if kind == "service account" else "",
                attributes={"kind": kind, "owner": owners.get(user.arn, "")},
                severity=weights.get(user.arn),
            )
        yield from unreadable_lines(evidence, account, "no console password", ("kind", "owner"))


def _console(user: CredentialRow) -> Verdict:
    if user.password is None:
        return Verdict.NOT_DETERMINED
    return Verdict.EXCEPTION if user.password else Verdict.MET


def _kind(user: CredentialRow) -> str:
    if user.password:
        return "person"
    return "service account" if user.active_keys else "dormant"


def _owners(evidence: Evidence) -> dict[str, str]:
    """Return the owner's name by ARN, for every user in the details; empty for one without."""
    return {
        user.arn: _owner(user, evidence.thresholds.owner_tag)
        for account in evidence.accounts
        for user in users(evidence, account)[0]
    }


def _owner(user: IamUser, key: str) -> str:
    """Return the owner tag's value; keys differ by more than case in IAM. `TBD`, or a blank, names nobody."""
    tags = {name.casefold(): value.strip() for name, value in user.tags}
    owner = tags.get(key.casefold(), "")
    return "" if why_empty(owner) else owner


@control_test(
    id="USER-2",
    title="Service-account users are justified",
    topic=topics.PEOPLE,
    criteria=CRITERIA,
    risk="A key that nobody answers for is rotated by nobody, and found missing by nobody.",
    procedure="Listed the users of the credential report that have an active key and no console password. "
    "Each needs a tag {owner_tag} that names who answers for it, or an accepted exception.",
    population="Every IAM user with an active key and no console password; all others are out of scope",
    attribute="Tagged {owner_tag}, or accepted",
    needs=(REPORT, DETAILS),
    empty="No IAM user has keys only.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="Find out what uses the key (IAM, Users, {subject}, Last Accessed) and who answers for "
        "it. Then under Tags add {owner_tag} with that name; or accept it in exceptions.toml; or "
        "give the program a role and delete the user.",
        cli=(
            "aws iam list-user-tags --user-name {user}",
            "aws iam tag-user --user-name {user} --tags Key={owner_tag},Value={who_answers}",
        ),
    ),
    limits="A tag tells who answers, not that somebody decided: whoever can tag can write it.",
)
def service_accounts(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user; those with a password or without anything usable belong to other tests."""
    owners = _owners(evidence)
    for account in evidence.accounts:
        unread = users(evidence, account)[1]
        odd = tuple(one.pointer for one in unread)
        reported = evidence.credential_report(account).users
        expected = f"a tag {evidence.thresholds.owner_tag}, or an accepted exception"
        if all(user.arn in owners for user in reported if _kind(user) == "service account"):
            yield from unreadable_rows(((account, "", one) for one in unread), expected, ("kind", "owner"))
        for user in reported:
            yield _service_row(user, account, owners.get(user.arn), evidence.thresholds.owner_tag, odd)


def _service_row(
    user: CredentialRow, account: str, owner: str | None, key: str, odd: tuple[Pointer, ...]
) -> Row:
    """Return the row of a user; `odd` are records of the details that nobody can read: it may be one."""
    kind = _kind(user)
    pointers: tuple[Pointer, ...] = (user.pointer,)
    verdict, note = Verdict.MET if owner else Verdict.EXCEPTION, ""
    observed = f"keys only, owner {owner}" if owner else f"keys only, no tag {key}"
    if user.password is None or (kind == "dormant" and user.additional):
        verdict, observed = Verdict.NOT_DETERMINED, "the report does not settle what credentials the user has"
        note = user.additional
    elif kind != "service account":
        verdict, observed = Verdict.OUT_OF_SCOPE, f"{kind}: no key-only user"
        note = "See USER-1." if kind == "person" else "See USER-3."
    elif owner is None:
        verdict = Verdict.NOT_DETERMINED
        note = "Not in the authorization details: deleted or made in between (see IPE-1)."
        if odd:
            observed = "keys only; no record of the user, and one that cannot be read"
            note = "Not among the authorization details that can be read (see IPE-1)."
            pointers = (user.pointer, *odd[:ODD_SHOWN])
    return Row(
        subject=user.arn,
        account=account,
        verdict=verdict,
        observed=observed,
        expected=f"a tag {key}, or an accepted exception",
        pointers=pointers,
        since=user.created if verdict is Verdict.EXCEPTION else None,
        note=note,
        attributes={"kind": kind, "owner": owner or ""},
        fills={"owner_tag": key},
    )


@control_test(
    id="USER-3",
    title="Unused credentials are removed",
    topic=topics.PEOPLE,
    criteria=CRITERIA,
    risk="A credential that nobody uses is one whose theft nobody notices.",
    procedure="For each enabled password and active key, computed the age of its last use at the time the "
    "credential report was generated; one never used ages from its last change or rotation. More than "
    "{unused_days} days is an exception.",
    population="Every IAM user with an enabled password or an active key; all others are out of scope",
    attribute="Each credential was used, or was made, within {unused_days} days",
    needs=(REPORT,),
    uses=(DETAILS,),
    decides_nothing=(DETAILS,),
    empty="No IAM user has a password or an active key.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Users, {subject}, Security credentials: make the unused access key inactive, wait "
        "until it is certain that nothing needs it, then delete it; disable console access where "
        "the password is unused.",
        cli=(
            "[password] aws iam delete-login-profile --user-name {user}",
            "[key] aws iam list-access-keys --user-name {user}",
            (
                "[key] aws iam update-access-key --user-name {user} --access-key-id {access_key_id} "
                "--status Inactive"
            ),
            "[key] aws iam delete-access-key --user-name {user} --access-key-id {access_key_id}",
        ),
    ),
    limits="AWS shows last uses up to 4 hours late, and none before 20 October 2014.",
)
def unused_credentials(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user; dormant users are listed, as they hold nothing that could be used."""
    limit = timedelta(days=evidence.thresholds.unused_days)
    for account in evidence.accounts:
        report = evidence.credential_report(account)
        weights = severities(evidence, account)
        for user in report.known_users:
            row = _unused_row(user, account, report.generated, limit)
            yield replace(row, severity=weights.get(user.arn))
        yield from unreadable_lines(evidence, account, f"used within {limit.days} days", ())


def _unused_row(user: CredentialRow, account: str, as_of: datetime, limit: timedelta) -> Row:
    credentials = list(_credentials(user))
    old = [(name, used, last) for name, used, last in credentials if last and as_of - last > limit]
    undated = [name for name, _, last in credentials if last is None]
    verdict = Verdict.EXCEPTION if old else Verdict.MET
    note = ""
    if not old and user.password is None:
        verdict, note = Verdict.NOT_DETERMINED, "The report does not say whether there is a password."
    elif not old and (undated or user.additional):
        verdict = Verdict.NOT_DETERMINED
        note = (
            f"AWS lists credentials without columns: {user.additional}"
            if user.additional
            else (f"The report dates neither use nor change of {', '.join(undated)}.")
        )
    elif not credentials:
        verdict = Verdict.OUT_OF_SCOPE
        note = "Dormant: neither an enabled password nor an active key. Consider removing the user."
    return Row(
        subject=user.arn,
        account=account,
        verdict=verdict,
        observed="; ".join(_use(name, used, last, as_of) for name, used, last in old or credentials)
        or "no usable credential",
        expected=f"used within {limit.days} days",
        pointers=(user.pointer,),
        since=min((last + limit for _, _, last in old), default=None),
        began=max((last for _, _, last in old), default=None),
        note=note,
        attributes={"unused": ", ".join(name for name, _, _ in old)},
        fills={("password" if name == "password" else "key"): name for name, _, _ in old},
    )


def _credentials(user: CredentialRow) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    """Yield name, last use and the time that its age runs from, of each usable credential."""
    if user.password:
        changed = user.password_changed or user.created
        yield "password", user.password_used, user.password_used or changed
    for key in user.active_keys:
        yield f"access key {key.number}", key.used, key.used or key.rotated


def _use(name: str, used: datetime | None, last: datetime | None, as_of: datetime) -> str:
    age = f", {plural((as_of - last).days, 'day')}" if last else ""
    if used:
        return f"{name} last used {day(used)}{age}"
    return f"{name} never used, made {day(last) if last else 'on an unknown day'}{age}"
