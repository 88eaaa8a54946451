"""Reads the virtual MFA devices of an account (iam ListVirtualMFADevices); no API lists any other kind."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, require_readable

DEVICES = "iam.mfa-devices"


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """A virtual MFA device."""

    serial: str
    holder: str
    """ARN of the user whose it is; empty for one that is assigned to nobody."""
    pointer: Pointer

    @property
    def of_root(self) -> bool:
        """Say whether it is the root user's."""
        return self.holder.endswith(":root")


def virtual_devices(evidence: Evidence, account: str | None = None) -> Iterator[VirtualDevice | Unreadable]:
    """Yield the virtual devices of one account, or of all."""
    return evidence.each(DEVICES, _device, account)


def readable_devices(evidence: Evidence, account: str) -> Iterator[VirtualDevice]:
    """Yield the virtual devices of an account; raises MalformedEvidenceError for one that cannot be read."""
    return require_readable(virtual_devices(evidence, account))


def _device(located: LocatedRecord) -> VirtualDevice:
    record = located.value
    if "EnableDate" in record and "User" not in record:
        raise MalformedEvidenceError(f"{record['SerialNumber']} is assigned, and to whom is not said")
    return VirtualDevice(
        serial=require_text(record["SerialNumber"]),
        holder=require_text(record["User"]["Arn"]) if "User" in record else "",
        pointer=pointer_to(located),
    )
