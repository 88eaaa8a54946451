"""The members of a record, at any depth, and what may be done to one of them."""

from collections.abc import Callable, Mapping
from typing import Any

Way = tuple[str | int, ...]
Change = Callable[[Any], None]
DEEPEST = 7
ODD = frozenset({"member null", "object empty", "text empty"})
"""Kinds that are tried in one record alone."""
DOCUMENTS = ("PolicyDocument", "AssumeRolePolicyDocument", "Document")
"""Members below which each policy's own words stand: only what a document is made of is cut there."""
OF_DOCUMENTS = frozenset(
    {
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    }
)


def ways(record: Any) -> Mapping[str, Way]:
    """Return the way to each member, by its path without positions; the first of a list stands for all."""
    found: dict[str, Way] = {}
    _walk(record, (), "", found, documented=False)
    return found


def _walk(value: Any, way: Way, path: str, found: dict[str, Way], *, documented: bool) -> None:
    if len(way) >= DEEPEST:
        return
    if isinstance(value, dict):
        for name, child in value.items():
            if documented and name not in OF_DOCUMENTS:
                continue
            below = f"{path}.{name}".removeprefix(".")
            found.setdefault(below, (*way, name))
            _walk(child, (*way, name), below, found, documented=documented or name in DOCUMENTS)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _walk(child, (*way, index), f"{path}[]", found, documented=documented)


def changes(record: Any, way: Way) -> Mapping[str, Change]:
    """Return what may be done to a member, by kind."""
    value = _at(record, way)
    made: dict[str, Change] = {"member": lambda changed: _drop(changed, way)}
    if value is not None:
        made["member null"] = lambda changed: _put(changed, way, None)
    if isinstance(value, list) and value:
        made["list in a record"] = lambda changed: _put(changed, way, [])
        if len(value) > 1:
            made["first of a list"] = lambda changed: _at(changed, way).pop(0)
            made["last of a list"] = lambda changed: _at(changed, way).pop()
    if isinstance(value, dict) and value:
        made["object empty"] = lambda changed: _put(changed, way, {})
    if isinstance(value, str) and value:
        made["text empty"] = lambda changed: _put(changed, way, "")
    return made


def _at(record: Any, way: Way) -> Any:
    for name in way:
        record = record[name]
    return record


def _drop(record: Any, way: Way) -> None:
    del _at(record, way[:-1])[way[-1]]


def _put(record: Any, way: Way, value: Any) -> None:
    _at(record, way[:-1])[way[-1]] = value
