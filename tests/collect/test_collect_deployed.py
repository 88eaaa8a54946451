"""The templates that `evidence policy` prints, deployed by CloudFormation, let a run collect, and no more."""

import json

import boto3
import pytest

from evidence.clock import frozen_clock
from evidence.collect import collect
from evidence.demo_account import DemoServer, create_app
from evidence.demo_account.account import organization as org
from evidence.demo_account.ids import CALLER_ARN, MANAGEMENT_ACCOUNT
from evidence.settings.model import Settings
from tests.collect.collect_support import NOW, Collected, environment
from tests.support.command import evidence
from tests.support.identity import signer

ROLE, EXTERNAL_ID = "AuditReader", "nw-audit-7f21"
ACCOUNTS = (org.PRODUCTION_ACCOUNT, org.LOG_ACCOUNT)


def template(place: str) -> str:
    done = evidence("policy", "--cloudformation", "--for", place)
    assert done.returncode == 0, done.stderr
    return done.stdout


def parameters() -> list[dict[str, str]]:
    caller = CALLER_ARN.replace(":sts:", ":iam:").replace("assumed-role", "role").rpartition("/")[0]
    given = {"Principal": caller, "ExternalId": EXTERNAL_ID, "RoleName": ROLE}
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


@pytest.fixture
def deployed():
    server = DemoServer("127.0.0.1", 0, create_app(NOW))
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(server.url).items():
            patch.setenv(name, value)
        cloudformation = boto3.client("cloudformation", region_name="us-east-1")
        allowed = ["CAPABILITY_NAMED_IAM"]
        cloudformation.create_stack(
            StackName="evidence",
            TemplateBody=template("management"),
            Parameters=parameters(),
            Capabilities=allowed,
        )
        cloudformation.create_stack_set(
            StackSetName="evidence",
            TemplateBody=template("members"),
            Parameters=parameters(),
            Capabilities=allowed,
        )
        cloudformation.create_stack_instances(
            StackSetName="evidence", Accounts=list(ACCOUNTS), Regions=["us-east-1"]
        )
        yield server
    server.stop()


def test_what_is_deployed_can_be_collected_with(deployed, tmp_path) -> None:
    aws = {"accounts": ACCOUNTS, "role": ROLE, "external_id": EXTERNAL_ID, "regions": ("us-east-1",)}
    made = Collected(
        collect(Settings.model_validate({"aws": aws}), out=tmp_path, clock=frozen_clock(NOW), signer=signer())
    )
    assert made.gaps == []
    assert made.run["accounts"] == sorted([MANAGEMENT_ACCOUNT, *ACCOUNTS])
    for account in ACCOUNTS:
        details = [
            json.loads(line) for line in made.read(f"{account}/iam/authorization-details.jsonl").splitlines()
        ]
        (role,) = [one["RoleDetail"] for one in details if one.get("RoleDetail", {}).get("RoleName") == ROLE]
        attached = [one["PolicyArn"] for one in role["AttachedManagedPolicies"]]
        (policy,) = [one["Policy"] for one in details if one.get("Policy", {}).get("Arn") in attached]
        (version,) = [one for one in policy["PolicyVersionList"] if one["IsDefaultVersion"]]
        document = version["Document"]
        allowed = set(
            (json.loads(document) if isinstance(document, str) else document)["Statement"][0]["Action"]
        )
        asked = {(call["service"], call["operation"]) for call in made.calls if call["account"] == account}
        assert {action.split(":")[1] for action in allowed} >= {
            operation.replace("V2", "") for _, operation in asked
        }
        assert not any("*" in action for action in allowed)
