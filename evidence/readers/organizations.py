"""Reads AWS Organizations: accounts, the tree of units, service control policies, root access, delegates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.bundle import Bundle, LocatedRecord
from evidence.bundle.format.models import AccountState
from evidence.policies.document import statements
from evidence.policies.organization import OrganizationTree, Scp
from evidence.readers.evidence import Evidence, optional_text, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable, require_readable

ORGANIZATION, ACCOUNTS = "organizations.organization", "organizations.accounts"
UNITS, POLICIES = "organizations.units", "organizations.policies"
FEATURES, DELEGATED = "organizations.root-access", "organizations.delegated-administrators"
TREE = (ORGANIZATION, ACCOUNTS, UNITS, POLICIES)
"""What the organization is read from, as service control policies see it."""
SCP = "SERVICE_CONTROL_POLICY"
CLOSED = frozenset({"SUSPENDED", "PENDING_CLOSURE", "CLOSED"})
"""States of an account in which nobody can sign in to it (organizations Account)."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization itself."""

    arn: str
    management: str
    """The management account."""
    pointer: Pointer

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
    """State, which took the place of Status in 2025."""
    pointer: Pointer

    @property
    def closed(self) -> bool:
        """Nobody can sign in to it."""
        return self.state in CLOSED


@dataclass(frozen=True, slots=True)
class OrganizationNode:
    """A root, a unit or an account, and where it hangs."""

    id: str
    parent: str
    """Empty for a root."""
    pointer: Pointer


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
class WholeOrganization:
    """The organization with its accounts and its service control policies."""

    itself: Organization
    tree: OrganizationTree
    accounts: tuple[OrganizationAccount, ...]
    scps: Mapping[str, OrganizationPolicy]
    """By label."""


def organizations(evidence: Evidence) -> Iterator[Organization | Unreadable]:
    """Yield the organization; nothing where the account belongs to none."""
    for one in evidence.each(ORGANIZATION, organization):
        if isinstance(one, Unreadable) or one.arn:
            yield one


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

    Raises MalformedEvidenceError for a record that cannot be read. It is read once for all tests.
    """
    return evidence.once(ORGANIZATION, lambda: _whole(evidence))


def _whole(evidence: Evidence) -> WholeOrganization | None:
    found = list(require_readable(organizations(evidence)))
    members = tuple(require_readable(accounts(evidence)))
    roots, parents = set(), {}
    for one in require_readable(nodes(evidence)):
        if one.parent:
            parents[one.id] = one.parent
        else:
            roots.add(one.id)
    bound = {
        one.label: one for one in require_readable(policies(evidence)) if one.enabled and one.kind == SCP
    }
    if not found:
        return None
    scps = [Scp(label, statements(one.content), one.targets) for label, one in bound.items()]
    tree = OrganizationTree(frozenset(roots), parents, scps, found[0].management)
    return WholeOrganization(found[0], tree, members, bound)


def organization(located: LocatedRecord) -> Organization:
    """Read a record of the organization, without ARN where there is none; raises one of MALFORMED."""
    described = located.value["Organization"]
    if described is None:
        return Organization("", "", pointer_to(located))
    return Organization(
        require_text(described["Arn"]), require_text(described["MasterAccountId"]), pointer_to(located)
    )


def account(located: LocatedRecord) -> OrganizationAccount:
    """Read a record of an account; raises one of MALFORMED."""
    described = located.value["Account"]
    return OrganizationAccount(
        id=require_text(described["Id"]),
        arn=optional_text(described.get("Arn")),
        name=optional_text(described.get("Name")),
        state=require_text(described["State"] if described.get("State") else described["Status"]),
        pointer=pointer_to(located),
    )


def node(located: LocatedRecord) -> OrganizationNode:
    """Read a record of a root, a unit or an account's place; raises one of MALFORMED."""
    value = located.value
    if "Root" in value:
        return OrganizationNode(require_text(value["Root"]["Id"]), "", pointer_to(located))
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
