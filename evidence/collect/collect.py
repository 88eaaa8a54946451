"""Collects evidence from AWS into a sealed bundle: identify, plan, run, seal."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from evidence.aws.calls import Call
from evidence.aws.identity import CallerIdentity, identify
from evidence.aws.limits import Limits
from evidence.aws.retry import QUICK
from evidence.aws.sessions import connect
from evidence.bundle.format.chain import ChainPosition, Follows, scope_key
from evidence.bundle.format.seal import SealSigner, TimeStampAuthority
from evidence.clock import Clock
from evidence.collect.access import AccountAccess, Askers
from evidence.collect.ahead import RunForecast
from evidence.collect.custom import custom_scope
from evidence.collect.errand import Executor, here_alone
from evidence.collect.estimate import CallEstimate
from evidence.collect.ledger import Ledger
from evidence.collect.opening import open_run
from evidence.collect.outline import RunOutline
from evidence.collect.plan import choose_items
from evidence.collect.progress import Progress, SilentProgress
from evidence.collect.run import CollectionRun
from evidence.collect.staging import RunRequest, begin, require_stopped, sealed_before
from evidence.collect.staging import resume as resume_run
from evidence.collectors.base import Collector, catalogue
from evidence.errors import RunPausedError
from evidence.scratch import private_folder
from evidence.settings.model import Settings

_NOBODY = CallerIdentity("", "", "")
"""Until AWS has told who is asking."""


def collect(
    settings: Settings,
    *,
    out: Path,
    clock: Clock,
    signer: SealSigner | None,
    attachments: Path | None = None,
    progress: Progress | None = None,
    follows: Follows | None = None,
    authority: TimeStampAuthority | None = None,
    draw: Callable[[int], bytes] = secrets.token_bytes,
    resume: bool = False,
    executor: Executor = here_alone,
) -> Path:
    """Collect everything the settings ask for; return the folder of the sealed bundle, below `out`.

    `follows` tells the bundle's place in the chain of its scope, as soon as that is known. `authority`
    time-stamps the opening statement, for which `draw` gives that many random bytes. With `resume`, goes on
    where a run stopped that left its staging folder in `out`, be it at the very end. `executor` opens other
    processes for members' jobs. Raises CredentialsError, EndpointError, PermissionMissingError or UsageError
    when nothing can be collected, StorageError or SigningError when it cannot be kept, ClusterError when
    other processes cannot be had, RunPausedError when the run cannot go on now. Whatever is raised, nothing
    is left that looks like a bundle; an interrupt or a pause leaves the staging folder, which can be resumed.
    """
    if resume and (sealed := sealed_before(out)):
        return sealed
    started = clock.now()
    if resume:
        require_stopped(out)
    custom = custom_scope(settings)
    collectors, items = choose_items(
        catalogue(custom.items), settings.collect.exclude, settings.collect.config_source
    )
    access, first = _identified(settings, collectors, clock)
    scope = scope_key(access.connection.partition, access.home.account)
    position = follows(scope) if follows else ChainPosition()
    given = RunRequest(settings, access.home, started, position.previous, attachments, custom)
    part = resume_run(out, given) if resume else begin(out, given)
    with part as begun:
        run = CollectionRun(settings, access, begun, collectors, custom)
        with closing(run):
            first.hand_over(run.start, access.home.account)
            unopened = begun.open_once(
                lambda writer: open_run(
                    writer, authority, draw, bundle=begun.name, identity=access.home,
                    started=begun.identity.started, items=items, previous=position.previous,
                )
            )  # fmt: skip
            return run.collect(
                progress=progress or SilentProgress(), items=items, signer=signer, position=position,
                unopened=unopened, executor=executor,
            )  # fmt: skip


def look_ahead(settings: Settings, clock: Clock, estimate: CallEstimate) -> RunForecast:
    """Return what a run with these settings would cover, by listing accounts and regions.

    Enters one other account, if there is any, and asks nothing there.

    Raises what `collect` does. Leaves nothing behind.
    """
    outline = outline_run(settings, clock, enters=True)
    return RunForecast(
        outline.accounts,
        tuple(region.state for region in outline.regions),
        tuple((unit.collector.item, unit.target) for unit in outline.units()),
        latency=outline.latency,
        at_once=_calls_at_once(settings),
        estimate=estimate,
        tried=outline.tried,
    )


def outline_run(settings: Settings, clock: Clock, *, enters: bool = False) -> RunOutline:
    """Find out who is asking and what a run would cover, and enter one other account: see `look_ahead`."""
    started = clock.now()
    custom = custom_scope(settings)
    collectors, _ = choose_items(
        catalogue(custom.items), settings.collect.exclude, settings.collect.config_source
    )
    access, first = _identified(settings, collectors, clock)
    given = RunRequest(settings, access.home, started, None, None)
    with (
        _never_paused(),
        private_folder("evidence-plan-") as scratch,
        begin(scratch, given) as begun,
        closing(CollectionRun(settings, access, begun, collectors, custom)) as run,
    ):
        first.hand_over(run.start, access.home.account)
        began, calls = clock.monotonic(), run.meter.told()["calls"]
        found, states, covered = run.look_ahead()
        seconds, asked = clock.monotonic() - began, run.meter.told()["calls"] - calls
        return RunOutline(
            settings,
            access,
            collectors,
            found,
            states,
            covered,
            seconds / max(1, asked),
            run.start.skew,
            run.try_member(states) if enters else None,
        )


@contextmanager
def _never_paused() -> Iterator[None]:
    """Raise what a pause came of: there is nothing to go on with."""
    try:
        yield
    except RunPausedError as error:
        raise (error.__cause__ or error) from None


def _calls_at_once(settings: Settings) -> int:
    """Return how many calls are under way at once in all accounts together."""
    many = settings.aws.organization or settings.aws.accounts
    return (
        max(settings.collect.workers, settings.collect.concurrency) if many else settings.collect.concurrency
    )


def _identified(
    settings: Settings, collectors: Mapping[str, Collector], clock: Clock
) -> "tuple[AccountAccess, _CallBuffer]":
    """Connect and ask who is asking; the calls are held until there is a ledger."""
    connection = connect(
        profile=settings.aws.profile,
        region=settings.aws.region,
        operations=[operation for one in collectors.values() for operation in one.operations],
        connections=max(settings.collect.workers, settings.collect.concurrency),
    )
    limits = Limits(clock, clock.monotonic() + settings.collect.deadline_seconds)
    askers = Askers(settings.collect.concurrency, clock)
    access = AccountAccess(connection, settings.aws, _NOBODY, limits, askers)
    first = _CallBuffer()
    sender = askers.sender(access.own, first, limits, QUICK)
    return replace(access, home=identify(sender, depth=1)), first


class _CallBuffer:
    """Keeps the first call until the account it was made in is known."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def next(self) -> int:
        return 1

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def throttled(self) -> None:
        """Not counted: too early for anybody to look."""

    def hand_over(self, ledger: Ledger, account: str) -> None:
        for call in self._calls:
            ledger.add(replace(call, seq=ledger.next(), account=account))
