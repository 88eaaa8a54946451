"""`organizations.organization`: the organization that the account belongs to."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

ORGANIZATION = Operation("organizations", "DescribeOrganization", list_key="Organization")

NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)


@collector(
    item="organizations.organization",
    title="Organization",
    scope=Scope.ORGANIZATION,
    operations=(ORGANIZATION,),
    shape="one record: Organization, or null when the account belongs to none",
    blind_spots=(
        (
            "AvailablePolicyTypes is deprecated by AWS: the roots in organizations.units say which "
            "types are enabled."
        ),
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the organization, or null where there is none."""
    answer = ctx.call(ORGANIZATION, absent=NO_ORGANIZATION)
    yield {"Organization": answer["Organization"] if answer else None}
