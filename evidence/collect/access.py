"""Opens accounts for asking: the caller's own as it is, every other through the role assumed there."""

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from evidence.aws.caller import RequestSender
from evidence.aws.calls import CallRecorder
from evidence.aws.failures import Failure
from evidence.aws.identity import CallerDeniedError, CallerIdentity, identify
from evidence.aws.limits import Limits
from evidence.aws.policy import session_policy
from evidence.aws.retry import Paces, Retry
from evidence.aws.roles import AssumedRole, assume_role
from evidence.aws.sessions import AccountSession, Connection
from evidence.clock import Clock
from evidence.collect.accounts import MemberRoles
from evidence.collect.slots import CallSlots
from evidence.errors import CredentialsError, EndpointError, RunPausedError
from evidence.records import Operation
from evidence.settings.model import AwsSettings

_ENTERING = 8
"""AssumeRole calls under way at once: they have slots of their own, as a call that holds one may wait for
renewed credentials."""

_ANEW = re.compile(r",? (then|and) run again")
"""What a run that is paused is not advised to do."""
_LAST_WORD = 30.0
"""Seconds that asking who is asking may take."""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A way to ask in an account, about itself or about the organization."""

    account: str
    session: AccountSession
    depth: int
    """Calls that had to be answered before its first."""


class Askers:
    """Has all who ask in an account at the same time share its slots and its pace."""

    def __init__(self, concurrency: int, clock: Clock) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._guard = threading.Lock()
        self._slots: WeakValueDictionary[str, CallSlots] = WeakValueDictionary()
        self._paces: WeakValueDictionary[str, Paces] = WeakValueDictionary()

    def sender(
        self, entry: AccountEntry, recorder: CallRecorder, limits: Limits, retry: Retry | None = None
    ) -> RequestSender:
        """Return who sends requests into an account."""
        with self._guard:
            slots = self._slots.get(entry.account) or CallSlots(self._concurrency, self._clock)
            paces = self._paces.get(entry.account) or Paces()
            self._slots[entry.account], self._paces[entry.account] = slots, paces
        return RequestSender(
            entry.session,
            account=entry.account,
            recorder=recorder,
            limits=limits,
            slots=slots,
            retry=retry or Retry(),
            jitter=random.random,  # spreads retries over time; nothing in a result depends on it
            paces=paces,
        )


@dataclass(frozen=True)
class AccountAccess:
    """What it takes to ask in any account of the run; for the run's own process alone."""

    connection: Connection
    settings: AwsSettings
    home: CallerIdentity
    limits: Limits
    askers: Askers

    @property
    def own(self) -> AccountEntry:
        """The caller's own account."""
        return AccountEntry(self.home.account, self.connection.account, depth=1)

    def who(self, recorder: CallRecorder, depth: int, retry: Retry) -> CallerIdentity | Failure:
        """Ask who is asking, whatever the run's deadline says; return why, where AWS denies to tell.

        Raises RunPausedError when nobody answers or the credentials are not taken.
        """
        clock = self.limits.clock
        limits = Limits(clock, clock.monotonic() + _LAST_WORD, self.limits.stop)
        try:
            return identify(self.askers.sender(self.own, recorder, limits, retry), depth)
        except CallerDeniedError as error:
            return error.failure
        except (CredentialsError, EndpointError) as error:
            advice = _ANEW.sub("", error.advice)
            raise RunPausedError(error.message, f"{advice} {RunPausedError.default_advice}") from error

    def member(
        self, account: str, operations: Iterable[Operation], recorder: CallRecorder, depth: int
    ) -> AccountEntry:
        """Enter another account for these operations alone; `depth` is that of the AssumeRole call.

        Raises RoleError, and UsageError when the session policy would be too large.
        """
        aws = self.settings
        role = AssumedRole(
            MemberRoles(aws.role or "", self.connection.partition).arn(account),
            aws.session_name,
            aws.external_id,
            session_policy(operations),
        )
        door = AccountEntry(self.home.account, self.connection.assuming, depth)
        doorman = Askers(_ENTERING, self.limits.clock).sender(door, recorder, self.limits)
        credentials = assume_role(doorman, role, depth, self.limits.clock.now)
        return AccountEntry(account, self.connection.member(credentials), depth)
