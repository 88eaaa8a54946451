"""Ways to ask: in the caller's own account as it is, in every other through the role assumed there."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.aws.caller import Caller
from evidence.aws.calls import Recorder
from evidence.aws.identity import Identity
from evidence.aws.limits import Limits
from evidence.aws.policy import session_policy
from evidence.aws.retry import Retry
from evidence.aws.roles import Role, enter
from evidence.aws.sessions import AccountSession, Connection
from evidence.collect.accounts import Roles
from evidence.collect.slots import FairSlots
from evidence.records import Operation
from evidence.settings.model import Settings

_ENTERING = 8
"""AssumeRole calls under way at once: they have slots of their own, as a call that holds one may wait for
renewed credentials."""


@dataclass(frozen=True)
class Access:
    """What it takes to ask in any account of the run."""

    connection: Connection
    settings: Settings
    home: Identity
    limits: Limits
    slots: FairSlots

    def own(self, recorder: Recorder, retry: Retry | None = None, limits: Limits | None = None) -> Caller:
        """Return a caller for the account that runs this."""
        return self._caller(
            self.connection.account,
            self.home.account,
            recorder,
            limits or self.limits,
            retry=retry or Retry(),
        )

    def member(self, account: str, operations: Iterable[Operation], recorder: Recorder, depth: int) -> Caller:
        """Enter another account for these operations alone; `depth` is that of the AssumeRole call.

        Raises RoleError, and UsageError when the session policy would be too large.
        """
        aws = self.settings.aws
        role = Role(
            Roles(aws.role or "", self.connection.partition).arn(account),
            aws.session_name,
            aws.external_id,
            session_policy(operations),
        )
        credentials = enter(self._doorman(recorder), role, depth, self.limits.clock.now)
        return self._caller(
            self.connection.member(credentials), account, recorder, self.limits, retry=Retry()
        )

    def _doorman(self, recorder: Recorder) -> Caller:
        slots = FairSlots(in_all=_ENTERING, per_account=_ENTERING, clock=self.limits.clock)
        return Caller(
            self.connection.assuming,
            account=self.home.account,
            recorder=recorder,
            limits=self.limits,
            slots=slots.of(self.home.account),
            retry=Retry(),
            jitter=random.random,
        )

    def _caller(
        self, session: AccountSession, account: str, recorder: Recorder, limits: Limits, *, retry: Retry
    ) -> Caller:
        return Caller(
            session,
            account=account,
            recorder=recorder,
            limits=limits,
            slots=self.slots.of(account),
            retry=retry,
            jitter=random.random,  # spreads retries over time; nothing in a result depends on it
        )
