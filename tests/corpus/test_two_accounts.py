"""Two accounts in a bundle, one in good order, one in none: neither reaches the rows of the other."""

import json
from typing import Any

import pytest

from evidence.bundle import Bundle
from evidence.bundle.format.models import AccountState, RegionState
from evidence.controls.catalogue import catalogue
from evidence.controls.declaration import BundleKind
from evidence.records import Scope, Target
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    EU,
    KNOWN,
    REPORT_FILE,
    US,
    World,
    csv_of,
    good,
    key,
    password,
    row,
    stamp,
)
from tests.controls.world_records import (
    EVERYTHING,
    MEMBER,
    OWN,
    PASSWORD_POLICY,
    SUMMARY,
    accessed,
    analyzer,
    document,
    finding,
    own_verdict,
    policy,
    recorder,
    role,
    sampled,
    user,
    validation,
    verdict,
)
from tests.support.rows import performed

STRANGER = document(Action="sts:AssumeRole", Principal={"AWS": "arn:aws:iam::999999999999:root"})
ROOT_DEVICE = {"SerialNumber": "root-device", "User": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"}}
REQUIRED = "IAM_USER_MFA_ENABLED"
STATES = tuple(
    AccountState(account=account, name="a", state="ACTIVE", in_scope=True, reason="all", role=role)
    for account, role in ((ACCOUNT, ""), (MEMBER, f"arn:aws:iam::{MEMBER}:role/EvidenceReader"))
)
TESTS = [
    name
    for name, test in catalogue().items()
    if not name.startswith("ATT") and BundleKind.COLLECTION in test.over
]
"""Those over evidence: an access review holds no accounts' records that could reach each other."""


def spoiled(world: World) -> World:
    """The same account with something wrong for every test that ranges over accounts or regions."""
    lax = role("app", attached=(OWN,), AssumeRolePolicyDocument=STRANGER, RoleLastUsed={})
    world.report[:] = [
        row("<root_account>", mfa_active="false", password_last_used=stamp(1), password_enabled="true"),
        row("svc-ledger", **password(300, 200, mfa=False), **key(1, 300, 200), **key(2, 300, None)),
        row("stranger", **key(1, 300, 1)),
    ]
    world.records |= {
        "iam.account-summary": {ACCOUNT_TARGET: [
            SUMMARY | {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1, "Users": 9, "Roles": 9,
                       "MFADevicesInUse": 9}]},
        "iam.password-policy": {ACCOUNT_TARGET: [
            {"PasswordPolicy": PASSWORD_POLICY | {"MinimumPasswordLength": 8}}]},
        "iam.mfa-devices": {ACCOUNT_TARGET: [ROOT_DEVICE]},
        "iam.authorization-details": {ACCOUNT_TARGET: [
            user("svc-ledger", AttachedManagedPolicies=[{"PolicyArn": OWN, "PolicyName": "own"}]),
            user("unreported", Tags=[]), lax, policy(OWN, EVERYTHING)]},
        "iam.sample-role-policies": {ACCOUNT_TARGET: [
            sampled(lax, "random") | {"InlinePolicies": [
                {"PolicyName": "all", "PolicyDocument": EVERYTHING}]}]},
        "access-analyzer.policy-validation": {ACCOUNT_TARGET: [
            validation(lax["RoleDetail"]["Arn"], "trust", "ERROR BAD", "SECURITY_WARNING WIDE"),
            validation(lax["RoleDetail"]["Arn"], f"attached:{OWN}"),
            validation(lax["RoleDetail"]["Arn"], "inline:all")]},
        "iam.last-accessed": {ACCOUNT_TARGET: [accessed(lax["RoleDetail"]["Arn"], s3=3, ec2=None)]},
        "config.recorders": {US: [recorder(iam=False, recording=False)], EU: [recorder(iam=False)]},
        "config.rules": {US: [], EU: []},
        "config.rule-compliance": {
            US: [own_verdict(REQUIRED, "NON_COMPLIANT"), verdict(REQUIRED, "NON_COMPLIANT", "AIDAdormant")],
            EU: []},
        "access-analyzer.analyzers": {US: [analyzer("us-east-1", status="DISABLED")], EU: []},
        "access-analyzer.findings": {US: [finding("now", "ACTIVE"), finding("then", "ARCHIVED")], EU: []},
    }  # fmt: skip
    return world


def beside(world: World, other: World) -> tuple[World, Any]:
    """The first world, and the other one's account and regions under MEMBER's number."""
    world.options["files"] = {
        REPORT_FILE: csv_of(world.report),
        REPORT_FILE.replace(ACCOUNT, MEMBER): csv_of(other.report).replace(ACCOUNT.encode(), MEMBER.encode()),
    }
    for item, by_target in other.records.items():
        for target, lines in by_target.items():
            if target.scope is not Scope.ORGANIZATION:
                moved = Target(target.scope, MEMBER, target.region)
                world.records[item][moved] = json.loads(
                    json.dumps(lines).replace(ACCOUNT, MEMBER).replace('"AIDA', '"AIDAM')
                )
    world.options["accounts"] = (ACCOUNT, MEMBER)
    return world, tuple(
        RegionState(account=account, region=region, status="ENABLED", in_scope=True, reason="enabled")
        for account in (ACCOUNT, MEMBER)
        for region in ("us-east-1", "eu-west-1")
    )


def bare(world: World) -> World:
    """The same account with no users, nothing of Config's and no analyzer; the answers were empty."""
    world.report[1:] = []
    details = world.records["iam.authorization-details"][ACCOUNT_TARGET]
    details[:] = [record for record in details if "UserDetail" not in record]
    for item in ("config.recorders", "config.rules", "config.rule-compliance"):
        world.records[item] = {US: [], EU: []}
    for item in ("access-analyzer.analyzers", "access-analyzer.findings"):
        world.records[item] = {US: [], EU: []}
    return world


def written(first: World, second: World) -> Bundle:
    world, regions = beside(first, second)
    bundle = world.bundle()
    bundle.__dict__["run"] = bundle.run.model_copy(update={"regions": regions, "account_states": STATES})
    return bundle


@pytest.fixture(scope="module")
def bundles() -> dict[str, Bundle]:
    return {
        "the first": written(spoiled(good()), good()),
        "the second": written(good(), spoiled(good())),
        "spoiled": spoiled(good()).bundle(),
        "bare": bare(good()).bundle(),
        "bare beside one in order": written(good(), bare(good())),
    }


@pytest.mark.parametrize("bad", ["the first", "the second"])
@pytest.mark.parametrize("test", TESTS)
def test_each_account_has_its_own_rows(test: str, bad: str, bundles: dict[str, Bundle]) -> None:
    result = performed(catalogue()[test], bundles[bad], KNOWN)
    in_order = MEMBER if bad == "the first" else ACCOUNT
    said = {entry.verdict for entry in result.rows if entry.account == in_order and in_order in entry.subject}
    assert said <= {"met", "out of scope"}


@pytest.mark.parametrize(
    ("alone", "together"), [("spoiled", "the second"), ("bare", "bare beside one in order")]
)
# IPE-10 asks whether each account is there: of one alone, the other is missing.
@pytest.mark.parametrize("test", [test for test in TESTS if test != "IPE-10"])
def test_an_account_in_order_covers_for_no_other(
    test: str, alone: str, together: str, bundles: dict[str, Bundle]
) -> None:
    """What is not concluded of an account alone is not concluded of it beside another, and so on."""
    worst = ["not concluded", "exceptions noted", "no exceptions", "not applicable"]
    single = performed(catalogue()[test], bundles[alone], KNOWN).conclusion
    both = performed(catalogue()[test], bundles[together], KNOWN).conclusion
    assert worst.index(both) <= worst.index(single), (single, both)


CONSOLE = "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"


def silent(world: World) -> World:
    """The same account, where the rule about users with a password gives no result."""
    records = world.records["config.rule-compliance"][US]
    records[:] = [record for record in records if CONSOLE.lower() not in str(record).lower()]
    return world


def test_an_account_without_console_users_leaves_the_others_concluded() -> None:
    result = performed(catalogue()["CFG-4"], written(silent(good()), good()))
    assert result.conclusion == "no exceptions"


def test_each_account_is_judged_by_its_own_users() -> None:
    other = silent(good())
    other.report.append(row("ada", **password(10, 1)))
    result = performed(catalogue()["CFG-4"], written(silent(good()), other))
    said = {entry.account: entry.verdict for entry in result.rows if entry.subject == CONSOLE}
    assert said == {ACCOUNT: "out of scope", MEMBER: "not determined"}
    assert result.conclusion == "not concluded"
