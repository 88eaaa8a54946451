"""Bundles of whole organizations, of any size: most accounts in good order, some with exceptions or gaps.

Which account is what follows from its number alone, so that a test can say what must come out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.bundle import Bundle
from evidence.bundle.format.models import AccountState, GapRecord, RegionState, TargetRecord
from evidence.records import Cause, Scope, Target
from tests.controls.world import ROOT, World, csv_of, key, row
from tests.support.bundles import ACCOUNT, ORGANIZATION_TARGET

IN_SCOPE = ("us-east-1", "eu-west-1")
LEFT_OUT = tuple(f"ap-test-{number}" for number in range(1, 16))
ROLE = "EvidenceReader"
PASSWORDS = "iam.password-policy"


def account_id(number: int) -> str:
    """The number's account; 0 is the management account."""
    return ACCOUNT if number == 0 else f"{200_000_000_000 + number * 7_919:012}"


def unit_of(number: int) -> str:
    """Where an account hangs: two big units, one of many small ones."""
    if number == 0:
        return "/"
    big = ("/Workloads/Production", "/Workloads/Non-production", "/Platform")
    return big[number % 4] if number % 4 < len(big) else f"/Sandboxes/Team {number % 30:02}"


def is_closed(number: int) -> bool:
    """The role cannot be assumed there: each of its items is a gap."""
    return number % 25 == 7


def has_old_key(number: int) -> bool:
    """A user's access key is older than the limit."""
    return number % 10 == 3


def has_weak_passwords(number: int) -> bool:
    """The password policy is weaker than required."""
    return number % 15 == 4


def misses_a_region(number: int) -> bool:
    """The recorders of one region are a gap."""
    return number % 40 == 11


def is_left_out(number: int) -> bool:
    """Listed, and not in scope."""
    return number % 30 == 29


def organization(parent: Path, accounts: int) -> Bundle:
    """Write the bundle of an organization with so many accounts, those left out among them."""
    from tests.controls.world_records import RECORDS, member

    numbers = [number for number in range(accounts) if not is_left_out(number)]
    records: dict[str, dict[Target, list[Any]]] = {}
    gaps: list[GapRecord] = []
    for item, by_target in RECORDS.items():
        mine = records.setdefault(item, {})
        for target, lines in by_target.items():
            if target.scope is Scope.ORGANIZATION:
                mine[target] = lines
                continue
            text = json.dumps(lines)
            for number in numbers:
                own = Target(target.scope, account_id(number), target.region)
                gap = _gap(item, number, own)
                if gap:
                    gaps.append(gap)
                else:
                    mine[own] = _changed(item, number, json.loads(text.replace(ACCOUNT, own.account)))
    everyone = [member(account_id(number), name_of(number)) for number in range(accounts)]
    records["organizations.accounts"] = {ORGANIZATION_TARGET: everyone}
    placed = [{"AccountId": account_id(number), "ParentId": "ou-1"} for number in range(1, accounts)]
    units = RECORDS["organizations.units"][ORGANIZATION_TARGET]
    records["organizations.units"] = {ORGANIZATION_TARGET: [*units[:3], *placed]}
    world = World({item: found for item, found in records.items() if found}, [])
    world.options = {
        "files": {
            f"{account_id(number)}/iam/credential-report.csv": csv_of(_users(number))
            for number in numbers
            if not is_closed(number)
        },
        "gaps": gaps,
        "accounts": tuple(account_id(number) for number in numbers),
        "account_states": tuple(_state(number) for number in range(accounts)),
        "regions": tuple(state for number in numbers for state in _regions(account_id(number))),
    }
    return world.written(parent)


def name_of(number: int) -> str:
    """What the account is called."""
    return "management" if number == 0 else f"ledger-{number:04}"


def _state(number: int) -> AccountState:
    out = is_left_out(number)
    return AccountState(
        account=account_id(number),
        name=name_of(number),
        state="SUSPENDED" if out and number % 60 == 59 else "ACTIVE",
        unit=unit_of(number),
        management=number == 0,
        in_scope=not out,
        reason=(
            "suspended: AWS lets nobody in, root included" if number % 60 == 59 else "excluded by a setting"
        )
        if out
        else "in the organization",
        role="" if number == 0 or out else f"arn:aws:iam::{account_id(number)}:role/{ROLE}",
    )


def _regions(account: str) -> Iterator[RegionState]:
    for region in IN_SCOPE:
        yield RegionState(account=account, region=region, status="ENABLED", in_scope=True, reason="enabled")
    for region in LEFT_OUT:
        yield RegionState(
            account=account,
            region=region,
            status="DISABLED",
            in_scope=False,
            reason="disabled in the account",
        )


def _gap(item: str, number: int, target: Target) -> GapRecord | None:
    if is_closed(number):
        return GapRecord(
            item=item,
            target=TargetRecord.of(target),
            cause=Cause.ROLE_NOT_ASSUMED,
            operation="sts:AssumeRole",
            error_code="AccessDenied",
            message=f"Not authorized to perform sts:AssumeRole on arn:aws:iam::{target.account}:role/{ROLE}.",
            effect=f"Nothing can be concluded about {target.label} from: {item}.",
        )
    if misses_a_region(number) and item == "config.recorders" and target.region == IN_SCOPE[1]:
        return GapRecord(
            item=item,
            target=TargetRecord.of(target),
            cause=Cause.THROTTLED,
            operation="config:DescribeConfigurationRecorders",
            error_code="ThrottlingException",
            message="Rate exceeded",
            effect=f"Nothing can be concluded about {target.label} from: {item}.",
        )
    return None


def _changed(item: str, number: int, lines: list[Any]) -> list[Any]:
    if item == PASSWORDS and has_weak_passwords(number):
        lines[0]["PasswordPolicy"]["MinimumPasswordLength"] = 6
    return lines


def _users(number: int) -> Sequence[Mapping[str, str]]:
    age = 400 if has_old_key(number) else 30
    account = account_id(number)
    users = [ROOT, row("svc-ledger", **key(1, age, 1), mfa_active="true"), row("dormant", mfa_active="true")]
    return [user | {"arn": user["arn"].replace(ACCOUNT, account)} for user in users]
