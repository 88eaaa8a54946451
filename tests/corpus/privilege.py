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
    Case("PRIV-1", "AWS's own policies are PRIV-2's", EMPTY, only=True,
         records={"iam.authorization-details": [role("r", attached=(ADMINISTRATOR,)), policy(ADMINISTRATOR, EVERYTHING)]}),
    Case("PRIV-1", "attached to a user alone", FAIL, rows={"policy/own": EXCEPTION}, only=True,
         records={"iam.authorization-details": [
             user("a", AttachedManagedPolicies=[{"PolicyArn": OWN}]), policy(OWN, EVERYTHING)]}),
    Case("PRIV-1", "no default version", OPEN,
         **held({"Policy": {"Arn": OWN, "PolicyVersionList": []}})),
    Case("PRIV-1", "neither Action nor NotAction", OPEN, **held(policy(OWN, document(Resource="*")))),
    Case("PRIV-1", "an Effect that IAM has not", OPEN, **held(policy(OWN, document("Permit", Action="*", Resource="*")))),
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
}, _holder, reference=f"{USER_GUIDE}access_policies_job-functions.html")  # fmt: skip

CASES: tuple[Case, ...] = (*PRIV_1, *PRIV_2)
