"""Reads AWS Organizations: accounts, the tree of units, service control policies, root access, delegates."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format import bag
from evidence.bundle.format.models import AccountState, CallRecord
from evidence.policies.document import statements
from evidence.policies.organization import OrganizationTree, Scp
from evidence.readers.evidence import Evidence, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import (
    MALFORMED,
    MalformedEvidenceError,
    Unreadable,
    reason,
    require_readable,
    sort_out,
)
from evidence.records import Outcome

ORGANIZATION, ACCOUNTS = "organizations.organization", "organizations.accounts"
UNITS, POLICIES = "organizations.units", "organizations.policies"
FEATURES, DELEGATED = "organizations.root-access", "organizations.delegated-administrators"
TAGS = "organizations.account-tags"
TREE = (ORGANIZATION, ACCOUNTS, UNITS, POLICIES)
"""What the organization is read from, as service control policies see it."""
SCP = "SERVICE_CONTROL_POLICY"
CLOSED = frozenset({"SUSPENDED", "PENDING_CLOSURE", "CLOSED", "PENDING_ACTIVATION"})
"""States of an account in which nobody can sign in to it (organizations Account)."""
ENABLED = "ENABLED"


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization itself."""

    arn: str
    management: str
    """The management account."""
    pointer: Pointer
    for_billing: bool = False
    """It only consolidates billing: no policy of any type is in force (organizations FeatureSet)."""

    @property
    def id(self) -> str:
        """`o-…`, the last part of its ARN."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class OrganizationAccount:
    """An account that the organization lists, the management account included."""

    id: str
    arn: str
    """Empty, as the name, where AWS gives none."""
    name: str
    state: str
    """State, or Status, which it took the place of; empty where AWS gives neither."""
    pointer: Pointer

    @property
    def closed(self) -> bool:
        """Nobody can sign in to it."""
        return self.state in CLOSED


def accounts_left_out(bundle: Bundle) -> tuple[AccountState, ...]:
    """Return the accounts that the run did not cover, and in which somebody may sign in."""
    states = bundle.run.account_states
    return tuple(one for one in states if not one.in_scope and one.state not in CLOSED)


@dataclass(frozen=True, slots=True)
class OrganizationNode:
    """A root, a unit or an account, and where it hangs."""

    id: str
    parent: str
    """Empty for a root."""
    pointer: Pointer
    policy_types: Mapping[str, str] | None = None
    """A root's policy types and their status; None of what is no root, and where AWS does not tell."""


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """A policy of the organization, of any type, and what it is attached to."""

    id: str
    name: str
    kind: str
    """AWS's type: `SERVICE_CONTROL_POLICY`, …; of a type that is not enabled, there is nothing else."""
    enabled: bool
    content: Any
    targets: frozenset[str]
    pointer: Pointer

    @property
    def label(self) -> str:
        """Name and id, which together are unique."""
        return f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class RootAccess:
    """Which features of central root access the organization has enabled."""

    features: tuple[str, ...]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class DelegatedAdministrator:
    """An account that administers services for the organization."""

    account: str
    services: tuple[str, ...]
    """Their principals: `access-analyzer.amazonaws.com`."""
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class UnreadPolicy:
    """A policy that cannot be read, and may be a service control policy."""

    targets: frozenset[str] | None
    """None where not even they can be read."""
    unreadable: Unreadable


@dataclass(frozen=True)
class WholeOrganization:
    """The organization with its accounts and its service control policies."""

    itself: Organization
    tree: OrganizationTree
    """With the policies in force: none while their type is not enabled."""
    accounts: tuple[OrganizationAccount, ...]
    scps: Mapping[str, OrganizationPolicy]
    """By label; listed, in force or not."""
    unread_accounts: tuple[Unreadable, ...] = ()
    unread_policies: tuple[UnreadPolicy, ...] = ()
    disabled: tuple[Pointer, ...] = ()
    """Where it is written that the policy type is not enabled; empty while it is."""
    strangers: Mapping[str, Pointer] = field(default_factory=dict)
    """Accounts that the tree or a policy names, and the list of accounts does not."""

    def unread(self, account: str) -> tuple[Unreadable, ...]:
        """Return the policies that may bind an account, and that nobody can read; raises TreeError."""
        path = set(self.tree.path(account))
        return tuple(
            one.unreadable for one in self.unread_policies if one.targets is None or path & one.targets
        )


def organizations(evidence: Evidence) -> Iterator[Organization | Unreadable]:
    """Yield the organization; nothing where the account belongs to none, which is an answer and a record."""
    found = list(evidence.each(ORGANIZATION, organization))
    listed = any(unit.records for unit in evidence.bundle.units(ACCOUNTS))
    for one in found:
        if isinstance(one, Unreadable) or one.arn:
            yield one
        elif listed:
            yield Unreadable(one.pointer, "there is none, it says, beside accounts that one lists")
    if not found:
        for unit in evidence.bundle.units(ORGANIZATION):
            if unit.outcome is not Outcome.GAP:
                where = Pointer(unit.files[0] if unit.files else bag.RUN)
                yield Unreadable(where, f"{ORGANIZATION} holds no record where one belongs")


def accounts(evidence: Evidence) -> Iterator[OrganizationAccount | Unreadable]:
    """Yield every account that the organization lists."""
    return evidence.each(ACCOUNTS, account)


def nodes(evidence: Evidence) -> Iterator[OrganizationNode | Unreadable]:
    """Yield roots, units and accounts with their parents."""
    return evidence.each(UNITS, node)


def policies(evidence: Evidence) -> Iterator[OrganizationPolicy | Unreadable]:
    """Yield the organization's policies of every type."""
    return evidence.each(POLICIES, policy)


def delegated_administrators(evidence: Evidence) -> Iterator[DelegatedAdministrator | Unreadable]:
    """Yield the accounts that administer services for the organization."""
    return evidence.each(DELEGATED, delegated_administrator)


def root_access(evidence: Evidence) -> RootAccess:
    """Return the answer on central root access; raises MalformedEvidenceError unless it is exactly one."""
    found = list(require_readable(evidence.each(FEATURES, _root_access)))
    if len(found) != 1:
        raise MalformedEvidenceError(f"{FEATURES} holds {len(found)} records where one belongs")
    return found[0]


def whole_organization(evidence: Evidence) -> WholeOrganization | None:
    """Return the organization with accounts and policies; None when the account belongs to none.

    Raises MalformedEvidenceError for an organization, or a place in its tree, that cannot be read; an account
    or a policy costs itself alone. It is read once for all tests.
    """
    return evidence.once(ORGANIZATION, lambda: _whole(evidence))


def _whole(evidence: Evidence) -> WholeOrganization | None:
    found = list(require_readable(organizations(evidence)))
    members, unread_accounts = sort_out(accounts(evidence))
    placed = list(require_readable(nodes(evidence)))
    listed, broken = sort_out(policies(evidence))
    if not found:
        return None
    unread = [UnreadPolicy(None, one) for one in broken]
    disabled = [found[0].pointer] if found[0].for_billing else []
    disabled += [one.pointer for one in listed if one.kind == SCP and not one.enabled]
    disabled += [
        one.pointer
        for one in placed
        if one.policy_types is not None and one.policy_types.get(SCP, "") != ENABLED
    ]
    bound = {one.label: one for one in listed if one.enabled and one.kind == SCP}
    scps = []
    for label, one in bound.items():
        try:
            scps.append(Scp(label, statements(one.content), one.targets))
        except MALFORMED as error:
            unread.append(UnreadPolicy(one.targets, Unreadable(one.pointer, reason(error))))
    tree = OrganizationTree(
        roots=frozenset(one.id for one in placed if not one.parent),
        parents={one.id: one.parent for one in placed if one.parent},
        scps=() if disabled else scps,
        management=found[0].management,
    )
    named = {one.id: one.pointer for one in placed}
    named |= {target: one.pointer for one in listed for target in one.targets}
    known = {one.id for one in members}
    return WholeOrganization(
        found[0],
        tree,
        tuple(members),
        bound,
        tuple(unread_accounts),
        tuple(unread),
        tuple(disabled),
        {one: where for one, where in named.items() if _ACCOUNT.fullmatch(one) and one not in known},
    )


_ACCOUNT = re.compile("[0-9]{12}")


def absent_policies(evidence: Evidence) -> tuple[str, ...]:
    """Return the ids of policies that calls or refusals name, and the list of policies does not hold."""
    return evidence.once(POLICIES, lambda: _absent(evidence))


_IN_ARN = re.compile("/service_control_policy/(p-[0-9a-zA-Z_]+)")


def _absent(evidence: Evidence) -> tuple[str, ...]:
    listed = {one.id for one in policies(evidence) if not isinstance(one, Unreadable)}
    named = []
    with evidence.bundle.open(bag.CALLS) as lines:
        for line in lines:
            if b"PolicyId" in line:  # few of very many
                call = CallRecord.model_validate_json(line)
                if call.item == POLICIES and not call.error_code:
                    named.append(str(call.parameters.get("PolicyId", "")))
    named += [name for gap in evidence.bundle.gaps for name in _IN_ARN.findall(gap.message)]
    return tuple(dict.fromkeys(name for name in named if name and name not in listed))


def organization(located: LocatedRecord) -> Organization:
    """Read a record of the organization, without ARN where there is none; raises one of MALFORMED."""
    described = located.value["Organization"]
    if described is None:
        return Organization("", "", pointer_to(located))
    return Organization(
        require_text(described["Arn"]),
        require_text(described["MasterAccountId"]),
        pointer_to(located),
        for_billing=described.get("FeatureSet") == "CONSOLIDATED_BILLING",
    )


def account(located: LocatedRecord) -> OrganizationAccount:
    """Read a record of an account; raises one of MALFORMED."""
    described = located.value["Account"]
    return OrganizationAccount(
        id=require_text(described["Id"]),
        arn=optional_text(described.get("Arn")),
        name=optional_text(described.get("Name")),
        state=optional_text(described.get("State") or described.get("Status")),
        pointer=pointer_to(located),
    )


def node(located: LocatedRecord) -> OrganizationNode:
    """Read a record of a root, a unit or an account's place; raises one of MALFORMED."""
    value = located.value
    if "Root" in value:
        root = value["Root"]
        types = root.get("PolicyTypes")
        told = None if types is None else {str(one["Type"]): str(one["Status"]) for one in types}
        return OrganizationNode(require_text(root["Id"]), "", pointer_to(located), told)
    child = value["AccountId"] if "AccountId" in value else value["OrganizationalUnit"]["Id"]
    return OrganizationNode(require_text(child), require_text(value["ParentId"]), pointer_to(located))


def policy(located: LocatedRecord) -> OrganizationPolicy:
    """Read a record of a policy, or of a type that is not enabled; raises one of MALFORMED."""
    value, where = located.value, pointer_to(located)
    if "PolicyTypeNotEnabled" in value:
        kind = require_text(value["PolicyTypeNotEnabled"])
        return OrganizationPolicy("", "", kind, enabled=False, content="", targets=frozenset(), pointer=where)
    summary = value["PolicySummary"]
    return OrganizationPolicy(
        id=require_text(summary["Id"]),
        name=require_text(summary["Name"]),
        kind=require_text(summary["Type"]),
        enabled=True,
        content=value["Content"],
        targets=frozenset(require_text(target["TargetId"]) for target in value["Targets"]),
        pointer=where,
    )


def delegated_administrator(located: LocatedRecord) -> DelegatedAdministrator:
    """Read a record of a delegated administrator; raises one of MALFORMED."""
    return DelegatedAdministrator(
        account=require_text(located.value["DelegatedAdministrator"]["Id"]),
        services=tuple(
            require_text(service["ServicePrincipal"]) for service in located.value["DelegatedServices"]
        ),
        pointer=pointer_to(located),
    )


def _root_access(located: LocatedRecord) -> RootAccess:
    return RootAccess(tuple(map(require_text, located.value["EnabledFeatures"])), pointer_to(located))


def run_accounts(bundle: Bundle) -> tuple[AccountState, ...]:
    """Return the accounts that the run knew of, with the units they are in; those in scope at the least."""
    run = bundle.run
    known = {state.account for state in run.account_states}
    return (
        *run.account_states,
        *(
            AccountState(account=one, state="", in_scope=True, reason="")
            for one in run.accounts
            if one not in known
        ),
    )


def account_tag(evidence: Evidence, key: str) -> dict[str, str]:
    """Return the value of a tag by account, the key in any case; what cannot be read is left out."""
    found: dict[str, str] = {}
    for one in evidence.each(TAGS, _tags_of) if evidence.has(TAGS) else ():
        if not isinstance(one, Unreadable):
            account, tags = one
            if value := next((tags[name] for name in tags if name.casefold() == key.casefold()), "").strip():
                found[account] = value
    return found


def _tags_of(located: LocatedRecord) -> tuple[str, dict[str, str]]:
    tags = {require_text(tag["Key"]): optional_text(tag["Value"]) for tag in located.value["Tags"]}
    return require_text(located.value["AccountId"]), tags
