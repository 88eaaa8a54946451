"""Simulates AWS operations: one function for each, in a file for each service; moto answers the others."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.demo_account.account import (
    analyzers,
    config_rules,
    identity_center,
    members,
    organization,
    trails,
    users,
)
from evidence.demo_account.account.shapes import User, aged, resolve
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.trail import Trail
from evidence.demo_account.wire import ApiRequest


@dataclass
class AnswerContext:
    """What answers are made from."""

    now: datetime
    """The demo account's now, aware, UTC, whole seconds."""
    account: str = MANAGEMENT_ACCOUNT
    day: float = 0.0
    """Which day it is by `script`: days after the last quarter, in which ages are told."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Last-accessed jobs that were started, by id."""
    trail: Trail | None = None
    """What the account was asked since it is served."""
    organization: Any = organization
    """The organization; this and the next four: a module of `account`, or an object with the same names."""
    config: Any = config_rules
    analyzers: Any = analyzers
    people: Any = identity_center
    trails: Any = trails
    credentials: Any = None
    """Its credentials beyond passwords and access keys: `account.credentials`, or None where it has none."""
    own: bool = False
    """Whether config, analyzers and trails are a member's own: else they are the management account's."""
    root_user: User | None = None
    """The account's root user; None for what `root` says."""
    neighbour: Callable[[str], "AnswerContext | None"] = lambda _account: None
    """Gives the context of another account that can be entered."""

    @property
    def root(self) -> User:
        """The account's root user; in member accounts it has no credentials: they are managed centrally."""
        if self.root_user is not None:
            return self.root_user
        return users.ROOT if self.account == MANAGEMENT_ACCOUNT else members.ROOT

    @property
    def iam(self) -> Any:
        """moto's IAM backend of the account: the state, and global to the process."""
        from moto.iam.models import iam_backends

        return iam_backends[self.account]["aws"]

    def job(self, number: str) -> str | None:
        """Return a last-accessed job: ARN, granularity, and `polled` once it was asked after."""
        return self.jobs.get(number)

    def ago(self, days: float) -> datetime:
        """Return the moment of what is so many days old in the last quarter."""
        return self.now - timedelta(days=aged(days, self.day))

    def once(self, days: float) -> datetime:
        """Return the one moment so many days before the last quarter."""
        return self.now - timedelta(days=days + self.day)

    def resolved(self, data: Any) -> Any:
        """Return data with its ages turned into moments."""
        return resolve(data, self.now, self.day)


def aware(moment: datetime | None) -> datetime | None:
    """Return one of moto's naive moments as UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)


Handler = Callable[[AnswerContext, ApiRequest], Mapping[str, Any]]

_answers: dict[tuple[str, str], Handler] = {}


def answers(service: str, operation: str) -> Callable[[Handler], Handler]:
    """Declare the decorated function as the answer to an operation."""

    def declare(handler: Handler) -> Handler:
        _answers[service, operation] = handler
        return handler

    return declare


def catalogue() -> dict[tuple[str, str], Handler]:
    """Return every answer the overlay gives, by (service, operation)."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(_answers)
