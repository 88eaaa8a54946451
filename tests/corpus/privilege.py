"""PRIV: what policies amount to, and who holds them."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from tests.controls.world import IAM
from tests.controls.world_records import (
    ADMINISTRATOR,
    EVERYTHING,
    NARROW,
    POWER_USER,
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

ELEMENTS = f"{USER_GUIDE}reference_policies_elements"
OWN = f"{IAM}:policy/own"
BUCKET = "arn:aws:s3:::bucket"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def held(*policies: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One role `r` that holds each of the customer's policies."""
    own = tuple(entry["Policy"]["Arn"] for entry in policies)
    return {"records": {"iam.authorization-details": [role("r", attached=own, **changes), *policies]}}


def _document(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    verdict = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    return held(policy(OWN, made)) | {"conclusion": conclusion, "rows": {"policy/own": verdict}, "only": True}


def _inline(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    verdict = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    entry = role("r", "/team/", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": made}])
    return {"records": {"iam.authorization-details": [entry]}, "conclusion": conclusion,
            "rows": {"role/team/r inline:p": verdict}, "only": True}  # fmt: skip


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **elements}


DOCUMENTS = {
    "everything, as text": (document(Action="*", Resource="*"), FAIL),
    "everything, as lists": (document(Action=["*"], Resource=["*"]), FAIL),
    "*:*": (document(Action="*:*", Resource="*"), FAIL),
    "two stars": (document(Action="**", Resource="*"), FAIL),
    "everything among others": (document(Action=["s3:GetObject", "*"], Resource=[BUCKET, "*"]), FAIL),
    "every ARN": (document(Action="*", Resource="arn:aws:*"), FAIL),
    "every ARN of an account": (document(Action="*", Resource="arn:aws:*:*:123456789012:*"), FAIL),
    "every ARN of one service": (document(Action="*", Resource="arn:aws:s3:::*"), PASS),
    "every ARN, part by part": (document(Action="*", Resource="arn:*:*:*:*:*"), FAIL),
    "element names in lower case": (
        {"statement": [{"effect": "Allow", "action": "*", "resource": "*"}]}, FAIL),
    "one statement without a list": ({"Statement": allow(Action="*", Resource="*")}, FAIL),
    "the last of several statements": ({"Statement": [
        allow(Action="s3:Get*", Resource="*"), allow(Action="*", Resource="*")]}, FAIL),
    "a Deny beside takes nothing back": ({"Statement": [
        allow(Action="*", Resource="*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}, FAIL),
    "all but IAM": (document(NotAction="iam:*", Resource="*"), FAIL),
    "all but a bucket": (document(Action="*", NotResource=BUCKET), FAIL),
    "all but everything is nothing": (document(NotAction="*", Resource="*"), PASS),
    "every action on one bucket": (document(Action="*", Resource=[BUCKET, f"{BUCKET}/*"]), PASS),
    "one service on everything": (document(Action="iam:*", Resource="*"), PASS),
    "every action that begins with Get": (document(Action="*:Get*", Resource="*"), PASS),
    "a question mark is one character": (document(Action="?", Resource="*"), PASS),
    "denies everything": (document("Deny", Action="*", Resource="*"), PASS),
    "no statements": ({"Statement": []}, PASS),
    "everything, with MFA": (document(Action="*", Resource="*", Condition=MFA), OPEN),
    "everything, under an empty condition": (document(Action="*", Resource="*", Condition={}), FAIL),
    "all but IAM, with MFA": (document(NotAction="iam:*", Resource="*", Condition=MFA), OPEN),
}  # fmt: skip

ENCODED = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"


def counted(record: dict[str, Any], attachments: int) -> dict[str, Any]:
    """A policy that AWS counts attached so often."""
    return {"Policy": record["Policy"] | {"AttachmentCount": attachments}}


PRIV_1 = (
    *table("PRIV-1", DOCUMENTS, _document, reference=f"{ELEMENTS}_action.html"),
    *table("PRIV-1", {f"inline, {name}": value for name, value in DOCUMENTS.items()}, _inline,
           reference=f"{ELEMENTS}_notaction.html"),
    *table("PRIV-1", {"a document as the raw API has it": (ENCODED, FAIL)}, _document,
           reference="https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html"),
    Case("PRIV-1", "an older version was everything", PASS, rows={"policy/own": MET}, only=True,
         **held(policy(OWN, NARROW, EVERYTHING)), reference=f"{USER_GUIDE}access_policies_managed-versioning.html"),
    Case("PRIV-1", "the default version is everything", FAIL, rows={"policy/own": EXCEPTION}, only=True,
         **held(policy(OWN, EVERYTHING, NARROW))),
    Case("PRIV-1", "everything, attached to nothing", EMPTY, rows={"policy/own": OUTSIDE}, only=True,
         records={"iam.authorization-details": [role("r"), policy(OWN, EVERYTHING)]}),
    Case("PRIV-1", "everything, attached to somebody who is not shown", OPEN, rows={"policy/own": UNSETTLED}, only=True,
         records={"iam.authorization-details": [role("r"), counted(policy(OWN, EVERYTHING), 1)]}),
    Case("PRIV-1", "less, attached to somebody who is not shown", PASS, rows={"policy/own": MET}, only=True,
         records={"iam.authorization-details": [role("r"), counted(policy(OWN, NARROW), 1)]}),
    Case("PRIV-1", "everything, attached to nobody, as AWS counts", EMPTY, rows={"policy/own": OUTSIDE}, only=True,
         records={"iam.authorization-details": [role("r"), counted(policy(OWN, EVERYTHING), 0)]}),
    Case("PRIV-1", "everything, as a boundary alone", EMPTY, rows={"policy/own": OUTSIDE}, only=True,
         records={"iam.authorization-details": [
             role("r", PermissionsBoundary={"PermissionsBoundaryArn": OWN}), policy(OWN, EVERYTHING)]}),
    Case("PRIV-1", "AWS's own policies are PRIV-2's", EMPTY, only=True,
         records={"iam.authorization-details": [role("r", attached=(ADMINISTRATOR,)), policy(ADMINISTRATOR, EVERYTHING)]}),
    Case("PRIV-1", "attached to a user alone", FAIL, rows={"policy/own": EXCEPTION}, only=True,
         records={"iam.authorization-details": [
             user("a", AttachedManagedPolicies=[{"PolicyArn": OWN}]), policy(OWN, EVERYTHING)]}),
    Case("PRIV-1", "no default version", OPEN,
         rows={"policy/own": UNSETTLED}, **held({"Policy": {"Arn": OWN, "PolicyVersionList": []}})),
    Case("PRIV-1", "neither Action nor NotAction", OPEN, rows={"policy/own": UNSETTLED}, **held(policy(OWN, document(Resource="*")))),
    Case("PRIV-1", "an Effect that IAM has not", OPEN, rows={"policy/own": UNSETTLED}, **held(policy(OWN, document("Permit", Action="*", Resource="*")))),
    Case("PRIV-1", "nobody", EMPTY, records={"iam.authorization-details": []}, only=True),
)  # fmt: skip

ADMIN = policy(ADMINISTRATOR, EVERYTHING)
GROUP = {
    "GroupName": "g",
    "Arn": f"{IAM}:group/g",
    "Path": "/",
    "AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR}],
}


def attached(*arns: str) -> dict[str, Any]:
    return {"AttachedManagedPolicies": [{"PolicyArn": arn} for arn in arns]}


def _holder(value: tuple[list[dict[str, Any]], Any, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {"records": {"iam.authorization-details": [*records, ADMIN]}, "conclusion": conclusion, "rows": rows,
            "thresholds": {"accepted_administrator_roles": (f"{IAM}:role/ops/*", f"{IAM}:role/break-glass")},
            "only": True}  # fmt: skip


IAM_FULL = "arn:aws:iam::aws:policy/IAMFullAccess"


def _holding(made: dict[str, Any]) -> dict[str, Any]:
    return role("p", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": made}])


PRIV_2 = table("PRIV-2", {
    "nobody": ([user("a"), role("r")], EMPTY, {}),
    "a user": ([user("a", **attached(ADMINISTRATOR))], FAIL, {"user/a": EXCEPTION}),
    "a user by an inline policy": (
        [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": EVERYTHING}])], FAIL, {"user/a": EXCEPTION}),
    "a user with an odd name": ([user("=cmd+x@y,-_.", **attached(ADMINISTRATOR))], FAIL, {"user/=cmd+x@y,-_.": EXCEPTION}),
    "a group with a member": ([{"GroupDetail": GROUP}, user("a", GroupList=["g"])], FAIL, {"group/g": EXCEPTION}),
    "a group without members": ([{"GroupDetail": GROUP}, user("a")], PASS, {"group/g": MET}),
    "an accepted role": ([role("break-glass", attached=(ADMINISTRATOR,))], PASS, {"role/break-glass": MET}),
    "an accepted path": ([role("any", "/ops/", (ADMINISTRATOR,))], PASS, {"role/ops/any": MET}),
    "a role that is not accepted": ([role("other", attached=(ADMINISTRATOR,))], FAIL, {"role/other": EXCEPTION}),
    "a role whose name is accepted, elsewhere": (
        [role("break-glass", "/eu/", (ADMINISTRATOR,))], FAIL, {"role/eu/break-glass": EXCEPTION}),
    "a service-linked role": ([role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", (ADMINISTRATOR,))], EMPTY, {}),
    "a role named like a service-linked one": (
        [role("AWSServiceRoleForX", attached=(ADMINISTRATOR,))], FAIL, {"role/AWSServiceRoleForX": EXCEPTION}),
    "PowerUserAccess is not administration": (
        [role("p", attached=(POWER_USER,)), policy(POWER_USER, document(NotAction=["iam:*"], Resource="*"))], EMPTY, {}),
    "everything but IAM in a policy of one's own is": (
        [role("p", attached=(OWN,)), policy(OWN, document(NotAction=["iam:*"], Resource="*"))], FAIL, {"role/p": EXCEPTION}),
    "everything, with MFA": (
        [role("p", attached=(OWN,)), policy(OWN, document(Action="*", Resource="*", Condition=MFA))], OPEN,
        {"role/p": UNSETTLED}),
    "one of two": ([role("break-glass", attached=(ADMINISTRATOR,)), user("a", **attached(ADMINISTRATOR))], FAIL,
                   {"role/break-glass": MET, "user/a": EXCEPTION}),
    # All of IAM is one call from administrator: by whatever names, on every user, group, role or policy.
    "IAMFullAccess": (
        [role("p", attached=(IAM_FULL,)), policy(IAM_FULL, document(Action=["iam:*", "organizations:DescribeAccount"], Resource="*"))],
        FAIL, {"role/p": EXCEPTION}),
    "all of IAM in the account": ([_holding(document(Action="iam:*", Resource=f"{IAM}:*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM by a variable": ([_holding(document(Action="iam:*", Resource="arn:aws:iam::${aws:PrincipalAccount}:*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM on every role": ([_holding(document(Action="iam:*", Resource="arn:*:iam::*:role/*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM on every policy": ([_holding(document(Action="iam:*", Resource=f"{IAM}:policy/*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM on every MFA device": ([_holding(document(Action="iam:*", Resource=f"{IAM}:mfa/*"))], EMPTY, {}),
    "all of IAM on roles of a path": ([_holding(document(Action="iam:*", Resource=f"{IAM}:role/dev/*"))], EMPTY, {}),
    "every action on IAM's resources": ([_holding(document(Action="*", Resource=f"{IAM}:*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM by another pattern": ([_holding(document(Action="i?m:**", Resource="*"))], FAIL, {"role/p": EXCEPTION}),
    "all of IAM, in other services' company": ([_holding(document(NotAction=["s3:*"], Resource=f"{IAM}:*"))], FAIL, {"role/p": EXCEPTION}),
    "all but IAM, on IAM's resources": ([_holding(document(NotAction=["iam:*"], Resource=f"{IAM}:*"))], EMPTY, {}),
    "IAM but for one change": ([_holding(document(NotAction=["iam:PutRolePolicy"], Resource=f"{IAM}:*"))], EMPTY, {}),
    "reading IAM": ([_holding(document(Action=["iam:Get*", "iam:List*"], Resource="*"))], EMPTY, {}),
    "all of IAM, with MFA": ([_holding(document(Action="iam:*", Resource="*", Condition=MFA))], OPEN, {"role/p": UNSETTLED}),
    "all of IAM denied": ([_holding(document("Deny", Action="iam:*", Resource="*"))], EMPTY, {}),
    "every resource of the account": ([_holding(document(Action="*", Resource="arn:aws:*:*:123456789012:*"))], FAIL, {"role/p": EXCEPTION}),
    "every bucket is not IAM": ([_holding(document(Action="*", Resource="arn:aws:s3:::*"))], EMPTY, {}),
    "a user with all of IAM": (
        [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(Action="iam:*", Resource="*")}])], FAIL,
        {"user/a": EXCEPTION}),
}, _holder, reference=f"{USER_GUIDE}access_policies_job-functions.html")  # fmt: skip

# PRIV-3: what reaches every resource of a type, by AWS's formats of ARNs.
FORMATS = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
READ_ONLY, VIEW_ONLY = (
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
)
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


def _carrying(
    name: str, *policies: tuple[str, Any], how: str = "random", inline: Any = None
) -> dict[str, Any]:
    """The record of a sampled role."""
    return {
        "RoleName": name, "Arn": f"{IAM}:role/{name}", "SelectedBy": how, "Role": {"AssumeRolePolicyDocument": NARROW},
        "InlinePolicies": [{"PolicyName": "p", "PolicyDocument": inline}] if inline else [],
        "AttachedPolicies": [{"PolicyArn": arn, "VersionId": "v1", "PolicyDocument": made} for arn, made in policies],
        "PermissionsBoundary": None,
    }  # fmt: skip


def _scoped(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    verdict = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}[conclusion]
    return {"records": {"iam.sample-role-policies": [_carrying("r", (OWN, made))]}, "conclusion": conclusion,
            "rows": {"policy/own": verdict}, "only": True}  # fmt: skip


def _sampled(value: tuple[list[dict[str, Any]], Any, dict[str, str]]) -> dict[str, Any]:
    records, conclusion, rows = value
    return {
        "records": {"iam.sample-role-policies": records},
        "conclusion": conclusion,
        "rows": rows,
        "only": True,
    }


def on(action: str | list[str], resource: str | list[str], **elements: Any) -> dict[str, Any]:
    return document(Action=action, Resource=resource, **elements)


WIDTHS = {
    "every bucket and object": (on("s3:*", "arn:aws:s3:::*"), FAIL),
    "every object of one bucket": (on("s3:*", "arn:aws:s3:::bucket/*"), PASS),
    "one bucket and its objects": (on("s3:*", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]), PASS),
    "every object of every bucket": (on("s3:PutObject", "arn:aws:s3:::*/*"), FAIL),
    "objects of a name in every bucket": (on("s3:PutObject", "arn:aws:s3:::*/logs/*"), PASS),
    "buckets of a name": (on("s3:*", "arn:aws:s3:::dev-*"), PASS),
    "reading every bucket": (on(["s3:Get*", "s3:List*"], "arn:aws:s3:::*"), PASS),
    "every instance": (on("ec2:TerminateInstances", "arn:aws:ec2:*:*:instance/*"), FAIL),
    "every volume does not reach instances": (on("ec2:TerminateInstances", "arn:aws:ec2:*:*:volume/*"), PASS),
    "all of EC2 on every resource of it": (on("ec2:*", "arn:aws:ec2:*:*:*"), FAIL),
    "every instance of a region": (on("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:*:instance/*"), PASS),
    "every instance of the account": (on("ec2:TerminateInstances", "arn:aws:ec2:*:123456789012:instance/*"), FAIL),
    "every instance of another account": (on("ec2:TerminateInstances", "arn:aws:ec2:*:333333333333:instance/*"), PASS),
    "every role, in every partition": (on("iam:PassRole", "arn:*:iam::*:role/*"), FAIL),
    "every role of a path": (on("iam:PassRole", "arn:aws:iam::*:role/app/*"), PASS),
    "all of IAM in the account": (on("iam:*", f"{IAM}:*"), FAIL),
    "all of IAM by a variable": (on("iam:*", "arn:aws:iam::${aws:PrincipalAccount}:*"), FAIL),
    "every function": (on("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"), FAIL),
    "functions of a name": (on("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:dev-*"), PASS),
    "every queue": (on("sqs:DeleteQueue", "arn:aws:sqs:*:*:*"), FAIL),
    "one queue in every region": (on("sqs:DeleteQueue", "arn:aws:sqs:*:*:one"), PASS),
    "every table of another service": (on("sqs:DeleteQueue", "arn:aws:dynamodb:*:*:table/*"), PASS),
    "every key, with MFA": (on("kms:ScheduleKeyDeletion", "arn:aws:kms:*:*:key/*", Condition=MFA), OPEN),
    "every action on every bucket": (on("*", "arn:aws:s3:::*"), FAIL),
    "every action on one bucket": (on("*", "arn:aws:s3:::bucket/*"), PASS),
    "everything but IAM on every bucket": (document(NotAction="iam:*", Resource="arn:aws:s3:::*"), FAIL),
    "everything but S3 on every bucket": (document(NotAction=["s3:*", "s3-outposts:*", "s3-object-lambda:*", "s3express:*"], Resource="arn:aws:s3:::bucket"), PASS),
    "what has no resource, on every ARN": (on("organizations:LeaveOrganization", "arn:aws:*"), FAIL),
    "what has no resource, on one bucket": (on("organizations:LeaveOrganization", "arn:aws:s3:::*"), PASS),
    "denied": (document("Deny", Action="s3:*", Resource="arn:aws:s3:::*"), PASS),
}  # fmt: skip

WIDE = on("s3:*", "*")
PRIV_3 = (
    *table("PRIV-3", WIDTHS, _scoped, reference=FORMATS),
    *table("PRIV-3", {
        "one policy of two roles is one row": (
            [_carrying("r", (OWN, WIDE)), _carrying("s", (OWN, WIDE), how="named")], FAIL, {"policy/own": EXCEPTION}),
        "own policies before AWS's": (
            [_carrying("r", (POWER_USER, document(NotAction="iam:*", Resource="*")), (OWN, WIDE))], FAIL,
            {"policy/own": EXCEPTION, POWER_USER: EXCEPTION}),
        "an inline policy": ([_carrying("r", inline=WIDE)], FAIL, {"role/r inline:p": EXCEPTION}),
        "inline policies of a name": (
            [_carrying("r", inline=WIDE), _carrying("s", inline=NARROW)], FAIL,
            {"role/r inline:p": EXCEPTION, "role/s inline:p": MET}),
        "AWS's ReadOnlyAccess with an outlier": (
            [_carrying("r", (READ_ONLY, on(["s3:Get*", "sns:Publish"], "*")))], PASS, {READ_ONLY: MET}),
        "AWS's ViewOnlyAccess with an outlier": (
            [_carrying("r", (VIEW_ONLY, on(["s3:List*", "sns:Publish"], "*")))], PASS, {VIEW_ONLY: MET}),
        "AWS's SecurityAudit with an outlier": (
            [_carrying("r", (AUDIT, on(["s3:List*", "sns:Publish"], "*")))], PASS, {AUDIT: MET}),
        "one's own ReadOnlyAccess with an outlier": (
            [_carrying("r", (f"{IAM}:policy/ReadOnlyAccess", on(["s3:Get*", "sns:Publish"], "*")))], FAIL,
            {"policy/ReadOnlyAccess": EXCEPTION}),
        "another of AWS's": (
            [_carrying("r", ("arn:aws:iam::aws:policy/AmazonS3FullAccess", WIDE))], FAIL,
            {"arn:aws:iam::aws:policy/AmazonS3FullAccess": EXCEPTION}),
        "a role without policies": ([_carrying("r")], EMPTY, {"role/r": OUTSIDE}),
        "no role": ([], EMPTY, {}),
    }, _sampled, reference=f"{USER_GUIDE}access_policies_job-functions.html"),
)  # fmt: skip

CASES: tuple[Case, ...] = (*PRIV_1, *PRIV_2, *PRIV_3)
