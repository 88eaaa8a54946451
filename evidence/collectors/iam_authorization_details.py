"""`iam.authorization-details`: all users, groups, roles and policies with their relations and documents."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

DETAILS = Operation("iam", "GetAccountAuthorizationDetails", list_key="UserDetailList")

# Without AWSManagedPolicy the documents of attached AWS managed policies would be missing.
FILTER = ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
MEMBERS = {
    "UserDetailList": "UserDetail",
    "GroupDetailList": "GroupDetail",
    "RoleDetailList": "RoleDetail",
    "Policies": "Policy",
}
"""The answer's lists, and the name a record gives to a member."""


@collector(
    item="iam.authorization-details",
    title="IAM users, groups, roles and policies",
    scope=Scope.ACCOUNT,
    operations=(DETAILS,),
    shape="one record for each UserDetail, GroupDetail, RoleDetail or Policy, under that name",
    blind_spots=(
        (
            "Shows what identity policies say, not the outcome: service control policies, resource policies "
            "and session policies also decide."
        ),
        (
            "A snapshot that AWS reads over several pages and with eventual consistency: changes during the "
            "run may be half visible."
        ),
        "RoleLastUsed covers AWS's tracking period only (up to 400 days) and not every service.",
        "Shows neither passwords, keys nor MFA; those are in the credential report.",
    ),
    calls=2,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every entity, page by page."""
    for page in ctx.pages(DETAILS, Filter=list(FILTER)):
        for member, name in MEMBERS.items():
            for detail in page.get(member, ()):
                yield {name: detail}
