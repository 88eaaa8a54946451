"""MFA-2, PRIV-3, ROOT-6 and ORG-1: every trap of the catalogue, both sides."""

import copy
from typing import Any

import pytest

from evidence.bundle.format.models import CallRecord
from tests.controls.world import (
    ACCOUNT,
    ACCOUNT_TARGET,
    IAM,
    NOW,
    ORGANIZATION_TARGET,
    Change,
    good,
    password,
    perform_in,
    row,
)
from tests.controls.world_records import (
    EVERYTHING,
    MEMBER,
    OWN,
    ROOT_DENIED,
    document,
    member,
    policy,
    scp,
    user,
)
from tests.support.bundles import gap

DETAILS, DOCUMENTS = "iam.authorization-details", "iam.sample-role-policies"
MFA = "aws:MultiFactorAuthPresent"
ENROL = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
IF_EXISTS = {"BoolIfExists": {MFA: "false"}}


def deny(condition: Any = IF_EXISTS, **elements: Any) -> dict[str, Any]:
    elements = elements if "Action" in elements else {"NotAction": ENROL, **elements}
    return document("Deny", **({"Resource": "*", "Condition": condition} | elements))


def mfa(*documents: Any, **changes: Any) -> Change:
    """A console user with these documents inline."""
    inline = [{"PolicyName": f"p{number}", "PolicyDocument": one} for number, one in enumerate(documents)]

    def change(world) -> None:
        world.report.append(row("ann", **password(1, 1)))
        world.records[DETAILS][ACCOUNT_TARGET].append(user("ann", UserPolicyList=inline, **changes))

    return change


def by_group(attached: bool) -> Change:
    held = [{"PolicyArn": f"{IAM}:policy/mfa", "PolicyName": "mfa"}] if attached else []
    inline = [] if attached else [{"PolicyName": "p", "PolicyDocument": deny()}]
    group = {"GroupName": "people", "Arn": f"{IAM}:group/people", "Path": "/"}

    def change(world) -> None:
        mfa(GroupList=["people"])(world)
        world.records[DETAILS][ACCOUNT_TARGET] += [
            {"GroupDetail": group | {"AttachedManagedPolicies": held, "GroupPolicyList": inline}},
            policy(f"{IAM}:policy/mfa", deny(), EVERYTHING),
        ]

    return change


def unsaid(*documents: Any) -> Change:
    """The same user, of whom the report does not say whether a password is set."""

    def change(world) -> None:
        mfa(*documents)(world)
        world.report[-1]["password_enabled"] = "not_supported"

    return change


def in_a_path(*documents: Any) -> Change:
    """The same user at /eu/ops/."""

    def change(world) -> None:
        mfa(*documents, Arn=f"{IAM}:user/eu/ops/ann")(world)
        world.report[-1]["arn"] = f"{IAM}:user/eu/ops/ann"

    return change


def who(operator: str, key: str, value: str) -> Any:
    return deny(IF_EXISTS | {operator: {key: value}})


def older(operator: str) -> Any:
    return deny({operator: {"aws:MultiFactorAuthAge": "3600"}})


PASS, FAIL, OPEN = "no exceptions", "exceptions noted", "not concluded"
MFA_CASES = [
    (mfa(deny()), PASS),
    (mfa(deny(NotAction=[name.lower() for name in ENROL])), PASS),
    (mfa(deny(NotAction=[*ENROL, "iam:ChangePassword", "iam:GetAccountPasswordPolicy"])), PASS),
    (mfa(deny({"BoolIfExists": {MFA.lower(): False}})), PASS),
    (mfa(deny({"Bool": {MFA: "false"}})), FAIL),  # plain Bool does not match long-lived keys
    (mfa(deny({"Bool": {MFA: "false"}}), deny({"Null": {MFA: "true"}})), PASS),
    (mfa(deny({"Null": {MFA: "true"}})), FAIL),
    (mfa(deny({"BoolIfExists": {MFA: "true"}})), FAIL),
    (mfa(document(Action="*", Resource="*", Condition={"Bool": {MFA: "true"}})), FAIL),
    (mfa(), FAIL),
    (mfa(deny(NotAction=[*ENROL, "iam:DeactivateMFADevice"])), FAIL),
    (mfa(deny(NotAction=["iam:*"])), FAIL),
    (mfa(deny(NotAction=["iam:*MFA*"])), FAIL),
    (mfa(deny(NotAction=[*ENROL, "s3:GetObject"])), FAIL),
    (mfa(deny(NotAction=[*ENROL, "s3:GetObject"]), deny(Action="s3:*")), PASS),
    (mfa(deny(NotAction=[*ENROL, "s3:GetObject"]), deny(NotAction=[*ENROL, "ec2:StopInstances"])), PASS),
    (mfa(deny(NotAction=[*ENROL, "unheard:Of"])), OPEN),
    (mfa(deny(Action=["s3:*", "ec2:*"])), FAIL),
    (mfa(deny(Action="*")), PASS),
    (mfa(deny(NotAction="*")), FAIL),
    (mfa(deny(Resource="arn:aws:s3:::*")), OPEN),
    (mfa(deny(IF_EXISTS | {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})), OPEN),
    (mfa(deny(IF_EXISTS | {"StringEquals": {"aws:username": "bob"}})), FAIL),
    (mfa(deny(IF_EXISTS | {"StringEquals": {"aws:username": "ann"}})), PASS),
    (mfa(document("Deny", Action="*", Resource="*")), PASS),
    (by_group(attached=True), PASS),
    (by_group(attached=False), PASS),
    (lambda world: world.report.append(row("gone", **password(1, 1))), OPEN),
    (lambda world: world.report, "not applicable"),
    (mfa({"Version": "2012-10-17", "Statement": deny()["Statement"][0]}), PASS),
    (mfa(deny(), {"Version": "2012-10-17"}), PASS),  # whatever the other says, it takes nothing back
    (mfa({"Version": "2012-10-17"}), OPEN),
    (mfa(deny(NotAction=["iam:*"]), {"Version": "2012-10-17"}), OPEN),
    (unsaid(), OPEN),
    (unsaid(deny()), OPEN),
    (in_a_path(who("StringEquals", "aws:username", "ann")), PASS),
    (mfa(who("ArnEquals", "aws:PrincipalArn", f"{IAM}:user/ann")), PASS),
    (mfa(who("ArnEquals", "aws:PrincipalArn", f"{IAM}:user/bob")), FAIL),
    (mfa(who("StringEquals", "aws:PrincipalType", "User")), PASS),
    (mfa(who("StringEquals", "aws:PrincipalType", "AssumedRole")), FAIL),
    (mfa(who("StringEquals", "aws:PrincipalAccount", ACCOUNT)), PASS),
    (mfa(who("StringEquals", "aws:PrincipalAccount", MEMBER)), FAIL),
    # Whoever has not signed in with MFA has no age of it.
    (mfa(older("NumericGreaterThanIfExists")), PASS),
    (mfa(older("NumericGreaterThan")), FAIL),
]


@pytest.mark.parametrize(("change", "conclusion"), MFA_CASES)
def test_mfa_by_policy(change: Change, conclusion: str) -> None:
    world = good()
    change(world)
    result = perform_in(world, "MFA-2")
    assert result.conclusion == conclusion, result.rows


def test_plain_bool_is_named() -> None:
    world = good()
    mfa(deny({"Bool": {MFA: "false"}}))(world)
    assert "BoolIfExists belongs" in perform_in(world, "MFA-2").rows[0].observed


def held(*documents: Any, arn: str = OWN, boundary: Any = None) -> Change:
    def change(world) -> None:
        first = world.records[DOCUMENTS][ACCOUNT_TARGET][0]
        first["AttachedPolicies"] = [{"PolicyArn": arn, "PolicyDocument": one} for one in documents]
        first["PermissionsBoundary"] = boundary

    return change


def both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return first | {"Statement": [*first["Statement"], *second["Statement"]]}


TAGGED = {"StringEquals": {"aws:ResourceTag/team": "ledger"}}
REACH_CASES = [
    (held(document(Action="s3:*", Resource="*")), FAIL),
    (held(document(Action="s3:*", Resource="*"), boundary={"PolicyArn": OWN, "PolicyDocument": {}}), FAIL),
    (held(document(Action="S3:putobject", Resource=["*"])), FAIL),
    (held(document(Action="s3:Put*", Resource="*")), FAIL),
    (held(document(Action=["s3:Get*", "s3:List*"], Resource="*")), PASS),
    (held(document(Action="s3:PutObject", Resource="arn:aws:s3:::b/*")), PASS),
    (held(document(Action="ec2:CreateTags", Resource="*")), FAIL),
    (held(document(Action="iam:PutRolePolicy", Resource="*")), FAIL),
    (held(document(Action="sts:GetCallerIdentity", Resource="*")), PASS),
    (held(document(NotAction="iam:*", Resource="*")), FAIL),
    (held(document(NotAction="*", Resource="*")), PASS),
    (held(document(Action="s3:PutObject", NotResource="arn:aws:s3:::b/*")), FAIL),
    (held(document("Deny", Action="*", Resource="*")), PASS),
    (held(document(Action="ec2:StopInstances", Resource="*", Condition=TAGGED)), PASS),
    (held(document(Action="ec2:StopInstances", Resource="*", Condition={"Bool": {MFA: "true"}})), OPEN),
    (
        held(document(Action="ec2:*", Resource="*", Condition={"StringLike": {"aws:ResourceTag/team": "*"}})),
        OPEN,
    ),
    (held(document(Action="unheard:Of", Resource="*")), OPEN),
    (held(document(Action="unheard:Of", Resource="*"), arn="arn:aws:iam::aws:policy/ReadOnlyAccess"), PASS),
    # A statement that gives nothing hides none behind it.
    (held(both(document("Deny", Action="s3:*", Resource="*"), document(Action="ec2:*", Resource="*"))), FAIL),
    (held(both(document(Action="s3:GetObject", Resource="*"), document(Action="s3:*", Resource="*"))), FAIL),
    (
        held(
            both(document(Action="s3:*", Resource="arn:aws:s3:::b"), document(NotAction="s3:*", Resource="*"))
        ),
        FAIL,
    ),
]


@pytest.mark.parametrize(("change", "conclusion"), REACH_CASES)
def test_scoped_roles(change: Change, conclusion: str) -> None:
    world = good()
    change(world)
    result = perform_in(world, "PRIV-3")
    assert result.conclusion == conclusion, result.rows


def attach(*policies: Any) -> Change:
    # A copy: a change that comes after it may not reach into other cases.
    return lambda world: world.records["organizations.policies"].update(
        {ORGANIZATION_TARGET: copy.deepcopy([*policies])}
    )


def with_state(state: str) -> Change:
    accounts = [member(ACCOUNT, "management"), member(MEMBER, "ledger", state)]
    return lambda world: world.records["organizations.accounts"].update({ORGANIZATION_TARGET: accounts})


def with_states(**states: str) -> Change:
    """`State` took the place of `Status`: older collections hold one, newer ones both."""
    ledger = member(MEMBER, "ledger")
    ledger["Account"] = {name: value for name, value in ledger["Account"].items() if "Stat" not in name}
    accounts = [member(ACCOUNT, "management"), {"Account": ledger["Account"] | states}]
    return lambda world: world.records["organizations.accounts"].update({ORGANIZATION_TARGET: accounts})


def denies_if(operator: str, key: str, value: str) -> Change:
    everything = document("Deny", Action="*", Resource="*", Condition={operator: {key: value}})
    return attach(FULL, scp("if", everything, "r-1"))


def alone(world) -> None:
    world.records["organizations.organization"][ORGANIZATION_TARGET][:] = [{"Organization": None}]
    world.records["organizations.accounts"][ORGANIZATION_TARGET][:] = []


FULL = scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1", MEMBER)
NO_LEAVE = document("Deny", Action="organizations:Leave*", Resource="*")
BUT_ADMIN = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}
ROOT_ARN = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
PARTLY = document("Deny", Action="ec2:*", Resource="*", Condition=ROOT_ARN)
BUT_LIST = document(
    "Deny", NotAction="iam:*", Resource="*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}
)
BUT_ORGANIZATIONS = document("Deny", NotAction="organizations:*", Resource="*")
LEAVE = "organizations:LeaveOrganization"
LEAVE_ONE = document("Deny", Action=LEAVE, Resource="arn:aws:organizations::1:account/o-1/1")
LEAVE_BUT_ONE = document("Deny", Action=LEAVE, NotResource="arn:aws:organizations::1:account/o-1/1")
SCP_CASES = [
    ("ROOT-6", PASS, []),
    ("ROOT-6", FAIL, [attach(FULL)]),
    ("ROOT-6", FAIL, [attach(FULL, scp("root", ROOT_DENIED, ACCOUNT))]),  # it binds nobody there
    ("ROOT-6", PASS, [attach(FULL, scp("root", ROOT_DENIED, "r-1"))]),
    ("ROOT-6", PASS, [attach(FULL, scp("root", ROOT_DENIED, MEMBER))]),
    ("ROOT-6", FAIL, [attach(FULL, scp("root", ROOT_DENIED, "ou-2"))]),
    ("ROOT-6", PASS, [attach(FULL, scp("list", BUT_LIST, "r-1"))]),
    ("ROOT-6", OPEN, [attach(FULL, scp("part", PARTLY, "r-1"))]),
    ("ROOT-6", PASS, [attach(FULL, scp("all", document("Deny", Action="*", Resource="*"), "ou-1"))]),
    ("ROOT-6", FAIL, [attach(FULL, scp("leave", NO_LEAVE, "r-1"))]),
    ("ROOT-6", FAIL, [attach({"PolicyTypeNotEnabled": "SERVICE_CONTROL_POLICY"}, FULL)]),
    ("ROOT-6", "not applicable", [with_state("SUSPENDED")]),
    ("ROOT-6", "not applicable", [alone]),
    ("ORG-1", PASS, []),
    ("ORG-1", FAIL, [attach(FULL)]),
    ("ORG-1", FAIL, [attach(FULL, scp("leave", NO_LEAVE, ACCOUNT))]),
    ("ORG-1", PASS, [attach(FULL, scp("leave", NO_LEAVE, "ou-1"))]),
    ("ORG-1", PASS, [attach(FULL, scp("all", document("Deny", NotAction="iam:*", Resource="*"), "r-1"))]),
    ("ORG-1", FAIL, [attach(FULL, scp("all", BUT_ORGANIZATIONS, "r-1"))]),
    (
        "ORG-1",
        OPEN,
        [attach(FULL, scp("but", document("Deny", Action="*", Resource="*", Condition=BUT_ADMIN), "r-1"))],
    ),
    ("ORG-1", OPEN, [attach(scp("FullAWSAccess", EVERYTHING, "r-1", MEMBER))]),  # AWS keeps one at ou-1 too
    ("ORG-1", PASS, [attach(FULL, scp("s", document(Action="s3:*", Resource="*"), "r-1")), lambda world: (
        world.records["organizations.policies"][ORGANIZATION_TARGET][0]["Targets"].pop(0))]),
    ("ORG-1", "not applicable", [with_state("PENDING_CLOSURE")]),
    ("ORG-1", "not applicable", [alone]),
    # The action has no resource type: no ARN reaches it, and all but an ARN does.
    ("ORG-1", FAIL, [attach(FULL, scp("one", LEAVE_ONE, "r-1"))]),
    ("ORG-1", PASS, [attach(FULL, scp("but", LEAVE_BUT_ONE, "r-1"))]),
    ("ROOT-6", "not applicable", [with_states(Status="SUSPENDED")]),
    ("ROOT-6", PASS, [with_states(Status="ACTIVE")]),
    ("ROOT-6", "not applicable", [with_states(Status="ACTIVE", State="CLOSED")]),
    ("ROOT-6", PASS, [with_states(Status="SUSPENDED", State="ACTIVE")]),
    ("ROOT-6", OPEN, [attach(scp("FullAWSAccess", EVERYTHING, "r-1", MEMBER))]),  # AWS keeps one at ou-1 too
    ("ROOT-6", PASS, [denies_if("StringEquals", "aws:PrincipalAccount", MEMBER)]),
    ("ROOT-6", FAIL, [denies_if("StringEquals", "aws:PrincipalAccount", ACCOUNT)]),
    ("ROOT-6", PASS, [denies_if("StringEquals", "aws:PrincipalType", "Account")]),
    ("ROOT-6", FAIL, [denies_if("StringEquals", "aws:PrincipalType", "User")]),
    ("ROOT-6", FAIL, [denies_if("StringEquals", "aws:username", "ann")]),
    ("ORG-1", OPEN, [attach(
        scp("if", document(Action="*", Resource="*", Condition=BUT_ADMIN), "r-1", "ou-1", MEMBER))]),
]  # fmt: skip


@pytest.mark.parametrize(("test", "conclusion", "changes"), SCP_CASES)
def test_service_control_policies(test: str, conclusion: str, changes: list[Change]) -> None:
    world = good()
    for change in changes:
        change(world)
    result = perform_in(world, test)
    assert result.conclusion == conclusion, (result.reason, result.rows)
    if result.rows:
        assert result.rows[0].verdict == "out of scope"
        assert "never bind the management account" in result.rows[0].note


def test_an_account_without_a_place_in_the_tree_is_its_row() -> None:
    world = good()
    world.records["organizations.units"][ORGANIZATION_TARGET].pop()
    result = perform_in(world, "ORG-1")
    assert "has no parent" in result.rows[1].observed
    assert (result.conclusion, result.holes) == ("not concluded", ())


def test_sessions_that_central_root_access_needs_are_named() -> None:
    world = good()
    condition = ROOT_ARN | {"Null": {"aws:AssumedRoot": "true"}}
    attach(FULL, scp("tower", document("Deny", Action="*", Resource="*", Condition=condition), "r-1"))(world)
    assert "sts:AssumeRoot" in perform_in(world, "ROOT-6").rows[1].note


def test_policies_that_are_switched_off_are_shown_with_where_that_is_written() -> None:
    world = good()
    world.records["organizations.units"][ORGANIZATION_TARGET][0]["Root"]["PolicyTypes"] = []
    result = perform_in(world, "ORG-1")
    assert result.severity == "high"
    assert [str(pointer).rpartition("/")[2] for pointer in result.rows[1].pointers] == [
        "accounts.jsonl:2",
        "units.jsonl:1",
    ]


@pytest.mark.parametrize("test", ["ROOT-6", "ORG-1"])
def test_a_policy_that_was_asked_for_and_is_not_listed_leaves_it_open(test: str) -> None:
    """Only one that could change the answer: what a policy in the list denies stays denied."""
    for listed, conclusion in (([FULL], OPEN), ([*COMPLETE], PASS)):
        world = good()
        attach(*listed)(world)
        world.options["calls"] = [asked("p-FullAWSAccess"), asked("p-gone"), asked("p-x", error_code="Gone")]
        result = perform_in(world, test)
        assert result.conclusion == conclusion
        assert "p-x" not in result.rows[1].observed


def test_a_policy_that_a_refusal_names_and_nobody_lists_leaves_it_open() -> None:
    world = good()
    attach(FULL)(world)
    denied = "arn:aws:organizations::1:policy/o-1/service_control_policy/p-unseen"
    refused = gap("iam.mfa-devices").model_copy(update={"message": f"explicit deny in {denied}"})
    del world.records["iam.mfa-devices"]
    world.options["gaps"] = [refused]
    assert "p-unseen" in perform_in(world, "ROOT-6").rows[1].observed


NO_LEAVING = scp("stay", document("Deny", Action=LEAVE, Resource="*"), "r-1")
COMPLETE = (FULL, NO_LEAVING, scp("root", ROOT_DENIED, "ou-1"))


def asked(policy: str, **members: str) -> CallRecord:
    return CallRecord(
        seq=1, item="organizations.policies", service="organizations", operation="DescribePolicy",
        parameters={"PolicyId": policy}, account=ACCOUNT, region="us-east-1", request_id="r", status=200,
        attempts=1, started=NOW, finished=NOW, aws_date=NOW, records=1, truncated=False, depth=1, file="",
        **members,
    )  # fmt: skip
