"""Holds the accounts that are answered for: the demo account's here, others where tests put them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from evidence.demo_account import script
from evidence.demo_account.account import members
from evidence.demo_account.answers import AnswerContext
from evidence.demo_account.as_of import account_as_of
from evidence.demo_account.ids import MANAGEMENT_ACCOUNT
from evidence.demo_account.moto_account import populate
from evidence.demo_account.trail import Trail

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class World(Protocol):
    """What the application asks of the accounts it answers for."""

    moto: Wsgi | None
    """Answers what the overlay does not; None where nothing stands behind it."""

    @property
    def management(self) -> AnswerContext:
        """The management account's context."""

    def context(self, account: str) -> AnswerContext | None:
        """Return what an account's answers are made from, None for one that nobody can enter."""


class DemoWorld:
    """Northwind Ledger: the management account and its few members, all of them in moto's own state."""

    def __init__(self, now: datetime, trail: Trail, day: float = script.LAST) -> None:
        """Fill moto with the organization as the script has it on a day; it is `now` on that day."""
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        there = account_as_of(day)
        populate(now, there)
        self._contexts = {
            account: AnswerContext(
                now=now,
                account=account,
                trail=trail,
                neighbour=self.context,
                day=day,
                config=there.config,
                analyzers=there.analyzers,
                people=there.people,
                trails=there.trails,
                root_user=there.root if account == MANAGEMENT_ACCOUNT else None,
                credentials=there.credentials if account == MANAGEMENT_ACCOUNT else None,
            )
            for account in (MANAGEMENT_ACCOUNT, *members.MEMBERS)
        }
        self.moto: Wsgi | None = DomainDispatcherApplication(create_backend_app)

    @property
    def management(self) -> AnswerContext:
        """The management account's context."""
        return self._contexts[MANAGEMENT_ACCOUNT]

    def context(self, account: str) -> AnswerContext | None:
        """Return the context of one of the organization's open accounts."""
        return self._contexts.get(account)
