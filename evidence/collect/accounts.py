"""Chooses which accounts a run covers: listed or found, narrowed by settings, each with a reason."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.bundle.format.models import AccountState
from evidence.errors import UsageError
from evidence.settings.model import AwsSettings

ACCOUNTS_ITEM = "organizations.accounts"
UNITS_ITEM = "organizations.units"
TAGS_ITEM = "organizations.account-tags"
UNKNOWN = "UNKNOWN"
"""State of an account that no list names."""
ACTIVE = "ACTIVE"
_STATES = {
    "SUSPENDED": "suspended: AWS lets nobody in, root included",
    "PENDING_CLOSURE": "being closed: AWS lets nobody in, root included",
    "CLOSED": "closed",
    "PENDING_ACTIVATION": "not activated yet: there is nothing in it",
}
TAG = "tag:"


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One account as AWS Organizations lists it."""

    account: str
    name: str
    state: str
    path: str = ""
    """Names from the root of the organization down: `/Workloads/Production`; `/` for the root itself."""
    units: frozenset[str] = frozenset()
    """Ids of the root and units it is in."""
    tags: Mapping[str, str] = field(default_factory=dict)

    def matches(self, selector: str) -> bool:
        """Say whether an account id, unit id, path or `tag:key=value` names this account."""
        if selector.startswith(TAG):
            key, _, value = selector.removeprefix(TAG).partition("=")
            return self.tags.get(key) == value
        if selector.startswith("/"):
            return f"{self.path.rstrip('/')}/".startswith(f"{selector.rstrip('/')}/")
        return selector == self.account or selector in self.units


def listed(
    accounts: Iterable[Mapping[str, Any]],
    units: Iterable[Mapping[str, Any]],
    tags: Iterable[Mapping[str, Any]],
) -> tuple[ListedAccount, ...]:
    """Return the accounts of an organization from the records of its three items, sorted by id."""
    names, parents = _tree(units)
    tagged = {record["AccountId"]: {tag["Key"]: tag["Value"] for tag in record["Tags"]} for record in tags}
    return tuple(
        ListedAccount(
            account["Id"],
            str(account.get("Name", "")),
            str(account.get("State") or account.get("Status") or UNKNOWN),
            "/" + "/".join(names[unit] for unit in reversed(above) if names.get(unit)),
            frozenset(above),
            tagged.get(account["Id"], {}),
        )
        for account in sorted((record["Account"] for record in accounts), key=lambda one: str(one["Id"]))
        for above in [list(_above(account["Id"], parents))]
    )


def _tree(units: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the name of each unit (none for a root) and the parent of each unit and account."""
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for record in units:
        if "Root" in record:
            names[record["Root"]["Id"]] = ""
        elif "OrganizationalUnit" in record:
            unit = record["OrganizationalUnit"]
            names[unit["Id"]], parents[unit["Id"]] = str(unit["Name"]), record["ParentId"]
        else:
            parents[record["AccountId"]] = record["ParentId"]
    return names, parents


def _above(node: str, parents: Mapping[str, str]) -> Iterator[str]:
    seen = {node}
    while (parent := parents.get(node)) and parent not in seen:
        yield parent
        seen.add(parent)
        node = parent


@dataclass(frozen=True, slots=True)
class MemberRoles:
    """How accounts other than the caller's are entered."""

    pattern: str
    """Name of the role, with its path; `{account}` stands for the account's id."""
    partition: str

    def arn(self, account: str) -> str:
        """Return the ARN of the role in an account."""
        name = self.pattern.replace("{account}", account).lstrip("/")
        return f"arn:{self.partition}:iam::{account}:role/{name}"


@dataclass(frozen=True, slots=True)
class RequiredAccounts:
    """The accounts that a run cannot do without."""

    home: str
    """The caller's own."""
    management: str
    """The organization's, empty when unknown."""
    hosts: frozenset[str]
    """Those that answer for the organization."""


def choose(
    found: Iterable[ListedAccount], settings: AwsSettings, needed: RequiredAccounts, partition: str
) -> tuple[AccountState, ...]:
    """Return every known account, in scope or not, with the reason; sorted by id.

    Raises UsageError for a selector that names no account, and for one that takes away an account that the
    run cannot do without.
    """
    known = {one.account: one for one in found}
    for account in (needed.home, *settings.accounts):
        known.setdefault(account, ListedAccount(account, "", UNKNOWN))
    _check(settings, known.values(), needed)
    roles = MemberRoles(settings.role or "", partition)
    states = []
    for account, one in sorted(known.items()):
        in_scope, reason = _decide(one, settings, needed)
        states.append(
            AccountState(
                account=account,
                name=one.name,
                state=one.state,
                unit=one.path,
                management=account == needed.management,
                in_scope=in_scope,
                reason=reason,
                role=roles.arn(account) if in_scope and account != needed.home else "",
            )
        )
    return tuple(states)


def _decide(one: ListedAccount, settings: AwsSettings, needed: RequiredAccounts) -> tuple[bool, str]:
    if one.account == needed.home:
        return True, "the caller's own account, read without a role"
    if one.account in needed.hosts:
        return True, "asked about the organization"
    out = _left_out(one, settings)
    if out:
        return False, out
    if one.account in settings.accounts:
        return True, "named in the settings"
    return _of_organization(one, settings)


def _left_out(one: ListedAccount, settings: AwsSettings) -> str:
    """Return why nothing can or should be collected in an account, whoever asked for it; empty otherwise."""
    if one.state in _STATES:
        return _STATES[one.state]
    excluded = settings.exclude_accounts.items()
    return next((f"excluded by {which}: {why}" for which, why in excluded if one.matches(which)), "")


def _of_organization(one: ListedAccount, settings: AwsSettings) -> tuple[bool, str]:
    if not settings.organization:
        return False, "not asked for: this run covers the caller's account and those named in the settings"
    if not settings.include_accounts:
        return True, "listed by the organization"
    for selector in settings.include_accounts:
        if one.matches(selector):
            return True, f"included by {selector}"
    return False, f"not included by {', '.join(settings.include_accounts)}"


def _check(settings: AwsSettings, known: Collection[ListedAccount], needed: RequiredAccounts) -> None:
    """Refuse a selector that names nothing, and one that takes away what the run is planned from."""
    for selector in (*settings.include_accounts, *settings.exclude_accounts):
        if not any(one.matches(selector) for one in known):
            raise UsageError(
                f"No account of the organization matches {selector!r}.",
                "An account is selected by its id, a unit's id, a path such as /Workloads, or tag:key=value.",
            )
    for one in known:
        fixed = one.account == needed.home or one.account in needed.hosts
        if fixed and any(one.matches(selector) for selector in settings.exclude_accounts):
            what = "the caller's own" if one.account == needed.home else "asked about the organization"
            raise UsageError(
                f"The account {one.account} cannot be excluded: it is {what}.",
                "Run from another account, or exclude others only.",
            )
