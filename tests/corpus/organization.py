"""SCPs: what restricts root and keeps members in (ROOT-6, ORG-1), and which regions they close."""

# ruff: noqa: E501  rows of tables are read across

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence.bundle.format.models import RegionState
from tests.controls.world import ACCOUNT, EU
from tests.controls.world_records import EVERYTHING, MEMBER, ROOT_DENIED, document, member, scp
from tests.corpus.labelled import EMPTY, EXCEPTION, FAIL, MET, OPEN, OUTSIDE, PASS, UNSETTLED, Case, table

SCP_DOC = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
LEAVE_DOC = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html"
TOWER_DOC = (
    "https://docs.aws.amazon.com/controltower/latest/controlreference/strongly-recommended-controls.html"
)
ACCOUNT_DOC = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html"
POLICIES, UNITS, ACCOUNTS = "organizations.policies", "organizations.units", "organizations.accounts"
ARN = f"arn:aws:organizations::{ACCOUNT}:account/o-1"

FULL = scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1", ACCOUNT, MEMBER)
STAY = scp("stay", document("Deny", Action="organizations:LeaveOrganization", Resource="*"), "r-1")
BOTH = [FULL, STAY, scp("root", ROOT_DENIED, "ou-1")]
ROOT_ARN = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}


def units(*kinds: Mapping[str, str], told: bool = True) -> list[Any]:
    return [
        {"Root": {"Id": "r-1"} | ({"PolicyTypes": list(kinds)} if told else {})},
        {"OrganizationalUnit": {"Id": "ou-1"}, "ParentId": "r-1"},
        {"AccountId": ACCOUNT, "ParentId": "r-1"},
        {"AccountId": MEMBER, "ParentId": "ou-1"},
    ]


def kind(status: str, name: str = "SERVICE_CONTROL_POLICY") -> dict[str, str]:
    return {"Type": name, "Status": status}


def both(name: str, value: tuple[dict[str, Any], Any]) -> list[Case]:
    """One case for each of the two tests, of records alike."""
    records, conclusion = value
    verdict = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    rows = {f"{ARN}/{MEMBER}": verdict, f"{ARN}/{ACCOUNT}": OUTSIDE}
    return [
        Case(test, name, conclusion, rows, records, only=True, reference=SCP_DOC)
        for test in ("ROOT-6", "ORG-1")
    ]


RCP = kind("ENABLED", "RESOURCE_CONTROL_POLICY")
OFF = {"PolicyTypeNotEnabled": "SERVICE_CONTROL_POLICY"}
UNREADABLE = scp("odd", {}, "ou-1")
DECLARATIVE = {
    **scp("p-decl", {"ec2_attributes": {}}, "r-1"),
    "PolicySummary": {"Id": "p-decl", "Name": "decl", "Type": "DECLARATIVE_POLICY_EC2"},
}
FORCE: dict[str, tuple[dict[str, Any], Any]] = {
    "the type is enabled": ({UNITS: units(kind("ENABLED"))}, PASS),
    "the type is enabled beside another": ({UNITS: units(RCP, kind("ENABLED"))}, PASS),
    "the type is not among the root's": ({UNITS: units(RCP)}, FAIL),
    "the root has no types": ({UNITS: units()}, FAIL),
    "the type is being disabled": ({UNITS: units(kind("PENDING_DISABLE"))}, FAIL),
    "the type is being enabled": ({UNITS: units(kind("PENDING_ENABLE"))}, FAIL),
    "the type is said to be not enabled, all is listed": ({POLICIES: [OFF, *BOTH]}, FAIL),
    "the type is said to be not enabled, nothing is listed": ({POLICIES: [OFF]}, FAIL),
    "the two sources differ on the type": ({UNITS: units(kind("ENABLED")), POLICIES: [OFF, *BOTH]}, FAIL),
    "an older record of the root without types": ({UNITS: units(told=False)}, PASS),
    "nothing is listed though the type is enabled": ({UNITS: units(kind("ENABLED")), POLICIES: []}, OPEN),
    "no policy at all at the root": ({POLICIES: [scp("FullAWSAccess", EVERYTHING, "ou-1", MEMBER), BOTH[2]]}, OPEN),
    "no policy at all at the unit": ({POLICIES: [scp("FullAWSAccess", EVERYTHING, "r-1", MEMBER), STAY]}, OPEN),
    "no policy at all at the account": ({POLICIES: [scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1"), STAY]}, OPEN),
    "a policy that denies, and nothing is allowed beside it": ({POLICIES: [
        scp("FullAWSAccess", EVERYTHING, "r-1", MEMBER), scp("s3", document("Deny", Action="s3:*", Resource="*"), "ou-1")]}, PASS),
    "a policy at the unit that nobody can read": ({POLICIES: [FULL, UNREADABLE]}, OPEN),
    "a policy elsewhere that nobody can read": ({POLICIES: [*BOTH, scp("odd", {}, "ou-9")]}, PASS),
    "a policy that nobody can read, and a Deny that is read": ({POLICIES: [*BOTH, UNREADABLE]}, PASS),
    "a policy without targets that can be read": ({POLICIES: [FULL, {**UNREADABLE, "Targets": None}]}, OPEN),
    "resource control policies restrict nobody": ({POLICIES: [FULL, {**BOTH[2], "PolicySummary": {
        "Id": "p-rcp", "Name": "rcp", "Type": "RESOURCE_CONTROL_POLICY"}}]}, FAIL),
    "declarative policies restrict nobody": ({POLICIES: [FULL, DECLARATIVE]}, FAIL),
    "a declarative policy beside the SCPs changes nothing": ({POLICIES: [*BOTH, DECLARATIVE]}, PASS),
    "a declarative type that is off changes nothing": ({POLICIES: [*BOTH, {"PolicyTypeNotEnabled": "DECLARATIVE_POLICY_EC2"}]}, PASS),
}  # fmt: skip
SWITCHED = tuple(case for name, value in FORCE.items() for case in both(name, value))


def deny(condition: Any = None, **elements: Any) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    said = {"Action": "*", "Resource": "*"} | elements | more
    return document("Deny", **{name: value for name, value in said.items() if value is not None})


def _policy(value: tuple[Any, Any]) -> dict[str, Any]:
    contents, conclusion = value
    listed = contents if isinstance(contents, list) else [contents]
    verdict = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    return {"records": {POLICIES: [FULL, *(scp(f"p{number}", one, "r-1") for number, one in enumerate(listed))]},
            "conclusion": conclusion, "rows": {f"{ARN}/{MEMBER}": verdict}}  # fmt: skip


ASSUMED = {"Null": {"aws:AssumedRoot": "true"}}
REGION = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}
GLOBAL = ["iam:*", "organizations:*", "sts:*", "support:*"]
ROOT_6 = table("ROOT-6", {
    "Control Tower: sessions of AssumeRoot are left out": (deny(ROOT_ARN | ASSUMED), PASS),
    "the same, as a value that is no text": (deny(ROOT_ARN | {"Null": {"aws:AssumedRoot": True}}), PASS),
    "only sessions of AssumeRoot are denied": (deny(ROOT_ARN | {"Null": {"aws:AssumedRoot": "false"}}), FAIL),
    "Bool without IfExists binds no root that signed in": (deny(ROOT_ARN | {"Bool": {"aws:AssumedRoot": "false"}}), FAIL),
    "BoolIfExists binds it": (deny(ROOT_ARN | {"BoolIfExists": {"aws:AssumedRoot": "false"}}), PASS),
    "regions are denied, to everybody": (deny(REGION, Action=None, NotAction=GLOBAL), FAIL),
    "regions are denied, of every action": (deny(REGION), FAIL),
    "regions are denied, to all but a role": (deny(REGION | {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), FAIL),
    "regions are denied to root": (deny(REGION | ROOT_ARN), FAIL),
    "regions are denied by what is listed": (deny({"StringEquals": {"aws:RequestedRegion": "ap-east-1"}}), FAIL),
    "regions are denied, and root too": ([deny(REGION), deny(ROOT_ARN)], PASS),
    "regions are denied, and root of a few actions": ([deny(REGION), deny(ROOT_ARN, Action="ec2:*")], OPEN),
    "every ARN is not every resource": (deny(ROOT_ARN, Resource="arn:aws:*"), OPEN),
    "every ARN of any partition is neither": (deny(ROOT_ARN, Resource="arn:*"), OPEN),
    "two stars are one": (deny(ROOT_ARN, Resource="**"), PASS),
    "a star among others": (deny(ROOT_ARN, Resource=["arn:aws:s3:::b", "*"]), PASS),
    "another account's root": (deny({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:root"}}), FAIL),
    "this account's root": (deny({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:root"}}), PASS),
    "all but root": (deny({"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), FAIL),
    "allowed only to root": ([document(Action="*", Resource="*", Condition=ROOT_ARN)], FAIL),
    "root in another partition": (deny({"StringLike": {"aws:PrincipalArn": "arn:aws-cn:iam::*:root"}}), FAIL),
}, _policy, reference=TOWER_DOC)  # fmt: skip

LEAVE = "organizations:LeaveOrganization"
ADMIN = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}
ORG_1 = table("ORG-1", {
    "by name": (deny(Action=LEAVE), PASS),
    "by name, in other letters": (deny(Action="Organizations:leaveorganization"), PASS),
    "every ARN does not reach it": (deny(Resource="arn:aws:*"), FAIL),
    "every ARN of the service does not reach it": (deny(Action=LEAVE, Resource="arn:aws:organizations::*:*"), FAIL),
    "its own account's ARN does not reach it": (deny(Action=LEAVE, Resource=f"{ARN}/{MEMBER}"), FAIL),
    "a star among ARNs does": (deny(Action=LEAVE, Resource=["arn:aws:*", "*"]), PASS),
    "all but an ARN does": (deny(Action=LEAVE, Resource=None, NotResource="arn:aws:s3:::b"), PASS),
    "all but everything does not": (deny(Action=LEAVE, Resource=None, NotResource="*"), FAIL),
    "to all but one role": (deny(ADMIN, Action=LEAVE), OPEN),
    "to root alone": (deny(ROOT_ARN), FAIL),
    "to root alone, by name": (deny(ROOT_ARN, Action=LEAVE), FAIL),
    "to root alone, and to all": ([deny(ROOT_ARN), deny(Action=LEAVE)], PASS),
    "regions, with the service left out": (deny(REGION, Action=None, NotAction=GLOBAL), FAIL),
    "regions, of every action": (deny(REGION), OPEN),
    "what is allowed leaves it out": (document(Action="organizations:*", Resource="arn:aws:*"), FAIL),
}, _policy, reference=LEAVE_DOC)  # fmt: skip


def without(*names: str, **members: Any) -> dict[str, Any]:
    described = member(MEMBER, "ledger")["Account"] | members
    return {"Account": {name: value for name, value in described.items() if name not in names}}


def _account(value: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    record, conclusion = value
    verdict = {PASS: MET, EMPTY: OUTSIDE, OPEN: UNSETTLED, FAIL: EXCEPTION}[conclusion]
    return {"records": {ACCOUNTS: [member(ACCOUNT, "management"), record]}, "conclusion": conclusion,
            "rows": {f"{ARN}/{MEMBER}": verdict}}  # fmt: skip


STATES: Sequence[Case] = [
    case
    for test in ("ROOT-6", "ORG-1")
    for case in table(test, {
        "an account without a name": (without("Name"), PASS),
        "an account with an empty name": (without(Name=""), PASS),
        "State alone": (without("Status"), PASS),
        "Status alone": (without("State"), PASS),
        "neither State nor Status": (without("State", "Status"), PASS),
        "not activated yet": (without(State="PENDING_ACTIVATION", Status=None), EMPTY),
        "not activated yet, by Status": (without("State", Status="PENDING_ACTIVATION"), EMPTY),
        "closed": (without("Status", State="CLOSED"), EMPTY),
        "suspended": (without("State", Status="SUSPENDED"), EMPTY),
        "being closed": (without("State", Status="PENDING_CLOSURE"), EMPTY),
        "a new word": (without(State="DORMANT"), PASS),
    }, _account, reference=ACCOUNT_DOC)
]  # fmt: skip

STRAY = "444444444444"
LISTED = [member(ACCOUNT, "management"), member(MEMBER, "ledger")]
ODD: Sequence[Case] = [
    case
    for test in ("ROOT-6", "ORG-1")
    for case in (
        Case(test, "an account without a place in the tree", OPEN, {f"{ARN}/{MEMBER}": UNSETTLED, STRAY: UNSETTLED},
             {UNITS: [*units(kind("ENABLED"))[:3], {"AccountId": STRAY, "ParentId": "ou-1"}]}),
        Case(test, "one account of two without a place", OPEN, {f"{ARN}/{MEMBER}": MET, f"{ARN}/{STRAY}": UNSETTLED},
             {ACCOUNTS: [*LISTED, member(STRAY, "stray")]}),
        Case(test, "an account without an ARN", PASS, {MEMBER: MET}, {ACCOUNTS: [LISTED[0], without("Arn")]}),
        Case(test, "an account without an id", OPEN, {"organization/organizations/accounts.jsonl:3": UNSETTLED}, {ACCOUNTS: [*LISTED, without("Id")]}),
        Case(test, "an account that only the tree names", OPEN, {f"{ARN}/{MEMBER}": MET, STRAY: UNSETTLED},
             {UNITS: [*units(kind("ENABLED")), {"AccountId": STRAY, "ParentId": "ou-1"}]}),
        Case(test, "an account that only a policy names", OPEN, {f"{ARN}/{MEMBER}": MET, STRAY: UNSETTLED},
             {POLICIES: [*copy.deepcopy(BOTH), scp("x", EVERYTHING, STRAY)]}),
    )
]  # fmt: skip

# Regions that a policy closes to the account: nothing need be there, and nobody forgot them. Policies bind members.
REGION_DOC = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"
HOME = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
TOWER = {"ArnNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/AWSControlTowerExecution"}}
OF_ANOTHER = {"organizations.organization": [{"Organization": {"Arn": "arn:o", "MasterAccountId": MEMBER}}]}
LEFT_OUT = {"options": {"regions": [
    RegionState(account=ACCOUNT, region=region, status="ENABLED", in_scope=scope, reason="not asked for")
    for region, scope in (("us-east-1", True), ("eu-west-1", False))
]}}  # fmt: skip


def _closed(value: tuple[dict[str, Any] | None, bool]) -> dict[str, Any]:
    statement, closes = value
    more = [scp("regions", statement, "r-1")] if statement else []
    return {"records": OF_ANOTHER | {POLICIES: [FULL, *more]}, "conclusion": PASS if closes else FAIL,
            "reference": REGION_DOC}  # fmt: skip


REGIONS = {
    "no policy": (None, False),
    "all but global services": (deny(HOME, Action=None, NotAction=GLOBAL), True),
    "all but global services and a role": (deny(HOME | TOWER, Action=None, NotAction=GLOBAL), True),
    "every action": (deny(HOME), True),
    "a few services": (deny(HOME, Action=["ec2:*", "config:*"]), False),
    "one role alone": (deny(HOME | {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), False),
    "every ARN": (deny(HOME, Resource="arn:aws:*"), False),
    "another region": (deny({"StringEquals": {"aws:RequestedRegion": "ap-east-1"}}), False),
    "an address as well": (deny(HOME | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), False),
    "it only allows": (document(Action="*", Resource="*", Condition=HOME), False),
}  # fmt: skip
CLOSED: tuple[Case, ...] = (
    *(replace(case, rows={"us-east-1": MET, "eu-west-1": OUTSIDE if case.conclusion is PASS else EXCEPTION}, options=LEFT_OUT["options"])
      for case in table("IPE-9", {f"closed: {name}": value for name, value in REGIONS.items()}, _closed)),
    *(replace(case, records={**case.records, "config.recorders": {EU: []}},
              rows={f"arn:aws:config:eu-west-1:{ACCOUNT}:recorder": OUTSIDE if case.conclusion is PASS else EXCEPTION})
      for case in table("CFG-1", {f"closed: {name}": value for name, value in REGIONS.items()}, _closed)),
    *(replace(case, records={**case.records, "access-analyzer.analyzers": {EU: []}},
              rows={"eu-west-1": OUTSIDE if case.conclusion is PASS else EXCEPTION})
      for case in table("AA-1", {f"closed: {name}": value for name, value in REGIONS.items()}, _closed)),
)  # fmt: skip

NO_ORGANIZATION = tuple(
    Case(test, "there is no organization, beside accounts that it lists", OPEN, {},
         {"organizations.organization": [{"Organization": None}]}, reference=ACCOUNT_DOC)
    for test in ("ROOT-5", "ROOT-6", "ORG-1")
)  # fmt: skip

CASES: tuple[Case, ...] = (*SWITCHED, *ROOT_6, *ORG_1, *STATES, *ODD, *CLOSED, *NO_ORGANIZATION)
