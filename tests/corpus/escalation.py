"""PRIV-7, PRIV-8, PRIV-9: ways to become administrator, and how permissions reach people."""

# ruff: noqa: E501  rows of tables are read across

from collections.abc import Sequence
from typing import Any

from evidence.policies.escalation import PATHS, Way
from tests.controls.world import ACCOUNT, IAM
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    POWER_USER,
    SUPPORT,
    document,
    policy,
    role,
    user,
)
from tests.corpus.labelled import (
    EMPTY,
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

RHINO = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/"
PASSING = f"{USER_GUIDE}id_roles_use_passrole.html"
BOUNDARIES = f"{USER_GUIDE}access_policies_boundaries.html"
DETAILS = "iam.authorization-details"
OWN, BOUNDARY = f"{IAM}:policy/own", f"{IAM}:policy/boundary"
VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}
LAMBDA = ["lambda:CreateFunction", "lambda:InvokeFunction"]


def both(*documents: dict[str, Any]) -> dict[str, Any]:
    return documents[0] | {"Statement": [part for one in documents for part in one["Statement"]]}


def allow(*actions: str, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return document(Action=list(actions), Resource=resource, **elements)


def deny(*actions: str, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return document("Deny", Action=list(actions), Resource=resource, **elements)


def of_a_user(*documents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    inline = [{"PolicyName": f"p{at}", "PolicyDocument": one} for at, one in enumerate(documents)]
    return user("a", UserPolicyList=inline, **changes)


def of_a_role(*documents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    inline = [{"PolicyName": f"p{at}", "PolicyDocument": one} for at, one in enumerate(documents)]
    return role("r", RolePolicyList=inline, **changes)


def _user(value: tuple[Any, ...]) -> dict[str, Any]:
    *documents, conclusion = value
    return {"records": {DETAILS: [of_a_user(*documents)]}, "conclusion": conclusion,
            "rows": {"user/a": VERDICTS[conclusion]}, "only": True}  # fmt: skip


def _role(value: tuple[Any, ...]) -> dict[str, Any]:
    *documents, conclusion = value
    return {"records": {DETAILS: [of_a_role(*documents)]}, "conclusion": conclusion,
            "rows": {"role/r": VERDICTS[conclusion]}, "only": True}  # fmt: skip


def _records(value: tuple[Sequence[Any], Any, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {"records": {DETAILS: list(records)}, "conclusion": conclusion, "rows": rows, "only": True}


EVERYWHERE = {
    f"{path.id} on every resource ({path.service or path.target})": (
        allow(*path.actions),
        OPEN
        if path.service == "sso.amazonaws.com"
        else PASS
        if path.way in (Way.TAKE_OVER, Way.ASSUME)
        else FAIL,
    )
    for path in PATHS
}
LACKING = {
    f"{path.id} without {path.actions[0]} ({path.service or path.target})": (
        allow(*path.actions[1:], "s3:GetObject"),
        PASS,
    )
    for path in PATHS
    if path.way is Way.PASS
}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
TO_ECS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}

BY_A_USER = {
    "nothing of the kind": (NARROW, PASS),
    "reading IAM": (allow("iam:Get*", "iam:List*"), PASS),
    "by a pattern": (allow("iam:Create*Version"), FAIL),
    "in small letters": (allow("IAM:attachuserpolicy"), FAIL),
    "by NotAction": (document(NotAction=["s3:*", "iam:DeleteUser"], Resource=f"{IAM}:user/*"), FAIL),
    "on every user of the account": (allow("iam:PutUserPolicy", resource=f"{IAM}:user/*"), FAIL),
    "on every user of any account": (allow("iam:PutUserPolicy", resource="arn:aws:iam::*:user/*"), FAIL),
    "on every ARN": (allow("iam:PutUserPolicy", resource="arn:aws:*"), FAIL),
    "on every user of another account": (allow("iam:PutUserPolicy", resource="arn:aws:iam::333333333333:user/*"), PASS),
    "on oneself": (allow("iam:PutUserPolicy", resource=f"{IAM}:user/a"), FAIL),
    "on oneself by a variable": (allow("iam:AttachUserPolicy", resource=f"{IAM}:user/${{aws:username}}"), FAIL),
    "on somebody else": (allow("iam:PutUserPolicy", resource=f"{IAM}:user/b"), PASS),
    "on users of a path": (allow("iam:PutUserPolicy", resource=f"{IAM}:user/dev/*"), PASS),
    "a key for oneself": (allow("iam:CreateAccessKey", resource=f"{IAM}:user/${{aws:username}}"), PASS),
    "a key for anybody": (allow("iam:CreateAccessKey", resource=f"{IAM}:user/*"), FAIL),
    "attaching one harmless policy": (allow("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}), PASS),
    "attaching what has a boundary": (allow("iam:AttachRolePolicy", Condition={"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}), OPEN),
    "with MFA": (allow("iam:CreatePolicyVersion", Condition=MFA), OPEN),
    "of tagged principals": (allow("iam:CreatePolicyVersion", Condition={"StringEquals": {"aws:PrincipalTag/team": "core"}}), OPEN),
    "denied": (both(allow("iam:CreatePolicyVersion"), deny("iam:*")), PASS),
    "denied without MFA": (both(allow("iam:CreatePolicyVersion"), deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})), OPEN),
    "denied in another policy": (allow("iam:CreatePolicyVersion"), deny("iam:CreatePolicyVersion"), PASS),
    "denied of one policy": (both(allow("iam:CreatePolicyVersion"), deny("iam:*", resource=f"{IAM}:policy/core")), FAIL),
    "something else denied": (both(allow("iam:CreatePolicyVersion"), deny("s3:*")), FAIL),
    "in one region": (allow("iam:PassRole"), allow(*LAMBDA, Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), FAIL),
    "denied outside one region": (both(allow("iam:PassRole", *LAMBDA), document("Deny", NotAction=["iam:*"], Resource="*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})), FAIL),
    "passing to lambda alone": (both(allow("iam:PassRole", Condition=TO_LAMBDA), allow(*LAMBDA)), FAIL),
    "passing to another service": (both(allow("iam:PassRole", Condition=TO_ECS), allow(*LAMBDA)), PASS),
    "passing one role that is no administrator": (both(allow("iam:PassRole", resource=f"{IAM}:role/app"), allow(*LAMBDA)), PASS),
    "passing every role": (both(allow("iam:PassRole", resource=f"{IAM}:role/*"), allow(*LAMBDA)), FAIL),
    "passing every role, functions of a name": (both(allow("iam:PassRole"), allow(*LAMBDA, resource=f"arn:aws:lambda:*:{ACCOUNT}:function:dev-*")), FAIL),
    "in two policies": (allow("iam:PassRole"), allow(*LAMBDA), FAIL),
    "half of it": (allow("iam:PassRole", "lambda:InvokeFunction"), PASS),
    "the other half": (allow(*LAMBDA), PASS),
    "one's own functions' code": (allow("lambda:UpdateFunctionCode", resource=f"arn:aws:lambda:*:{ACCOUNT}:function:dev-*"), PASS),
}  # fmt: skip

BY_A_ROLE = {
    "a role may attach to itself": (allow("iam:AttachRolePolicy", resource=f"{IAM}:role/r"), FAIL),
    "a role may attach to another": (allow("iam:AttachRolePolicy", resource=f"{IAM}:role/s"), PASS),
    "a role may trust whom it wants, itself": (allow("iam:UpdateAssumeRolePolicy", resource=f"{IAM}:role/r"), PASS),
    "a role may trust whom it wants, anywhere": (allow("iam:UpdateAssumeRolePolicy"), FAIL),
    "a role has no user name": (allow("iam:PutUserPolicy", resource=f"{IAM}:user/${{aws:username}}"), PASS),
}  # fmt: skip

STRONG = role("strong", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=document(
    Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))  # fmt: skip


def trusting(principal: Any, *more: dict[str, Any], **elements: Any) -> dict[str, Any]:
    trust = document(Action="sts:AssumeRole", Principal=principal, **elements)
    return role("strong", attached=(ADMINISTRATOR,), AssumeRolePolicyDocument=both(trust, *more))


WHOLE = {"AWS": f"{IAM}:root"}
FOREIGN = document(Action="sts:AssumeRole", Principal={"AWS": "arn:aws:iam::902371465120:root"})
ADMIN, SAFE = policy(ADMINISTRATOR, EVERYTHING), policy(BOUNDARY, allow("s3:*", "lambda:*"))
BOUND = {"PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY, "PermissionsBoundaryType": "Policy"}}
HOLDS_OWN = {"AttachedManagedPolicies": [{"PolicyArn": OWN}]}
ADMINS = {"GroupDetail": {"GroupName": "admins", "Arn": f"{IAM}:group/admins", "Path": "/",
                          "AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR}]}}  # fmt: skip


def group(*documents: dict[str, Any]) -> dict[str, Any]:
    inline = [{"PolicyName": f"p{at}", "PolicyDocument": one} for at, one in enumerate(documents)]
    return {"GroupDetail": {"GroupName": "g", "Arn": f"{IAM}:group/g", "Path": "/", "AttachedManagedPolicies": [],
                            "GroupPolicyList": inline}}  # fmt: skip


TOGETHER = {
    "nobody at all": ([], EMPTY, {}),
    "an administrator is PRIV-2's": ([role("r", attached=(ADMINISTRATOR,)), ADMIN], EMPTY, {"role/r": OUTSIDE}),
    "who holds all of IAM is PRIV-2's": ([of_a_user(allow("iam:*"))], EMPTY, {"user/a": OUTSIDE}),
    "a member of the administrators is PRIV-2's": ([ADMINS, user("a", GroupList=["admins"]), ADMIN], EMPTY, {"group/admins": OUTSIDE, "user/a": OUTSIDE}),
    "a service-linked role": ([role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": allow("iam:PutRolePolicy")}])], EMPTY, {"role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX": OUTSIDE}),
    "by a group": ([group(allow("iam:PutGroupPolicy")), user("a", GroupList=["g"])], FAIL, {"group/g": EXCEPTION, "user/a": EXCEPTION}),
    "by one's own group alone": ([group(allow("iam:PutGroupPolicy", resource=f"{IAM}:group/g")), user("a", GroupList=["g"])], FAIL, {"group/g": EXCEPTION, "user/a": EXCEPTION}),
    "by somebody else's group": ([group(allow("iam:PutGroupPolicy", resource=f"{IAM}:group/h")), user("a", GroupList=["g"])], PASS, {"group/g": MET, "user/a": MET}),
    "a group without members": ([group(allow("iam:PutGroupPolicy"))], PASS, {"group/g": MET}),
    "half by the group, half one's own": ([group(allow("iam:PassRole")), of_a_user(allow(*LAMBDA), GroupList=["g"])], FAIL, {"group/g": MET, "user/a": EXCEPTION}),
    "joining the administrators": ([ADMINS, of_a_user(allow("iam:AddUserToGroup", resource=f"{IAM}:group/admins")), ADMIN], FAIL, {"group/admins": OUTSIDE, "user/a": EXCEPTION}),
    "joining others": ([ADMINS, of_a_user(allow("iam:AddUserToGroup", resource=f"{IAM}:group/g")), ADMIN], PASS, {"group/admins": OUTSIDE, "user/a": MET}),
    "passing the administrator's role": ([STRONG, of_a_user(allow("iam:PassRole", resource=f"{IAM}:role/strong"), allow(*LAMBDA)), ADMIN], FAIL, {"role/strong": OUTSIDE, "user/a": EXCEPTION}),
    "a new version of the policy that one holds": ([user("a", **HOLDS_OWN), policy(OWN, allow("iam:CreatePolicyVersion", resource=OWN))], FAIL, {"user/a": EXCEPTION}),
    "a new version of another": ([user("a", **HOLDS_OWN), policy(OWN, allow("iam:CreatePolicyVersion", resource=f"{IAM}:policy/x"))], PASS, {"user/a": MET}),
    "AWS's PowerUserAccess, where Identity Center is at home": ([role("r", attached=(POWER_USER,)), policy(POWER_USER, document(NotAction=["iam:*"], Resource="*"))], OPEN, {"role/r": UNSETTLED}),
    "a boundary that bars it": ([of_a_user(allow("iam:PutUserPolicy"), **BOUND), SAFE], PASS, {"user/a": MET}),
    "a boundary that does not": ([of_a_user(allow("iam:PutUserPolicy"), **BOUND), policy(BOUNDARY, allow("iam:Put*"))], FAIL, {"user/a": EXCEPTION}),
    "a boundary that denies it": ([of_a_user(allow("iam:PutUserPolicy"), **BOUND), policy(BOUNDARY, both(EVERYTHING, deny("iam:Put*")))], PASS, {"user/a": MET}),
    "a boundary that nothing describes": ([of_a_user(allow("iam:PutUserPolicy"), **BOUND)], OPEN, {"user/a": UNSETTLED}),
    "code of every function, one runs as administrator": ([STRONG, of_a_user(allow("lambda:UpdateFunctionCode")), ADMIN], OPEN, {"role/strong": OUTSIDE, "user/a": UNSETTLED}),
    "code of every function, denied": ([STRONG, of_a_user(both(allow("lambda:UpdateFunctionCode"), deny("lambda:*"))), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "sessions on every instance, none runs as administrator": ([STRONG, of_a_user(allow("ssm:StartSession")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "assuming every role, one is administrator and trusts the account": ([trusting(WHOLE), of_a_user(allow("sts:AssumeRole")), ADMIN], FAIL, {"role/strong": OUTSIDE, "user/a": EXCEPTION}),
    "assuming every role, by the account's number": ([trusting({"AWS": ACCOUNT}), of_a_user(allow("sts:*", resource=f"{IAM}:role/*")), ADMIN], FAIL, {"role/strong": OUTSIDE, "user/a": EXCEPTION}),
    "assuming every role, it trusts anybody": ([trusting("*"), of_a_user(allow("sts:AssumeRole")), ADMIN], FAIL, {"role/strong": OUTSIDE, "user/a": EXCEPTION}),
    "assuming every role, it trusts one": ([trusting({"AWS": f"{IAM}:user/b"}), of_a_user(allow("sts:AssumeRole")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "assuming every role, it trusts with MFA": ([trusting(WHOLE, Condition=MFA), of_a_user(allow("sts:AssumeRole")), ADMIN], OPEN, {"role/strong": OUTSIDE, "user/a": UNSETTLED}),
    "assuming every role, it denies some": ([trusting(WHOLE, document("Deny", Action="sts:AssumeRole", Principal={"AWS": f"{IAM}:user/a"})), of_a_user(allow("sts:AssumeRole")), ADMIN], OPEN, {"role/strong": OUTSIDE, "user/a": UNSETTLED}),
    "assuming every role with MFA": ([trusting(WHOLE), of_a_user(allow("sts:AssumeRole", Condition=MFA)), ADMIN], OPEN, {"role/strong": OUTSIDE, "user/a": UNSETTLED}),
    "assuming every role is denied": ([trusting(WHOLE), of_a_user(both(allow("sts:AssumeRole"), deny("sts:*"))), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "assuming the administrator's role by its name": ([trusting(WHOLE), of_a_user(allow("sts:AssumeRole", resource=f"{IAM}:role/strong")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "assuming every role, only services are trusted": ([STRONG, of_a_user(allow("sts:AssumeRole")), ADMIN], PASS, {"role/strong": OUTSIDE, "user/a": MET}),
    "AWS's PowerUserAccess beside a role that trusts the account": ([trusting(WHOLE), role("r", attached=(POWER_USER,)), policy(POWER_USER, document(NotAction=["iam:*"], Resource="*")), ADMIN], FAIL, {"role/strong": OUTSIDE, "role/r": EXCEPTION}),
    "a role that outsiders take": ([of_a_role(allow("iam:PutRolePolicy"), AssumeRolePolicyDocument=FOREIGN)], FAIL, {"role/r": EXCEPTION}),
    "one of two": ([of_a_user(allow("iam:PutUserPolicy")), role("r")], FAIL, {"user/a": EXCEPTION, "role/r": MET}),
}  # fmt: skip

PRIV_7 = (
    *table("PRIV-7", EVERYWHERE, _user, reference=RHINO),
    *table("PRIV-7", LACKING, _user, reference=PASSING),
    *table("PRIV-7", BY_A_USER, _user, reference=RHINO),
    *table("PRIV-7", BY_A_ROLE, _role, reference=RHINO),
    *table("PRIV-7", TOGETHER, _records, reference=BOUNDARIES),
)

HOLDS_SUPPORT = {"AttachedManagedPolicies": [{"PolicyArn": SUPPORT}]}
HELP = policy(SUPPORT, allow("support:*"))
HELPERS = {"GroupDetail": {"GroupName": "g", "Arn": f"{IAM}:group/g", "Path": "/", **HOLDS_SUPPORT}}
INLINE = {"UserPolicyList": [{"PolicyName": "p", "PolicyDocument": NARROW}]}

PRIV_8 = table("PRIV-8", {
    "no user": ([role("r")], EMPTY, {}),
    "nothing of one's own": ([user("a")], PASS, {"user/a": MET}),
    "by a group": ([group(NARROW), user("a", GroupList=["g"])], PASS, {"user/a": MET}),
    "attached": ([user("a", **HOLDS_OWN), policy(OWN, NARROW)], FAIL, {"user/a": EXCEPTION}),
    "inline": ([user("a", **INLINE)], FAIL, {"user/a": EXCEPTION}),
    "attached and inline": ([user("a", **HOLDS_OWN, **INLINE), policy(OWN, NARROW)], FAIL, {"user/a": EXCEPTION}),
    "a boundary is no permission": ([user("a", **BOUND), SAFE], PASS, {"user/a": MET}),
    "AWS's policy attached": ([user("a", **HOLDS_SUPPORT), HELP], FAIL, {"user/a": EXCEPTION}),
    "a role may hold what it will": ([user("a"), role("r", attached=(OWN,)), policy(OWN, NARROW)], PASS, {"user/a": MET}),
    "one of two": ([user("a"), user("b", **INLINE)], FAIL, {"user/a": MET, "user/b": EXCEPTION}),
}, _records, reference=f"{USER_GUIDE}best-practices.html")  # fmt: skip

PRIV_9 = table("PRIV-9", {
    "nobody": ([user("a"), role("r")], FAIL, {"root": EXCEPTION}),
    "nobody at all": ([], FAIL, {"root": EXCEPTION}),
    "a role": ([role("r", attached=(SUPPORT,)), HELP], PASS, {"root": MET}),
    "a user": ([user("a", **HOLDS_SUPPORT), HELP], PASS, {"root": MET}),
    "a group with a member": ([HELPERS, user("a", GroupList=["g"]), HELP], PASS, {"root": MET}),
    "a group without members": ([HELPERS, user("a"), HELP], FAIL, {"root": EXCEPTION}),
    "a policy of the same name, one's own": ([role("r", attached=(f"{IAM}:policy/AWSSupportAccess",)), policy(f"{IAM}:policy/AWSSupportAccess", NARROW)], FAIL, {"root": EXCEPTION}),
    "described, attached to nobody": ([role("r"), HELP], FAIL, {"root": EXCEPTION}),
    "a service-linked role": ([role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", (SUPPORT,)), HELP], FAIL, {"root": EXCEPTION}),
    "as a boundary only": ([role("r", PermissionsBoundary={"PermissionsBoundaryArn": SUPPORT}), HELP], FAIL, {"root": EXCEPTION}),
    "in another partition": ([role("r", attached=("arn:aws-us-gov:iam::aws:policy/AWSSupportAccess",)), policy("arn:aws-us-gov:iam::aws:policy/AWSSupportAccess", allow("support:*"))], PASS, {"root": MET}),
}, _records, reference=f"{USER_GUIDE}access_policies_managed-vs-inline.html")  # fmt: skip

CASES: tuple[Case, ...] = (*PRIV_7, *PRIV_8, *PRIV_9)
