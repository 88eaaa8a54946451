"""Parses policy documents into typed statements (IAM JSON policy grammar): the one reader of them all.

`statements` is strict and raises for what IAM would not take. `outline` tells a little of documents in their
usual shape, quickly, and never says what `statements` would not.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from pydantic_core import to_json

VARIABLES_SINCE = "2012-10-17"
_PRINCIPAL_KINDS = {
    "aws": "AWS",
    "service": "Service",
    "federated": "Federated",
    "canonicaluser": "CanonicalUser",
}


class PolicyError(ValueError):
    """A policy document is not one that IAM would take."""


@dataclass(frozen=True, slots=True)
class PatternSet:
    """What an element and its complement say: the patterns, and whether they are the ones left out."""

    patterns: tuple[str, ...]
    complement: bool = False
    """From NotAction, NotResource."""


@dataclass(frozen=True, slots=True)
class Principals:
    """Principal or NotPrincipal."""

    named: tuple[tuple[str, str], ...]
    """(kind, name): kind is AWS, Service, Federated or CanonicalUser; everybody is (AWS, *)."""
    complement: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """One line of a Condition: operator, key, the values beside it."""

    operator: str
    """As written, in lower case: `foranyvalue:stringlikeifexists`."""
    key: str
    """In lower case: condition keys know no case."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. An empty `conditions` always holds; all of several must."""

    effect: str
    """`Allow` or `Deny`."""
    actions: PatternSet
    resources: PatternSet | None
    """None in trust policies, which are about the role they stand in."""
    principals: Principals | None
    conditions: tuple[Demand, ...]
    variables: bool
    """Policy variables count: the document's Version is 2012-10-17 or later."""

    @property
    def denies(self) -> bool:
        """Say whether the Effect is Deny."""
        return self.effect == "Deny"

    @property
    def conditional(self) -> bool:
        """Say whether a condition stands there; an operator without keys is none."""
        return bool(self.conditions)


def statements(document: Any) -> tuple[Statement, ...]:
    """Return a document's statements.

    `document` as boto3 decodes it, or text, URL-encoded (RFC 3986, as the raw API has it) or plain. Names of
    elements are taken in any case. Raises PolicyError, or another ValueError for text that is not JSON.
    """
    elements = _elements(decoded(document))
    if "statement" not in elements:
        raise PolicyError("a policy document has no Statement")
    listed = elements["statement"]
    variables = str(elements.get("version", "")) >= VARIABLES_SINCE
    return tuple(_statement(entry, variables) for entry in _listed(listed))


def decoded(document: Any) -> Any:
    """Return a document as boto3 decodes it; raises ValueError for text that is not JSON."""
    if not isinstance(document, str):
        return document
    text = _plain(document)
    try:
        found = json.loads(text, object_pairs_hook=_members, parse_constant=_constant)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise PolicyError("a policy document nests too deep") from error
    except UnicodeEncodeError as error:  # nobody could write down what it says
        raise PolicyError("a policy document holds half a character") from error
    return found


@dataclass(frozen=True, slots=True)
class Outline:
    """What is told of a document in its usual shape without taking its statements apart."""

    denies: bool
    """One of its statements has the Effect Deny."""
    wild: bool
    """One of its actions begins with a wildcard; without, it allows or denies no set of every action."""
    sought: bool = True
    """One of its actions is one that was asked for, or may be, having a wildcard."""


_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_USUAL = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})
_WILD = ("*", "?")


def outline(document: Any, sought: Set[str] = frozenset()) -> Outline | None:
    """Return the outline of a document; None for one that is not quite as usual, readable or not.

    Nearly all documents are as usual, and of most of them nobody needs to know more. `sought` are names of
    actions in lower case.
    """
    denies = wild = found = False
    try:
        if not _DOCUMENT.issuperset(document) or type(document["Statement"]) is not list:
            return None
        for statement in document["Statement"]:
            actions, resources, effect = statement["Action"], statement["Resource"], statement["Effect"]
            if not (_usual_list(actions) and _usual_list(resources) and _USUAL.issuperset(statement)):
                return None
            if effect == "Deny":
                denies = True
            elif effect != "Allow":
                return None
            "".join(resources)  # raises TypeError for what is not text
            joined = " ".join(actions)
            if "*" in joined or "?" in joined:
                wild = wild or any(action.startswith(_WILD) for action in actions)
                found = True
            elif sought and not found:
                found = not sought.isdisjoint(joined.lower().split(" "))
            if "Condition" in statement and not _usual_condition(statement["Condition"]):
                return None
    except (TypeError, KeyError, AttributeError):
        return None
    return Outline(denies, wild, found)


def _usual_list(value: Any) -> bool:
    return type(value) is list and len(value) > 0


def _usual_condition(condition: Any) -> bool:
    """Say whether a condition is objects of text, or lists of text, with no name in two spellings."""
    if type(condition) is not dict or (len(condition) > 1 and _spelled_twice(condition)):
        return False
    for keys in condition.values():
        if type(keys) is not dict or (len(keys) > 1 and _spelled_twice(keys)):
            return False
        for values in keys.values():
            if type(values) is list:
                "".join(values)  # raises TypeError for what is not text
            elif type(values) is not str:
                return False
    return True


def _spelled_twice(names: Iterable[str]) -> bool:
    listed = [name.lower() for name in names]
    return len(set(listed)) != len(listed)


def readable_statements(document: Any) -> tuple[Statement, ...]:
    """Return what `shared_statements` does, and no statement of a document that cannot be read."""
    try:
        return shared_statements(document)
    except (ValueError, RecursionError):
        return ()


def shared_statements(document: Any) -> tuple[Statement, ...]:
    """Return what `statements` does, made once of documents that are alike: many roles trust the same."""
    return _of_json(to_json(document))


@lru_cache(maxsize=1024)
def _of_json(text: bytes) -> tuple[Statement, ...]:
    return statements(json.loads(text))


def _statement(value: Any, variables: bool) -> Statement:
    elements = _elements(value)
    effect = elements.get("effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"a statement has the Effect {effect!r}")
    conditions = tuple(_demands(elements.get("condition")))
    return Statement(
        effect=effect,
        actions=_names(elements, "action"),
        resources=_resources(elements),
        principals=_principals(elements),
        conditions=conditions,
        variables=variables,
    )


def _names(elements: Mapping[str, Any], element: str) -> PatternSet:
    plain, complement = element in elements, f"not{element}" in elements
    if plain == complement:
        name, counterpart = element.capitalize(), f"Not{element.capitalize()}"
        said = f"both {name} and {counterpart}" if plain else f"neither {name} nor {counterpart}"
        raise PolicyError(f"a statement has {said}")
    return PatternSet(tuple(_strings(elements[element if plain else f"not{element}"])), complement)


def _resources(elements: Mapping[str, Any]) -> PatternSet | None:
    principal = "principal" in elements or "notprincipal" in elements
    if principal and "resource" not in elements and "notresource" not in elements:
        return None
    return _names(elements, "resource")


def _principals(elements: Mapping[str, Any]) -> Principals | None:
    plain, complement = "principal" in elements, "notprincipal" in elements
    if not plain and not complement:
        return None
    if plain and complement:
        raise PolicyError("a statement has both Principal and NotPrincipal")
    value = elements["principal" if plain else "notprincipal"]
    if value == "*":
        return Principals((("AWS", "*"),), complement)
    named = [
        (_PRINCIPAL_KINDS.get(kind, kind), name)
        for kind, names in _elements(value).items()
        for name in _strings(names)
    ]
    return Principals(tuple(named), complement)


def _demands(condition: Any) -> Iterator[Demand]:
    if condition is None:
        return
    for operator, keys in _elements(condition).items():
        for key, values in _elements(keys).items():
            yield Demand(operator, key, tuple(_value(value) for value in _listed(values)))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"{value!r} stands where the value of a condition belongs")


def _strings(value: Any) -> Iterator[str]:
    for entry in _listed(value):
        if not isinstance(entry, str):
            raise PolicyError(f"{entry!r} stands where text belongs")
        yield entry


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _elements(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError("a policy document, statement or element is not an object")
    elements = {str(name).lower(): member for name, member in value.items()}
    if len(elements) != len(value):
        raise PolicyError("a policy element stands twice")
    return elements


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise PolicyError("a key stands twice in one object")
    return members


def _constant(name: str) -> Any:
    raise PolicyError(f"{name} is not JSON")


def _plain(text: str) -> str:
    return text if text.lstrip().startswith("{") else unquote(text, errors="strict")
