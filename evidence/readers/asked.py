"""Says where the run did not ask, which must be known before a test may say that there is none of something.

'There is none' ranges over every enabled region of the account that was asked. A run that settings narrow, a
region that refused, and an account whose regions nobody could list, all leave something unasked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.bundle import Bundle
from evidence.readers.coverage import ENABLED
from evidence.readers.reductions import ReductionCache
from evidence.readers.unreadable import MALFORMED
from evidence.records import Scope

INSTANCE = "identity-center.instance"
ORGANIZATION = "organizations.organization"
DELEGATED = "organizations.delegated-administrators"
SERVICE = "sso.amazonaws.com"
FOUND_THROUGH_IDENTITY_CENTER = ("identity-center.", "identity-store.")
"""Items of the organization that are at home in one region, which is found by asking."""


@dataclass(frozen=True, slots=True)
class AskedRegion:
    """What the search for an instance of Identity Center asked in a region."""

    region: str
    every_region: bool
    """The question was for all regions (RegionScope ALL_REGIONS)."""
    answered: bool
    why: str
    """Why there is no answer; empty where there is one."""


def asked_regions(bundle: Bundle) -> tuple[AskedRegion, ...]:
    """Return what the search for Identity Center asked; nothing in bundles that do not record it.

    Raises one of MALFORMED for a record that is not as documented.
    """
    found = []
    for unit in bundle.units(INSTANCE):
        for located in bundle.records(INSTANCE, unit.target.target()) if unit.files else ():
            if "Asked" in located.value:
                said = located.value["Asked"]
                why = " ".join(filter(None, (str(said.get("Cause") or ""), str(said.get("ErrorCode") or ""))))
                found.append(
                    AskedRegion(
                        str(located.value["Region"]),
                        said["RegionScope"] == "ALL_REGIONS",
                        said["Answered"] is True,
                        why,
                    )
                )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class UnaskedPlace:
    """Where something was not asked for."""

    words: str
    account: str = ""
    region: str = ""
    """Empty where it is no region, or nobody knows which."""
    why: str = ""

    def __str__(self) -> str:
        return self.words


def unasked(bundle: Bundle, item: str, account: str = "") -> tuple[UnaskedPlace, ...]:
    """Return where an item was not asked for; nothing where it was asked for everywhere.

    For an item of regions: the regions of one account, or of all in scope. For Identity Center's: the regions
    of the account that was asked, unless the organization's instance was found, which then is the only one.
    """
    once = ReductionCache.of(bundle).value
    if item.startswith(FOUND_THROUGH_IDENTITY_CENTER):
        return once((INSTANCE, "not asked"), lambda: _unasked_of_identity_center(bundle))
    if once((item, "of regions"), lambda: _is_of_regions(bundle, item)):
        return tuple(_left_out(bundle, (account,) if account else bundle.run.accounts))
    return ()


def _is_of_regions(bundle: Bundle, item: str) -> bool:
    return all(unit.target.scope is Scope.REGION for unit in bundle.units(item))


def _unasked_of_identity_center(bundle: Bundle) -> tuple[UnaskedPlace, ...]:
    try:
        return tuple(_unasked_for_identity_center(bundle))
    except MALFORMED:
        return (UnaskedPlace(f"{INSTANCE} cannot be read", why="it cannot be read"),)


def _unasked_for_identity_center(bundle: Bundle) -> Iterator[UnaskedPlace]:
    units, owners = bundle.units(INSTANCE), _members(bundle, INSTANCE, "Instance", "OwnerAccountId")
    organizations = _members(bundle, ORGANIZATION, "Organization", "MasterAccountId")
    if not units or "" in organizations or owners & organizations:
        return
    account = units[0].target.account
    if organizations and account not in organizations | _delegates(bundle):
        why = f"{account} is neither that nor Identity Center's administrator"
        yield UnaskedPlace(f"the management account: {why}", why=why)
    asked = asked_regions(bundle)
    if not any(one.every_region and one.answered for one in asked):
        yield from _left_out(bundle, (account,))
        yield from (
            UnaskedPlace(f"{one.region} ({one.why})", account, one.region, one.why)
            for one in asked
            if not (one.answered or one.every_region)
        )


def _members(bundle: Bundle, item: str, member: str, key: str) -> set[str]:
    """Return what a key holds in each record with that member; empty text for a record of nothing."""
    found = set()
    for unit in bundle.units(item):
        for located in bundle.records(item, unit.target.target()) if unit.files else ():
            if member in located.value:
                found.add(located.value[member][key] if located.value[member] else "")
    return found


def _delegates(bundle: Bundle) -> set[str]:
    """Return the accounts that administer Identity Center for the organization."""
    return {
        located.value["DelegatedAdministrator"]["Id"]
        for unit in bundle.units(DELEGATED)
        for located in (bundle.records(DELEGATED, unit.target.target()) if unit.files else ())
        if any(one["ServicePrincipal"] == SERVICE for one in located.value["DelegatedServices"])
    }


def _left_out(bundle: Bundle, accounts: Iterable[str]) -> Iterator[UnaskedPlace]:
    """Yield the enabled regions that the run leaves out, and accounts whose regions nobody could list."""
    for account in accounts:
        states = bundle.regions(account)
        for state in states:
            if state.status in ENABLED and not state.in_scope:
                words = f"{state.region} of {account} ({state.reason})"
                yield UnaskedPlace(words, account, state.region, state.reason)
        if any(state.status == "UNKNOWN" for state in states):
            words = f"regions of {account} that nobody could list"
            yield UnaskedPlace(words, account, why="nobody could list its regions")
