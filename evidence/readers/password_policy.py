"""Reads the account's password policy (iam GetAccountPasswordPolicy)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.readers.evidence import Evidence
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError

POLICY = "iam.password-policy"
CLASSES = {
    "upper-case letters": "RequireUppercaseCharacters",
    "lower-case letters": "RequireLowercaseCharacters",
    "numbers": "RequireNumbers",
    "symbols": "RequireSymbols",
}


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What IAM users' passwords must be like."""

    length: int
    remembered: int
    """Former passwords that may not be used again; 0 where AWS leaves it out."""
    not_required: tuple[str, ...]
    """Of CLASSES, those that no password needs."""
    days: int
    """After which a password expires; 0 for never."""


def password_policy(evidence: Evidence, account: str) -> tuple[PasswordPolicy | None, Pointer]:
    """Return an account's password policy, None where it has none, and where the answer stands."""
    record = evidence.only_record(POLICY, account)
    policy = record.value["PasswordPolicy"]
    return (None if policy is None else _policy(policy)), pointer_to(record)


def _policy(policy: Mapping[str, Any]) -> PasswordPolicy:
    return PasswordPolicy(
        length=_number(policy["MinimumPasswordLength"]),
        remembered=_number(policy.get("PasswordReusePrevention", 0)),
        not_required=tuple(words for words, member in CLASSES.items() if not _flag(policy[member])),
        days=_number(policy.get("MaxPasswordAge") or 0),
    )


def _number(value: Any) -> int:
    if type(value) is not int:
        raise MalformedEvidenceError(f"{value!r} stands where a number belongs")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MalformedEvidenceError(f"{value!r} stands where true or false belongs")
    return value
