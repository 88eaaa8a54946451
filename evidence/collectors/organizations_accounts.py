"""`organizations.accounts`: every account of the organization."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

ACCOUNTS = Operation("organizations", "ListAccounts", list_key="Accounts")

NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)


@collector(
    item="organizations.accounts",
    title="Accounts of the organization",
    scope=Scope.ORGANIZATION,
    operations=(ACCOUNTS,),
    shape="one record an account: Account, suspended and closing ones included; none without an organization",
    blind_spots=(
        "Accounts outside the organization, though the company may own them, are not listed.",
        "Suspended accounts and those being closed are listed; nothing is collected inside them.",
    ),
    people={("Account", "Name"): ValueKind.ACCOUNT_NAME, ("Account", "Email"): ValueKind.MAIL},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every account."""
    for account in ctx.records(ACCOUNTS, absent=NO_ORGANIZATION):
        yield {"Account": account}
