"""How the time of each test of controls grows with what an account holds: exponents over two sizes.

`python -m benchmarks.shapes [SHAPE …]` prints those that count; `make bench ROWS=shapes` the largest of all.
"""

import gc
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Row
from evidence.bundle import Bundle
from evidence.bundle.format.models import RegionState
from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform
from evidence.records import Scope, Target
from tests.controls.world import ACCOUNT_TARGET, IAM, ORGANIZATION_TARGET, US, World, csv_of, good, key, row
from tests.controls.world_records import (
    ADMIN_SET,
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    OF_USERS,
    OWN,
    RECORDS,
    accessed,
    document,
    finding,
    member,
    permission_set,
    person,
    policy,
    role,
    scp,
    user,
    verdict,
)
from tests.support.bundles import ACCOUNT

SMALL, TIMES = 4_000, 4
FEW_ACCOUNTS = 200
GOAL = 1.1
LEAST = 0.1
"""Seconds at the larger size from which an exponent says something."""
RUNS = 2

SETS, ASSIGNMENTS = "identity-center.permission-sets", "identity-center.assignments"
USERS, GROUPS, MEMBERSHIPS = "identity-store.users", "identity-store.groups", "identity-store.memberships"
DETAILS, FINDINGS, ANALYZERS = (
    "iam.authorization-details",
    "access-analyzer.findings",
    "access-analyzer.analyzers",
)
Shape = Callable[[World, int], None]


def iam_users(world: World, count: int) -> None:
    """Users with keys and groups, a result of each rule of Config on each, and a group with all of them."""
    details = world.records[DETAILS][ACCOUNT_TARGET]
    results = world.records["config.rule-compliance"][US]
    for number in range(count):
        name = f"u-{number:05}"
        details.append(user(name, GroupList=["g", f"g-{number % 300}"]))
        world.report.append(row(name, **key(1, 30, 1), mfa_active="true"))
        results.extend(verdict(rule, "COMPLIANT", f"AIDA{name}") for rule in OF_USERS)


def iam_groups(world: World, count: int) -> None:
    """Groups of administrators, one user in each."""
    details = world.records[DETAILS][ACCOUNT_TARGET]
    for number in range(count):
        name, attached = f"g-{number}", [{"PolicyArn": ADMINISTRATOR, "PolicyName": "p"}]
        group = {"GroupName": name, "Arn": f"{IAM}:group/{name}", "Path": "/"}
        details.append({"GroupDetail": group | {"AttachedManagedPolicies": attached}})
        details.append(user(f"u-{number:05}", GroupList=[name]))


def iam_roles(world: World, count: int) -> None:
    """Roles, a third of them administrators that anybody of the account may take."""
    taken = document(Action="sts:AssumeRole", Principal={"AWS": f"{IAM}:root"})
    details = world.records[DETAILS][ACCOUNT_TARGET]
    used = world.records["iam.last-accessed"][ACCOUNT_TARGET]
    for number in range(count):
        attached = (ADMINISTRATOR,) if number % 3 == 0 else (OWN,)
        details.append(role(f"r-{number}", attached=attached, AssumeRolePolicyDocument=taken))
        used.append(accessed(f"{IAM}:role/r-{number}", s3=3, ec2=399))


def own_policies(world: World, count: int) -> None:
    """Customer's policies that nothing holds, and roles beside them."""
    details = world.records[DETAILS][ACCOUNT_TARGET]
    for number in range(count):
        details.append(policy(f"{IAM}:policy/own-{number}", EVERYTHING if number % 2 else NARROW))
        details.append(role(f"r-{number}", attached=(OWN,)))


def analyzer_findings(world: World, count: int) -> None:
    """Findings of external access, half of them archived, some found twice."""
    world.records[FINDINGS][US] += [
        finding(
            f"f-{number}", "ARCHIVED" if number % 2 else "ACTIVE", resource=f"arn:aws:s3:::b-{number // 3}"
        )
        for number in range(count)
    ]


def _assigned(set_: str, kind: str, principal: str, account: str = ACCOUNT) -> dict[str, str]:
    return {"AccountId": account, "PermissionSetArn": set_, "PrincipalType": kind, "PrincipalId": principal}


def permission_sets(world: World, count: int) -> None:
    """Strong permission sets, each held by a group, with a role of each in the account."""
    records = world.records
    for number in range(count):
        arn = f"{ADMIN_SET}{number}"
        held = permission_set(f"Set_{number}", arn, managed=(ADMINISTRATOR,))
        records[SETS][ORGANIZATION_TARGET].append(held)
        records[ASSIGNMENTS][ORGANIZATION_TARGET].append(_assigned(arn, "GROUP", "g-1"))
        _reserved(world, f"Set_{number}", number)


def _reserved(world: World, name: str, number: int) -> None:
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    made = role(f"AWSReservedSSO_{name}_{number:016x}", path=path, attached=(ADMINISTRATOR,))
    world.records[DETAILS][ACCOUNT_TARGET].append(made)


def set_assignments(world: World, count: int) -> None:
    """One strong set, given to people and groups of their own."""
    records = world.records
    for number in range(count):
        records[USERS][ORGANIZATION_TARGET].append(person(f"p-{number:05}"))
        records[GROUPS][ORGANIZATION_TARGET].append({"GroupId": f"gg-{number}", "DisplayName": f"n-{number}"})
        records[MEMBERSHIPS][ORGANIZATION_TARGET].append(_joined(f"gg-{number}", number))
        records[ASSIGNMENTS][ORGANIZATION_TARGET] += [
            _assigned(ADMIN_SET, "USER", f"id-p-{number:05}"),
            _assigned(ADMIN_SET, "GROUP", f"gg-{number}"),
        ]


def _joined(group: str, number: int) -> dict[str, Any]:
    return {
        "GroupId": group, "MembershipId": f"m-{group}-{number}", "MemberId": {"UserId": f"id-p-{number:05}"}
    }  # fmt: skip


def group_members(world: World, count: int) -> None:
    """One group with everybody, which holds sets in many accounts; one person in four is disabled."""
    records = world.records
    for number in range(count):
        status = "DISABLED" if number % 4 == 0 else "ENABLED"
        records[USERS][ORGANIZATION_TARGET].append(person(f"p-{number:05}") | {"UserStatus": status})
        records[MEMBERSHIPS][ORGANIZATION_TARGET].append(_joined("g-1", number))


def group_everywhere(world: World, count: int) -> None:
    """A group with everybody, given sets in as many accounts as it has members; a role of each is there."""
    group_members(world, count)
    for number in range(count):
        given = _assigned(ADMIN_SET, "GROUP", "g-1", f"{400_000_000_000 + number}")
        world.records[ASSIGNMENTS][ORGANIZATION_TARGET].append(given)
        _reserved(world, "Admin_Set", number)
    for one in world.records[USERS][ORGANIZATION_TARGET]:
        one["UserStatus"] = "ENABLED"


def disabled_with_sets(world: World, count: int) -> None:
    """Disabled people, each with an assignment of a set of its own."""
    records = world.records
    for number in range(count):
        arn, one = f"{ADMIN_SET}{number}", person(f"p-{number:05}") | {"UserStatus": "DISABLED"}
        records[USERS][ORGANIZATION_TARGET].append(one)
        records[SETS][ORGANIZATION_TARGET].append(permission_set(f"Set_{number}", arn))
        records[ASSIGNMENTS][ORGANIZATION_TARGET].append(_assigned(arn, "USER", f"id-p-{number:05}"))


def leftover_roles(world: World, count: int) -> None:
    """Roles of Identity Center of which there is no permission set, and as many sets."""
    for number in range(count):
        _reserved(world, f"Gone_{number}", number)
        arn = f"{ADMIN_SET}{number}"
        world.records[SETS][ORGANIZATION_TARGET].append(permission_set(f"Set_{number}", arn))


def member_accounts(world: World, count: int) -> None:
    """Accounts in good order, each with an analyzer of its own."""
    accounts = (ACCOUNT, *(f"{500_000_000_000 + number}" for number in range(count)))
    for item, by_target in RECORDS.items():
        for target, lines in by_target.items():
            if target.scope is not Scope.ORGANIZATION:
                text = json.dumps(lines)
                for account in accounts[1:]:
                    own = Target(target.scope, account, target.region)
                    world.records[item][own] = json.loads(text.replace(ACCOUNT, account))
    report = world.report
    files = {}
    for account in accounts[1:]:
        lines = [one | {"arn": one["arn"].replace(ACCOUNT, account)} for one in report]
        files[f"{account}/iam/credential-report.csv"] = csv_of(lines)
    files[f"{ACCOUNT}/iam/credential-report.csv"] = csv_of(report)
    world.records["organizations.accounts"] = {
        ORGANIZATION_TARGET: [member(account, f"name-{account}") for account in accounts]
    }
    units = RECORDS["organizations.units"][ORGANIZATION_TARGET]
    placed = [{"AccountId": account, "ParentId": "ou-1"} for account in accounts[1:]]
    world.records["organizations.units"] = {ORGANIZATION_TARGET: [*units[:3], *placed]}
    world.options |= {
        "files": files,
        "accounts": accounts,
        "regions": tuple(
            RegionState(account=account, region=region, status="ENABLED", in_scope=True, reason="enabled")
            for account in accounts
            for region in ("us-east-1", "eu-west-1")
        ),
    }


def accounts_without(world: World, count: int) -> None:
    """Accounts without recorder and analyzer, and with a role of Identity Center that is left over."""
    member_accounts(world, count)
    for target in world.records[ANALYZERS]:
        world.records[ANALYZERS][target] = []
        world.records["config.recorders"][target] = []
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    for target, details in world.records[DETAILS].items():
        text = json.dumps(role("AWSReservedSSO_Gone_0123456789abcdef", path=path, attached=(ADMINISTRATOR,)))
        details.append(json.loads(text.replace(ACCOUNT, target.account)))


def organization_policies(world: World, count: int) -> None:
    """Service control policies on units of their own, each unit with an account that is out of scope."""
    records = world.records
    for number in range(count):
        account, unit = f"{600_000_000_000 + number}", f"ou-x-{number}"
        records["organizations.accounts"][ORGANIZATION_TARGET].append(member(account, f"n-{number}"))
        records["organizations.units"][ORGANIZATION_TARGET] += [
            {"OrganizationalUnit": {"Id": unit}, "ParentId": "r-1"},
            {"AccountId": account, "ParentId": unit},
        ]
        denied = document("Deny", Action="s3:*", Resource="*")
        records["organizations.policies"][ORGANIZATION_TARGET].append(scp(f"x{number}", denied, unit))


SHAPES: dict[str, tuple[Shape, int]] = {
    "users": (iam_users, SMALL),
    "groups": (iam_groups, SMALL),
    "roles": (iam_roles, SMALL),
    "policies": (own_policies, SMALL),
    "findings": (analyzer_findings, SMALL),
    "sets": (permission_sets, SMALL),
    "assignments": (set_assignments, SMALL),
    "members": (group_members, SMALL),
    "everywhere": (group_everywhere, SMALL),
    "disabled": (disabled_with_sets, SMALL),
    "leftovers": (leftover_roles, SMALL),
    "accounts": (member_accounts, FEW_ACCOUNTS),
    "without": (accounts_without, FEW_ACCOUNTS),
    "organization": (organization_policies, SMALL),
}


def seconds_of_tests(bundle: Callable[[], Bundle]) -> dict[str, float]:
    """Return the processor time of each test of controls, the best of some runs over a bundle just opened."""
    best: dict[str, float] = {}
    for _ in range(RUNS):
        opened = bundle()
        opened.run  # noqa: B018
        gc.collect()
        gc.disable()
        for test in catalogue().values():
            started = time.process_time()
            perform(test, opened)
            took = time.process_time() - started
            best[test.id] = min(took, best.get(test.id, took))
        gc.enable()
    return best


def exponents(names: list[str]) -> Iterator[tuple[float, str, str, float]]:
    """Yield the exponent of each test over each shape, with the test, the shape and the larger time."""
    for name in names:
        shape, size = SHAPES[name]
        times = []
        for count in (size, size * TIMES):
            world = good()
            shape(world, count)
            made = world.bundle()
            times.append(seconds_of_tests(lambda made=made: _fresh(made)))
        small, large = times
        for test, took in large.items():
            if took >= LEAST:
                yield math.log(took / small[test], TIMES), test, name, took


def _fresh(made: Any) -> Bundle:
    return type(made)(made.root, made.digest, made.hashes, files=made.files)


def shapes_row(_scratch: Path) -> Row:
    """The largest exponent of any test over any shape."""
    found = sorted(exponents(list(SHAPES)), reverse=True)
    note = "; ".join(f"{test} over {name}: {slope:.2f}" for slope, test, name, _ in found[:3])
    return Row("tests of controls, largest exponent", found[0][0], 1.0, GOAL, note)


def main() -> None:
    """Print the exponents."""
    for slope, test, name, took in exponents(sys.argv[1:] or list(SHAPES)):
        print(f"{name:<14} {test:<12} {slope:5.2f} {took:8.2f} s", flush=True)


if __name__ == "__main__":
    main()
