"""Compares one value of a request with one of a policy: the comparisons behind condition operators."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any

from evidence.policies.patterns import Lookup, matches, matches_prepared, resolved

_ARN_PARTS = 6


class UndecidableError(ValueError):
    """A value is not of the operator's type; IAM documents no answer."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition operator without its qualifier and IfExists."""

    equal: Callable[[str, str, Lookup | None], bool]
    """(value of the request, value of the policy, variables) -> do they match?

    Raises UndecidableError, NoValueError, UnknownValueError."""
    negated: bool = False


def _text(value: str, entry: str, lookup: Lookup | None, *, fold: bool = False) -> bool:
    wanted = entry if lookup is None else resolved(entry, lookup, wild=False)
    return value.casefold() == wanted.casefold() if fold else value == wanted


def _like(value: str, entry: str, lookup: Lookup | None) -> bool:
    return (
        matches(entry, value)
        if lookup is None
        else matches_prepared(resolved(entry, lookup, wild=True), value)
    )


def _arn(value: str, entry: str, lookup: Lookup | None) -> bool:
    """Compare part by part: a wildcard reaches no further than its part, save in the last."""
    wanted, given = entry.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(given) != _ARN_PARTS or given[0] != "arn":
        return False
    if len(wanted) != _ARN_PARTS:
        raise UndecidableError(f"{entry!r} is no ARN")
    if "${" in entry and any("${" in part and "}" not in part for part in wanted):
        raise UndecidableError(f"{entry!r} has a variable with a colon in it")
    return all(_like(part, pattern, lookup) for part, pattern in zip(given, wanted, strict=True))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise UndecidableError(f"{text!r} is no number") from error
    if not number.is_finite():
        raise UndecidableError(f"{text!r} is no number")
    return number


def _date(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else _iso(text)
    except (ValueError, OverflowError, OSError) as error:
        raise UndecidableError(f"{text!r} is no date") from error


def _iso(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def _ordered(
    read: Callable[[str], Any], compare: Callable[[Any, Any], bool], value: str, entry: str, _: Lookup | None
) -> bool:
    return compare(read(value), read(entry))


def _bool(value: str, entry: str, _: Lookup | None) -> bool:
    if entry.lower() not in ("true", "false"):
        raise UndecidableError(f"{entry!r} is neither true nor false")
    return value.lower() == entry.lower()


def _binary(value: str, entry: str, _: Lookup | None) -> bool:
    return value == entry


def _ip(value: str, entry: str, _: Lookup | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(entry, strict=False)
    except ValueError as error:
        raise UndecidableError(f"{value!r} or {entry!r} is no address") from error


_ORDERS = {
    "equals": eq, "lessthan": lt, "lessthanequals": le, "greaterthan": gt, "greaterthanequals": ge,
}  # fmt: skip

COMPARISONS: dict[str, Comparison] = {
    "stringequals": Comparison(_text),
    "stringnotequals": Comparison(_text, negated=True),
    "stringequalsignorecase": Comparison(partial(_text, fold=True)),
    "stringnotequalsignorecase": Comparison(partial(_text, fold=True), negated=True),
    "stringlike": Comparison(_like),
    "stringnotlike": Comparison(_like, negated=True),
    "arnequals": Comparison(_arn),
    "arnlike": Comparison(_arn),
    "arnnotequals": Comparison(_arn, negated=True),
    "arnnotlike": Comparison(_arn, negated=True),
    "bool": Comparison(_bool),
    "binaryequals": Comparison(_binary),
    "ipaddress": Comparison(_ip),
    "notipaddress": Comparison(_ip, negated=True),
    "numericnotequals": Comparison(partial(_ordered, _number, eq), negated=True),
    "datenotequals": Comparison(partial(_ordered, _date, eq), negated=True),
    **{f"numeric{name}": Comparison(partial(_ordered, _number, order)) for name, order in _ORDERS.items()},
    **{f"date{name}": Comparison(partial(_ordered, _date, order)) for name, order in _ORDERS.items()},
}
"""Operators by name in lower case; Null is none of them, as it asks about the key itself."""
