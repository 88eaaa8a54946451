"""PRIV-7 and PRIV-3 in words: the path, the policy that opens it, how grave it is, who carries what."""

from typing import Any

from evidence.controls.catalogue import catalogue
from evidence.controls.engine import perform
from evidence.controls.row_results import RowResult
from tests.controls.world import ACCOUNT_TARGET, IAM, World, good
from tests.controls.world_records import ADMINISTRATOR, document, policy, role, user

DETAILS = "iam.authorization-details"


def row_of(world: World, subject: str, test: str = "PRIV-7") -> RowResult:
    found = [row for row in perform(catalogue()[test], world.bundle()).rows if row.subject == subject]
    (row,) = found
    return row


def world_with(*records: dict[str, Any]) -> World:
    world = good()
    world.records[DETAILS][ACCOUNT_TARGET].extend(records)
    return world


def trusting(account: str, **elements: Any) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return document(Action="sts:AssumeRole", Principal=principal, **elements)


def climbing(name: str, **changes: Any) -> dict[str, Any]:
    made = document(Action="iam:AttachRolePolicy", Resource=f"{IAM}:role/*")
    return role(name, RolePolicyList=[{"PolicyName": "up", "PolicyDocument": made}], **changes)


def test_the_path_and_its_policy_are_named() -> None:
    row = row_of(world_with(climbing("r")), f"{IAM}:role/r")
    assert row.observed == "may become administrator by AttachRolePolicy (inline policy up)"
    assert (row.attributes["paths"], row.attributes["by"]) == ("AttachRolePolicy", "inline policy up")
    assert row.severity == "high"


def test_the_policy_of_a_group_is_named_with_it() -> None:
    arn = f"{IAM}:policy/keys"
    group = {"GroupName": "ops", "Arn": f"{IAM}:group/ops", "Path": "/"}
    group["AttachedManagedPolicies"] = [{"PolicyArn": arn}]
    made = policy(arn, document(Action="iam:CreateAccessKey", Resource="*"))
    row = row_of(world_with({"GroupDetail": group}, user("a", GroupList=["ops"]), made), f"{IAM}:user/a")
    assert row.observed == "may become administrator by CreateAccessKey (keys of group ops)"


def test_a_role_that_outsiders_take_is_critical() -> None:
    world = world_with(climbing("r", AssumeRolePolicyDocument=trusting("902371465120")))
    assert row_of(world, f"{IAM}:role/r").severity == "critical"


def test_a_role_that_outsiders_take_under_a_condition_is_not() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    world = world_with(climbing("r", AssumeRolePolicyDocument=trusting("902371465120", Condition=condition)))
    assert row_of(world, f"{IAM}:role/r").severity == "high"


def test_nobody_is_an_outsider_while_the_accounts_are_not_known() -> None:
    world = world_with(climbing("r", AssumeRolePolicyDocument=trusting("902371465120")))
    del world.records["organizations.accounts"]
    assert row_of(world, f"{IAM}:role/r").severity == "high"


def test_a_note_says_which_administrator_a_service_may_take() -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    made = document(Action=["iam:PassRole", "ec2:RunInstances"], Resource="*")
    one = user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": made}])
    strong = role("strong", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=trust)
    assert row_of(world_with(one, strong), f"{IAM}:user/a").note == (
        "Administrator roles that these services may take: strong."
    )
    assert row_of(world_with(one), f"{IAM}:user/a").note == (
        "No administrator's role trusts these services today."
    )


def test_roles_of_the_settings_stand_apart_from_those_drawn() -> None:
    world = good()
    first, second = world.records["iam.sample-role-policies"][ACCOUNT_TARGET]
    wide = {"PolicyArn": f"{IAM}:policy/own", "VersionId": "v1",
            "PolicyDocument": document(Action="s3:*", Resource="arn:aws:s3:::*")}  # fmt: skip
    first |= {"AttachedPolicies": [wide], "SelectedBy": "named"}
    second |= {"AttachedPolicies": [wide]}
    row = row_of(world, f"{IAM}:policy/own", "PRIV-3")
    assert (row.attributes["carried by, named"], row.attributes["carried by, random"]) == ("app", "audit")
    assert row.observed == "s3:* on every resource of arn:aws:s3:::*"
    assert len(row.pointers) == 2


def test_severity_and_remedy_are_declared() -> None:
    tests = [test for name, test in catalogue().items() if name.startswith("PRIV-")]
    assert len(tests) == 9
    assert [test.id for test in tests if test.remedy is None] == []
    graded = {test.id: test.severity.value for test in tests}
    assert [graded[f"PRIV-{number}"] for number in (1, 2, 7)] == ["high"] * 3
    assert [graded[f"PRIV-{number}"] for number in (5, 8, 9)] == ["low"] * 3
