"""Says what the trials at AWS found: who is asking, doors, regions, operations, and what should be there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evidence.aws.failures import Failure
from evidence.collect.access import AccountEntry
from evidence.collect.outline import RunOutline
from evidence.collect.trial import UnitTrial
from evidence.collect.trials import OperationTrials
from evidence.doctor.checks import Check, Health
from evidence.records import Cause, Scope
from evidence.settings.model import AwsSettings

Entries = Mapping[str, AccountEntry | Failure]
Place = tuple[str, str]
"""An account and a region of it."""

_ADVICE = " What to do: "
"""How a failure's message goes on where attaching a policy would not help (`evidence.aws.cause`)."""
_POLICY = "Attach the policy that `evidence policy` prints to who asks there."
_TO_DO = {
    Cause.PERMISSION_MISSING: _POLICY,
    Cause.SERVICE_NOT_ENABLED: "Enable the service there, or leave the item out with --exclude-item.",
    Cause.REGION_CHANGING: "Wait until AWS has done so.",
    Cause.REGION_DISABLED: "Enable the region, or take it out of --regions.",
    Cause.THROTTLED: "Somebody else asks much in that account: run when it is quiet, or with less --workers.",
    Cause.CREDENTIALS_EXPIRED: "Sign in again.",
    Cause.UNREACHABLE: "Check network and proxy to that endpoint; or leave the region out with --regions.",
    Cause.DEADLINE: "Ask again, or look with `evidence plan` how large it is.",
}
_SHOWN = 4
_EXTERNAL_TYPES = frozenset({"ACCOUNT", "ORGANIZATION"})
"""Analyzers that look for access from outside."""
_CLOSED = frozenset({Cause.DENIED_BY_SCP, Cause.ALLOWED_BY_NO_SCP})


def listed(names: Iterable[str]) -> str:
    """Return names in a row, the first few where they are many."""
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _SHOWN} more" if len(each) > _SHOWN else ""
    return ", ".join(each[:_SHOWN]) + more


def clock_check(trials: OperationTrials, allowed: int) -> Check:
    """Say how far this machine's clock is from AWS's, by the Date of its answers."""
    skew = trials.recorder.skew.largest
    if skew is None:
        return Check("clock", Health.UNTRIED, "no answer told AWS's time")
    if skew > allowed:
        return Check("clock", Health.GAP, f"{skew:.0f} s from AWS's, {allowed} s are allowed",
                     "Set the clock (timedatectl, sntp): times in the evidence would be doubted.")  # fmt: skip
    return Check("clock", Health.OK, f"within {max(1, round(skew))} s of AWS's")


def door_checks(outline: RunOutline, entries: Entries) -> Iterator[Check]:
    """Say which accounts the run enters."""
    refused: dict[tuple[str, str], list[str]] = defaultdict(list)
    for account, entry in entries.items():
        if isinstance(entry, Failure):
            said = entry.message.replace(account, "ACCOUNT")
            refused[said, _to_enter(entry, outline.settings.aws, outline.access.home.arn)].append(account)
    entered = len(entries) - sum(map(len, refused.values()))
    if entries:
        health = Health.OK if not refused else Health.GAP
        role = outline.settings.aws.role
        yield Check("accounts", health, f"{entered} of {len(entries)} members let {role} in")
    elif not outline.settings.aws.organization:
        yield Check("accounts", Health.OK, "the caller's own; --organization adds those of its organization")
    for (said, to_do), accounts in refused.items():
        message, _, step = said.partition(_ADVICE)
        yield Check("sts:AssumeRole", Health.GAP, f"{listed(accounts)}: {message}", step or to_do)


def _to_enter(failure: Failure, settings: AwsSettings, caller: str) -> str:
    if failure.cause is not Cause.ROLE_NOT_ASSUMED:
        return _TO_DO.get(failure.cause, "")
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
    yield Check("regions", health, told, _POLICY if guessed else "")
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
        for one in trial.tried if (target.account, target.region) not in closed else ():
            if one.failure:
                where = " ".join(filter(None, (target.account, one.region)))
                refused[one.failure.operation, one.failure.cause].append((trial, where, one.failure))
    bad = {operation for operation, _ in refused}
    accounts = listed(sorted({trial.unit.target.account for trial in ended if trial.tried}))
    yield Check("operations", Health.GAP if bad else Health.OK,
                f"{len(asked) - len(bad)} of {len(declared)} answered in {accounts}")  # fmt: skip
    for (operation, cause), found in sorted(refused.items()):
        gap = any(trial.gap for trial, _, _ in found)
        message, _, step = found[0][2].message.partition(_ADVICE)
        yield Check(operation, Health.GAP if gap else Health.LOOK,
                    f"{cause}, {listed(where for _, where, _ in found)}: {message}",
                    step or _TO_DO.get(cause, ""))  # fmt: skip
    left = sorted(f"{one.service}:{one.name}" for one in declared - asked)
    if left:
        yield Check("operations", Health.UNTRIED,
                    f"{', '.join(left)}: nothing was found to try them on, or what they come after was "
                    "refused")  # fmt: skip


def presence_checks(outline: RunOutline, ended: Iterable[UnitTrial], closed: set[Place]) -> Iterator[Check]:
    """Say whether AWS Config, Access Analyzer and Identity Center are where they should be."""
    found = {trial.unit.key: trial for trial in ended}
    places = {item: {(target.account, target.region or ""): trial.records
                     for (one, target), trial in found.items()
                     if one == item and trial.gap is None and trial.tried}
              for item in ("config.recorders", "access-analyzer.analyzers")}  # fmt: skip
    recorders, analyzers = places.values()
    idle = sorted(place for place, records in recorders.items() if not any(map(_records, records)))
    yield _presence("AWS Config", recorders, [one for one in idle if one not in closed], "is not recording",
                    "records", "Start its recorder there, all resource types (CFG-1).")  # fmt: skip
    shared = {region for (_, region), records in analyzers.items()
              if any(_looks(one, {"ORGANIZATION"}) for one in records)}  # fmt: skip
    blind = sorted(
        place
        for place, records in analyzers.items()
        if place[1] not in shared and not any(_looks(one, _EXTERNAL_TYPES) for one in records)
    )
    yield _presence("Access Analyzer", analyzers, [one for one in blind if one not in closed],
                    "has no active analyzer of external access", "looks",
                    "Create one there, of the organization or of the account (AA-1).")  # fmt: skip
    yield from _identity_center(outline, found.values())


def _presence(
    name: str, asked: Mapping[Place, Any], missing: list[Place], without: str, does: str, to_do: str
) -> Check:
    if not asked:
        return Check(name, Health.UNTRIED, "it was not asked, or did not answer")
    if missing:
        where = listed(" ".join(place) for place in missing)
        return Check(name, Health.LOOK, f"{without} in {len(missing)} of {len(asked)} places: {where}", to_do)
    return Check(name, Health.OK, f"{does} in all {len(asked)} places that were asked")


def _records(record: Mapping[str, Any]) -> bool:
    return bool((record.get("Status") or {}).get("recording"))


def _looks(record: Mapping[str, Any], types: Iterable[str]) -> bool:
    analyzer = record.get("Analyzer", {})
    return analyzer.get("type") in types and analyzer.get("status") == "ACTIVE"


def _identity_center(outline: RunOutline, ended: Iterable[UnitTrial]) -> Iterator[Check]:
    name = "Identity Center"
    trial = next((one for one in ended if one.unit.collector.item == "identity-center.instance"), None)
    if trial is None or trial.gap:
        yield Check(name, Health.UNTRIED, "it was not asked, or did not answer")
        return
    management = outline.found.management
    instances = [one for one in trial.records if "Instance" in one]
    own = [one for one in instances if management in ("", one["Instance"].get("OwnerAccountId"))]
    in_scope = {region.state.region for region in outline.regions if region.asked}
    if own and own[0]["Region"] not in in_scope:
        yield Check(name, Health.LOOK, f"its home is {own[0]['Region']}, outside the regions of the run",
                    "Add the region to --regions: what CloudTrail and Config say of it lies there.")  # fmt: skip
    elif own:
        yield Check(name, Health.OK, f"the organization's instance is at home in {own[0]['Region']}")
    else:
        what = "instances of accounts alone" if instances else "no instance"
        yield Check(name, Health.LOOK, f"{what} in {len(in_scope)} regions, asked in "
                    f"{trial.unit.target.account}", "Where people sign in through it: run in the management "
                    "account or its delegated administrator, and with its home region in --regions.")  # fmt: skip
