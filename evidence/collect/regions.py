"""Chooses which regions a run covers: the account's list, narrowed by settings, each with a reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.bundle.format.models import RegionState
from evidence.errors import UsageError
from evidence.records import Cause

REGIONS_ITEM = "account.regions"
UNKNOWN = "UNKNOWN"
_ENABLED = frozenset({"ENABLED", "ENABLED_BY_DEFAULT"})
_CHANGING = frozenset({"ENABLING", "DISABLING"})


@dataclass(frozen=True, slots=True)
class Region:
    """One region as it stands in the run."""

    state: RegionState
    doomed: Cause | None = None
    """Why its units become gaps without a call; None where it is asked."""

    @property
    def asked(self) -> bool:
        """Whether calls are sent there."""
        return self.state.in_scope and self.doomed is None


def from_records(
    records: Iterable[Mapping[str, Any]], wanted: Collection[str], account: str
) -> tuple[Region, ...]:
    """Return the account's regions (records of `account.regions`), sorted by name.

    Raises UsageError when a region is wanted that AWS does not list.
    """
    listed = {record["RegionName"]: record["RegionOptStatus"] for record in records}
    _check_known(wanted, listed)
    return tuple(_decide(account, name, status, wanted) for name, status in sorted(listed.items()))


def without_list(
    wanted: Collection[str], known: Collection[str], own: str, account: str, assumed: Collection[str] = ()
) -> tuple[Region, ...]:
    """Return the regions to cover when the account's list could not be read: those wanted, or a guess.

    `assumed` are the regions of the caller's account, for every other one; without them it is the region
    `own` that the caller is set to. Raises UsageError when a region is wanted that botocore does not know.
    """
    _check_known(wanted, known)
    guess = "enabled in the caller's account" if assumed else "the region the caller is set to"
    why = "named in the settings" if wanted else guess
    reason = f"{why}; the account's list of regions could not be read"
    return tuple(
        Region(RegionState(account=account, region=name, status=UNKNOWN, in_scope=True, reason=reason))
        for name in sorted(set(wanted) or set(assumed) or {own})
    )


def _decide(account: str, name: str, status: str, wanted: Collection[str]) -> Region:
    doomed = None
    if wanted and name not in wanted:
        in_scope, reason = False, "left out by the settings"
    elif status in _ENABLED:
        in_scope, reason = True, "enabled"
    elif status in _CHANGING:
        in_scope, reason, doomed = True, f"{status.lower()}: a gap", Cause.REGION_CHANGING
    elif name in wanted:
        in_scope, reason, doomed = True, "asked for, but not enabled: a gap", Cause.REGION_DISABLED
    else:
        in_scope, reason = False, "not enabled in this account; never called"
    state = RegionState(account=account, region=name, status=status, in_scope=in_scope, reason=reason)
    return Region(state, doomed)


def _check_known(wanted: Collection[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"There is no AWS region named {name!r}.",
                "Check --regions and `aws.regions` in the settings.",
            )
