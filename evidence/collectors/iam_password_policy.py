"""`iam.password-policy`: the account's rules for IAM users' passwords."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

POLICY = Operation("iam", "GetAccountPasswordPolicy", list_key="PasswordPolicy")


@collector(
    item="iam.password-policy",
    title="IAM password policy",
    scope=Scope.ACCOUNT,
    operations=(POLICY,),
    shape="one record: PasswordPolicy, or null when none is set and AWS's default applies",
    blind_spots=(
        (
            "Applies to IAM users' passwords only: neither to root nor to people who sign in through an "
            "identity provider."
        ),
        "A stricter policy binds a user when the password is changed next; existing passwords may be weaker.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the policy, or null where none is set."""
    answer = ctx.call(POLICY, absent=("NoSuchEntity",))
    yield {"PasswordPolicy": answer["PasswordPolicy"] if answer else None}
