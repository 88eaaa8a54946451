"""Finds the organization's Identity Center instance, for the collectors that look into it."""

from dataclasses import dataclass

from evidence.collectors.base import Context

INSTANCE = "identity-center.instance"
ORGANIZATION = "organizations.organization"
NEEDS = (INSTANCE, ORGANIZATION)
"""What to declare under `needs` to call `organization_instance`."""


@dataclass(frozen=True, slots=True)
class IdentityCenterInstance:
    """Where the organization's instance lives."""

    arn: str
    identity_store: str
    region: str
    """Its home region: all of its APIs answer there."""
    owner: str
    """The management account."""


def organization_instance(ctx: Context) -> IdentityCenterInstance | None:
    """Return the instance that the organization's management account owns; None where there is none.

    Every other instance is an account instance: it has no permission sets and grants no access to accounts.
    """
    organization = next((record["Organization"] for record in ctx.needed(ORGANIZATION)), None)
    if organization is None:
        return None
    for record in ctx.needed(INSTANCE):
        found = record.get("Instance")
        if found and found["OwnerAccountId"] == organization["MasterAccountId"]:
            return IdentityCenterInstance(
                found["InstanceArn"], found["IdentityStoreId"], record["Region"], found["OwnerAccountId"]
            )
    return None
