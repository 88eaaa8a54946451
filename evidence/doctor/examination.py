"""Examines this machine and AWS, in the order in which a run would need them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from evidence.archive.store import store_of
from evidence.aws.failures import Failure
from evidence.bundle.format.chain import scope_key
from evidence.clock import Clock
from evidence.collect import outline_run
from evidence.collect.access import AccountEntry
from evidence.collect.outline import RunOutline
from evidence.collect.trials import OperationTrials
from evidence.doctor import operations
from evidence.doctor.checks import Check, Health, checked
from evidence.doctor.health_report import HealthReport
from evidence.doctor.machine import archive_checks, machine_checks, output_checks, statements_check
from evidence.doctor.outlook import expected_gaps, open_tests, unasked_items
from evidence.settings.model import Settings
from evidence.signing.passphrase import Prompt

SECONDS = 50.0
"""What the trials at AWS may take, unless all accounts are asked for."""
_ALONE = {"organization": False, "accounts": (), "include_accounts": ()}


def examine(
    settings: Settings,
    *,
    output: Path,
    attachments: Path | None,
    everywhere: bool,
    prompt: Prompt,
    clock: Clock,
    tell: Callable[[Check], None],
    say: Callable[[str], None],
) -> HealthReport:
    """Check everything, and tell each finding as it is made; `everywhere` tries all in every account.

    Nothing is written that has a name, and AWS is asked what collectors ask, through the same gate.
    """
    found = HealthReport(settings=settings, everywhere=everywhere)

    def note(checks: Iterable[Check]) -> None:
        for check in checks:
            found.checks.append(check)
            tell(check)

    statements, check = statements_check(settings)
    note((check,))
    note(machine_checks(settings, attachments, prompt, clock))
    say("Asking AWS.")
    outline, checks = _outline(settings, clock)
    note(checks)
    if outline is not None:
        note(_at_aws(outline, found))
    accounts = 1 + len(outline.members) if outline else 1
    note(output_checks(output, accounts))
    if settings.archive.place is not None:
        scope = scope_key(outline.access.connection.partition, outline.home) if outline else ""
        note(archive_checks(store_of(settings.archive), scope, accounts))
    found.tests.extend(open_tests(settings, statements, found.gaps, found.unasked, clock.now().date()))
    return found


def _outline(settings: Settings, clock: Clock) -> tuple[RunOutline | None, tuple[Check, ...]]:
    """Find out who is asking and what a run would cover; the caller's account where others cannot be told."""
    kept: list[RunOutline] = []

    def find(given: Settings) -> str:
        outline = outline_run(given, clock)
        kept.append(outline)
        return f"{outline.home}, as {outline.access.home.arn}"

    caller = checked("caller", lambda: find(settings))
    if kept or not (settings.aws.organization or settings.aws.accounts):
        return (kept[0] if kept else None), (caller,)
    alone = settings.model_copy(update={"aws": settings.aws.model_copy(update=_ALONE)})
    again = checked("caller", lambda: find(alone))
    if not kept:
        return None, (again,)
    return kept[0], (again, Check("accounts", Health.STOP, caller.found, caller.to_do))


def _at_aws(outline: RunOutline, found: HealthReport) -> Iterator[Check]:
    """Try accounts and operations, and yield what came of it."""
    seconds = outline.settings.collect.deadline_seconds if found.everywhere else SECONDS
    trials = OperationTrials(outline, seconds)
    entries = trials.enter_members()
    yield from operations.door_checks(outline, entries)
    entered = {one: entry for one, entry in entries.items() if not isinstance(entry, Failure)}
    trials.try_accounts(entered if found.everywhere else _one(outline, entered))
    ended = trials.ended
    closed = operations.closed_regions(ended)
    yield operations.clock_check(trials, outline.settings.thresholds.clock_skew_seconds)
    yield from operations.region_checks(trials, closed)
    yield from operations.operation_checks(outline, ended, closed)
    yield from operations.presence_checks(outline, ended, closed)
    found.calls, found.accounts, found.tried = trials.recorder.sent, 1 + len(entries), len(trials.regions)
    found.gaps.extend(expected_gaps(outline, ended, entries, closed))
    found.unasked.update(unasked_items(outline, trials))


def _one(outline: RunOutline, entered: dict[str, AccountEntry]) -> dict[str, AccountEntry]:
    """Return the first account that answers for itself alone, else the first there is."""
    hosts = {*outline.found.hosts.values(), outline.found.management}
    account = next((one for one in entered if one not in hosts), next(iter(entered), ""))
    return {account: entered[account]} if account else {}
