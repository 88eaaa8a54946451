"""Finds statements that reach every resource with whole services or with actions that change something.

Every resource is every one of a type or more, by AWS's formats of ARNs (`evidence.policies.resources`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from evidence.policies.actions import Action, expand, services, whole_services
from evidence.policies.demands import demanded_values
from evidence.policies.document import Statement
from evidence.policies.patterns import every_action, every_resource
from evidence.policies.resources import whole_account, wide_types


@dataclass(frozen=True, slots=True)
class Reach:
    """What one Allow statement may do on every resource, or on every one of a type."""

    whole: tuple[str, ...]
    """Patterns that name every action of a service, or of all."""
    writes: tuple[Action, ...]
    """Actions that change something, named singly or by a pattern."""
    unknown: tuple[str, ...]
    """Patterns of which the database knows no action."""
    conditional: bool
    """A condition stands there that may or may not narrow it."""
    where: tuple[str, ...] = ()
    """Patterns of resources that reach every one of a type; none: every resource there is."""

    @property
    def changes_anything(self) -> bool:
        """Say whether there is anything that changes something."""
        return bool(self.whole or self.writes)


def reach(statements: Sequence[Statement], account: str = "") -> Iterator[Reach]:
    """Yield the reach of each Allow statement on every resource, unless it is bound to tagged resources.

    `account` is the one whose resources are meant; empty for any.
    """
    for statement in statements:
        if not statement.denies and not _tagged(statement):
            wide = _Width.of(statement, account)
            if wide.everything or wide.patterns:
                yield from _reach(statement, wide)


@dataclass(frozen=True, slots=True)
class _Width:
    """Of which resources a statement reaches every one."""

    everything: bool
    patterns: tuple[str, ...]
    """Otherwise: patterns with a wildcard, which may reach every resource of a type."""
    account: str

    @classmethod
    def of(cls, statement: Statement, account: str) -> Self:
        names = statement.resources
        if names is None:
            return cls(False, (), account)
        if names.complement:
            return cls(not every_resource(names.patterns), (), account)
        everything = every_resource(names.patterns) or any(map(whole_account, names.patterns))
        return cls(everything, tuple(one for one in names.patterns if "*" in one or "?" in one), account)

    def types(self, service: str) -> frozenset[str]:
        """Return the resource types of a service that are reached whole."""
        return wide_types(self.patterns, service, self.account)

    def covers(self, action: Action) -> bool:
        """Say whether an action is allowed on every resource of one of its types."""
        return self.everything or not self.types(action.service).isdisjoint(action.types)

    def covers_some(self, named: Iterable[str]) -> bool:
        """Say whether every resource of a type of one of the services is reached."""
        return self.everything or any(map(self.types, named))

    @property
    def where(self) -> tuple[str, ...]:
        return () if self.everything else self.patterns


def _reach(statement: Statement, wide: _Width) -> Iterator[Reach]:
    patterns = statement.actions.patterns
    if statement.actions.complement:
        if not every_action(patterns) and wide.covers_some(set(services()) - _left_out(patterns)):
            said = f"everything but {', '.join(patterns)}"
            yield Reach((said,), (), (), statement.conditional, wide.where)
        return
    named = {
        pattern: services() if every_action([pattern]) else whole_services(pattern) for pattern in patterns
    }
    whole = tuple(pattern for pattern, listed in named.items() if listed and wide.covers_some(listed))
    actions = {pattern: expand(pattern) for pattern, listed in named.items() if not listed}
    writes = {
        action.name: action
        for found in actions.values()
        for action in found
        if action.writes and wide.covers(action)
    }
    unknown = tuple(pattern for pattern, found in actions.items() if not found) if wide.everything else ()
    if wide.everything or whole or writes:
        yield Reach(whole, tuple(writes.values()), unknown, statement.conditional, wide.where)


def _left_out(patterns: Iterable[str]) -> set[str]:
    """Return the services that NotAction leaves out whole."""
    return {service for pattern in patterns for service in whole_services(pattern)}


def _tagged(statement: Statement) -> bool:
    """Say whether a statement applies to resources with certain tags only, which limits it as an ARN does."""
    return bool(demanded_values(statement, lambda key: key.partition(":")[2].startswith("resourcetag/")))
