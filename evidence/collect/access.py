"""Opens accounts for asking: the caller's own as it is, every other through the role assumed there."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.aws.caller import RequestSender
from evidence.aws.calls import CallRecorder
from evidence.aws.identity import CallerIdentity
from evidence.aws.limits import Limits
from evidence.aws.policy import session_policy
from evidence.aws.retry import Retry
from evidence.aws.roles import AssumedRole, assume_role
from evidence.aws.sessions import AccountSession, Connection
from evidence.collect.accounts import MemberRoles
from evidence.collect.slots import FairSlots
from evidence.records import Operation
from evidence.settings.model import Settings

_ENTERING = 8
"""AssumeRole calls under way at once: they have slots of their own, as a call that holds one may wait for
renewed credentials."""


@dataclass(frozen=True)
class AccountAccess:
    """What it takes to ask in any account of the run."""

    connection: Connection
    settings: Settings
    home: CallerIdentity
    limits: Limits
    slots: FairSlots

    def own(
        self, recorder: CallRecorder, retry: Retry | None = None, limits: Limits | None = None
    ) -> RequestSender:
        """Return a caller for the account that runs this."""
        return self._caller(
            self.connection.account,
            self.home.account,
            recorder,
            limits or self.limits,
            retry=retry or Retry(),
        )

    def member(
        self, account: str, operations: Iterable[Operation], recorder: CallRecorder, depth: int
    ) -> RequestSender:
        """Enter another account for these operations alone; `depth` is that of the AssumeRole call.

        Raises RoleError, and UsageError when the session policy would be too large.
        """
        aws = self.settings.aws
        role = AssumedRole(
            MemberRoles(aws.role or "", self.connection.partition).arn(account),
            aws.session_name,
            aws.external_id,
            session_policy(operations),
        )
        credentials = assume_role(self._doorman(recorder), role, depth, self.limits.clock.now)
        return self._caller(
            self.connection.member(credentials), account, recorder, self.limits, retry=Retry()
        )

    def _doorman(self, recorder: CallRecorder) -> RequestSender:
        slots = FairSlots(in_all=_ENTERING, per_account=_ENTERING, clock=self.limits.clock)
        return RequestSender(
            self.connection.assuming,
            account=self.home.account,
            recorder=recorder,
            limits=self.limits,
            slots=slots.of(self.home.account),
            retry=Retry(),
            jitter=random.random,
        )

    def _caller(
        self, session: AccountSession, account: str, recorder: CallRecorder, limits: Limits, *, retry: Retry
    ) -> RequestSender:
        return RequestSender(
            session,
            account=account,
            recorder=recorder,
            limits=limits,
            slots=self.slots.of(account),
            retry=retry,
            jitter=random.random,  # spreads retries over time; nothing in a result depends on it
        )
