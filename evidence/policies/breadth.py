"""Finds statements that reach every resource with whole services or with actions that change something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.policies.actions import Action, expand, whole_services
from evidence.policies.demands import demanded_values
from evidence.policies.document import Statement
from evidence.policies.patterns import every_action, every_resource


@dataclass(frozen=True, slots=True)
class Reach:
    """What one Allow statement may do on every resource."""

    whole: tuple[str, ...]
    """Patterns that name every action of a service, or of all."""
    writes: tuple[Action, ...]
    """Actions that change something, named singly or by a pattern."""
    unknown: tuple[str, ...]
    """Patterns of which the database knows no action."""
    conditional: bool
    """A condition stands there that may or may not narrow it."""

    @property
    def changes_anything(self) -> bool:
        """Say whether there is anything that changes something."""
        return bool(self.whole or self.writes)


def reach(statements: Sequence[Statement]) -> Iterator[Reach]:
    """Yield the reach of each Allow statement on every resource, unless it is bound to tagged resources."""
    for statement in statements:
        if statement.denies or not _everywhere(statement) or _tagged(statement):
            continue
        patterns = statement.actions.patterns
        if statement.actions.complement:
            if not every_action(patterns):
                yield Reach((f"everything but {', '.join(patterns)}",), (), (), statement.conditional)
            continue
        whole = tuple(pattern for pattern in patterns if every_action([pattern]) or whole_services(pattern))
        rest = [pattern for pattern in patterns if pattern not in whole]
        actions = {pattern: expand(pattern) for pattern in rest}
        writes = {action.name: action for found in actions.values() for action in found if action.writes}
        unknown = tuple(pattern for pattern, found in actions.items() if not found)
        yield Reach(whole, tuple(writes.values()), unknown, statement.conditional)


def _everywhere(statement: Statement) -> bool:
    names = statement.resources
    return names is not None and every_resource(names.patterns) is not names.complement


def _tagged(statement: Statement) -> bool:
    """Say whether a statement applies to resources with certain tags only, which limits it as an ARN does."""
    return bool(demanded_values(statement, lambda key: key.partition(":")[2].startswith("resourcetag/")))
