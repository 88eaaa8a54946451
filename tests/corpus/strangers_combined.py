"""Combinations that a stranger tried last: Deny statements beside Allow ones, levels of units, parameters, lists."""

# ruff: noqa: E501  rows of tables are read across

import copy
from typing import Any

from tests.controls.world import ACCOUNT, IAM, password, row
from tests.controls.world_records import (
    EVERYTHING,
    MEMBER,
    ORGANIZATION,
    OUR_ORGANIZATION,
    document,
    role,
    scp,
    user,
)
from tests.corpus.enforced_mfa import PRESENT, bounded, held
from tests.corpus.escalation import both
from tests.corpus.labelled import (
    EXCEPTION,
    FAIL,
    MET,
    OPEN,
    PASS,
    UNSETTLED,
    Case,
    table,
)
from tests.corpus.organization import ARN, FULL, POLICIES, UNITS, deny, kind
from tests.corpus.trust import FOREIGN_ORGANIZATION, GITHUB, KNOWN, PARTNER, STRANGER, equals

VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED}
ROOT = f"arn:aws:iam::{STRANGER}:root"
ORG, PATHS, WHO, OWNER = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
)
NOT_OURS = {"StringNotEquals": {ORG: OUR_ORGANIZATION}}
NO_SERVICE = {"Bool": {"aws:PrincipalIsAWSService": "false"}}


def beside(
    denials: Any, allow: Any = None, action: str = "sts:AssumeRole", name: str = "*", kind: str = "AWS"
) -> list[Any]:
    """Statements: an Allow of everybody, under a condition or none, and Deny statements of everybody."""
    listed = denials if isinstance(denials, list) else [denials]
    whole = [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*"} | one for one in listed]
    made = [{name: value for name, value in one.items() if value is not None} for one in whole]
    first = {"Effect": "Allow", "Principal": {kind: name}, "Action": action} | (
        {"Condition": allow} if allow else {}
    )
    return [first, *made]


def when(condition: Any, **more: Any) -> dict[str, Any]:
    return {"Condition": condition} | more


def _trust(value: tuple[Any, Any]) -> dict[str, Any]:
    statements, conclusion = value
    (principal,) = set(statements[0]["Principal"].values())
    return {
        "records": {"iam.authorization-details": [role("r", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": statements})],
                    "organizations.organization": [ORGANIZATION]},
        "conclusion": conclusion, "rows": {f"role/r {principal}": VERDICTS[conclusion]}, "known": KNOWN, "only": True,
    }  # fmt: skip


TRUST_1 = {
    "all but ours": (beside(when(NOT_OURS)), PASS),
    "all but ours, if it is told": (beside(when({"StringNotEqualsIfExists": {ORG: OUR_ORGANIZATION}})), PASS),
    "of ours": (beside(when(equals(ORG, OUR_ORGANIZATION))), FAIL),
    "all but ours or a stranger's": (beside(when({"StringNotEquals": {ORG: [OUR_ORGANIZATION, FOREIGN_ORGANIZATION]}})), FAIL),
    "all but whatever organization": (beside(when({"StringNotLike": {ORG: "o-*"}})), FAIL),
    "all but our organization's paths, of many values": (beside(when({"ForAllValues:StringNotLike": {PATHS: [f"{OUR_ORGANIZATION}/*"]}})), PASS),
    "some path that is not ours": (beside(when({"ForAnyValue:StringNotLike": {PATHS: [f"{OUR_ORGANIZATION}/*"]}})), FAIL),
    "all but a path that is every one": (beside(when({"ForAllValues:StringNotLike": {PATHS: ["o-*/*"]}})), FAIL),
    "who is in no organization": (beside(when({"Null": {ORG: "true"}})), FAIL),
    "who is in an organization": (beside(when({"Null": {ORG: "false"}})), FAIL),
    "who is in none, and who is in another": (beside([when({"Null": {ORG: "true"}}), when(NOT_OURS)]), PASS),
    "all but ours, without MFA": (beside(when(NOT_OURS | {"BoolIfExists": {PRESENT: "false"}})), FAIL),
    "all but ours, from one network": (beside(when(NOT_OURS | {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})), FAIL),
    "all but ours, outside one network": (beside(when(NOT_OURS | {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})), FAIL),
    "all but ours, of another action": (beside(when(NOT_OURS, Action="sts:TagSession")), FAIL),
    "all but ours, of another way in": (beside(when(NOT_OURS, Action="sts:AssumeRoleWithSAML")), FAIL),
    "all but ours, of the action and others": (beside(when(NOT_OURS, Action=["sts:TagSession", "sts:assumerole"])), PASS),
    "all but ours, by NotAction": (beside(when(NOT_OURS, Action=None, NotAction="sts:TagSession")), PASS),
    "all but our accounts": (beside(when({"StringNotEquals": {OWNER: [ACCOUNT, MEMBER]}})), PASS),
    "all but our accounts and a partner's": (beside(when({"StringNotEquals": {OWNER: [ACCOUNT, PARTNER]}})), PASS),
    "all but our accounts and a stranger's": (beside(when({"StringNotEquals": {OWNER: [ACCOUNT, STRANGER]}})), FAIL),
    "all but roles of ours": (beside(when({"ArnNotLike": {WHO: f"arn:aws:iam::{MEMBER}:role/*"}})), PASS),
    "all but roles of that name": (beside(when({"ArnNotLike": {WHO: "arn:aws:iam::*:role/deploy"}})), FAIL),
    "all but roles of that name, as a string": (beside(when({"StringNotLike": {WHO: f"*{MEMBER}*"}})), FAIL),
    "a star that is no wildcard": (beside(when({"StringNotEquals": {WHO: f"arn:aws:iam::{MEMBER}:role/*"}})), PASS),
    "everybody": (beside({}), PASS),
    "everybody, on a condition that no request has": (beside(when({"StringEquals": {OWNER: "000000000000"}})), FAIL),
    "everybody but over TLS": (beside(when({"Bool": {"aws:SecureTransport": "false"}})), FAIL),
    "everybody without an external id": (beside(when({"Null": {"sts:ExternalId": "true"}})), FAIL),
    "everybody with another external id": (beside(when({"StringNotEquals": {"sts:ExternalId": "x-1"}})), FAIL),
    "all but ours, after a day": (beside(when(NOT_OURS | {"DateGreaterThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}})), OPEN),
    "all but ours, with a tag that they set": (beside(when(NOT_OURS | {"StringEquals": {"aws:PrincipalTag/x": "y"}})), FAIL),
    "two halves: of a few accounts each": (beside([when(equals(OWNER, STRANGER)), when(equals(OWNER, "888888888888"))]), FAIL),
    "all but ours and a stranger, and the stranger": (beside([when({"StringNotEquals": {OWNER: [ACCOUNT, STRANGER]}}), when(equals(OWNER, STRANGER))]), OPEN),
    "a named stranger, denied as its root": (beside({"Principal": {"AWS": ROOT}}, name=f"arn:aws:iam::{STRANGER}:role/x"), PASS),
    "a named stranger, of whom one role is denied": (beside({"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:role/x"}}, name=ROOT), FAIL),
    "a named stranger, denied by its number": (beside({"Principal": {"AWS": STRANGER}}, name=ROOT), PASS),
    "a named stranger, without an external id": (beside(when({"Null": {"sts:ExternalId": "true"}}), name=ROOT), FAIL),
    "a named stranger, with another external id": (beside(when({"StringNotEquals": {"sts:ExternalId": "x-1"}}), name=ROOT), PASS),
    "a named stranger, with whatever external id": (beside(when({"StringNotLike": {"sts:ExternalId": "*"}}), name=ROOT), FAIL),
    "a named stranger, all but its own account": (beside(when({"StringNotEquals": {OWNER: STRANGER}}), name=ROOT), FAIL),
    "a named stranger, all but ours": (beside(when(NOT_OURS), name=ROOT), PASS),
    "a named stranger, all but one who is no principal of it": (beside({"Principal": None, "NotPrincipal": {"AWS": f"{IAM}:root"}}, name=ROOT), PASS),
    "GitHub, all but one repository": (beside([{"Principal": {"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, "Condition": {"StringNotLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}}], action="sts:AssumeRoleWithWebIdentity", name=f"{IAM}:oidc-provider/{GITHUB}", kind="Federated"), PASS),
    "GitHub, all but whatever repository": (beside([{"Principal": {"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, "Condition": {"StringNotLike": {f"{GITHUB}:sub": "repo:*"}}}], action="sts:AssumeRoleWithWebIdentity", name=f"{IAM}:oidc-provider/{GITHUB}", kind="Federated"), FAIL),
    "GitHub, one repository": (beside([{"Principal": {"Federated": f"{IAM}:oidc-provider/{GITHUB}"}, "Condition": {"StringLike": {f"{GITHUB}:sub": "repo:evil/*"}}}], action="sts:AssumeRoleWithWebIdentity", name=f"{IAM}:oidc-provider/{GITHUB}", kind="Federated"), OPEN),
    "GitHub, of the other way in": (beside([when({"StringNotLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}, Action="sts:AssumeRole")], action="sts:AssumeRoleWithWebIdentity", name=f"{IAM}:oidc-provider/{GITHUB}", kind="Federated"), FAIL),
}  # fmt: skip

# ROOT-6 and ORG-1: levels of units, patterns of root's ARN.
DEEP = [
    {"Root": {"Id": "r-1", "PolicyTypes": [kind("ENABLED")]}}, {"OrganizationalUnit": {"Id": "ou-1"}, "ParentId": "r-1"},
    {"OrganizationalUnit": {"Id": "ou-2"}, "ParentId": "ou-1"}, {"OrganizationalUnit": {"Id": "ou-9"}, "ParentId": "r-1"},
    {"AccountId": ACCOUNT, "ParentId": "r-1"}, {"AccountId": MEMBER, "ParentId": "ou-2"},
]  # fmt: skip
EVERYWHERE = scp("FullAWSAccess", EVERYTHING, "r-1", "ou-1", "ou-2", "ou-9", ACCOUNT, MEMBER)
ALL_OF_IT = document("Deny", Action="*", Resource="*")


def _deep(value: tuple[Any, Any]) -> dict[str, Any]:
    listed, conclusion = value
    return {"records": {UNITS: copy.deepcopy(DEEP), POLICIES: listed}, "conclusion": conclusion, "rows": {f"{ARN}/{MEMBER}": VERDICTS[conclusion]}}  # fmt: skip


LEVELS = {
    "at the unit above the unit": ([EVERYWHERE, scp("x", ALL_OF_IT, "ou-1")], PASS),
    "at the unit": ([EVERYWHERE, scp("x", ALL_OF_IT, "ou-2")], PASS),
    "at the root": ([EVERYWHERE, scp("x", ALL_OF_IT, "r-1")], PASS),
    "at the account": ([EVERYWHERE, scp("x", ALL_OF_IT, MEMBER)], PASS),
    "at a sister of the unit": ([EVERYWHERE, scp("x", ALL_OF_IT, "ou-9")], FAIL),
    "at a sister and at another account": ([EVERYWHERE, scp("x", ALL_OF_IT, "ou-9", ACCOUNT)], FAIL),
    "a middle level that allows S3 alone": ([scp("FullAWSAccess", EVERYTHING, "r-1", "ou-2", ACCOUNT, MEMBER), scp("s3", document(Action="s3:*", Resource="*"), "ou-1")], None),
    "a middle level that is bare": ([scp("FullAWSAccess", EVERYTHING, "r-1", "ou-2", ACCOUNT, MEMBER), scp("x", document("Deny", Action="s3:*", Resource="*"), "r-1")], OPEN),
    "a Deny of nothing": ([EVERYWHERE, scp("x", document("Deny", Action=[], Resource="*"), "r-1")], FAIL),
    "a Deny of all but everything": ([EVERYWHERE, scp("x", document("Deny", NotAction="*", Resource="*"), "r-1")], FAIL),
    "a Deny on no resource": ([EVERYWHERE, scp("x", document("Deny", Action="*", Resource=[]), "r-1")], FAIL),
}  # fmt: skip


def _level(test: str, name: str, value: tuple[Any, Any]) -> Case:
    listed, conclusion = value
    if conclusion is None:  # an allow-list leaves root S3, and nobody LeaveOrganization
        conclusion = FAIL if test == "ROOT-6" else PASS
    return Case(test, f"combined: {name}", **_deep((copy.deepcopy(listed), conclusion)))


def _root(value: tuple[Any, Any]) -> dict[str, Any]:
    contents, conclusion = value
    listed = contents if isinstance(contents, list) else [contents]
    return {"records": {POLICIES: [FULL, *(scp(f"p{number}", one, "r-1") for number, one in enumerate(listed))]},
            "conclusion": conclusion, "rows": {f"{ARN}/{MEMBER}": VERDICTS[conclusion]}}  # fmt: skip


EVERY_ROOT = "arn:aws:iam::*:root"
ROOT_6 = {
    "a star under StringEquals": (deny({"StringEquals": {WHO: EVERY_ROOT}}), FAIL),
    "a star under StringEqualsIgnoreCase": (deny({"StringEqualsIgnoreCase": {WHO: EVERY_ROOT}}), FAIL),
    "a star under ArnEquals": (deny({"ArnEquals": {WHO: EVERY_ROOT}}), PASS),
    "a star under ArnLike": (deny({"ArnLike": {WHO: EVERY_ROOT}}), PASS),
    "a star under ArnLikeIfExists": (deny({"ArnLikeIfExists": {WHO: EVERY_ROOT}}), PASS),
    "a list with the star among roles": (deny({"ArnLike": {WHO: ["arn:aws:iam::*:role/x", EVERY_ROOT]}}), PASS),
    "ForAnyValue": (deny({"ForAnyValue:StringLike": {WHO: [EVERY_ROOT]}}), PASS),
    "the account by a variable": (deny({"StringEquals": {WHO: "arn:aws:iam::${aws:PrincipalAccount}:root"}}), PASS),
    "the account by a variable in the old language": (deny({"StringEquals": {WHO: "arn:aws:iam::${aws:PrincipalAccount}:root"}}) | {"Version": "2008-10-17"}, FAIL),
    "whatever ends in root": (deny({"StringLike": {WHO: "*:root"}}), PASS),
    "a role named root": (deny({"ArnLike": {WHO: "arn:aws:iam::*:role/root"}}), FAIL),
    "a user named root": (deny({"ArnLike": {WHO: "arn:aws:iam::*:user/root"}}), FAIL),
    "root in capitals": (deny({"StringLike": {WHO: "arn:aws:iam::*:ROOT"}}), FAIL),
    "an ARN of STS": (deny({"StringLike": {WHO: "arn:aws:sts::*:root"}}), FAIL),
    "all but roles of AWS": (deny({"ArnNotLike": {WHO: "arn:aws:iam::*:role/*"}}), PASS),
    "all but roles and root": (deny({"ArnNotLike": {WHO: ["arn:aws:iam::*:role/*", EVERY_ROOT]}}), FAIL),
    "root, and a stranger's key beside": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringEquals": {"aws:PrincipalType": "AssumedRole"}}), FAIL),
    "root, where it is of the type of root": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringEquals": {"aws:PrincipalType": "Account"}}), PASS),
    "root without MFA": (deny({"StringLike": {WHO: EVERY_ROOT}, "BoolIfExists": {PRESENT: "false"}}), OPEN),
    "root of a few accounts": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringEquals": {OWNER: ["111111111111"]}}), FAIL),
    "root, all but a few accounts": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringNotEquals": {OWNER: ["111111111111"]}}), PASS),
    "root, all but this account": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringNotEquals": {OWNER: [MEMBER]}}), FAIL),
    "root, of EC2 alone": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action="ec2:*"), OPEN),
    "root, all but what unlocks a bucket": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action=None, NotAction=["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "support:*"]), PASS),
    "root, all but S3": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action=None, NotAction=["s3:*"]), OPEN),
    "root, all but its own device": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action=None, NotAction=["iam:*MFADevice*", "iam:GetAccountSummary"]), PASS),
    "root, all but every service": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action=None, NotAction=["*"]), FAIL),
    "root, all but every service's star": (deny({"StringLike": {WHO: EVERY_ROOT}}, Action=None, NotAction=["*:*"]), FAIL),
    "everybody who is a user": (deny({"Null": {"aws:username": "false"}}), FAIL),
    "everybody who is no user": (deny({"Null": {"aws:username": "true"}}), PASS),
    "two conditions that exclude each other": (deny({"StringLike": {WHO: EVERY_ROOT}, "StringNotLike": {WHO: "*:root"}}), FAIL),
}  # fmt: skip
LEAVE = "organizations:LeaveOrganization"
ORG_1 = {
    "to everybody who is no root": (deny({"StringNotLike": {WHO: EVERY_ROOT}}, Action=LEAVE), OPEN),
    "to root, and to everybody else": ([deny({"StringLike": {WHO: EVERY_ROOT}}, Action=LEAVE), deny({"StringNotLike": {WHO: EVERY_ROOT}}, Action=LEAVE)], OPEN),
    "by a pattern": (deny(Action="organizations:Leave*"), PASS),
    "by a question mark": (deny(Action="organizations:LeaveOrganizatio?"), PASS),
    "by a star for the service": (deny(Action="*:LeaveOrganization"), PASS),
    "all but reading": (deny(Action=None, NotAction=["organizations:Describe*", "organizations:List*"]), PASS),
    "all but Leave": (deny(Action=None, NotAction=["organizations:Leave*"]), FAIL),
    "another action of its kind": (deny(Action="organizations:RemoveAccountFromOrganization"), FAIL),
    "to this account's principals": (deny(equals(OWNER, MEMBER), Action=LEAVE), PASS),
    "to another account's principals": (deny(equals(OWNER, "111111111111"), Action=LEAVE), FAIL),
    "without MFA": (deny({"BoolIfExists": {PRESENT: "false"}}, Action=LEAVE), OPEN),
}  # fmt: skip

# MFA-2.
NOW = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "sts:GetSessionToken",
]
NO_MFA = {"BoolIfExists": {PRESENT: "false"}}


def no(**elements: Any) -> dict[str, Any]:
    """A Deny without MFA, of all but enrolment, with changes."""
    made = {"NotAction": NOW, "Resource": "*", "Condition": NO_MFA} | elements
    return document("Deny", **{name: value for name, value in made.items() if value is not None})


def ringed(made: Any, **changes: Any) -> list[Any]:
    """A user in a group that holds a document."""
    return [user("ann", GroupList=["g"], **changes), {"GroupDetail": {
        "GroupName": "g", "Arn": f"{IAM}:group/g", "Path": "/", "AttachedManagedPolicies": [], "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": made}]}}]  # fmt: skip


def _mfa(value: tuple[Any, Any]) -> dict[str, Any]:
    made, conclusion = value
    details = made if isinstance(made, list) else [held(made)]
    return {"records": {"iam.authorization-details": details}, "report": [row("ann", **password(1, 1))], "conclusion": conclusion,
            "rows": {"user/ann": VERDICTS[conclusion]}, "only": True}  # fmt: skip


MFA_2 = {
    "every ARN is not every resource": (no(Resource="arn:aws:*"), OPEN),
    "every ARN, part by part": (no(Resource="arn:aws:*:*:*:*"), OPEN),
    "every ARN of any partition": (no(Resource="arn:*"), OPEN),
    "every ARN among others": (no(Resource=["arn:aws:*", "*"]), PASS),
    "buckets alone": (no(Resource="arn:aws:s3:::*"), OPEN),
    "all but a bucket": (no(Resource=None, NotResource="arn:aws:s3:::b"), OPEN),
    "no resource": (no(Resource=[]), FAIL),
    "all but one's own user": (no(Resource=None, NotResource=f"{IAM}:user/${{aws:username}}"), OPEN),
    "all but every resource": (no(Resource=None, NotResource="*"), FAIL),
    "by its group": (ringed(no()), PASS),
    "by a group of which the user is no member": ([user("ann"), *ringed(no())[1:]], FAIL),
    "by two statements: sessions, and requests without the key": (both(no(Condition={"Bool": {PRESENT: "false"}}), no(Condition={"Null": {PRESENT: "true"}})), PASS),
    "requests without the key alone": (no(Condition={"Null": {PRESENT: "true"}}), FAIL),
    "sessions alone": (no(Condition={"Bool": {PRESENT: "false"}}), FAIL),
    "two lists, of which each lacks what the other leaves": (both(no(NotAction=[*NOW, "s3:*"]), no(NotAction=[*NOW, "ec2:*"])), PASS),
    "two lists, of which both leave S3": (both(no(NotAction=[*NOW, "s3:*"]), no(NotAction=[*NOW, "s3:Get*"])), FAIL),
    "a list and what it leaves": (both(no(NotAction=[*NOW, "s3:*"]), document("Deny", Action="s3:*", Resource="*", Condition=NO_MFA)), PASS),
    "a list and half of what it leaves": (both(no(NotAction=[*NOW, "s3:*"]), document("Deny", Action="s3:Get*", Resource="*", Condition=NO_MFA)), FAIL),
    "a list and what it leaves, on some buckets": (both(no(NotAction=[*NOW, "s3:*"]), document("Deny", Action="s3:*", Resource="arn:aws:s3:::b", Condition=NO_MFA)), OPEN),
    "two lists that leave a service nobody knows": (both(no(NotAction=[*NOW, "nosuch:*"]), no(NotAction=[*NOW, "nosuch:Thing"])), OPEN),
    "a service that nobody knows, of which a part is denied": (both(no(NotAction=[*NOW, "nosuch:*"]), document("Deny", Action="nosuch:Get*", Resource="*", Condition=NO_MFA)), OPEN),
    "old MFA": (no(Condition={"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}), PASS),
    "old MFA, if there was some": (no(Condition={"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}), FAIL),
    "false as a truth value": (no(Condition={"BoolIfExists": {PRESENT: False}}), PASS),
    "true": (no(Condition={"BoolIfExists": {PRESENT: "true"}}), FAIL),
    "at any rate": (no(Condition={"BoolIfExists": {PRESENT: ["true", "false"]}}), PASS),
    "of every user but her": (no(Condition=NO_MFA | {"StringNotEquals": {"aws:username": "ann"}}), FAIL),
    "of every user but bob": (no(Condition=NO_MFA | {"StringNotEquals": {"aws:username": "bob"}}), PASS),
    "of roles alone": (no(Condition=NO_MFA | {"ArnLike": {WHO: "arn:aws:iam::*:role/*"}}), FAIL),
    "outside of an office": (no(Condition=NO_MFA | {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), OPEN),
    "in a region": (no(Condition=NO_MFA | {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), OPEN),
    "a boundary that denies": (bounded(no()), PASS),
    "a boundary that denies every ARN": (bounded(no(Resource="arn:aws:*")), OPEN),
    "a Deny of everything but iam:*": (no(NotAction=["iam:*"]), FAIL),
    "a Deny of everything but PassRole": (no(NotAction=[*NOW, "iam:PassRole"]), FAIL),
    "the first statement allows all with MFA": (document(Action="*", Resource="*", Condition={"Bool": {PRESENT: "true"}}), FAIL),
    "an empty list of actions": (no(NotAction=None, Action=[]), FAIL),
}  # fmt: skip


CASES: tuple[Case, ...] = (
    *table("TRUST-1", {f"combined: Deny of {name}": value for name, value in TRUST_1.items()}, _trust),
    *(_level(test, name, value) for name, value in LEVELS.items() for test in ("ROOT-6", "ORG-1")),
    *table("ROOT-6", {f"combined: {name}": value for name, value in ROOT_6.items()}, _root),
    *table("ORG-1", {f"combined: {name}": value for name, value in ORG_1.items()}, _root),
    *table("MFA-2", {f"combined: {name}": value for name, value in MFA_2.items()}, _mfa),
)  # fmt: skip
