"""Tries the operations of a run: all of them in some accounts, and in the others the door alone."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from evidence.aws.caller import RequestSender
from evidence.aws.calls import Call
from evidence.aws.failures import Failure, RoleError
from evidence.aws.identity import identify
from evidence.aws.limits import Limits
from evidence.aws.retry import Retry
from evidence.collect.access import AccountEntry
from evidence.collect.context import AccountContext
from evidence.collect.jobs import Key
from evidence.collect.ledger import SkewMeasure
from evidence.collect.order import in_order
from evidence.collect.outline import RunOutline
from evidence.collect.plan import PlannedUnit, plan_units
from evidence.collect.regions import REGIONS_ITEM, Region, from_records, without_list
from evidence.collect.trial import UnitTrial, try_unit
from evidence.collect.workers import DaemonExecutor
from evidence.errors import CredentialsError, EndpointError, PermissionMissingError
from evidence.records import Cause, Scope
from evidence.settings.model import SAMPLED, Sampling

_EVERY_ROLE = Sampling(role_names=("*",))
"""Of the few that are listed, until one has what others lack: an inline policy, a managed one."""
_UNHEARD = {"identity-store.unlisted-principals": ("identity-store.users", "identity-store.groups")}
"""Needed lists that an item on trial does not get to see: else it might find nobody to ask for."""
_PATIENCE = Retry(throttled_attempts=4, attempts=2)
_ACCOUNTS_AT_ONCE = 4


class TrialRecorder:
    """Counts the calls of a trial and measures the clock by them; keeps none."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.sent = 0
        self.skew = SkewMeasure()

    def next(self) -> int:
        """Return the number of the call that is sent now."""
        with self._guard:
            self.sent += 1
            return self.sent

    def add(self, call: Call) -> None:
        """Look at a call that has ended."""
        with self._guard:
            self.skew.note(call.aws_date, call.started, call.finished)

    def throttled(self) -> None:
        """Not counted."""


@dataclass(frozen=True, slots=True)
class _Start:
    """A unit, and how it is asked."""

    unit: PlannedUnit
    services: AccountContext
    sender: RequestSender


class OperationTrials:
    """The trials of one run. `seconds` is what they may take together."""

    def __init__(self, outline: RunOutline, seconds: float) -> None:
        clock = outline.access.limits.clock
        self.recorder = TrialRecorder()
        self.recorder.skew.merge(outline.skew.first, outline.skew.last, outline.skew.largest)
        self._outline = outline
        self._limits = Limits(clock, clock.monotonic() + seconds, name="the trial's")
        self._access = replace(outline.access, limits=self._limits)
        self._concurrency = outline.settings.collect.concurrency
        self._ended: dict[Key, UnitTrial] = {}
        self.regions: dict[str, tuple[Region, ...]] = {outline.home: outline.regions}
        """Of each account that was tried."""

    @property
    def ended(self) -> tuple[UnitTrial, ...]:
        """All that was tried, in order."""
        return tuple(self._ended[key] for key in sorted(self._ended))

    def enter_members(self) -> dict[str, AccountEntry | Failure]:
        """Enter every account in scope but the caller's, and ask there who is asking."""
        with _threads(self._concurrency) as threads:
            started = {one: threads.submit(self._entered, one) for one in self._outline.members}
            return {account: entered.result() for account, entered in started.items()}

    def try_accounts(self, entries: Mapping[str, AccountEntry]) -> None:
        """Try all operations in the caller's account, about the organization, and in these accounts."""
        starts = [*self._of_organization(), *self._of_account(self._outline.home, self._access.own)]
        self._try(starts)
        with _threads(_ACCOUNTS_AT_ONCE) as threads:
            for one in [threads.submit(self._try_account, *other) for other in entries.items()]:
                one.result()

    def _entered(self, account: str) -> AccountEntry | Failure:
        operations = [
            operation
            for one in self._outline.collectors.values()
            if one.scope is not Scope.ORGANIZATION
            for operation in one.operations
        ]
        try:
            entry = self._access.member(account, operations, self.recorder, 1)
            identify(self._sender(entry), 2)
        except RoleError as error:
            return error.failure
        except (CredentialsError, EndpointError, PermissionMissingError) as error:
            return Failure(Cause.FAILED, "", error.message, "sts:GetCallerIdentity")
        return entry

    def _sender(self, entry: AccountEntry) -> RequestSender:
        return self._access.askers.sender(entry, self.recorder, self._limits, _PATIENCE)

    def _of_organization(self) -> Iterator[_Start]:
        """Yield the units of the organization's items, or keep that their account does not let us in."""
        for host in sorted({*self._outline.found.hosts.values()}):
            units = [one for one in self._units(host) if one.target.scope is Scope.ORGANIZATION]
            operations = [operation for one in units for operation in one.collector.operations]
            try:
                home = host == self._outline.home
                entry = self._access.own if home else self._access.member(host, operations, self.recorder, 1)
            except RoleError as error:
                self._ended |= {one.key: UnitTrial(one, error.failure) for one in units}
                continue
            yield from self._starts(entry, units)

    def _of_account(self, account: str, entry: AccountEntry) -> Iterator[_Start]:
        if account not in self.regions:
            self.regions[account] = self._regions(account, entry)
        yield from self._starts(
            entry, [one for one in self._units(account) if one.target.scope is not Scope.ORGANIZATION]
        )

    def _try_account(self, account: str, entry: AccountEntry) -> None:
        self._try(list(self._of_account(account, entry)))

    def _units(self, account: str) -> tuple[PlannedUnit, ...]:
        regions = self.regions.get(account, ())
        return plan_units(self._outline.collectors, account, regions, self._outline.found.hosts)

    def _regions(self, account: str, entry: AccountEntry) -> tuple[Region, ...]:
        """Return the regions of an account, by its own list or the caller's."""
        (unit,) = (one for one in self._units(account) if one.collector.item == REGIONS_ITEM)
        (start,) = self._starts(entry, [unit])
        tried = try_unit(start.services, start.sender, unit)
        self._ended[unit.key] = tried
        settings, connection = self._outline.settings.aws, self._access.connection
        if tried.gap is None:
            return from_records(tried.records, settings.regions, account)
        assumed = [one.state.region for one in self._outline.regions if one.asked]
        own = connection.account.region
        return without_list(settings.regions, connection.known_regions, own, account, assumed)

    def _starts(self, entry: AccountEntry, units: Iterable[PlannedUnit]) -> list[_Start]:
        sender = self._sender(entry)
        regions = self.regions.get(entry.account, self._outline.regions)
        services = AccountContext(
            caller=sender,
            limits=self._limits,
            executor=DaemonExecutor(1),  # nothing is handed out: see TrialContext
            finished=self,
            sampling=_EVERY_ROLE,
            regions=tuple(one.state.region for one in regions if one.asked),
            regions_depth=1,
            window=1,
            aggregator=self._outline.settings.collect.aggregator,
        )
        return [_Start(unit, services, sender) for unit in units if unit.key not in self._ended]

    def _try(self, starts: Iterable[_Start]) -> None:
        """Try units, each after those that it builds on."""
        by_key = {one.unit.key: one for one in starts}
        with _threads(self._concurrency) as threads:
            for key, trial in in_order(
                {key: [need for need in one.unit.needs if need in by_key] for key, one in by_key.items()},
                lambda key: threads.submit(self._try_unit, by_key[key]),
                first=lambda key: (by_key[key].unit.urgency, key),
                room=lambda _, running: running < self._concurrency,
                tick=lambda: None,
            ):
                self._ended[key] = trial

    def _try_unit(self, start: _Start) -> UnitTrial:
        unit = start.unit
        if unit.doomed is not None:
            return UnitTrial(unit, Failure(unit.doomed, "", f"The region is not ready: {unit.doomed}."))
        for item, target in unit.needs:
            ended = self._ended.get((item, target))
            if ended and ended.gap and item in unit.collector.needs:
                said = f"{item} of {target.label} is a gap."
                return UnitTrial(unit, Failure(Cause.PREREQUISITE_MISSING, "", said))
        return try_unit(start.services, start.sender, unit)

    def records(self, unit: PlannedUnit, item: str) -> Iterator[dict[str, Any]]:
        """Yield what was found of a needed item; of roles, those with an inline policy where some have."""
        if item in _UNHEARD.get(unit.collector.item, ()):
            return
        found = [one for key in unit.needs if key[0] == item and key in self._ended
                 for one in self._ended[key].records]  # fmt: skip
        inline = [one for one in found if one.get("RoleDetail", {}).get("RolePolicyList")]
        yield from inline if unit.collector.item == SAMPLED and inline else found

    def digest(self, unit: PlannedUnit, item: str) -> str:
        """Return what stands for a digest: nothing is drawn by it."""
        del unit
        return item


@contextmanager
def _threads(number: int) -> Iterator[DaemonExecutor]:
    threads = DaemonExecutor(number)
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
