"""`identity-center.applications`: what else people reach through Identity Center."""

from collections.abc import Iterator

from evidence.collectors._identity_center import NEEDS, organization_instance
from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

APPLICATIONS = Operation("sso-admin", "ListApplications", list_key="Applications")
ISSUERS = Operation("sso-admin", "ListTrustedTokenIssuers", list_key="TrustedTokenIssuers")

MEMBERS = {APPLICATIONS: "Application", ISSUERS: "TrustedTokenIssuer"}
"""What is listed, and the name a record gives to a member."""


@collector(
    item="identity-center.applications",
    title="Identity Center applications and trusted token issuers",
    scope=Scope.ORGANIZATION,
    operations=(APPLICATIONS, ISSUERS),
    shape="one record an Application or a TrustedTokenIssuer, under that name",
    blind_spots=(
        "Who is assigned to an application is not collected.",
        "Some applications that AWS services manage may be missing from the list.",
    ),
    needs=NEEDS,
    calls=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the applications, then the token issuers."""
    instance = organization_instance(ctx)
    if instance is None:
        return

    def listed(child: Context, operation: Operation) -> list[Yield]:
        members = child.records(operation, region=instance.region, InstanceArn=instance.arn)
        return [{MEMBERS[operation]: member} for member in members]

    for records in ctx.map(listed, MEMBERS):
        yield from records
