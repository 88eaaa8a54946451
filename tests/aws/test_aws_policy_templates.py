"""The templates: the same permissions as the collectors declare, and what a linter says of them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.aws.policy import ENTERS, document, session_policy
from evidence.aws.stacks import RoleLocation, cloudformation, terraform
from evidence.collectors.base import catalogue
from evidence.errors import UsageError
from evidence.records import Operation, Scope

ALL = [operation for one in catalogue().values() for operation in one.operations]
MEMBERS = [
    operation
    for one in catalogue().values()
    if one.scope is not Scope.ORGANIZATION
    for operation in one.operations
]


def cloudformation_policy(kind: RoleLocation) -> dict:
    return cloudformation(ALL, kind)["Resources"]["EvidencePolicy"]["Properties"]["PolicyDocument"]


@pytest.mark.parametrize("kind", RoleLocation)
def test_cfn_lint_finds_nothing(tmp_path: Path, kind: RoleLocation) -> None:
    template = tmp_path / "template.json"
    template.write_text(json.dumps(cloudformation(ALL, kind)))
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [linter, "--non-zero-exit-code", "informational", template]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_only_the_management_accounts_role_may_enter_others_and_only_that_one_role() -> None:
    for kind in (RoleLocation.ACCOUNT, RoleLocation.MEMBERS):
        assert [one["Sid"] for one in cloudformation_policy(kind)["Statement"]] == ["EvidenceReadOnly"]
    read, enter = cloudformation_policy(RoleLocation.MANAGEMENT)["Statement"]
    assert read == document(ALL)["Statement"][0]
    assert (enter["Sid"], enter["Action"]) == (ENTERS, "sts:AssumeRole")
    assert enter["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"}


@pytest.mark.parametrize("kind", RoleLocation)
def test_terraform_has_the_same_policy(kind: RoleLocation) -> None:
    made = terraform(ALL, kind)
    expression = made["resource"]["aws_iam_policy"]["evidence"]["policy"]
    text = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", expression)[1].replace('" = ', '": ')
    policy = json.loads(text)
    expected = cloudformation_policy(kind)
    for statement in expected["Statement"]:
        if statement["Sid"] == ENTERS:
            statement["Resource"] = "arn:${data.aws_partition.current.partition}:iam::*:role/${var.role_name}"
    assert policy == expected
    trust = made["data"]["aws_iam_policy_document"]["trust"]["statement"]
    assert trust["principals"] == {"type": "AWS", "identifiers": ["${var.principal}"]}


def test_session_policies_fit_and_one_that_does_not_is_never_made_wider() -> None:
    organization = [
        operation
        for one in catalogue().values()
        if one.scope is Scope.ORGANIZATION
        for operation in one.operations
    ]
    for operations in (MEMBERS, organization):
        text = session_policy(operations)
        assert len(text) <= 2048
        assert "*" not in text.replace('"Resource":"*"', "")
    with pytest.raises(UsageError, match=r"AWS takes 2,048"):
        session_policy([Operation("iam", f"GetSomethingOfThatName{number:03}") for number in range(70)])
