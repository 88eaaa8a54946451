"""Says what the trials at AWS found: who is asking, doors, regions, operations, and what should be there."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from evidence.aws.failures import Failure
from evidence.bundle import LocatedRecord
from evidence.collect.access import AccountEntry
from evidence.collect.outline import RunOutline
from evidence.collect.trial import UnitTrial
from evidence.collect.trials import OperationTrials
from evidence.doctor.checks import Check, Health
from evidence.next_steps import next_step
from evidence.readers.access_analyzer import ACTIVE, ANALYZERS, EXTERNAL, Analyzer, analyzer
from evidence.readers.asked import INSTANCE
from evidence.readers.config_state import RECORDERS, ConfigRecorder, recorder
from evidence.readers.evidence import joined_names
from evidence.readers.identity_center import instance
from evidence.readers.organizations import ORGANIZATION, organization
from evidence.readers.unreadable import read_each, sort_out
from evidence.records import DENIALS, Cause, Scope
from evidence.settings.model import AwsSettings

T = TypeVar("T")

Entries = Mapping[str, AccountEntry | Failure]
Place = tuple[str, str]
"""An account and a region of it."""

_ADVICE, _SAID = " What to do: ", " AWS said: "
"""How a failure's message goes on (`evidence.aws.cause`, `evidence.aws.roles`)."""
_POLICY = "Attach the policy that `evidence policy` prints{} to who asks there."
_STEP_AS_OF_A_GAP = frozenset(
    {
        Cause.SERVICE_NOT_ENABLED,
        Cause.REGION_CHANGING,
        Cause.REGION_DISABLED,
        Cause.THROTTLED,
        Cause.CREDENTIALS_EXPIRED,
        Cause.UNREACHABLE,
    }
)
"""Causes of which a gap's next step is good before there is one."""
_NO_TIME = "no time was left to try; --all takes what it needs"
_SHOWN = 4
_CLOSED = frozenset({Cause.DENIED_BY_SCP, Cause.ALLOWED_BY_NO_SCP})


def listed(names: Iterable[str]) -> str:
    """Return names in a row, the first few where they are many."""
    return joined_names(dict.fromkeys(names), _SHOWN)


def clock_check(trials: OperationTrials, allowed: int) -> Check:
    """Say how far this machine's clock is from AWS's, by the Date of its answers."""
    skew = trials.recorder.skew.largest
    if skew is None:
        return Check("clock", Health.UNTRIED, "no answer told AWS's time")
    if skew > allowed:
        told = f"{skew:.0f} s from AWS's, {allowed} s are allowed"
        to_do = "Set the clock (timedatectl, sntp): times in the evidence would be doubted (IPE-7)."
        return Check("clock", Health.GAP, told, to_do)
    return Check("clock", Health.OK, f"within {max(1, round(skew))} s of AWS's")


def door_checks(outline: RunOutline, entries: Entries) -> Iterator[Check]:
    """Say which accounts the run enters."""
    refused: dict[tuple[str, str], list[str]] = defaultdict(list)
    for account, entry in entries.items():
        if isinstance(entry, Failure) and not _is_late(entry):
            said = entry.message.replace(account, "ACCOUNT")
            refused[said, _to_enter(entry, outline.settings.aws, outline.access.home.arn)].append(account)
    late = [account for account, entry in entries.items() if _is_late(entry)]
    entered = len(entries) - len(late) - sum(map(len, refused.values()))
    if entries:
        health = Health.OK if not refused else Health.GAP
        role = outline.settings.aws.role
        yield Check("accounts", health, f"{entered} of {len(entries)} members let {role} in")
    elif not outline.settings.aws.organization:
        yield Check("accounts", Health.OK, "the caller's own; --organization adds those of its organization")
    if late:
        yield Check("accounts", Health.LATE, f"{listed(late)}: {_NO_TIME}")
    for (message, to_do), accounts in refused.items():
        told, _, step = message.partition(_ADVICE)
        reason, _, said = told.partition(_SAID)
        yield Check("sts:AssumeRole", Health.GAP, f"{listed(accounts)}: {reason}", to_do or step, said)


def _is_late(entry: AccountEntry | Failure) -> bool:
    return isinstance(entry, Failure) and entry.cause is Cause.DEADLINE


def _to_enter(failure: Failure, settings: AwsSettings, caller: str) -> str:
    if failure.cause is Cause.PERMISSION_MISSING:
        return f"Attach what `evidence policy --for management --role {settings.role}` prints to {caller}."
    if failure.cause is not Cause.ROLE_NOT_ASSUMED:
        return _step(failure.cause)
    with_id = "that you gave" if settings.external_id else "(you gave none: --external-id)"
    return (
        f"Look there whether the role {settings.role} exists, whether its trust policy names {caller}, and "
        f"whether it asks for the external id {with_id}."
    )


def region_checks(trials: OperationTrials, closed: Iterable[Place]) -> Iterator[Check]:
    """Say which regions are asked, and which a service control policy closes."""
    closed = sorted(closed)
    states = [region for regions in trials.regions.values() for region in regions]
    asked = {region.state.region for region in states if region.asked}
    guessed = any("could not be read" in region.state.reason for region in states)
    health = Health.GAP if guessed else Health.OK
    told = f"{len(asked)} are asked: {listed(sorted(asked))}"
    if guessed:
        told += "; a guess, as the list of one account at least could not be read"
    yield Check("regions", health, told, _POLICY.format("") if guessed else "")
    if closed:
        yield Check("regions", Health.LOOK,
                    f"closed by a service control policy: {listed(region for _, region in closed)}",
                    "Nobody can have anything there: tests set such regions aside by the organization's "
                    "policies, where the run collects them. Or leave them out with --regions.")  # fmt: skip


def closed_regions(ended: Iterable[UnitTrial]) -> set[Place]:
    """Return where a service control policy refused whatever was asked."""
    answers: dict[Place, set[Cause | None]] = defaultdict(set)
    for trial in ended:
        for one in trial.tried if trial.unit.target.scope is Scope.REGION else ():
            place = (trial.unit.target.account, trial.unit.target.region or "")
            answers[place].add(one.failure.cause if one.failure else None)
    return {place for place, causes in answers.items() if causes <= _CLOSED}


def operation_checks(outline: RunOutline, ended: Iterable[UnitTrial], closed: set[Place]) -> Iterator[Check]:
    """Say how many operations answered, and of each that did not, why."""
    ended = list(ended)
    asked = {one.operation for trial in ended for one in trial.tried}
    declared = {one for collector in outline.collectors.values() for one in collector.operations}
    refused: dict[tuple[str, Cause], list[tuple[UnitTrial, str, Failure]]] = defaultdict(list)
    for trial in ended:
        target = trial.unit.target
        for one in trial.tried:
            if one.failure and not _is_late(one.failure) and (target.account, one.region) not in closed:
                where = " ".join(filter(None, (target.account, one.region)))
                refused[one.failure.operation, one.failure.cause].append((trial, where, one.failure))
    bad = {operation for operation, _ in refused}
    accounts = listed(sorted({trial.unit.target.account for trial in ended if trial.tried}))
    unheard = {
        one.operation for trial in ended for one in trial.tried if one.failure and _is_late(one.failure)
    }
    answered = len({f"{one.service}:{one.name}" for one in asked - unheard} - bad)
    yield Check("operations", Health.GAP if bad else Health.OK if answered else Health.UNTRIED,
                f"{answered} of {len(declared)} answered in {accounts}")  # fmt: skip
    for (operation, cause), found in sorted(refused.items()):
        gap = any(trial.gap for trial, _, _ in found)
        message, _, step = found[0][2].message.partition(_ADVICE)
        told = "" if cause in DENIALS else f": {message}"
        yield Check(operation, Health.GAP if gap else Health.LOOK,
                    f"{cause}; {listed(where for _, where, _ in found)}{told}",
                    step or _to_do(cause, outline.home, found), message)  # fmt: skip
    if late := [trial.unit.target.label for trial in ended if trial.gap and _is_late(trial.gap)]:
        yield Check("operations", Health.LATE, f"{listed(late)}: {_NO_TIME}")
    left = sorted(f"{one.service}:{one.name}" for one in declared - asked)
    if left:
        yield Check("operations", Health.UNTRIED,
                    f"{', '.join(left)}: nothing was found to try them on, or what they come after was "
                    "refused")  # fmt: skip


def _to_do(cause: Cause, home: str, found: Iterable[tuple[UnitTrial, str, Failure]]) -> str:
    if cause is not Cause.PERMISSION_MISSING:
        return _step(cause)
    members = any(trial.unit.target.account != home for trial, _, _ in found)
    return _POLICY.format(" with `--for members`" if members else "")


def _step(cause: Cause) -> str:
    return next_step(cause) if cause in _STEP_AS_OF_A_GAP else ""


def presence_checks(outline: RunOutline, ended: Iterable[UnitTrial], closed: set[Place]) -> Iterator[Check]:
    """Say whether AWS Config, Access Analyzer and Identity Center are where they should be."""
    ended = list(ended)
    recorders = _by_place(ended, RECORDERS, recorder, "ConfigurationRecorder")
    analyzers = _by_place(ended, ANALYZERS, analyzer, "Analyzer")
    idle = {place for place, found in recorders.items() if not any(map(_records, found))} - closed
    yield _presence("AWS Config", recorders, idle, "is not recording",
                    "Start its recorder there, all resource types (CFG-1).")  # fmt: skip
    shared = {region for (_, region), found in analyzers.items()
              if any(_looks(one) and one.for_organization for one in found)}  # fmt: skip
    blind = {place for place, found in analyzers.items()
             if not (place[1] in shared or any(map(_looks, found)))}  # fmt: skip
    yield _presence("Access Analyzer", analyzers, blind - closed, "has no active analyzer of external access",
                    "Create one there, of the organization or of the account (AA-1).")  # fmt: skip
    yield from _identity_center(outline, ended)


def _by_place(
    ended: Iterable[UnitTrial], item: str, read: Callable[[LocatedRecord], T], kind: str
) -> dict[Place, list[T]]:
    """Return what there is of an item where it answered."""
    return {
        (trial.unit.target.account, trial.unit.target.region or ""): _read(trial, read, kind)
        for trial in ended
        if trial.unit.collector.item == item and trial.gap is None and trial.tried
    }


def _read(trial: UnitTrial, read: Callable[[LocatedRecord], T], kind: str) -> list[T]:
    """Return what the item's reader makes of the records of a kind; what it cannot read is not there."""
    unit = trial.unit
    records = (
        LocatedRecord(record, unit.collector.item, number, unit.target)
        for number, record in enumerate(trial.records, start=1)
        if kind in record
    )
    return sort_out(read_each(records, read))[0]


def _presence(name: str, asked: Mapping[Place, Any], missing: set[Place], lack: str, to_do: str) -> Check:
    if not asked:
        return Check(name, Health.UNTRIED, "it was not asked, or did not answer")
    if missing:
        where = listed(" ".join(place) for place in sorted(missing))
        return Check(name, Health.LOOK, f"{lack} in {len(missing)} of {len(asked)} places: {where}", to_do)
    return Check(name, Health.OK, f"is there in each of the {len(asked)} places that were asked")


def _records(found: ConfigRecorder) -> bool:
    return found.recording and not found.internal


def _looks(found: Analyzer) -> bool:
    return found.kind in EXTERNAL and found.status == ACTIVE


def management_account(outline: RunOutline, ended: Iterable[UnitTrial]) -> str:
    """Return the organization's management account; empty without an organization, or where nobody tells."""
    told = (
        found.management
        for trial in ended
        if trial.unit.collector.item == ORGANIZATION
        for found in _read(trial, organization, "Organization")
    )
    return outline.found.management or next(told, "")


def _identity_center(outline: RunOutline, ended: list[UnitTrial]) -> Iterator[Check]:
    name = "Identity Center"
    trial = next((one for one in ended if one.unit.collector.item == INSTANCE), None)
    if trial is None or trial.gap:
        yield Check(name, Health.UNTRIED, "it was not asked, or did not answer")
        return
    management = management_account(outline, ended)
    instances = _read(trial, instance, "Instance")
    own = [one for one in instances if management in ("", one.owner)]
    in_scope = {region.state.region for region in outline.regions if region.asked}
    if own and own[0].region not in in_scope:
        to_do = "Add the region to --regions: what CloudTrail and Config say of it lies there."
        told = f"its home is {own[0].region}, outside the regions of the run"
        yield Check(name, Health.LOOK, told, to_do)
    elif own:
        yield Check(name, Health.OK, f"the organization's instance is at home in {own[0].region}")
    else:
        what = "instances of accounts alone" if instances else "no instance"
        told = f"{what} in {len(in_scope)} regions, asked in {trial.unit.target.account}"
        to_do = (
            "Where people sign in through it: run in the management account or its delegated administrator, "
            "and with its home region in --regions."
        )
        yield Check(name, Health.LOOK, told, to_do)
