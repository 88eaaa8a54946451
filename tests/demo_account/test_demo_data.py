"""The data is coherent, stable, and holds what is planted: each exception is looked up where it arises."""

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.demo_account.account import config_rules, identity_center, organization, roles, users
from evidence.demo_account.account.credentials import CERTIFICATES
from evidence.demo_account.answers.identity_center import permission_set_arn
from evidence.demo_account.ids import (
    IDENTITY_STORE_ID,
    INSTANCE_ARN,
    MANAGEMENT_ACCOUNT,
    ROOT_ARN,
    unique_id,
    uuid_of,
)
from evidence.demo_account.planted import NEAR_MISSES, PLANTED, UNSETTLED
from tests.demo_account.served_demo import NOW, ServedDemo

STORE = {"IdentityStoreId": IDENTITY_STORE_ID}


def planted(test: str) -> set[str]:
    return {entry.subject for entry in PLANTED if entry.test == test}


def rows(demo: ServedDemo) -> tuple[datetime, list[dict[str, str]]]:
    report = demo.client("iam").get_credential_report()
    return report["GeneratedTime"], list(csv.DictReader(io.StringIO(report["Content"].decode())))


def details(demo: ServedDemo) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for page in demo.client("iam").get_paginator("get_account_authorization_details").paginate():
        for key, entries in found.items():
            entries.extend(page[key])
    return found


def moment(text: str) -> datetime | None:
    return None if text in ("N/A", "no_information", "not_supported") else datetime.fromisoformat(text)


def active_keys(row: dict[str, str]) -> list[tuple[datetime, datetime | None]]:
    return [
        (
            datetime.fromisoformat(row[f"access_key_{n}_last_rotated"]),
            moment(row[f"access_key_{n}_last_used_date"]),
        )
        for n in (1, 2)
        if row[f"access_key_{n}_active"] == "true"
    ]


def test_the_account_has_the_promised_size(clean: ServedDemo) -> None:
    found = details(clean)
    assert (len(found["UserDetailList"]), len(found["RoleDetailList"])) == (40, 80)
    assert {entry["UserId"][:4] for entry in found["UserDetailList"]} == {"AIDA"}
    assert {entry["RoleId"][:4] for entry in found["RoleDetailList"]} == {"AROA"}
    assert {entry["GroupId"][:4] for entry in found["GroupDetailList"]} == {"AGPA"}
    assert len({entry["RoleId"] for entry in found["RoleDetailList"]}) == 80


def test_three_sources_count_the_same_users(clean: ServedDemo) -> None:
    summary = clean.client("iam").get_account_summary()["SummaryMap"]
    found = details(clean)
    local = [policy for policy in found["Policies"] if "::aws:" not in policy["Arn"]]
    assert summary["Users"] == len(found["UserDetailList"]) == len(rows(clean)[1]) - 1
    assert (summary["Groups"], summary["Roles"]) == (
        len(found["GroupDetailList"]),
        len(found["RoleDetailList"]),
    )
    assert summary["Policies"] == len(local)
    mfa = sum(1 for row in rows(clean)[1] if row["mfa_active"] == "true")
    assert summary["MFADevicesInUse"] == mfa


def test_an_entity_made_over_the_api_shows_up_everywhere() -> None:
    demo = ServedDemo()
    demo.client("iam").create_user(UserName="made-later")
    assert demo.client("iam").get_account_summary()["SummaryMap"]["Users"] == 41
    assert "made-later" in {row["user"] for row in rows(demo)[1]}
    assert "made-later" in {user["UserName"] for user in details(demo)["UserDetailList"]}
    demo.server.stop()
    ServedDemo().server.stop()  # puts moto's state back for the other tests


def test_credential_report_holds_what_is_planted(clean: ServedDemo) -> None:
    generated, report = rows(clean)
    root, people = report[0], report[1:]
    limit = timedelta(days=90)

    def arns(keep: Any) -> set[str]:
        return {row["arn"] for row in people if keep(row)}

    def unused(row: dict[str, str]) -> bool:
        last = [used or made for made, used in active_keys(row)]
        if row["password_enabled"] == "true":
            last.append(
                moment(row["password_last_used"]) or datetime.fromisoformat(row["password_last_changed"])
            )
        return any(generated - used > limit for used in last)

    assert (root["user"], root["mfa_active"], root["access_key_1_active"]) == (
        "<root_account>",
        "true",
        "false",
    )
    assert arns(lambda row: row["password_enabled"] == "true") == planted("USER-1")
    assert arns(lambda row: row["password_enabled"] == "true" and row["mfa_active"] == "false") == planted(
        "MFA-1"
    )
    assert arns(lambda row: any(generated - made > limit for made, _ in active_keys(row))) == planted("KEY-1")
    assert arns(lambda row: len(active_keys(row)) > 1) == planted("KEY-2")
    assert arns(unused) == planted("USER-3")
    ages = {generated - made for row in people for made, _ in active_keys(row)}
    assert limit in ages, "one key is exactly as old as allowed"


def test_root_has_a_virtual_device_that_shows_no_seed(clean: ServedDemo) -> None:
    devices = clean.client("iam").list_virtual_mfa_devices(AssignmentStatus="Any")["VirtualMFADevices"]
    assert {ROOT_ARN} == planted("ROOT-3")
    assert ROOT_ARN in {device["User"]["Arn"] for device in devices}
    assert not any("Base32StringSeed" in device or "QRCodePNG" in device for device in devices)


def test_administrator_power_is_where_it_is_planted(clean: ServedDemo) -> None:
    found = details(clean)
    wide = {
        policy["Arn"]
        for policy in found["Policies"]
        if "::aws:" not in policy["Arn"] and policy["AttachmentCount"] and any(
            statement["Effect"] == "Allow" and statement["Resource"] in ("*", ["*"])
            and ("NotAction" in statement or statement["Action"] in ("*", ["*"], ["*:*"]))
            for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]
            for statement in version["Document"]["Statement"])
    }  # fmt: skip
    assert wide == planted("PRIV-1")
    power = wide | {"arn:aws:iam::aws:policy/AdministratorAccess"}
    holders = {
        entity["Arn"]
        for entity in (*found["UserDetailList"], *found["GroupDetailList"], *found["RoleDetailList"])
        if any(attached["PolicyArn"] in power for attached in entity["AttachedManagedPolicies"])
    }
    assert {arn for arn in holders if "AWSReservedSSO_" not in arn} == planted("PRIV-2")
    assert any("AWSReservedSSO_AdministratorAccess" in arn for arn in holders)


def test_config_says_what_is_planted(clean: ServedDemo) -> None:
    stopped, identifiers, failing = set(), set(), set()
    for region in organization.ENABLED_REGIONS:
        config = clean.client("config", region)
        (status,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        if not status["recording"]:
            stopped.add(f"arn:aws:config:{region}:{MANAGEMENT_ACCOUNT}:recorder")
        for rule in config.describe_config_rules()["ConfigRules"]:
            identifier = rule["Source"]["SourceIdentifier"]
            identifiers.add(identifier)
            results = config.get_compliance_details_by_config_rule(ConfigRuleName=rule["ConfigRuleName"])
            for result in results["EvaluationResults"]:
                if result["ComplianceType"] != "COMPLIANT":
                    qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
                    failing.add(f"{identifier} {qualifier['ResourceId']}")
    assert stopped == planted("CFG-1")
    assert "IAM_USER_MFA_ENABLED" in planted("CFG-2") - identifiers
    assert failing == planted("CFG-4")


def test_config_is_stale_where_planted(clean: ServedDemo) -> None:
    config = clean.client("config")
    names = {rule["ConfigRuleName"]: rule["Source"]["SourceIdentifier"]
             for rule in config.describe_config_rules()["ConfigRules"]}  # fmt: skip
    stale = {
        names[status["ConfigRuleName"]]
        for status in config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
        if NOW - status["LastSuccessfulEvaluationTime"] > timedelta(hours=24)
    }
    assert stale == planted("CFG-3") == set(config_rules.STALE_RULES)


def test_analyzers_and_findings_are_as_planted(clean: ServedDemo) -> None:
    bare, active, archived = set(), set(), set()
    for region in organization.ENABLED_REGIONS:
        client = clean.client("accessanalyzer", region)
        found = client.list_analyzers()["analyzers"]
        if not any(one["type"] in ("ACCOUNT", "ORGANIZATION") and one["status"] == "ACTIVE" for one in found):
            bare.add(region)
        for one in found:
            for page in client.get_paginator("list_findings_v2").paginate(analyzerArn=one["arn"]):
                external = [
                    finding for finding in page["findings"] if finding["findingType"] == "ExternalAccess"
                ]
                active |= {finding["id"] for finding in external if finding["status"] == "ACTIVE"}
                archived |= {finding["id"] for finding in page["findings"] if finding["status"] == "ARCHIVED"}
    assert bare == {plant.subject for plant in UNSETTLED if plant.test == "AA-1"}
    assert active == planted("AA-2")
    assert archived == planted("AA-3")


def test_people_without_an_issuer_are_as_planted(clean: ServedDemo) -> None:
    people = clean.client("identitystore", "eu-west-1").list_users(**STORE)["Users"]
    assert {user["UserId"] for user in people if not user.get("ExternalIds")} == planted("IDC-2")
    issuers = {external["Issuer"] for user in people for external in user.get("ExternalIds", [])}
    assert issuers == {identity_center.ISSUER}
    assert any(user["UserStatus"] == "DISABLED" for user in people)


def test_the_instance_is_in_its_home_region_only(clean: ServedDemo) -> None:
    homes = {
        region
        for region in organization.ENABLED_REGIONS
        if clean.client("sso-admin", region).list_instances()["Instances"]
    }
    assert homes == {"eu-west-1"}


def test_assignments_point_at_people_and_accounts_that_exist(clean: ServedDemo) -> None:
    sso, store = clean.client("sso-admin", "eu-west-1"), clean.client("identitystore", "eu-west-1")
    known = {user["UserId"] for user in store.list_users(**STORE)["Users"]}
    known |= {group["GroupId"] for group in store.list_groups(**STORE)["Groups"]}
    known.add(uuid_of("identity-user", identity_center.LEFT_BEHIND))  # planted: both are deleted
    known.add(uuid_of("identity-group", identity_center.GROUP_LEFT_BEHIND))
    accounts = {account["Id"] for account in clean.client("organizations").list_accounts()["Accounts"]}
    for name in identity_center.PERMISSION_SETS:
        where = {"InstanceArn": INSTANCE_ARN, "PermissionSetArn": permission_set_arn(name)}
        provisioned = sso.list_accounts_for_provisioned_permission_set(**where)["AccountIds"]
        assert provisioned
        assert set(provisioned) <= accounts
        for account in provisioned:
            for one in sso.list_account_assignments(**where, AccountId=account)["AccountAssignments"]:
                assert one["PrincipalId"] in known


def test_groups_have_members_that_exist(clean: ServedDemo) -> None:
    store = clean.client("identitystore", "eu-west-1")
    known = {user["UserId"] for user in store.list_users(**STORE)["Users"]}
    for group in store.list_groups(**STORE)["Groups"]:
        members = store.list_group_memberships(**STORE, GroupId=group["GroupId"])["GroupMemberships"]
        assert members
        assert {member["MemberId"]["UserId"] for member in members} <= known


def test_the_organization_hangs_together(clean: ServedDemo) -> None:
    client = clean.client("organizations")
    (root,) = client.list_roots()["Roots"]
    reached, ous = set(), [root["Id"]]
    while ous:
        above = ous.pop()
        reached.add(above)
        ous += [
            ou["Id"]
            for ou in client.list_organizational_units_for_parent(ParentId=above)["OrganizationalUnits"]
        ]
    states = Counter(account["State"] for account in client.list_accounts()["Accounts"])
    assert states == {"ACTIVE": 6, "SUSPENDED": 1}
    for account in client.list_accounts()["Accounts"]:
        assert client.list_parents(ChildId=account["Id"])["Parents"][0]["Id"] in reached


def test_names_are_hostile_somewhere() -> None:
    assert any(user.name.startswith("=") for user in users.USERS)
    shown = [f"{given} {family}" for _, given, family in identity_center.PEOPLE]
    for name_part in ("Елена", "伟", "ليلى", "🚀", "<script>"):
        assert any(name_part in name for name in shown)


def test_planted_and_near_misses_name_things_that_exist_and_do_not_overlap(clean: ServedDemo) -> None:
    found = details(clean)
    ids = {entity["Arn"] for entries in found.values() for entity in entries}
    ids |= {certificate["Arn"] for certificate in CERTIFICATES}
    for entry in (*PLANTED, *NEAR_MISSES):
        if entry.subject.startswith(f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:") and not entry.subject.endswith(
            (":root", ":account-password-policy")
        ):
            assert entry.subject.split(" ")[0] in ids, entry
    misses = {(entry.test, entry.subject) for entry in NEAR_MISSES if entry.test != "PWD-1"}
    assert not misses & {(entry.test, entry.subject) for entry in PLANTED}
    assert len({(entry.test, entry.subject) for entry in PLANTED}) == len(PLANTED)


def test_ids_look_like_those_of_aws() -> None:
    assert len(unique_id("AIDA", "x")) == 21
    assert len({role.name for role in roles.ROLES}) == 80


@pytest.mark.parametrize("moment", [NOW, datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)])
def test_the_same_now_gives_the_same_bytes_in_another_process(moment: datetime) -> None:
    assert _digest(moment, "1") == _digest(moment, "2")


_SCRIPT = """
import hashlib, re, sys
from datetime import datetime
from evidence.demo_account.app import DemoApp
from evidence.demo_account.wire import ApiRequest, write
app = DemoApp(datetime.fromisoformat(sys.argv[1]))
told = hashlib.sha256()
for service, operation, region, protocol in (
    ("iam", "GetAccountAuthorizationDetails", "us-east-1", "query"),
    ("iam", "GetCredentialReport", "us-east-1", "query"),
    ("iam", "ListVirtualMFADevices", "us-east-1", "query"),
    ("iam", "ListSAMLProviders", "us-east-1", "query"),
    ("config", "DescribeConfigRules", "us-east-1", "json"),
    ("cloudtrail", "LookupEvents", "eu-west-1", "json"),
):
    call = ApiRequest(service, operation, "123456789012", region, "id", protocol, {"MaxItems": 1000})
    told.update(write(call, app._answers[service, operation](app._world.management, call)).body)
print(told.hexdigest())
"""


def _digest(moment: datetime, seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, moment.isoformat()],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
    )  # fmt: skip
    return done.stdout
