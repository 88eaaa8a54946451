"""MFA-2: AWS's published policies and what differs from them by one thing."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from tests.controls.world import IAM, password, row
from tests.controls.world_records import document, policy, user
from tests.corpus.labelled import EXCEPTION, FAIL, MET, OPEN, PASS, UNSETTLED, USER_GUIDE, Case, table

DETAILS = "iam.authorization-details"
SELF_MANAGE = f"{USER_GUIDE}reference_policies_examples_aws_my-sec-creds-self-manage.html"
MFA_ONLY = f"{USER_GUIDE}reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html"
DEVICE = f"{USER_GUIDE}reference_policies_examples_iam_mfa-selfmanage.html"
TUTORIAL = f"{USER_GUIDE}tutorial_users-self-manage-mfa-and-creds.html"
VIA = f"{USER_GUIDE}reference_policies_condition-keys.html#condition-keys-viaawsservice"
TAGS = f"{USER_GUIDE}access_iam-tags.html"
BOUNDARIES = f"{USER_GUIDE}access_policies_boundaries.html"
PRESENT = "aws:MultiFactorAuthPresent"
WITHOUT = {"BoolIfExists": {PRESENT: "false"}}
VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}

# What the policies of AWS's pages leave to somebody without MFA; the versions differ in these lists.
DEVICES = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ListVirtualMFADevices",
           "iam:ResyncMFADevice"]  # fmt: skip
NOW = [*DEVICES, "iam:GetUser", "iam:GetMFADevice", "sts:GetSessionToken"]
EARLIER = [*DEVICES, "iam:GetUser", "sts:GetSessionToken"]
FIRST_SIGN_IN = [*EARLIER, "iam:ChangePassword", "iam:GetAccountPasswordPolicy"]
OF_2018 = [*DEVICES, "iam:DeleteVirtualMFADevice", "iam:ListAccountAliases", "iam:ListUsers", "iam:ListSSHPublicKeys",
           "iam:ListAccessKeys", "iam:ListServiceSpecificCredentials", "iam:GetAccountSummary", "sts:GetSessionToken"]  # fmt: skip


def deny(*left: str, condition: Any = None, **more: Any) -> dict[str, Any]:
    return document("Deny", NotAction=list(left or NOW), Resource="*", Condition=condition or WITHOUT, **more)


def held(made: Any, **changes: Any) -> dict[str, Any]:
    return user("ann", UserPolicyList=[{"PolicyName": "mfa", "PolicyDocument": made}], **changes)


def _case(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    details = made if isinstance(made, list) else [held(made)]
    return {"records": {DETAILS: details}, "report": [row("ann", **password(1, 1))], "conclusion": conclusion,
            "rows": {"user/ann": VERDICTS[conclusion]}, "only": True}  # fmt: skip


def tagged(condition: Any, *tags: tuple[str, str]) -> list[Any]:
    return [held(deny(condition=condition), Tags=[{"Key": key, "Value": value} for key, value in tags])]


def bounded(*documents: Any, described: bool = True) -> list[Any]:
    arn = f"{IAM}:policy/boundary"
    own = user(
        "ann", PermissionsBoundary={"PermissionsBoundaryArn": arn, "PermissionsBoundaryType": "Policy"}
    )
    return [own, *(policy(arn, one) for one in documents if described)]


def wherever(**more: Any) -> dict[str, Any]:
    """The Deny's condition, with a further one beside the missing MFA."""
    return {**WITHOUT, **more}


UNLESS = wherever(StringNotEquals={"aws:PrincipalTag/mfa": "exempt"})
LIKE = wherever(StringNotLike={"aws:PrincipalTag/team": ["robots", "build-*"]})
IF_TAGGED = wherever(StringEquals={"aws:PrincipalTag/kind": "person"})

CASES: tuple[Case, ...] = (
    *table("MFA-2", {
        "AWS's policy for own credentials": (deny(*NOW), PASS),
        "AWS's policy for own credentials, without GetMFADevice": (deny(*EARLIER), PASS),
        "AWS's policy for own credentials, with the first sign-in": (deny(*FIRST_SIGN_IN), PASS),
        "Allows beside it": ({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}"}, *deny()["Statement"]]}, PASS),
        "in the older language, where variables are text": (deny() | {"Version": "2008-10-17"}, PASS),
        "one statement that is no list": ({"Version": "2012-10-17", "Statement": deny()["Statement"][0]}, PASS),
    }, _case, reference=SELF_MANAGE),
    *table("MFA-2", {
        "AWS's policy for the own device": (deny(*DEVICES, "iam:ListUsers"), PASS),
        "AWS's policy for the own device, with GetMFADevice": (deny(*DEVICES, "iam:ListUsers", "iam:GetMFADevice"), PASS),
        "the device may be taken off": (deny(*DEVICES, "iam:DeactivateMFADevice"), FAIL),
    }, _case, reference=DEVICE),
    *table("MFA-2", {
        "AWS's policy for MFA alone": (deny(*EARLIER), PASS),
        "nothing is left at all": (document("Deny", Action="*", Resource="*", Condition=WITHOUT), PASS),
    }, _case, reference=MFA_ONLY),
    *table("MFA-2", {
        "AWS's tutorial of 2018": (deny(*OF_2018), PASS),
        "reading IAM is left open": (deny("iam:Get*", "iam:List*"), PASS),
        "reading IAM by single names": (deny("iam:GetRole", "iam:ListRoles", "iam:ListPolicies"), PASS),
        "all of IAM is left open": (deny("iam:*"), FAIL),
        "a new password for others": (deny(*NOW, "iam:UpdateLoginProfile"), FAIL),
        "keys": (deny(*NOW, "iam:CreateAccessKey"), FAIL),
        "reading IAM, and one that writes": (deny("iam:Get*", "iam:List*", "iam:PassRole"), FAIL),
        "reading elsewhere": (deny(*NOW, "s3:GetObject"), FAIL),
        "listing elsewhere": (deny(*NOW, "s3:List*"), FAIL),
        "IAM's credential report may be made": (deny(*NOW, "iam:GenerateCredentialReport"), FAIL),
        "a role may be assumed": (deny(*NOW, "sts:AssumeRole"), FAIL),
        "every Get of every service": (deny("*:Get*"), FAIL),
    }, _case, reference=TUTORIAL),
    *table("MFA-2", {
        "not for what services ask": (deny(condition={"BoolIfExists": {PRESENT: "false", "aws:ViaAWSService": "false"}}), PASS),
        "the same as Bool": (deny(condition=wherever(Bool={"aws:ViaAWSService": "false"})), PASS),
        "only for what services ask": (deny(condition=wherever(Bool={"aws:ViaAWSService": "true"})), FAIL),
        "Bool for MFA leaves keys out": (deny(condition={"Bool": {PRESENT: "false", "aws:ViaAWSService": "false"}}), FAIL),
        "services' answer, in a null test": (deny(condition=wherever(Null={"aws:ViaAWSService": "false"})), PASS),
    }, _case, reference=VIA),
    *table("MFA-2", {
        "exempt by a tag that the user has": (tagged(UNLESS, ("mfa", "exempt")), FAIL),
        "exempt by a tag that the user has not": (tagged(UNLESS), PASS),
        "exempt by a tag with another value": (tagged(UNLESS, ("mfa", "required")), PASS),
        "exempt by a tag in other letters": (tagged(UNLESS, ("MFA", "exempt")), FAIL),
        "exempt by a value in other letters": (tagged(UNLESS, ("mfa", "Exempt")), PASS),
        "exempt by a pattern that the tag fits": (tagged(LIKE, ("team", "build-7")), FAIL),
        "exempt by a pattern that the tag does not fit": (tagged(LIKE, ("team", "ledger")), PASS),
        "bound by a tag that the user has": (tagged(IF_TAGGED, ("kind", "person")), PASS),
        "bound by a tag that the user has not": (tagged(IF_TAGGED), FAIL),
        "bound by a tag with another value": (tagged(IF_TAGGED, ("kind", "robot")), FAIL),
        "bound where a tag is missing": (tagged(wherever(Null={"aws:PrincipalTag/robot": "true"})), PASS),
        "bound where a tag is missing, and it is there": (tagged(wherever(Null={"aws:PrincipalTag/robot": "true"}), ("robot", "1")), FAIL),
        "bound by a tag of the session's": (deny(condition=wherever(StringEquals={"aws:RequestTag/kind": "person"})), OPEN),
        "bound by a tag, and the user's tags cannot be read": ([held(deny(condition=UNLESS), Tags="mfa")], OPEN),
        "no tag is asked, and the user's tags cannot be read": ([held(deny(), Tags="mfa")], PASS),
    }, _case, reference=TAGS),
    *table("MFA-2", {
        "the Deny stands in the boundary": (bounded(deny()), PASS),
        "a boundary without it": (bounded(document(Action="*", Resource="*")), FAIL),
        "a boundary that leaves keys open": (bounded(deny(*NOW, "iam:CreateAccessKey")), FAIL),
        "a boundary that nothing describes": (bounded(deny(), described=False), OPEN),
        "a boundary that cannot be read": (bounded({"Version": "2012-10-17"}), OPEN),
        "an Allow on condition of MFA in the boundary": (bounded(document(Action="*", Resource="*", Condition={"Bool": {PRESENT: "true"}})), FAIL),
    }, _case, reference=BOUNDARIES),
)  # fmt: skip
