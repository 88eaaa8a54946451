"""Tests the account's password policy (CC6.1)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.password_policy import POLICY, PasswordPolicy
from evidence.readers.password_policy import password_policy as password_policy_of
from evidence.readers.pointer import Pointer
from evidence.settings.model import Thresholds

REPORT = "iam.credential-report"


@control_test(
    id="PWD-1",
    title="The password policy is strong",
    topic=topics.PEOPLE,
    criteria=("CC6.1", "CC6.2"),
    risk="Short or reused passwords are guessed, or known from other leaks.",
    procedure="Read the account's password policy (GetAccountPasswordPolicy): at least {password_min_length} "
    "characters, the last {password_reuse} passwords not reused, all four character classes, and expiry "
    "after "
    "{password_max_age_days} days (0: not required). Without a policy AWS's default applies, which is "
    "weaker: "
    "an exception as soon as any user has a password.",
    population="The password policy of each account in scope",
    attribute="Length, reuse, character classes and expiry",
    needs=(POLICY, REPORT),
    empty="There is no password policy, and no IAM user has a password.",
    severity=Severity.MEDIUM,
    remedy=Remedy(
        console="IAM, Account settings, Password policy of {account}, Edit, Custom: a minimum length of "
        "{length}, the four character classes, and the last {reuse} passwords remembered. The "
        "command sets the whole policy: what it does not name goes back to AWS's default.",
        cli=(
            (
                "[lasting] aws iam update-account-password-policy --minimum-password-length {length} "
                "--password-reuse-prevention {reuse} --require-symbols --require-numbers "
                "--require-uppercase-characters --require-lowercase-characters "
                "--allow-users-to-change-password"
            ),
            (
                "[expiring] aws iam update-account-password-policy --minimum-password-length {length} "
                "--password-reuse-prevention {reuse} --require-symbols --require-numbers "
                "--require-uppercase-characters --require-lowercase-characters "
                "--allow-users-to-change-password --max-password-age {days}"
            ),
        ),
    ),
    limits="The policy binds IAM users only, when they next change their password.",
)
def password_policy(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account; none where there is neither a policy nor a user with a password."""
    for account in evidence.accounts:
        policy, pointer = password_policy_of(evidence, account)
        subject = f"arn:{evidence.run.partition}:iam::{account}:account-password-policy"
        row = policy and _policy_row(subject, account, policy, evidence.thresholds, pointer)
        if row and row.verdict is Verdict.EXCEPTION:
            yield row  # whatever the report says, or cannot be read to say
            continue
        holders = [user for user in evidence.credential_report(account).users if user.password is not False]
        if row:
            yield row
        elif holders:
            yield Row(
                subject=subject,
                account=account,
                verdict=Verdict.EXCEPTION,
                observed=f"no policy: AWS's default binds {plural(len(holders), 'user')} with a password",
                expected=_expected(evidence.thresholds),
                pointers=(pointer, *(user.pointer for user in holders[:5])),
                fills=_asked(evidence.thresholds),
            )


def _policy_row(
    subject: str, account: str, policy: PasswordPolicy, limits: Thresholds, pointer: Pointer
) -> Row:
    weak = list(_weaknesses(policy, limits))
    unknown = f"not told: {joined_names(policy.untold)}" if policy.untold else ""
    unmet = Verdict.NOT_DETERMINED if unknown else Verdict.MET
    return Row(
        subject=subject,
        account=account,
        verdict=Verdict.EXCEPTION if weak else unmet,
        observed="; ".join(weak) or unknown or "as required",
        expected=_expected(limits),
        pointers=(pointer,),
        fills=_asked(limits),
    )


def _weaknesses(policy: PasswordPolicy, limits: Thresholds) -> Iterator[str]:
    if policy.length is not None and policy.length < limits.password_min_length:
        yield f"minimum length {policy.length}"
    if policy.remembered is not None and policy.remembered < limits.password_reuse:
        yield f"remembers {policy.remembered} passwords"
    if policy.not_required:
        yield f"does not require {', '.join(policy.not_required)}"
    if (
        limits.password_max_age_days
        and policy.days is not None
        and not 0 < policy.days <= limits.password_max_age_days
    ):
        yield f"expires after {policy.days} days" if policy.days else "never expires"


def _expected(limits: Thresholds) -> str:
    expiry = f", expiry within {limits.password_max_age_days} days" if limits.password_max_age_days else ""
    return (
        f"at least {limits.password_min_length} characters, {limits.password_reuse} passwords remembered, "
        f"upper and lower case, numbers, symbols{expiry}"
    )


def _asked(limits: Thresholds) -> dict[str, str]:
    """Return the policy that would meet the rule, for the command."""
    days = str(limits.password_max_age_days) if limits.password_max_age_days else ""
    return {
        "length": str(limits.password_min_length),
        "reuse": str(limits.password_reuse),
        "days": days,
        "expiring" if days else "lasting": "yes",
    }
