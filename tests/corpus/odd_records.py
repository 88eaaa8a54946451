"""One odd user, group, role or policy costs one row, whatever is odd of it; and nothing passes because of it."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from tests.controls.world import IAM, ago, key, password, row
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    OWN,
    POWER_USER,
    READ_ONLY,
    document,
    policy,
    role,
    user,
)
from tests.corpus.labelled import (
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    OUTSIDE,
    PASS,
    UNSETTLED,
    USER_GUIDE,
    Case,
    table,
)

DETAILS = "iam.authorization-details"
API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html"
FILE = "123456789012/iam/authorization-details.jsonl"
BAD = {"Version": "2012-10-17"}
MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
ENROLMENT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:GetUser"]
DENY = document("Deny", NotAction=ENROLMENT, Resource="*", Condition=MFA)


def without(made: dict[str, Any], member: str) -> dict[str, Any]:
    ((kind, detail),) = made.items()
    return {kind: {name: value for name, value in detail.items() if name != member}}


def group(name: str, **changes: Any) -> dict[str, Any]:
    detail = {"GroupName": name, "Arn": f"{IAM}:group/{name}", "Path": "/", "AttachedManagedPolicies": []}
    return {"GroupDetail": detail | changes}


ODD_USERS = {
    "a user that is text": {"UserDetail": "bob"},
    "a user that is null": {"UserDetail": None},
    "a user without ARN": without(user("bob"), "Arn"),
    "a user whose ARN is a number": user("bob", Arn=7),
    "a user without name": without(user("bob"), "UserName"),
    "a user without path": without(user("bob"), "Path"),
    "a user whose groups are text": user("bob", GroupList="admins"),
    "a user whose groups are numbers": user("bob", GroupList=[7]),
    "a user without attached policies": without(user("bob"), "AttachedManagedPolicies"),
    "a user whose attached policies are null": user("bob", AttachedManagedPolicies=None),
    "a user whose attached policy has no ARN": user("bob", AttachedManagedPolicies=[{"PolicyName": "p"}]),
    "a user whose inline policy has no name": user("bob", UserPolicyList=[{"PolicyDocument": NARROW}]),
    "an empty record": {},
    "a record of another kind": {"Device": {}},
    "a record that is a list": [],
}  # fmt: skip
ODD_ROLES = {
    "a role that is text": {"RoleDetail": "bob"},
    "a role without ARN": without(role("bob"), "Arn"),
    "a role without name": without(role("bob"), "RoleName"),
    "a role without path": without(role("bob"), "Path"),
    "an empty record": {},
    "a record that is text": "RoleDetail",
}  # fmt: skip

AT_2 = f"{FILE}:2"


CASES: tuple[Case, ...] = (
    # The odd one comes between two that are as documented: both are still told of.
    *table("PRIV-2", ODD_USERS | ODD_ROLES | {"a group without path": without(group("bob"), "Path")}, lambda odd: {
        "records": {DETAILS: [user("a", AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}]), odd,
                              role("plain"), policy(ADMINISTRATOR, EVERYTHING)]},
        "rows": {"user/a": EXCEPTION, AT_2: UNSETTLED}, "only": True}, conclusion=FAIL, reference=API),
    *table("PRIV-8", ODD_USERS, lambda odd: {
        "records": {DETAILS: [user("a"), odd, user("z", AttachedManagedPolicies=[{"PolicyArn": OWN}]), policy(OWN, NARROW)]},
        "rows": {"user/a": MET, AT_2: UNSETTLED, "user/z": EXCEPTION}, "only": True}, conclusion=FAIL, reference=API),
    *table("PRIV-6", ODD_ROLES | {
        "a role without creation": without(role("bob"), "CreateDate"),
        "a role whose last use is a number": role("bob", RoleLastUsed={"LastUsedDate": 7}),
    }, lambda odd: {
        "records": {DETAILS: [role("a"), odd, role("z", RoleLastUsed={"LastUsedDate": ago(91)})]},
        "rows": {"role/a": MET, AT_2: UNSETTLED, "role/z": EXCEPTION}, "only": True}, conclusion=FAIL, reference=API),
    *table("TRUST-1", ODD_ROLES | {
        "a role without a trust policy": without(role("bob"), "AssumeRolePolicyDocument"),
        "a role whose trust policy has no statement": role("bob", AssumeRolePolicyDocument=BAD),
        "a role whose trust policy is no JSON": role("bob", AssumeRolePolicyDocument="{"),
        "a role whose trust policy is a number": role("bob", AssumeRolePolicyDocument=7),
    }, lambda odd: {
        "records": {DETAILS: [role("a"), odd, role("z", AssumeRolePolicyDocument=document(
            Action="sts:AssumeRole", Principal={"AWS": "*"}))]},
        "rows": {AT_2: UNSETTLED, "role/z *": EXCEPTION}}, conclusion=FAIL, reference=API),
    *table("PRIV-7", ODD_USERS | ODD_ROLES, lambda odd: {
        "records": {DETAILS: [user("a"), odd, user("z", UserPolicyList=[
            {"PolicyName": "p", "PolicyDocument": document(Action="iam:AttachUserPolicy", Resource="*")}])]},
        "rows": {"user/a": MET, AT_2: UNSETTLED, "user/z": EXCEPTION}, "only": True}, conclusion=FAIL, reference=API),
    *table("MFA-2", {name: odd for name, odd in ODD_USERS.items() if name != "a user that is null"}, lambda odd: {
        "records": {DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": DENY}]), odd, user("z")]},
        "report": [row("a", **password(1, 1)), row("bob", **password(1, 1)), row("z", **password(1, 1))],
        "rows": {"user/a": MET, "user/bob": UNSETTLED, "user/z": EXCEPTION}, "only": True},
        conclusion=FAIL, reference=API),
    *table("USER-2", {
        "a user whose tags are text": user("bob", Tags="Owner"),
        "a user whose tag has no key": user("bob", Tags=[{"Value": "ledger"}]),
        "a user whose owner is a number": user("bob", Tags=[{"Key": "Owner", "Value": 7}]),
        "a user without ARN": without(user("bob"), "Arn"),
        "a user whose creation is no time": user("bob", CreateDate="yesterday"),
        "an empty record": {},
    }, lambda odd: {
        "records": {DETAILS: [user("a"), odd, user("z", Tags=[])]},
        "report": [row(name, **key(1, 1, 1)) for name in ("a", "bob", "z")],
        "rows": {"user/a": MET, "user/bob": UNSETTLED, "user/z": EXCEPTION}, "only": True},
        conclusion=FAIL, reference=API),
    *table("USER-2", {"of nobody in the report": user("bob", Tags="Owner"), "of no kind": {}}, lambda odd: {
        "records": {DETAILS: [user("a"), odd]}, "report": [row("a", **key(1, 1, 1))],
        "rows": {"user/a": MET, AT_2: UNSETTLED}, "only": True}, conclusion=OPEN, reference=API),
    *table("SAMPLE", {
        "a role without path": without(role("bob"), "Path"),
        "a role that is text": {"RoleDetail": "bob"},
        "a role whose attached policies are null": role("bob", AttachedManagedPolicies=None),
        "an empty record": {},
    }, lambda odd: {
        "records": {DETAILS: [odd, role("app", attached=(OWN,)), role("audit", attached=(READ_ONLY,))]},
        "rows": {f"{FILE}:1": UNSETTLED, "role/app": MET, "role/audit": MET}}, conclusion=OPEN, reference=API),
    *table("IPE-1", {"of a user": user("dormant", Arn=None), "of no kind": {}}, lambda odd: {
        "records": {DETAILS: [user("svc-ledger"), odd]}, "rows": {AT_2: UNSETTLED}, "only": True},
        conclusion=OPEN, reference=API),
    *table("IPE-2", {"group": without(group("g"), "Arn"), "of no kind": {}}, lambda odd: {
        "records": {DETAILS: [odd, role("a"), role("b"), role("c"), policy(OWN, NARROW), policy(f"{OWN}2", NARROW)]},
        "rows": {"groups": UNSETTLED} | ({} if odd else {"roles": UNSETTLED, "policies": UNSETTLED})},
        conclusion=OPEN, reference=API),

    # A policy that nobody can read: a row of its own, and one for whoever holds it.
    *table("PRIV-1", {
        "without statement": BAD, "no JSON": "{", "Permit stands as Effect": document("Permit", Action="*", Resource="*"),
        "Action twice": document(Action="*", NotAction="iam:*", Resource="*"), "a number": 7, "null": None,
    }, lambda made: {
        "records": {DETAILS: [role("r", attached=(OWN, f"{OWN}2")), policy(OWN, made), policy(f"{OWN}2", EVERYTHING),
                              role("i", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": made}])]},
        "rows": {"policy/own": UNSETTLED, "policy/own2": EXCEPTION, "role/i inline:p": UNSETTLED}, "only": True},
        conclusion=FAIL, reference=f"{USER_GUIDE}reference_policies_grammar.html"),
    Case("PRIV-1", "a policy without ARN", OPEN, records={DETAILS: [policy(OWN, NARROW), {"Policy": {"PolicyVersionList": []}}, role("r", attached=(OWN,))]},
         rows={"policy/own": MET, AT_2: UNSETTLED}, only=True, reference=API),
    Case("PRIV-1", "a policy that is held and not described", OPEN, records={DETAILS: [role("r", attached=(OWN,))]},
         rows={"policy/own": UNSETTLED}, only=True, reference=API),
    Case("PRIV-1", "AWS's own, not described: not this test's", OPEN, records={DETAILS: [role("r", attached=(READ_ONLY, OWN)), policy(OWN, BAD)]},
         rows={"policy/own": UNSETTLED}, only=True, reference=API),
    Case("PRIV-1", "nobody is known to hold it, but somebody cannot be read", OPEN,
         records={DETAILS: [policy(OWN, EVERYTHING), without(role("r"), "Path")]},
         rows={"policy/own": UNSETTLED, AT_2: UNSETTLED}, only=True, reference=API),
    Case("PRIV-1", "the same, of a policy that gives little", OPEN,
         records={DETAILS: [policy(OWN, NARROW), without(role("r"), "Path")]},
         rows={"policy/own": MET, AT_2: UNSETTLED}, only=True, reference=API),
    *table("PRIV-2", {
        "attached, without statement": ([role("r", attached=(OWN,)), policy(OWN, BAD)], UNSETTLED, OPEN),
        "attached, not described": ([role("r", attached=(OWN,))], UNSETTLED, OPEN),
        "attached, with two default versions": ([role("r", attached=(OWN,)), {"Policy": {"Arn": OWN, "PolicyVersionList": [
            {"VersionId": version, "IsDefaultVersion": True, "Document": NARROW} for version in ("v1", "v2")]}}], UNSETTLED, OPEN),
        "inline": ([role("r", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": BAD}])], UNSETTLED, OPEN),
        "beside what makes an administrator": ([role("r", attached=(OWN, ADMINISTRATOR)), policy(OWN, BAD), policy(ADMINISTRATOR, EVERYTHING)], EXCEPTION, FAIL),
        "AWS's, of which the document is lost": ([role("r", attached=(POWER_USER,)), policy(POWER_USER, BAD)], UNSETTLED, OPEN),
    }, lambda value: {"records": {DETAILS: value[0]}, "rows": {"role/r": value[1]}, "only": True, "conclusion": value[2]}, reference=API),
    Case("PRIV-2", "an administrator group without members, but for a user who cannot be read", OPEN,
         records={DETAILS: [group("g", AttachedManagedPolicies=[{"PolicyArn": ADMINISTRATOR}]), user("a", GroupList=7), policy(ADMINISTRATOR, EVERYTHING)]},
         rows={"group/g": UNSETTLED, AT_2: UNSETTLED}, only=True, reference=API),
    Case("PRIV-2", "a user in a group that the details do not describe", OPEN,
         records={DETAILS: [user("a", GroupList=["lost"])]}, rows={"user/a": UNSETTLED}, only=True, reference=API),
    Case("PRIV-2", "a service-linked role with a policy that nobody can read is AWS's", OPEN,
         records={DETAILS: [role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", (OWN,)), {}]},
         rows={AT_2: UNSETTLED}, only=True, reference=API),
    *table("MFA-2", {
        "a policy of the group": ([user("a", GroupList=["g"]), group("g", GroupPolicyList=[{"PolicyName": "p", "PolicyDocument": BAD}])], UNSETTLED, OPEN),
        "the group": ([user("a", GroupList=["g"]), without(group("g"), "Path")], UNSETTLED, OPEN),
        "the group, which no record describes": ([user("a", GroupList=["g"])], UNSETTLED, OPEN),
        "an own policy, beside a Deny that suffices": ([user("a", UserPolicyList=[
            {"PolicyName": "p", "PolicyDocument": BAD}, {"PolicyName": "q", "PolicyDocument": DENY}])], MET, PASS),
        "an own policy, beside a Deny that does not": ([user("a", UserPolicyList=[
            {"PolicyName": "p", "PolicyDocument": BAD}, {"PolicyName": "q", "PolicyDocument": document("Deny", NotAction="iam:*", Resource="*", Condition=MFA)}])], UNSETTLED, OPEN),
    }, lambda value: {"records": {DETAILS: value[0]}, "report": [row("a", **password(1, 1))], "rows": {"user/a": value[1]},
                      "only": True, "conclusion": value[2]}, reference=API),
    *table("PRIV-7", {
        "an own policy": ([user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": BAD}])], UNSETTLED, OPEN),
        "a group": ([user("a", GroupList=["lost"])], UNSETTLED, OPEN),
        "a policy beside an open path": ([user("a", UserPolicyList=[
            {"PolicyName": "p", "PolicyDocument": BAD},
            {"PolicyName": "q", "PolicyDocument": document(Action="iam:AttachUserPolicy", Resource="*")}])], EXCEPTION, FAIL),
        "the boundary, beside a path": ([policy(OWN, BAD), user("a", PermissionsBoundary={"PermissionsBoundaryArn": OWN}, UserPolicyList=[
            {"PolicyName": "q", "PolicyDocument": document(Action="iam:AttachUserPolicy", Resource="*")}])], UNSETTLED, OPEN),
    }, lambda value: {"records": {DETAILS: value[0]}, "rows": {"user/a": value[1]}, "only": True, "conclusion": value[2]}, reference=API),
    # Who else is administrator decides, and somebody cannot be read.
    Case("PRIV-7", "a key for one named user, and somebody cannot be read", OPEN,
         records={DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="iam:CreateAccessKey", Resource=f"{IAM}:user/bob")}]),
                            without(user("bob"), "Path")]},
         rows={"user/a": UNSETTLED, AT_2: UNSETTLED}, only=True, reference=API),
    Case("PRIV-7", "a key for one named user, whose policy cannot be read", OPEN,
         records={DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="iam:CreateAccessKey", Resource=f"{IAM}:user/bob")}]),
                            user("bob", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": BAD}])]},
         rows={"user/a": UNSETTLED, "user/bob": UNSETTLED}, only=True, reference=API),
    Case("PRIV-7", "a key for one named user, who holds little", PASS,
         records={DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="iam:CreateAccessKey", Resource=f"{IAM}:user/bob")}]), user("bob")]},
         rows={"user/a": MET, "user/bob": MET}, only=True, reference=API),
    Case("PRIV-7", "a workload may be taken over, and an administrator's trust cannot be read", OPEN,
         records={DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="lambda:UpdateFunctionCode", Resource="*")}]),
                            role("r", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=BAD), policy(ADMINISTRATOR, EVERYTHING)]},
         rows={"user/a": UNSETTLED, "role/r": OUTSIDE}, only=True, reference=API),
    Case("PRIV-7", "a group with a path and no members, but for a user who cannot be read", OPEN,
         records={DETAILS: [user("a", GroupList=7), group("g", GroupPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="iam:AttachGroupPolicy", Resource="*")}])]},
         rows={"group/g": UNSETTLED, f"{FILE}:1": UNSETTLED}, only=True, reference=API),
    Case("PRIV-9", "nobody is known to hold it, and somebody cannot be read", OPEN,
         records={DETAILS: [user("a"), without(role("r"), "Path")]}, rows={"root": UNSETTLED}, only=True, reference=API),
    Case("PRIV-9", "somebody holds it, whoever cannot be read", PASS,
         records={DETAILS: [role("s", attached=("arn:aws:iam::aws:policy/AWSSupportAccess",)), {}]}, rows={"root": MET}, only=True, reference=API),
    Case("PRIV-8", "an inline policy that nobody can read is one", FAIL,
         records={DETAILS: [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": BAD}])]}, rows={"user/a": EXCEPTION}, only=True, reference=API),
)  # fmt: skip
