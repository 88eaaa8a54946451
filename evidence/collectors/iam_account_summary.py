"""`iam.account-summary`: the counts behind the console's security status page, with root's MFA and keys."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

SUMMARY = Operation("iam", "GetAccountSummary", list_key="SummaryMap")


@collector(
    item="iam.account-summary",
    title="Security status: root MFA, root keys, counts and quotas",
    scope=Scope.ACCOUNT,
    operations=(SUMMARY,),
    shape=(
        "one record, the flat SummaryMap: AccountMFAEnabled, AccountAccessKeysPresent, Users, Roles and so on"
    ),
    blind_spots=(
        "AccountMFAEnabled says that root has an MFA device, not of which kind nor who holds it.",
        "Counts MFA devices in use; which user lacks one is in the credential report.",
        "Does not say when root was last used.",
        "Counts follow IAM's eventual consistency and may differ for minutes from the listings.",
    ),
    headline=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the summary as one flat record."""
    summary = ctx.call(SUMMARY)
    if summary is not None:
        yield summary["SummaryMap"]
