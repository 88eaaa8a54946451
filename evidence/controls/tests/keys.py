"""Tests access keys of IAM users (CC6.1). Root's keys are ROOT-2."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_lines
from evidence.controls.tests._administrators import severities
from evidence.readers.authorization_details import DETAILS
from evidence.readers.credential_report import AccessKey, CredentialRow
from evidence.readers.evidence import Evidence, day, plural

CRITERIA = ("CC6.1", "CC6.2")
REPORT = "iam.credential-report"


@control_test(
    id="KEY-1",
    title="Access keys are rotated",
    topic=topics.PEOPLE,
    criteria=CRITERIA,
    risk="The longer a key lives, the more copies of it exist, and the longer a stolen one works.",
    procedure="For both keys of every user, where active, computed the age from access_key_N_last_rotated to "
    "the time the credential report was generated. More than {key_max_age_days} days is an exception; "
    "exactly "
    "{key_max_age_days} days passes.",
    population="Every active access key of every IAM user",
    attribute="Age of at most {key_max_age_days} days",
    needs=(REPORT,),
    uses=(DETAILS,),
    decides_nothing=(DETAILS,),
    empty="No IAM user has an active access key.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Users, {subject}, Security credentials, Access keys: create a second key, give it "
        "to whatever uses the first, see under Last used that the first rests, make it inactive, "
        "then delete it. A role needs no key at all.",
        cli=(
            "aws iam list-access-keys --user-name {user}",
            "aws iam create-access-key --user-name {user}",
            "aws iam update-access-key --user-name {user} --access-key-id {access_key_id} --status Inactive",
            "aws iam delete-access-key --user-name {user} --access-key-id {access_key_id}",
        ),
    ),
)
def rotation(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per active key, and one for what AWS lists without columns."""
    limit = timedelta(days=evidence.thresholds.key_max_age_days)
    for account in evidence.accounts:
        report = evidence.credential_report(account)
        expected = f"at most {limit.days} days old"
        weights = severities(evidence, account)
        for user in report.known_users:
            for key in user.active_keys:
                row = _key_row(user, key, account, report.generated, limit)
                yield replace(row, severity=weights.get(user.arn))
            if user.additional:
                yield _additional(user, account, expected)
        yield from unreadable_lines(evidence, account, expected, ("key",))


def _key_row(user: CredentialRow, key: AccessKey, account: str, as_of: datetime, limit: timedelta) -> Row:
    verdict, observed, since = Verdict.NOT_DETERMINED, "rotation date not in the report", None
    if key.rotated is not None:
        age = as_of - key.rotated
        verdict = Verdict.EXCEPTION if age > limit else Verdict.MET
        observed = f"access key {key.number} is {plural(age.days, 'day')} old (rotated {day(key.rotated)})"
        since = key.rotated + limit if verdict is Verdict.EXCEPTION else None
    return Row(
        subject=user.arn,
        account=account,
        verdict=verdict,
        observed=observed,
        expected=f"at most {limit.days} days old",
        pointers=(user.pointer,),
        since=since,
        began=key.rotated,
        attributes={"key": str(key.number)},
    )


def _additional(user: CredentialRow, account: str, expected: str) -> Row:
    return Row(
        subject=user.arn,
        account=account,
        verdict=Verdict.NOT_DETERMINED,
        observed=f"AWS lists credentials without columns: {user.additional}",
        expected=expected,
        pointers=(user.pointer,),
        attributes={"key": "additional"},
    )


@control_test(
    id="KEY-2",
    title="One active key per user",
    topic=topics.PEOPLE,
    criteria=CRITERIA,
    risk="A second active key is usually a rotation left half done: the old key still works.",
    procedure="Counted the active keys of every user in the credential report.",
    population="Every IAM user with an active access key",
    attribute="Not more than one active key",
    needs=(REPORT,),
    empty="No IAM user has an active access key.",
    severity=Severity.LOW,
    remedy=Remedy(
        console="IAM, Users, {subject}, Security credentials, Access keys: see which of the keys was "
        "used last, give that one to everything, make the other inactive, then delete it.",
        cli=(
            "aws iam list-access-keys --user-name {user}",
            "aws iam get-access-key-last-used --access-key-id {access_key_id}",
            "aws iam update-access-key --user-name {user} --access-key-id {access_key_id} --status Inactive",
            "aws iam delete-access-key --user-name {user} --access-key-id {access_key_id}",
        ),
    ),
    advisory=True,
    limits="Two keys for the days of a rotation are good practice; the report does not tell why there are "
    "two.",
)
def one_key(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user with an active key."""
    for account in evidence.accounts:
        for user in evidence.credential_report(account).known_users:
            count = len(user.active_keys)
            if user.additional and count < 2:
                yield _additional(user, account, "one active key")
            elif count:
                yield Row(
                    subject=user.arn,
                    account=account,
                    verdict=Verdict.EXCEPTION if count > 1 else Verdict.MET,
                    observed=plural(count, "active key"),
                    expected="one active key",
                    pointers=(user.pointer,),
                    attributes={"key": ", ".join(str(key.number) for key in user.active_keys)},
                )
        yield from unreadable_lines(evidence, account, "one active key", ("key",))
