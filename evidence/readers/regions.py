"""Reads the regions of an account, and whether each can be used (account ListRegions)."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.readers.coverage import ENABLED
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable

REGIONS = "account.regions"


@dataclass(frozen=True, slots=True)
class AccountRegion:
    """A region as an account has it."""

    name: str
    status: str
    """AWS's RegionOptStatus: `ENABLED_BY_DEFAULT`, `DISABLED`, …"""
    pointer: Pointer

    @property
    def enabled(self) -> bool:
        """It can be used."""
        return self.status in ENABLED


def account_regions(evidence: Evidence, account: str) -> Iterator[AccountRegion | Unreadable]:
    """Yield every region that AWS lists for an account."""
    return evidence.each(REGIONS, region, account)


def region(located: LocatedRecord) -> AccountRegion:
    """Read a record of a region; raises one of MALFORMED."""
    return AccountRegion(
        require_text(located.value["RegionName"]),
        require_text(located.value["RegionOptStatus"]),
        pointer_to(located),
    )
