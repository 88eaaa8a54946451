"""Applies service control policies (SCPs) down the organization tree.

An SCP binds an account when it is attached to the account, to its root or to a unit on the way. At each of
these levels an Allow must survive; a Deny at any level wins. The management account is not bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evidence.policies.conditions import Truth, holds
from evidence.policies.document import Statement
from evidence.policies.evaluate import Policies, Request, action_applies
from evidence.policies.patterns import every_action, every_resource


class TreeError(ValueError):
    """Accounts, units and roots do not make up a tree."""


@dataclass(frozen=True, slots=True)
class Scp:
    """A service control policy and what it is attached to."""

    name: str
    statements: Sequence[Statement]
    targets: frozenset[str]
    """Ids of roots, units and accounts."""


@dataclass(frozen=True)
class OrganizationTree:
    """The organization: who is whose parent, and the SCPs."""

    roots: frozenset[str]
    parents: Mapping[str, str]
    """Id of a unit or account to that of its parent."""
    scps: Sequence[Scp]
    management: str

    def path(self, account: str) -> tuple[str, ...]:
        """Return the ids from the root down to an account; raises TreeError."""
        path = [account]
        while path[-1] not in self.roots:
            parent = self.parents.get(path[-1])
            if parent is None:
                raise TreeError(f"{path[-1]} has no parent in the organization")
            if parent in path:
                raise TreeError(f"{parent} is its own ancestor")
            path.append(parent)
        return tuple(reversed(path))

    def levels(self, account: str) -> tuple[tuple[Scp, ...], ...]:
        """Return the SCPs of each level that bind an account: none for the management account."""
        if account == self.management:
            return ()
        return tuple(tuple(self._attached.get(node, ())) for node in self.path(account))

    @cached_property
    def _attached(self) -> Mapping[str, Sequence[Scp]]:
        """The SCPs by what they are attached to, each in the order of `scps`."""
        found: dict[str, list[Scp]] = {}
        for scp in self.scps:
            for target in scp.targets:
                found.setdefault(target, []).append(scp)
        return found

    def bare(self, account: str) -> tuple[str, ...]:
        """Return the ids on the way down to an account that no SCP is attached to.

        While the policy type is enabled AWS keeps one at each: such a level is evidence that lacks something.
        """
        return (
            ()
            if account == self.management
            else tuple(one for one in self.path(account) if one not in self._attached)
        )

    def policies(self, account: str) -> Policies:
        """Return an account's SCPs for `evaluate.decide`."""
        levels = [[scp.statements for scp in level] for level in self.levels(account)]
        return Policies(scps=levels)


@dataclass(frozen=True, slots=True)
class Restriction:
    """A Deny that binds an account on every resource, for a request."""

    scp: str
    statement: Statement
    applies: Truth
    everything: bool
    """Every action, or all but a list (NotAction)."""


def denials(levels: Sequence[Sequence[Scp]], request: Request) -> Iterator[Restriction]:
    """Yield the Deny statements whose condition can hold for a request's context, whatever the action."""
    for level in levels:
        for scp in level:
            for statement in scp.statements:
                found = holds(statement.conditions, request.context, variables=statement.variables)
                if statement.denies and found is not Truth.NO and not denies_nothing(statement):
                    yield Restriction(
                        scp.name, statement, min(found, _anywhere(statement)), denies_most(statement)
                    )


def denies_nothing(statement: Statement) -> bool:
    """Say whether a statement names no action, or no resource: an empty list, or all but everything."""
    actions, names = statement.actions, statement.resources
    none = every_action(actions.patterns) if actions.complement else not actions.patterns
    if names is not None:
        none = none or (every_resource(names.patterns) if names.complement else not names.patterns)
    return none


def reaches_everything(statement: Statement) -> bool:
    """Say whether a Deny is of every resource: `*`, since `arn:aws:*` leaves out actions that have none."""
    names = statement.resources
    return names is None or (
        not names.complement and any(name and not name.strip("*") for name in names.patterns)
    )


def _anywhere(statement: Statement) -> Truth:
    return Truth.YES if reaches_everything(statement) else Truth.UNKNOWN


WORK = (
    "ec2:RunInstances", "s3:CreateBucket", "s3:PutObject", "lambda:CreateFunction", "rds:CreateDBInstance",
    "dynamodb:CreateTable", "ecs:RunTask", "sqs:CreateQueue", "ecr:CreateRepository",
    "elasticfilesystem:CreateFileSystem", "secretsmanager:CreateSecret",
)  # fmt: skip
"""What people do who work in an account and region. The lists that AWS publishes of what a Deny has to leave
out, global services and reading, hold none of it."""


def denies_most(statement: Statement) -> bool:
    """Say whether a Deny is of every action, or of all but a list that leaves none of WORK."""
    if every_action(statement.actions.patterns) is statement.actions.complement:
        return False
    return all(action_applies(statement.actions, one) is Truth.YES for one in WORK)
