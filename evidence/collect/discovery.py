"""Finds the organization: where it can be asked, and which accounts it has.

Its items are answered in the management account, or in an account that it registered as delegated
administrator. Whoever runs this is usually in one of them; else a role is assumed there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence.aws.failures import RoleError
from evidence.collect.accounts import ACCOUNTS_ITEM, TAGS_ITEM, UNITS_ITEM, ListedAccount, listed
from evidence.collect.jobs import EndedUnit, Key
from evidence.collectors.base import Collector
from evidence.errors import PermissionMissingError, UsageError
from evidence.records import CONFIG_RESULTS, Outcome, Scope, Target
from evidence.settings.model import Settings

ORGANIZATION_ITEM = "organizations.organization"
DELEGATED_ITEM = "organizations.delegated-administrators"
IDENTITY_CENTER = "sso.amazonaws.com"
DELEGATED = {
    IDENTITY_CENTER: ("identity-center.", "identity-store."),
    "iam.amazonaws.com": ("organizations.root-access",),
}
"""Services that can be delegated, and the items (or how they begin) that their administrator answers."""
CONFIG = "config.amazonaws.com"
AGGREGATED = CONFIG_RESULTS["aggregator"]

Ask = Callable[[str, Mapping[str, str]], None]
"""Collects one of the organization's items, given the accounts in which each is asked."""
Enter = Callable[[str], object]
"""Enters an account to ask about the organization; raises RoleError."""


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """What is known of the organization before its accounts are collected."""

    management: str
    """Id of the management account; empty without an organization, or when it could not be told."""
    accounts: tuple[ListedAccount, ...]
    hosts: Mapping[str, str]
    """Each of the organization's items, and the account it is asked in."""
    administrators: frozenset[str] = frozenset()
    """The accounts that administer Identity Center."""


class Discovery:
    """Asks about the organization as far as the choice of accounts needs it."""

    def __init__(
        self, collectors: Mapping[str, Collector], ended: Mapping[Key, EndedUnit], home: str,
        settings: Settings, *, ask: Ask, enter: Enter,
    ) -> None:  # fmt: skip
        """`ended` tells at any time how the units ended that were asked for."""
        self._collectors = {item: one for item, one in collectors.items() if one.scope is Scope.ORGANIZATION}
        self._ended = ended
        self._home = home
        self._settings = settings.aws
        self._aggregator = settings.collect.aggregator
        self._ask = ask
        self._enter = enter
        self._hosts = dict.fromkeys(self._collectors, home)

    def run(self) -> OrganizationFacts:
        """Return what there is; asks for nothing that a run in the caller's account alone can do without.

        Raises PermissionMissingError when an organization is to be collected and its accounts cannot be
        listed: what was left out could then not be told. Raises UsageError when the aggregator is said to be
        in an account that the run does not cover.
        """
        if not self._settings.organization and not self._settings.accounts:
            self._place_aggregator(())
            return OrganizationFacts("", (), self._hosts)
        self._unit(ORGANIZATION_ITEM)
        management = self._management()
        if management and management != self._home and self._covers(management):
            self._move(management)
        for item in (ACCOUNTS_ITEM, *self._selecting()):
            self._unit(item)
        self._refuse_unknown(management)
        found = self._listed()
        if management and self._hosts.get(ACCOUNTS_ITEM) != management:
            for service, items in DELEGATED.items():
                self._move_to_delegated(service, items)
        self._place_aggregator(found)
        administrators = {management, *self._administrators(IDENTITY_CENTER)} - {""}
        return OrganizationFacts(management, found, self._hosts, frozenset(administrators))

    def look(self, found: OrganizationFacts) -> OrganizationFacts:
        """Return what is known once all units have ended, such as where accounts hang; asks nothing."""
        return replace(found, management=self._management(), accounts=self._listed())

    def _unit(self, item: str) -> EndedUnit | None:
        """Run one item of the organization, unless it is not collected or was run before."""
        if item not in self._collectors:
            return None
        key = (item, Target(Scope.ORGANIZATION, self._hosts[item]))
        if key not in self._ended:
            self._ask(item, self._hosts)
        return self._ended.get(key)

    def _records(self, item: str) -> Iterator[dict[str, Any]]:
        """Yield an item's records; none where it is not collected, has not ended or is a gap."""
        ended = self._ended.get((item, Target(Scope.ORGANIZATION, self._hosts.get(item, ""))))
        if ended is not None and ended.outcome is not Outcome.GAP:
            yield from ended.records()

    def _management(self) -> str:
        found = [record["Organization"] for record in self._records(ORGANIZATION_ITEM)]
        return next((str(one["MasterAccountId"]) for one in found if one), "")

    def _covers(self, account: str) -> bool:
        """Say whether the run may enter an account: where it is asked, it is collected too."""
        return self._settings.organization or account in self._settings.accounts

    def _move(self, management: str) -> None:
        """Ask in the management account where it can be entered; any member may describe the organization."""
        if not self._entered(management):
            return  # the caller's own account may be a delegated administrator: it answers or not
        for item in self._hosts:
            if item != ORGANIZATION_ITEM:
                self._hosts[item] = management

    def _move_to_delegated(self, service: str, items: tuple[str, ...]) -> None:
        """Ask where a service was delegated to: the management account is out of reach."""
        for account in self._administrators(service):
            if self._entered(account):
                for item in self._hosts:
                    if item.startswith(items):
                        self._hosts[item] = account

    def _administrators(self, service: str) -> list[str]:
        """Return the accounts in reach that a service was delegated to."""
        self._unit(DELEGATED_ITEM)
        return [
            account
            for record in self._records(DELEGATED_ITEM)
            for account in (str(record["DelegatedAdministrator"]["Id"]),)
            if any(one["ServicePrincipal"] == service for one in record["DelegatedServices"])
            and (account == self._home or self._covers(account))
        ]

    def _entered(self, account: str) -> bool:
        """Enter an account to ask about the organization; say whether it lets us in."""
        try:
            self._enter(account)
        except RoleError:
            return False
        return True

    def _place_aggregator(self, found: Sequence[ListedAccount]) -> None:
        """Ask the Config aggregator where it is said to be, else where Config was delegated to.

        An account that does not let us in stays the place: its refusal is what the gap then tells.
        """
        if not any(item in self._hosts for item in AGGREGATED):
            return
        named = self._aggregator.account
        known = {self._home, *self._settings.accounts, *(one.account for one in found)}
        if named and not (named == self._home or (named in known and self._covers(named))):
            raise UsageError(
                f"The aggregator's account {named} is not covered by this run.",
                "Name it with --accounts, or collect the organization that it belongs to.",
            )
        delegated = self._administrators(CONFIG) if found and not named else []
        for account in [named] if named else delegated[:1]:
            self._entered(account)
            self._hosts |= {item: account for item in AGGREGATED if item in self._hosts}

    def _refuse_unknown(self, management: str) -> None:
        if not self._settings.organization:
            return
        needed = [ACCOUNTS_ITEM, *self._selecting()]
        for item in (ORGANIZATION_ITEM, *needed):
            ended = self._unit(item)
            if ended is None:
                raise UsageError(f"{item} cannot be excluded: the organization's accounts are told by it.")
            gap = ended.entry.gap
            if gap is not None:
                where = f"{gap.cause.value}: {gap.operation} {gap.error_code}"
                raise PermissionMissingError(
                    f"The organization's accounts cannot be told: {item} is a gap ({where}).",
                    f"Run it in the management account {management} or in a delegated administrator, or give "
                    "the role there; or name accounts with --accounts.",
                )
        if not management:
            raise UsageError(
                "The caller's account belongs to no organization, or may not ask which.",
                "Leave --organization away, or name accounts with --accounts.",
            )

    def _selecting(self) -> list[str]:
        """Return the items without which the settings cannot choose among the accounts."""
        aws = self._settings
        chosen = [UNITS_ITEM] if aws.include_accounts or aws.exclude_accounts else []
        return [*chosen, TAGS_ITEM] if aws.selects_by_tag else chosen

    def _listed(self) -> tuple[ListedAccount, ...]:
        return listed(self._records(ACCOUNTS_ITEM), self._records(UNITS_ITEM), self._records(TAGS_ITEM))
