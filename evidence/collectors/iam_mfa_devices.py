"""`iam.mfa-devices`: virtual MFA devices, root's included."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

DEVICES = Operation("iam", "ListVirtualMFADevices", list_key="VirtualMFADevices")

# What a device is seeded with would let its holder make codes. AWS does not send it here; never keep it.
SECRETS = frozenset({"Base32StringSeed", "QRCodePNG"})


@collector(
    item="iam.mfa-devices",
    title="Virtual MFA devices",
    scope=Scope.ACCOUNT,
    operations=(DEVICES,),
    shape="one record a device: SerialNumber, User and EnableDate where assigned, Tags; never its seed",
    blind_spots=(
        (
            "Virtual devices only: hardware keys and passkeys of root are listed by no API, so that none "
            "here does not prove a hardware key."
        ),
        "Says nothing about where the virtual device lives, nor how many people hold it.",
    ),
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every virtual device, assigned or not."""
    for device in ctx.records(DEVICES, AssignmentStatus="Any"):
        yield {member: value for member, value in device.items() if member not in SECRETS}
