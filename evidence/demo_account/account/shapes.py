"""Defines User, Role, Group and policy as the demo account's data is written, and ages as days ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class DaysAgo:
    """A moment, so many days before the last quarter of the demo account: see `script`."""

    days: float
    once: bool = False
    """It is one moment, seen from whatever day; else see `aged`."""


ALL_THE_TIME = 3.5
"""Days: what was seen less long ago is seen all the time."""


def aged(age: float, day: float) -> float:
    """Return how old it is on another day, counted from the last quarter, what is `age` days old on that one.

    What is seen all the time is as old on every day. So is what had not been seen yet: it was seen before.
    """
    return age if 0 <= age < ALL_THE_TIME or 0 <= age < -day else age + day


def resolve(value: Any, now: datetime, day: float = 0.0) -> Any:
    """Return data with every DaysAgo replaced by its moment; `now` is so many days after the last quarter."""
    if isinstance(value, DaysAgo):
        return now - timedelta(days=value.days + day if value.once else aged(value.days, day))
    if isinstance(value, Mapping):
        return {key: resolve(member, now, day) for key, member in value.items()}
    if isinstance(value, list):
        return [resolve(member, now, day) for member in value]
    return value


@dataclass(frozen=True, slots=True)
class UserAccessKey:
    """An access key. Ages in days; `used` None means never used."""

    age: float
    used: float | None = None
    service: str = "s3"
    region: str = "us-east-1"
    active: bool = True
    number: int = 0
    """Which of the user's keys it is; 0 for its place among those that are there."""
    turn: int = 0
    """How often it was rotated since the last quarter; negative for keys before that one's."""


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
    mfa_since: float | None = None
    """Age of the device in days; None for as old as the user."""
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
