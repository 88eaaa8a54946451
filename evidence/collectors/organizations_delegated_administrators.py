"""`organizations.delegated-administrators`: which accounts run services for the whole organization."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

ADMINISTRATORS = Operation("organizations", "ListDelegatedAdministrators", list_key="DelegatedAdministrators")
SERVICES = Operation("organizations", "ListDelegatedServicesForAccount", list_key="DelegatedServices")

NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)


@collector(
    item="organizations.delegated-administrators",
    title="Delegated administrators",
    scope=Scope.ORGANIZATION,
    operations=(ADMINISTRATORS, SERVICES),
    shape="one record an account: DelegatedAdministrator and DelegatedServices",
    blind_spots=(
        "Does not show who inside a delegated account may use what was delegated.",
        "The organization's own resource-based delegation policy is not collected.",
    ),
    calls=3,
    people={
        ("DelegatedAdministrator", "Name"): ValueKind.ACCOUNT_NAME,
        ("DelegatedAdministrator", "Email"): ValueKind.MAIL,
    },
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield each delegated administrator with the services it runs."""
    yield from ctx.map(_with_services, ctx.records(ADMINISTRATORS, absent=NO_ORGANIZATION))


def _with_services(ctx: Context, administrator: dict[str, Any]) -> dict[str, Any]:
    services = list(ctx.records(SERVICES, AccountId=administrator["Id"]))
    return {"DelegatedAdministrator": administrator, "DelegatedServices": services}
