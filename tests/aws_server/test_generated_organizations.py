"""Generated organizations: the same from the same seed, sound in every answer, made only when asked for."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.demo_account.ids import (
    COLLECTOR,
    EXTERNAL_ID,
    IDENTITY_STORE_ID,
    INSTANCE_ARN,
    MANAGEMENT_ACCOUNT,
)
from tests.aws_server.generated import world
from tests.aws_server.generated.extent import Extent
from tests.aws_server.generated.organization import GeneratedOrganization
from tests.aws_server.generated.people import GeneratedPeople
from tests.aws_server.generated.world import GeneratedWorld
from tests.demo_account.output_shapes import ask, misfits
from tests.demo_account.served_demo import NOW, ServedDemo
from tests.demo_account.test_demo_operations import OPERATIONS

EXTENT = Extent(accounts=40, regions=3, seed=11)


@pytest.fixture(scope="module")
def generated() -> Iterator[ServedDemo]:
    served = ServedDemo(extent=EXTENT)
    yield served
    served.server.stop()


def entered(url: str, account: str, session: boto3.Session) -> boto3.Session:
    """Return a session in another account."""
    given = session.client("sts", "us-east-1", endpoint_url=url).assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{COLLECTOR}", RoleSessionName="test", ExternalId=EXTERNAL_ID
    )["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")


class Member(ServedDemo):
    """A served organization as one of its accounts sees it."""

    def __init__(self, generated: ServedDemo, account: str) -> None:
        self.server, self.clients, self.lock = generated.server, {}, generated.lock
        self.session = entered(generated.server.url, account, generated.session)


EXTENTS = st.builds(Extent, st.integers(3, 400), st.integers(2, 29), st.integers(0, 2**32))


@settings(max_examples=40, deadline=None)
@given(EXTENTS)
def test_any_organization_is_a_whole_tree_of_distinct_accounts(extent: Extent) -> None:
    made = GeneratedOrganization(extent)
    assert len(made.ROWS) == len(made.ACCOUNTS) == extent.accounts
    assert all(len(account) == 12 and account.isdecimal() for account in made.ROWS)
    assert len({row[2] for row in made.ACCOUNTS}) == extent.accounts, "mail addresses are unique at AWS"
    assert {row[4] for row in made.ACCOUNTS} <= {made.ROOT_ID, *made.OUS}
    assert {parent for _, parent in made.OUS.values()} <= {made.ROOT_ID, *made.OUS}
    states = Counter(row[3] for row in made.ACCOUNTS)
    assert (states["SUSPENDED"] > 0, states["PENDING_CLOSURE"] > 0) == (
        extent.accounts >= 5, extent.accounts >= 30,
    )  # fmt: skip
    assert set(made.ENABLED_REGIONS).isdisjoint(made.DISABLED_REGIONS)
    assert len(made.ENABLED_REGIONS) == extent.regions
    people = GeneratedPeople(made)
    known = {name for name, _, _ in (*people.PEOPLE, *people.LOCAL)}
    assert all(set(members) <= known for _, members in people.GROUPS.values())
    assert all(accounts <= set(made.active) for _, _, _, accounts in people.ASSIGNMENTS)


def test_every_plant_is_in_every_organization_and_rates_hold_in_large_ones() -> None:
    small = Counter(plant.test for _, plant in GeneratedWorld(Extent(3, 2, 1), NOW, None).planted())
    large = GeneratedWorld(Extent(400, 2, 1), NOW, None)
    counted = Counter(plant.test for _, plant in large.planted())
    assert set(counted) - set(small) == {"ROOT-6"}, "three accounts have no OU of acquired ones"
    assert 0.02 < counted["KEY-2"] / len(large.organization.active) < 0.08
    kinds = Counter(large.organization.KINDS.values())
    assert kinds["production"] > kinds["staging"] > kinds["shared"] > 10
    users = sorted(len(large.site(account).users) for account in large.organization.active)
    assert users[len(users) // 2] <= 3, "few users mostly"
    assert users[-1] > 8, "many in some"


def test_the_same_seed_gives_the_same_organization_and_another_seed_another() -> None:
    told = [
        [(account, plant) for account, plant in GeneratedWorld(extent, NOW, None).planted()]
        for extent in (EXTENT, EXTENT, Extent(40, 3, 12))
    ]
    assert told[0] == told[1]
    assert told[0] != told[2]


def parameters_of(generated: ServedDemo) -> dict[str, dict[str, Any]]:
    """Return, by operation, what has to be asked with names that only this organization has."""
    answers = {
        "roles": generated.client("iam").get_account_authorization_details(Filter=["Role"])["RoleDetailList"],
        "policies": generated.client("iam").get_account_authorization_details(Filter=["LocalManagedPolicy"]),
        "analyzers": generated.client("accessanalyzer").list_analyzers(type="ACCOUNT")["analyzers"],
        "groups": generated.client("identitystore", "eu-west-1").list_groups(
            IdentityStoreId=IDENTITY_STORE_ID
        ),
    }
    role = next(role for role in answers["roles"] if role["RolePolicyList"])
    name, policy = {"RoleName": role["RoleName"]}, {"PolicyArn": answers["policies"]["Policies"][0]["Arn"]}
    (analyzer,) = answers["analyzers"]
    finding = generated.client("accessanalyzer").list_findings_v2(analyzerArn=analyzer["arn"])["findings"][0]
    developer = next(
        arn
        for arn in generated.client("sso-admin", "eu-west-1").list_permission_sets(InstanceArn=INSTANCE_ARN)[
            "PermissionSets"
        ][::-1]
    )
    one_set = {"InstanceArn": INSTANCE_ARN, "PermissionSetArn": developer}
    return {
        "GenerateServiceLastAccessedDetails": {"Arn": role["Arn"]},
        "GetRole": name, "ListRolePolicies": name, "ListAttachedRolePolicies": name,
        "GetRolePolicy": {**name, "PolicyName": role["RolePolicyList"][0]["PolicyName"]},
        "GetPolicy": policy, "GetPolicyVersion": {**policy, "VersionId": "v1"},
        "ListFindingsV2": {"analyzerArn": analyzer["arn"]},
        "GetFindingV2": {"analyzerArn": analyzer["arn"], "id": finding["id"]},
        "GetComplianceDetailsByConfigRule": {"ConfigRuleName": "access-keys-rotated"},
        "GetInlinePolicyForPermissionSet": one_set,
        "ListGroupMemberships": {"IdentityStoreId": IDENTITY_STORE_ID,
                                 "GroupId": answers["groups"]["Groups"][0]["GroupId"]},
        "ListDelegatedServicesForAccount": {
            "AccountId": generated.client("organizations").list_delegated_administrators()[
                "DelegatedAdministrators"][0]["Id"]},
    }  # fmt: skip


HAS_NONE = {
    "ListSAMLProviders", "GetSAMLProvider", "ListOpenIDConnectProviders", "GetOpenIDConnectProvider",
    "DescribeConformancePacks", "ListArchiveRules", "ListCustomerManagedPolicyReferencesInPermissionSet",
    "GetPermissionsBoundaryForPermissionSet",
}  # fmt: skip
"""Generated accounts have none of these."""


def test_every_operation_is_answered_in_its_output_shape(generated: ServedDemo) -> None:
    given = parameters_of(generated)
    wrong = []
    for service, operation, usual, region, member in OPERATIONS:
        if operation in HAS_NONE or (service, operation) == ("sso-admin", "ListTagsForResource"):
            continue
        answer = ask(generated, service, operation, given.get(operation, usual), region)
        del answer["ResponseMetadata"]
        shape = generated.client(service, region).meta.service_model.operation_model(operation).output_shape
        wrong += [f"{operation}: {member} is empty"] if not answer[member] else []
        wrong += [
            found
            for found in misfits(shape, answer, operation)
            if "Document: dict" not in found
            and not found.endswith(("User.UserName: missing", "User.Path: missing"))
        ]
    assert wrong == []


IN_ACCOUNTS = (
    ("iam", "GetCredentialReport"), ("iam", "GetAccountSummary"), ("iam", "GetAccountPasswordPolicy"),
    ("iam", "GetAccountAuthorizationDetails"), ("iam", "ListVirtualMFADevices"),
    ("config", "DescribeConfigurationRecorders"), ("config", "DescribeConfigurationRecorderStatus"),
    ("config", "DescribeDeliveryChannels"), ("config", "DescribeConfigRules"),
    ("config", "DescribeConfigRuleEvaluationStatus"), ("config", "DescribeComplianceByConfigRule"),
    ("accessanalyzer", "ListAnalyzers"), ("account", "ListRegions"), ("cloudtrail", "DescribeTrails"),
)  # fmt: skip


def test_member_accounts_of_every_kind_answer_in_shape_and_as_themselves(generated: ServedDemo) -> None:
    organization = GeneratedOrganization(EXTENT)
    one_of_each = {organization.KINDS[account]: account for account in organization.active[1:]}
    assert len(one_of_each) == 7
    for account in one_of_each.values():
        member = Member(generated, account)
        for service, operation in IN_ACCOUNTS:
            answer = ask(member, service, operation, {}, "us-east-1")
            del answer["ResponseMetadata"]
            shape = member.client(service).meta.service_model.operation_model(operation).output_shape
            found = misfits(shape, answer, operation)
            assert [one for one in found if "Document: dict" not in one] == [], account
            assert MANAGEMENT_ACCOUNT not in json.dumps(answer.get("ConfigRules", []))
        assert member.client("sts").get_caller_identity()["Account"] == account


def test_nobody_enters_an_account_that_is_closed(generated: ServedDemo) -> None:
    closed = [row[0] for row in GeneratedOrganization(EXTENT).ACCOUNTS if row[3] != "ACTIVE"]
    assert closed
    for account in closed:
        with pytest.raises(ClientError, match="AccessDenied"):
            entered(generated.server.url, account, generated.session)


def test_an_account_that_was_forgotten_is_made_again_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "KEPT", 2)
    served = ServedDemo(extent=EXTENT)
    try:
        accounts = GeneratedOrganization(EXTENT).active[1:6]
        members = [Member(served, account) for account in accounts]
        first, second = (
            [member.client("iam").get_credential_report()["Content"] for member in members] for _ in range(2)
        )
        assert first == second
        assert len(set(first)) == len(accounts)
    finally:
        served.server.stop()


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    folder = tmp_path_factory.mktemp("processes")
    ready, planted = folder / "ready", folder / "planted.json"
    command = [sys.executable, "-m", "tests.aws_server", "--now", NOW.isoformat(),
               "--accounts", "40", "--regions", "3", "--seed", "11", "--processes", "2",
               "--planted", str(planted), "--ready-file", str(ready)]  # fmt: skip
    server = subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not ready.exists() and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    yield server, ready.read_text().strip(), planted
    server.kill()
    server.communicate()


def test_the_list_of_exceptions_is_that_of_the_organization_served(processes: Any) -> None:
    listed = json.loads(processes[2].read_text())
    assert (listed["accounts"], len(listed["regions"]), listed["seed"]) == (40, 3, 11)
    expected = [(a, p.test, p.subject, p.why) for a, p in GeneratedWorld(EXTENT, NOW, None).planted()]
    found = [(one["account"], one["test"], one["subject"], one["why"]) for one in listed["planted"]]
    assert found == expected


def test_processes_know_each_others_sessions_and_jobs_and_answer_alike(
    processes: Any, generated: ServedDemo
) -> None:
    _, url, _ = processes
    account = GeneratedOrganization(EXTENT).active[3]
    session = entered(url, account, generated.session)
    iams = [session.client("iam", endpoint_url=url) for _ in range(6)]  # each has connections of its own
    reports = {iam.get_credential_report()["Content"] for iam in iams}
    assert reports == {Member(generated, account).client("iam").get_credential_report()["Content"]}
    arn = f"arn:aws:iam::{account}:role/security-read"
    job = iams[0].generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    states = [iam.get_service_last_accessed_details(JobId=job)["JobStatus"] for iam in (*iams, *iams)]
    assert states[-1] == "COMPLETED"
    assert states.count("IN_PROGRESS") == 1
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(f"{url}/_evidence/requests")  # noqa: S310


def test_the_processes_end_with_the_one_that_made_them(processes: Any) -> None:
    server, url, _ = processes
    server.terminate()
    _, said = server.communicate(timeout=20)
    assert (server.returncode, said) == (0, "")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/", timeout=5)  # noqa: S310
        except urllib.error.HTTPError:
            time.sleep(0.05)
        except OSError:
            return
    pytest.fail("somebody still answers")


def test_half_a_generated_organization_is_a_mistake_in_the_command() -> None:
    command = [sys.executable, "-m", "tests.aws_server", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--accounts" in done.stderr


def test_a_bad_faults_file_ends_with_usage(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text("[{}]")
    command = [sys.executable, "-m", "tests.aws_server", "--faults", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
