"""Tests of multi-factor authentication of IAM users (CC6.1)."""

from collections.abc import Iterator

from evidence.controls.base import Row, Verdict, control_test
from evidence.controls.evidence import Evidence

REPORT = "iam.credential-report"


@control_test(
    id="MFA-1",
    title="Console users have MFA",
    topic="People and credentials",
    criteria=("CC6.1", "CC6.2"),
    risk="A guessed or phished password is enough to sign in.",
    procedure="For every user of the credential report with password_enabled = true, read mfa_active. Root "
    "is "
    "tested in ROOT-1.",
    population="Every IAM user with a console password",
    attribute="mfa_active is true",
    needs=(REPORT,),
    empty="No IAM user has a console password.",
    limits="Shows that a device is registered, not that policy demands it at each sign-in.",
)
def console_mfa(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user with a password."""
    for account in evidence.accounts:
        for user in evidence.credential_report(account).users:
            if user.password is False:
                continue
            verdict = Verdict.MET if user.mfa else Verdict.EXCEPTION
            yield Row(
                subject=user.arn,
                account=account,
                verdict=Verdict.NOT_DETERMINED if user.password is None else verdict,
                observed="MFA active" if user.mfa else "console password without MFA",
                expected="MFA active",
                pointers=(user.pointer,),
                note="The report does not say whether a password is set." if user.password is None else "",
            )
