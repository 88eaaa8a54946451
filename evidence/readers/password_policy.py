"""Reads the account's password policy (iam GetAccountPasswordPolicy)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer, pointer_to

POLICY = "iam.password-policy"
CLASSES = {
    "upper-case letters": "RequireUppercaseCharacters",
    "lower-case letters": "RequireLowercaseCharacters",
    "numbers": "RequireNumbers",
    "symbols": "RequireSymbols",
}

LENGTH, REMEMBERED, DAYS = "MinimumPasswordLength", "PasswordReusePrevention", "MaxPasswordAge"
_MEMBERS = {"length": LENGTH, "reuse": REMEMBERED, "age": DAYS} | CLASSES
_TYPES = dict.fromkeys((LENGTH, REMEMBERED, DAYS), int) | dict.fromkeys(CLASSES.values(), bool)


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What IAM users' passwords must be like."""

    length: int | None
    """None, as of every figure here, where AWS does not tell."""
    remembered: int | None
    """Former passwords that may not be used again; 0 where AWS leaves it out."""
    not_required: tuple[str, ...]
    """Of CLASSES, those that no password needs."""
    untold: tuple[str, ...]
    """What the answer lacks, or has in no documented form, in words."""
    days: int | None
    """After which a password expires; 0 for never."""


def password_policy(evidence: Evidence, account: str) -> tuple[PasswordPolicy | None, Pointer]:
    """Return an account's password policy, None where it has none, and where the answer stands."""
    record = evidence.only_record(POLICY, account)
    policy = record.value["PasswordPolicy"]
    return (None if policy is None else _policy(policy)), pointer_to(record)


def _policy(policy: Mapping[str, Any]) -> PasswordPolicy:
    said = dict.fromkeys((REMEMBERED, DAYS), 0) | {
        name: value for name, value in policy.items() if value is not None
    }
    told = {name: value for name, value in said.items() if type(value) is _TYPES.get(name)}
    return PasswordPolicy(
        length=told.get(LENGTH),
        remembered=told.get(REMEMBERED),
        not_required=tuple(words for words, one in CLASSES.items() if told.get(one) is False),
        untold=tuple(words for words, one in _MEMBERS.items() if one not in told),
        days=told.get(DAYS),
    )
