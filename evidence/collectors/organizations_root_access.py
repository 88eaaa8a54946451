"""`organizations.root-access`: whether member accounts' root users are managed centrally."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

FEATURES = Operation("iam", "ListOrganizationsFeatures", list_key="EnabledFeatures")

NOT_ENABLED = (
    "ServiceAccessNotEnabledException",
    "OrganizationNotFoundException",
    "OrganizationNotInAllFeaturesModeException",
)
"""IAM has no trusted access to the organization, or there is no organization that could give it."""


@collector(
    item="organizations.root-access",
    title="Central management of root access",
    scope=Scope.ORGANIZATION,
    operations=(FEATURES,),
    shape="one record: EnabledFeatures (RootCredentialsManagement, RootSessions) and Enabled (any of them)",
    blind_spots=(
        "Enabled means that root credentials can be removed centrally, not that they have been.",
        "The management account's own root user is never covered.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield the enabled features, none where IAM has no trusted access."""
    answer = ctx.call(FEATURES, absent=NOT_ENABLED)
    features = answer["EnabledFeatures"] if answer else []
    yield {"EnabledFeatures": features, "Enabled": bool(features)}
