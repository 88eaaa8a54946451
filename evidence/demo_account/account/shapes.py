"""Defines User, Role, Group and policy as the demo account's data is written, and ages as days ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class DaysAgo:
    """A moment, so many days before the demo account's now."""

    days: float


def resolve(value: Any, now: datetime) -> Any:
    """Return data with every Ago replaced by its moment."""
    if isinstance(value, DaysAgo):
        return now - timedelta(days=value.days)
    if isinstance(value, Mapping):
        return {key: resolve(member, now) for key, member in value.items()}
    if isinstance(value, list):
        return [resolve(member, now) for member in value]
    return value


@dataclass(frozen=True, slots=True)
class UserAccessKey:
    """An access key. Ages in days; `used` None means never used."""

    age: float
    used: float | None = None
    service: str = "s3"
    region: str = "us-east-1"
    active: bool = True


@dataclass(frozen=True, slots=True)
class Password:
    """A console password. Ages in days; `used` None means never used."""

    changed: float
    used: float | None = None


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user."""

    name: str
    created: float
    owner: str = ""
    path: str = "/"
    password: Password | None = None
    mfa: bool = False
    keys: Sequence[UserAccessKey] = ()
    groups: Sequence[str] = ()
    policies: Sequence[str] = ()
    """ARNs or names of attached managed policies; a bare name is one of the account's own."""
    inline: Mapping[str, Any] = field(default_factory=dict)
    boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group."""

    name: str
    created: float
    policies: Sequence[str] = ()
    inline: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role."""

    name: str
    trust: Mapping[str, Any]
    created: float
    used: float | None = None
    path: str = "/"
    description: str = ""
    policies: Sequence[str] = ()
    inline: Mapping[str, Any] = field(default_factory=dict)
    boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    hours: int = 1


@dataclass(frozen=True, slots=True)
class CustomerPolicy:
    """A customer-managed policy: its versions from the oldest on; the last is the default unless said."""

    name: str
    created: float
    versions: Sequence[Mapping[str, Any]]
    path: str = "/"
    default: int | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": _plain(action), "Resource": _plain(resource), **more}


def deny(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> dict[str, Any]:
    """Return a Deny statement."""
    return {"Effect": "Deny", "Action": _plain(action), "Resource": _plain(resource), **more}


def trust(
    principal: Mapping[str, Any], action: str | Sequence[str] = "sts:AssumeRole", **condition: Any
) -> dict[str, Any]:
    """Return a trust policy for one principal."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": dict(principal), "Action": _plain(action)}
    if condition:
        statement["Condition"] = condition
    return document(statement)


def service_trust(service: str) -> dict[str, Any]:
    """Return the trust policy for an AWS service: `lambda` stands for `lambda.amazonaws.com`."""
    return trust({"Service": f"{service}.amazonaws.com"})


def _plain(value: str | Sequence[str]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
