"""TRUST-1: what a Deny beside the Allow leaves of an outsider's trust."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from tests.controls.world import ACCOUNT, IAM
from tests.controls.world_records import MEMBER, ORGANIZATION, OUR_ORGANIZATION, document, role
from tests.corpus.labelled import EMPTY, FAIL, OPEN, PASS, USER_GUIDE, Case, table
from tests.corpus.trust import (
    EXTERNAL_ID,
    FOREIGN_ORGANIZATION,
    GITHUB,
    KNOWN,
    PARTNER,
    PARTNER_ORGANIZATION,
    ROOT,
    STRANGER,
    VERDICTS,
    equals,
    like,
)

EVALUATION = f"{USER_GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html"
PRINCIPAL = f"{USER_GUIDE}reference_policies_elements_principal.html"
NOT_PRINCIPAL = f"{USER_GUIDE}reference_policies_elements_notprincipal.html"
PERIMETER = f"{USER_GUIDE}access_policies_data-perimeters.html"
WEB = f"{IAM}:oidc-provider/{GITHUB}"
SAML = f"{IAM}:saml-provider/okta"
A_ROLE = f"arn:aws:iam::{STRANGER}:role/x"
A_USER = f"arn:aws:iam::{STRANGER}:user/ann"
SESSION = f"arn:aws:sts::{STRANGER}:assumed-role/x/ann"
NOT_A_SERVICE = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
NOT_OURS = {"StringNotEquals": {"aws:PrincipalOrgID": OUR_ORGANIZATION}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def deny(
    principal: Any = "*", condition: Any = None, action: Any = "sts:AssumeRole", **more: Any
) -> dict[str, Any]:
    """A Deny; a principal in a tuple is NotPrincipal."""
    element = {"NotPrincipal": principal[0]} if isinstance(principal, tuple) else {"Principal": principal}
    return document(
        "Deny", Action=action, **element, **({"Condition": condition} if condition else {}), **more
    )["Statement"][0]


def _denied(value: tuple[tuple[str, str], Any, Any, Any]) -> dict[str, Any]:
    """Of (kind and name that is allowed, under a condition, Deny or several, conclusion)."""
    (kind, name), condition, denials, conclusion = value
    entering = "sts:AssumeRole" + ({WEB: "WithWebIdentity", SAML: "WithSAML"}.get(name, ""))
    element = {"NotPrincipal": {"AWS": ACCOUNT}} if name == "NotPrincipal" else {"Principal": {kind: name}}
    made = document(
        Action=[entering, "sts:TagSession"], **element, **({"Condition": condition} if condition else {})
    )
    made["Statement"] = [*(denials if isinstance(denials, list) else [denials]), *made["Statement"]]
    return {
        "records": {"iam.authorization-details": [role("r", AssumeRolePolicyDocument=made)], "organizations.organization": [ORGANIZATION]},
        "conclusion": conclusion, "rows": {f"role/r {name}": VERDICTS[conclusion]}, "known": KNOWN, "only": True,
    }  # fmt: skip


HIM, HIS_ROLE, HIS_SESSION, ALL = ("AWS", ROOT), ("AWS", A_ROLE), ("AWS", SESSION), ("AWS", "*")
HUB, OKTA, FIS, BUT = (
    ("Federated", WEB),
    ("Federated", SAML),
    ("Service", "fis.amazonaws.com"),
    ("AWS", "NotPrincipal"),
)
ADDRESS = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
SUB = f"{GITHUB}:sub"


def same(key: str, *values: str) -> dict[str, Any]:
    return {"StringNotEquals": {key: list(values)}}


WHO = {
    "everybody": (HIM, None, deny(), PASS),
    "everybody as AWS": (HIM, None, deny({"AWS": "*"}), PASS),
    "the account": (HIM, None, deny({"AWS": ROOT}), PASS),
    "the account by its number": (HIM, None, deny({"AWS": STRANGER}), PASS),
    "the account of a role": (HIS_ROLE, None, deny({"AWS": ROOT}), PASS),
    "the very role": (HIS_ROLE, None, deny({"AWS": A_ROLE}), PASS),
    "the account among others": (HIM, None, deny({"AWS": [PARTNER, STRANGER]}), PASS),
    "one role of the account": (HIM, None, deny({"AWS": A_ROLE}), FAIL),
    "another role": (HIS_ROLE, None, deny({"AWS": f"{A_ROLE}y"}), FAIL),
    "the role of a session": (HIS_SESSION, None, deny({"AWS": A_ROLE}), OPEN),
    "a session of the role": (HIS_ROLE, None, deny({"AWS": SESSION}), FAIL),
    "another account": (HIM, None, deny({"AWS": PARTNER}), FAIL),
    "our own account": (HIM, None, deny({"AWS": ACCOUNT}), FAIL),
    "an account, of everybody": (ALL, None, deny({"AWS": STRANGER}), FAIL),
    "a service": (HIM, None, deny({"Service": "fis.amazonaws.com"}), FAIL),
    "the provider": (HUB, None, deny({"Federated": WEB}, action="sts:*"), PASS),
    "another provider": (HUB, None, deny({"Federated": SAML}, action="sts:*"), FAIL),
    "everybody, of a provider": (OKTA, None, deny(action="*"), PASS),
    "everybody, of a service": (FIS, None, deny(), PASS),
    "an identity that is deleted": (HIM, None, deny({"AWS": "AROAEXAMPLEEXAMPLEEX"}), FAIL),
    "a deleted identity, and everybody": (("AWS", "AROAEXAMPLEEXAMPLEEX"), None, deny(), PASS),
    "all but ours": (HIM, None, deny(({"AWS": [f"{IAM}:root", f"{IAM}:role/admin"]},)), PASS),
    "all but ours, of everybody": (ALL, None, deny(({"AWS": [f"{IAM}:root", PARTNER]},)), PASS),
    "all but ours and a stranger, of everybody": (ALL, None, deny(({"AWS": [ACCOUNT, STRANGER]},)), OPEN),
    "all but ours and a service, of everybody": (ALL, None, deny(({"AWS": ACCOUNT, "Service": "fis.amazonaws.com"},)), OPEN),
    "all but the account": (HIM, None, deny(({"AWS": ROOT},)), FAIL),
    "all but one role of the account": (HIM, None, deny(({"AWS": A_ROLE},)), OPEN),
    "all but the account of a role": (HIS_ROLE, None, deny(({"AWS": ROOT},)), FAIL),
    "all but a provider": (HUB, None, deny(({"Federated": SAML},), action="sts:*"), PASS),
    "all but ours, of a provider": (HUB, None, deny(({"AWS": ACCOUNT},), action="sts:*"), PASS),
    "everybody, of all but ours": (BUT, None, deny(), PASS),
    "all outside our organization, of all but ours": (BUT, None, deny("*", NOT_OURS), PASS),
    "a stranger, of all but ours": (BUT, None, deny({"AWS": STRANGER}), FAIL),
}  # fmt: skip
WHAT = {
    "another action": (HIM, None, deny(action="sts:TagSession"), FAIL),
    "several actions": (HIM, None, deny(action=["sts:TagSession", "sts:assumerole"]), PASS),
    "all actions": (HIM, None, deny(action="sts:*"), PASS),
    "all actions but this": (HIM, None, document("Deny", NotAction="sts:AssumeRole", Principal="*")["Statement"][0], FAIL),
    "all actions but another": (HIM, None, document("Deny", NotAction="sts:TagSession", Principal="*")["Statement"][0], PASS),
    "the action of accounts, of a provider": (HUB, None, deny(), FAIL),
    "the action of SAML, of another kind of provider": (HUB, None, deny(action="sts:AssumeRoleWithSAML"), FAIL),
    "the action of SAML": (OKTA, None, deny(action="sts:AssumeRoleWithSAML"), PASS),
}  # fmt: skip
UNLESS = {
    "all outside our organization": (HIM, None, deny("*", NOT_OURS), PASS),
    "all outside our organization, of everybody": (ALL, None, deny("*", NOT_OURS), PASS),
    "all outside, services left out": (HIM, None, deny("*", NOT_OURS | NOT_A_SERVICE), PASS),
    "all outside, services left out, of everybody": (ALL, None, deny("*", NOT_OURS | NOT_A_SERVICE), OPEN),
    "all outside, if it is told": (HIM, None, deny("*", {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": OUR_ORGANIZATION}}), PASS),
    "all outside our organization or a stranger's": (HIM, None, deny("*", same("aws:PrincipalOrgID", OUR_ORGANIZATION, FOREIGN_ORGANIZATION)), FAIL),
    "all outside a partner's organization, of everybody": (ALL, None, deny("*", same("aws:PrincipalOrgID", PARTNER_ORGANIZATION)), PASS),
    "all outside a stranger's organization, of everybody": (ALL, None, deny("*", same("aws:PrincipalOrgID", FOREIGN_ORGANIZATION)), FAIL),
    "all outside every organization": (ALL, None, deny("*", {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}}), FAIL),
    "all outside our paths": (HIM, None, deny("*", {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{OUR_ORGANIZATION}/*"}}), PASS),
    "with any path outside ours, which who has none escapes": (ALL, None, deny("*", {"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": f"{OUR_ORGANIZATION}/*"}}), FAIL),
    "all accounts but ours": (HIM, None, deny("*", same("aws:PrincipalAccount", ACCOUNT, MEMBER)), PASS),
    "all accounts but ours and the stranger's": (HIM, None, deny("*", same("aws:PrincipalAccount", ACCOUNT, STRANGER)), FAIL),
    "all accounts but the stranger's, of everybody": (ALL, None, deny("*", same("aws:PrincipalAccount", STRANGER)), FAIL),
    "every account but the role's own": (HIM, None, deny("*", same("aws:ResourceAccount", "${aws:PrincipalAccount}")), PASS),
    "all but a role of ours": (ALL, None, deny("*", {"ArnNotLike": {"aws:PrincipalArn": f"{IAM}:role/*"}}), PASS),
    "all but a role of the stranger": (HIM, None, deny("*", {"ArnNotLike": {"aws:PrincipalArn": A_ROLE}}), FAIL),
    "all but a role of that name": (ALL, None, deny("*", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}), FAIL),
    "all but who knows an external id": (HIM, None, deny("*", same("sts:ExternalId", "x-1")), PASS),
    "all but who knows an external id, of everybody": (ALL, None, deny("*", same("sts:ExternalId", "x-1")), FAIL),
    "all but from an address": (HIM, None, deny("*", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), FAIL),
    "all but from an address, of everybody": (ALL, None, deny("*", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), OPEN),
    "all but a repository": (HUB, None, deny("*", {"StringNotLike": {SUB: "repo:acme/app:*"}}, "sts:*"), PASS),
    "all but any repository": (HUB, None, deny("*", {"StringNotLike": {SUB: "repo:*"}}, "sts:*"), FAIL),
    "all outside our organization, of a provider": (HUB, None, deny("*", NOT_OURS, "sts:*"), OPEN),
    "all but AWS's sign-in": (OKTA, None, deny("*", {"StringNotEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, "sts:*"), PASS),
    "all sources but ours": (FIS, None, deny("*", same("aws:SourceAccount", ACCOUNT)), EMPTY),
    "all outside our organization, of a service": (FIS, None, deny("*", NOT_OURS), OPEN),
    "all outside our organization, services left out, of a service": (FIS, None, deny("*", NOT_OURS | NOT_A_SERVICE), FAIL),
    "what is not a service, of a provider": (HUB, None, deny("*", NOT_A_SERVICE, "sts:*"), PASS),
    "all outside, from an address too": (ALL, ADDRESS, deny("*", NOT_OURS), PASS),
}  # fmt: skip
IF = {
    "our organization": (HIM, None, deny("*", equals("aws:PrincipalOrgID", OUR_ORGANIZATION)), FAIL),
    "a stranger's organization": (HIM, None, deny("*", equals("aws:PrincipalOrgID", FOREIGN_ORGANIZATION)), OPEN),
    "a stranger's organization, of everybody": (ALL, None, deny("*", equals("aws:PrincipalOrgID", FOREIGN_ORGANIZATION)), FAIL),
    "a partner's organization": (HIM, None, deny("*", equals("aws:PrincipalOrgID", PARTNER_ORGANIZATION)), FAIL),
    "our source account": (HIM, None, deny("*", equals("aws:SourceAccount", ACCOUNT)), OPEN),
    "the very user": (("AWS", A_USER), None, deny("*", {"ArnEquals": {"aws:PrincipalArn": A_USER}}), PASS),
    "an address, of a service": (FIS, None, deny("*", ADDRESS), OPEN),
    "any organization": (HIM, None, deny("*", like("aws:PrincipalOrgID", "*")), OPEN),
    "no organization, of everybody": (ALL, None, deny("*", {"Null": {"aws:PrincipalOrgID": "true"}}), FAIL),
    "our accounts": (HIM, None, deny("*", equals("aws:PrincipalAccount", ACCOUNT, MEMBER)), FAIL),
    "the stranger's account": (HIM, None, deny("*", equals("aws:PrincipalAccount", STRANGER)), PASS),
    "an account like the stranger's": (HIM, None, deny("*", like("aws:PrincipalAccount", "9999*")), PASS),
    "the stranger's role": (HIM, None, deny("*", {"ArnEquals": {"aws:PrincipalArn": A_ROLE}}), FAIL),
    "the very role": (HIS_ROLE, None, deny("*", {"ArnEquals": {"aws:PrincipalArn": A_ROLE}}), PASS),
    "roles of its name": (HIS_ROLE, None, deny("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), PASS),
    "every role of the stranger": (HIM, None, deny("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:*"}}), OPEN),
    "everybody's role": (ALL, None, deny("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*"}}), OPEN),
    "signed in without MFA": (HIM, None, deny("*", NO_MFA), FAIL),
    "signed in with MFA": (HIM, None, deny("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}), OPEN),
    "without MFA, of a provider, which has none": (HUB, None, deny("*", NO_MFA, "sts:*"), OPEN),
    "without MFA and outside": (HIM, None, deny("*", NO_MFA | NOT_OURS), FAIL),
    "an address": (HIM, None, deny("*", ADDRESS), FAIL),
    "every address": (HIM, None, deny("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), OPEN),
    "a region": (HIM, None, deny("*", equals("aws:RequestedRegion", "us-east-1")), FAIL),
    "a tag": (HIM, None, deny("*", equals("aws:PrincipalTag/team", "ledger")), FAIL),
    "any tag": (HIM, None, deny("*", like("aws:PrincipalTag/team", "*")), OPEN),
    "no external id": (HIM, None, deny("*", {"Null": {"sts:ExternalId": "true"}}), FAIL),
    "a name of sessions": (HIM, None, deny("*", equals("sts:RoleSessionName", "root")), FAIL),
    "after a day": (HIM, None, deny("*", {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}), OPEN),
    "a key that nobody knows": (HIM, None, deny("*", equals("acme:team", "x")), OPEN),
    "a branch, of a provider": (HUB, None, deny("*", equals(SUB, "repo:acme/app:pull_request"), "sts:*"), OPEN),
    "an account that is not its own": (HIM, None, deny("*", equals("aws:ResourceAccount", MEMBER)), FAIL),
}  # fmt: skip
TOGETHER = {
    "one bars, one is open": (HIM, None, [deny("*", equals("acme:team", "x")), deny()], PASS),
    "one holds for no request, the next bars": (HIM, None, [deny("*", equals("aws:ResourceAccount", MEMBER)), deny()], PASS),
    "one reaches nobody, one is open": (HIM, None, [deny({"AWS": PARTNER}), deny("*", equals("acme:team", "x"))], OPEN),
    "one binds to ours, one is open": (HIM, None, [deny("*", equals("acme:team", "x")), deny("*", NOT_OURS)], PASS),
    "with MFA and without": (HIM, None, [deny("*", NO_MFA), deny("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})], OPEN),
    "one external id is demanded and denied": (
        ALL, None, [deny("*", same("sts:ExternalId", "x")), deny("*", equals("sts:ExternalId", "x"))], OPEN),
    "the Allow demands what the Deny denies": (
        HIM, equals("sts:RoleSessionName", "ci"), deny("*", equals("sts:RoleSessionName", "ci")), OPEN),
    "the Allow demands what escapes the Deny": (HIM, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, deny("*", NO_MFA), FAIL),
    "one account is demanded and denied, of everybody": (
        ALL, None, [deny("*", same("aws:PrincipalAccount", STRANGER)), deny("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:*"}})], OPEN),
    "two regions, each denied": (
        HIM, None, [deny("*", equals("aws:RequestedRegion", "us-east-1")), deny("*", equals("aws:RequestedRegion", "eu-west-1"))], OPEN),
    "a Deny beside what is met": (HIM, EXTERNAL_ID, deny(), PASS),
    "a resource, which IAM takes into no trust policy": (HIM, None, deny(Resource="*"), OPEN),
}  # fmt: skip

CASES: tuple[Case, ...] = tuple(
    case
    for title, cases, page in (
        ("a Deny of", WHO, NOT_PRINCIPAL), ("a Deny to do", WHAT, EVALUATION), ("denied:", UNLESS, PERIMETER),
        ("a Deny if", IF, EVALUATION), ("several:", TOGETHER, EVALUATION),
    )
    for case in table("TRUST-1", {f"{title} {name}": value for name, value in cases.items()}, _denied, reference=page)
)  # fmt: skip
