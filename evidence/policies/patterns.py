"""Matches IAM's wildcards and policy variables: `*` any characters, `?` any one, `${key}` the request's."""

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from glob import escape

# A pattern that matches both members of a pair has no letter of its own: the two share none.
_ACTIONS = ("q:abc", "zzzzzzzz:jklmnopqrstuv")
_RESOURCES = ("q:w:e:r:t", "arn:aws:zz:xx-yy-1:000000000000:jj/kk")
_PARTITIONED = ("arn:{}:zz:xx-yy-1:000000000000:jj/kk", "arn:{}:qq:::w")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""Those that a pattern with a wildcard in their place is tried with."""

_PARTITION = re.compile(r"aws(-[a-z]+)*")
_LITERAL = re.compile(r"[^*?]*")
_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_LITERALS = ("*", "?", "$")

Lookup = Callable[[str], str | None]
"""Gives a variable's value; None: there is none. Raises UnknownValueError when nobody can say."""


class UnknownValueError(LookupError):
    """A policy variable whose value the question leaves open."""


class NoValueError(LookupError):
    """A policy variable without a value: what holds it matches nothing (and a negation of it is open)."""


def matches(pattern: str, text: str) -> bool:
    """Say whether IAM's wildcards match: `*` any characters, `?` any one; nothing else is special."""
    literal = _LITERAL.match(pattern)
    if literal and not text.startswith(literal[0]):
        return False  # most patterns end here, without being compiled
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def has_variable(pattern: str) -> bool:
    """Say whether a pattern holds a policy variable, or an escape that is written as one."""
    return _VARIABLE.search(pattern) is not None


def resolved(pattern: str, lookup: Lookup, *, wild: bool) -> str:
    """Return the pattern with its variables filled in.

    `wild` says that `*` and `?` outside variables are wildcards; the answer is for `matches_prepared`, else
    plain text. Values of variables never act as wildcards. Raises UnknownValueError, and NoValueError for
    a variable with neither value nor default.
    """
    parts: list[str] = []
    end = 0
    for found in _VARIABLE.finditer(pattern):
        parts.append(_outside(pattern[end : found.start()], wild))
        value = _variable(found[1], lookup)
        if value is None:
            raise NoValueError(found[0])
        parts.append(escape(value) if wild else value)
        end = found.end()
    return "".join([*parts, _outside(pattern[end:], wild)])


def matches_prepared(prepared: str, text: str) -> bool:
    """Say whether a pattern prepared by `resolved(…, wild=True)` matches."""
    return fnmatchcase(text, prepared)


def partitions_of(pattern: str) -> tuple[str, ...]:
    """Return the partitions that a pattern of ARNs may be about: the one of AWS's that it names, or all."""
    arn, named = [*pattern.split(":", 2), ""][:2]
    return (named,) if arn == "arn" and _PARTITION.fullmatch(named) else PARTITIONS


def every_action(patterns: Iterable[str]) -> bool:
    """Say whether one of the patterns matches every action of every service."""
    return any(all(matches(pattern.lower(), action) for action in _ACTIONS) for pattern in patterns)


def every_resource(patterns: Iterable[str]) -> bool:
    """Say whether one of the patterns matches every resource, or every ARN of a partition."""
    return any(_is_every_resource(pattern) for pattern in patterns)


def _is_every_resource(pattern: str) -> bool:
    if all(matches(pattern, resource) for resource in _RESOURCES):
        return True
    return any(
        all(matches(pattern, arn.format(partition)) for arn in _PARTITIONED)
        for partition in partitions_of(pattern)
    )


def _outside(text: str, wild: bool) -> str:
    return text.replace("[", "[[]") if wild else text


def _variable(inside: str, lookup: Lookup) -> str | None:
    if inside in _LITERALS:
        return inside
    name, comma, default = inside.partition(",")
    value = lookup(name.strip().lower())
    if value is None and comma:
        return default.strip().removeprefix("'").removesuffix("'")
    return value
