"""Tests the long-lived credentials beyond passwords and access keys: KEY-3 (CC6.1, CC6.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.readers import authorization_details
from evidence.readers.administrators import is_administrator
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import CREDENTIAL_REPORT, Evidence, day, plural
from evidence.readers.other_credentials import (
    CERTIFICATES,
    OF_USERS,
    SERVICE,
    LongLivedCredential,
    ServerCertificate,
    UserCredentials,
    server_certificates,
    service_credentials,
    user_credentials,
)
from evidence.readers.principals import Iam, Principal
from evidence.readers.unreadable import Unreadable, sort_out

COLUMNS = ("user", "kind", "id", "status", "made", "expires")
_FILLED = {"SSH public key": "ssh_key", "signing certificate": "signing"}
"""What a remedy calls the id of a credential, by its kind."""
BEARER_NOTE = "A bearer secret: whoever holds it may call the service."


@control_test(
    id="KEY-3",
    title="Other long-lived credentials are renewed, and removed when expired",
    topic=topics.PEOPLE,
    criteria=("CC6.1", "CC6.2"),
    risk="Of credentials beyond passwords and access keys no report shows the age; an old one is found by "
    "whoever looks for it.",
    procedure="Listed the service-specific credentials of all users (CodeCommit, Keyspaces, Bedrock and "
    "CloudWatch API keys), SSH public keys and signing certificates of each user of the authorization "
    "details, and the server certificates in IAM. One that is active and older than {key_max_age_days} days "
    "at the time of collection is an exception, exactly {key_max_age_days} days passes; so is one that has "
    "expired and was left. Server certificates are judged by their expiration alone. A user whose active "
    "signing certificates the credential report counts higher is not determined.",
    population="Every service-specific credential, SSH public key and signing certificate of IAM users, and "
    "every server certificate; inactive ones that have not expired are out of scope",
    attribute="Age of at most {key_max_age_days} days while active; not expired",
    needs=(DETAILS, SERVICE, OF_USERS, CERTIFICATES),
    uses=(CREDENTIAL_REPORT,),
    empty="No IAM user has a service-specific credential, SSH key or signing certificate, and IAM holds no "
    "server certificate.",
    outside="Every credential is inactive.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Users, {user}, Security credentials: make a new credential, take it into use, make the "
        "old one inactive and delete it. Server certificates: replace them, from AWS Certificate Manager "
        "where it is offered, and delete the expired one.",
        cli=(
            (
                "[credential] aws iam update-service-specific-credential --user-name {user} "
                "--service-specific-credential-id {credential} --status Inactive"
            ),
            (
                "[credential] aws iam delete-service-specific-credential --user-name {user} "
                "--service-specific-credential-id {credential}"
            ),
            "[ssh_key] aws iam delete-ssh-public-key --user-name {user} --ssh-public-key-id {ssh_key}",
            "[signing] aws iam delete-signing-certificate --user-name {user} --certificate-id {signing}",
            "[server] aws iam delete-server-certificate --server-certificate-name {server}",
        ),
    ),
    limits="AWS gives no last use of these credentials. Short-term API keys end with their session and are "
    "listed by no API.",
)
def other_credentials(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per credential and server certificate, and one per user of whom nothing was shown."""
    limit = timedelta(days=evidence.thresholds.key_max_age_days)
    for account in evidence.accounts:
        iam = authorization_details.read(evidence, account)
        known = _AccountUsers.of(evidence, account, iam)
        found, odd = sort_out(service_credentials(evidence, account))
        asked, odd_users = sort_out(user_credentials(evidence, account))
        for one in found:
            yield _row(known, one, evidence.collected_at(SERVICE, account), limit)
        for user in asked:
            for one in user.credentials or ():
                yield _row(known, one, evidence.collected_at(OF_USERS, account), limit)
        yield from _not_shown(known, asked, _reported(evidence, account))
        certificates, odd_certificates = sort_out(server_certificates(evidence, account))
        for certificate in certificates:
            yield _certificate_row(account, certificate, evidence.collected_at(CERTIFICATES, account))
        unread = (*odd, *odd_users, *odd_certificates, *iam.odd("user"))
        yield from unreadable_rows(((account, "", one) for one in unread), "what can be read", COLUMNS)


@dataclass(frozen=True, slots=True)
class _AccountUsers:
    """The users of one account, by name."""

    account: str
    partition: str
    iam: Iam
    by_name: Mapping[str, Principal]

    @classmethod
    def of(cls, evidence: Evidence, account: str, iam: Iam) -> "_AccountUsers":
        users = {one.name: one for one in iam.principals if one.kind == "user"}
        return cls(account, evidence.run.partition, iam, users)

    def arn(self, name: str) -> str:
        """Return a user's ARN; of one that the details do not describe, as it is without a path."""
        user = self.by_name.get(name)
        return user.arn if user else f"arn:{self.partition}:iam::{self.account}:user/{name}"

    def severity(self, name: str) -> Severity | None:
        """Return what an exception of a user weighs: more, where the user is administrator."""
        user = self.by_name.get(name)
        return Severity.HIGH if user and is_administrator(self.iam, user) else None


def _row(known: _AccountUsers, one: LongLivedCredential, as_of: datetime, limit: timedelta) -> Row:
    verdict, observed, since = _judged(one, as_of, limit)
    return Row(
        subject=f"{known.arn(one.user)} {one.kind} {one.id}",
        account=known.account,
        verdict=verdict,
        observed=observed,
        expected=f"at most {limit.days} days old while active, and not expired",
        pointers=(one.pointer,),
        since=since,
        note=BEARER_NOTE if one.bearer and _works(one, as_of) else "",
        severity=known.severity(one.user) if verdict is Verdict.EXCEPTION else None,
        arns=(known.arn(one.user),),
        fills={_FILLED.get(one.kind, "credential"): one.id},
        attributes=dict(
            zip(
                COLUMNS,
                (one.user, one.kind, one.id, one.status, day(one.made), day(one.expires)),
                strict=True,
            )
        ),
    )


def _works(one: LongLivedCredential, as_of: datetime) -> bool:
    return one.status == "Active" and (one.expires is None or one.expires > as_of)


def _judged(
    one: LongLivedCredential, as_of: datetime, limit: timedelta
) -> tuple[Verdict, str, datetime | None]:
    """Return verdict, observation, and since when an exception has held."""
    if one.expires is not None and one.expires <= as_of:
        left = "and left" if one.status == "Expired" else f"and left, {one.status}"
        return Verdict.EXCEPTION, f"expired {day(one.expires)} {left}", one.expires
    if one.status == "Expired":
        return Verdict.EXCEPTION, "expired and left", one.expires
    if one.status == "Inactive":
        return Verdict.OUT_OF_SCOPE, "inactive", None
    if one.made is None:
        return Verdict.NOT_DETERMINED, "active, made on an unknown day", None
    age = as_of - one.made
    observed = f"active, {plural(age.days, 'day')} old (made {day(one.made)})"
    old = age > limit
    return Verdict.EXCEPTION if old else Verdict.MET, observed, one.made + limit if old else None


def _certificate_row(account: str, one: ServerCertificate, as_of: datetime) -> Row:
    expired = one.expires <= as_of
    return Row(
        subject=one.arn,
        account=account,
        verdict=Verdict.EXCEPTION if expired else Verdict.MET,
        observed=f"expired {day(one.expires)} and left" if expired else f"expires {day(one.expires)}",
        expected="not expired",
        pointers=(one.pointer,),
        since=one.expires if expired else None,
        fills={"server": one.arn.rpartition("/")[2]},
        attributes=dict(zip(COLUMNS, ("", "server certificate", "", "", "", day(one.expires)), strict=True)),
    )


def _reported(evidence: Evidence, account: str) -> Mapping[str, int]:
    """Return how many active signing certificates the credential report counts, by ARN of the user."""
    report = next(
        (one for one in evidence.credential_reports(account) if not isinstance(one, Unreadable)),
        None,
    )
    return {user.arn: user.certificates for user in report.users} if report else {}


def _not_shown(
    known: _AccountUsers, asked: list[UserCredentials], reported: Mapping[str, int]
) -> Iterator[Row]:
    """Yield a row for each user of whom nothing was shown, or less than the credential report counts."""
    shown = {one.user: one for one in asked}
    for name, user in known.by_name.items():
        one = shown.get(name)
        why = "" if one else "SSH keys and signing certificates were not asked for"
        if one and one.credentials is not None:
            active = sum(
                found.kind == "signing certificate" and found.status == "Active" for found in one.credentials
            )
            if reported.get(user.arn, 0) > active:
                counted = plural(reported[user.arn], "active signing certificate")
                why = f"the credential report counts {counted}, the list {active}"
        if why:
            yield Row(
                subject=user.arn,
                account=known.account,
                verdict=Verdict.NOT_DETERMINED,
                observed=why,
                expected="a list of the user's credentials that agrees with the credential report",
                pointers=(one.pointer if one else user.pointer,),
                attributes=dict(zip(COLUMNS, (name, "", "", "", "", ""), strict=True)),
            )
