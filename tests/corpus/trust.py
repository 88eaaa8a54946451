"""TRUST-1: whom a condition's value binds a role to, and which tenant of an identity provider."""

# ruff: noqa: E501  rows of tables are read across

from typing import Any

from evidence.readers.evidence import Known
from tests.controls.world import ACCOUNT, IAM
from tests.controls.world_records import MEMBER, ORGANIZATION, OUR_ORGANIZATION, document, role
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

KEYS = f"{USER_GUIDE}reference_policies_condition-keys.html"
DEPUTY = f"{USER_GUIDE}confused-deputy.html"
SHARED = f"{USER_GUIDE}id_roles_providers_oidc_secure-by-default.html"
WEB = f"{USER_GUIDE}reference_policies_iam-condition-keys.html"
PARTNER, STRANGER = "222222222222", "999999999999"
PARTNER_ORGANIZATION, FOREIGN_ORGANIZATION = "o-partner1234", "o-stranger123"
VERDICTS = {PASS: MET, FAIL: EXCEPTION, OPEN: UNSETTLED, EMPTY: OUTSIDE}
UUID, OTHER_UUID = "0f0f0f0f-1111-2222-3333-444455556666", "11111111-1111-2222-3333-444455556666"

KNOWN = Known(
    frozenset({PARTNER, PARTNER_ORGANIZATION}),
    frozenset({
        ("token.actions.githubusercontent.com", "acme"), ("gitlab.com", "acme"), ("app.terraform.io", "acme"),
        ("acme.okta.com", ""), (f"oidc.circleci.com/org/{UUID}", ""),
        ("oidc.eks.eu-west-1.amazonaws.com/id/0123abcd", ""),
    }),
)  # fmt: skip


def trusts(kind: str, name: str, condition: Any, conclusion: Any) -> dict[str, Any]:
    """One role `r` that trusts one principal, under a condition."""
    federated = kind == "Federated"
    made = document(
        Action="sts:AssumeRoleWithWebIdentity" if federated else "sts:AssumeRole",
        Principal={kind: name},
        **({"Condition": condition} if condition else {}),
    )
    return {
        "records": {
            "iam.authorization-details": [role("r", AssumeRolePolicyDocument=made)],
            "organizations.organization": [ORGANIZATION],
        },
        "conclusion": conclusion,
        "rows": {f"role/r {name}": VERDICTS[conclusion]},
        "known": KNOWN,
        "only": True,
    }


def _named(value: tuple[str, Any, Any]) -> dict[str, Any]:
    return trusts("AWS", *value)


def _everybody(value: tuple[Any, Any]) -> dict[str, Any]:
    condition, conclusion = value
    made = trusts("AWS", "*", condition, conclusion)
    free = conclusion is FAIL and not any(
        name in str(condition) for name in (STRANGER, FOREIGN_ORGANIZATION, PARTNER)
    )
    return made | ({"severities": {"role/r *": "critical"}} if free else {})


def _service(value: tuple[str, Any, Any]) -> dict[str, Any]:
    name, _, conclusion = value
    made = trusts("Service", *value)
    return made | ({"severities": {f"role/r {name}": "low"}} if conclusion is FAIL else {})


def _federated(value: tuple[str, Any, Any]) -> dict[str, Any]:
    issuer, condition, conclusion = value
    bare = issuer in (
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "www.amazon.com",
        "graph.facebook.com",
    )
    name = issuer if bare else f"{IAM}:oidc-provider/{issuer}"
    made = trusts("Federated", name, condition, conclusion)
    return made | ({"severities": {f"role/r {name}": "critical"}} if conclusion is FAIL else {})


def equals(key: str, *values: str) -> dict[str, Any]:
    return {"StringEquals": {key: list(values) if len(values) > 1 else values[0]}}


def like(key: str, *values: str) -> dict[str, Any]:
    return {"StringLike": {key: list(values) if len(values) > 1 else values[0]}}


def any_like(key: str, *values: str) -> dict[str, Any]:
    return {"ForAnyValue:StringLike": {key: list(values)}}


EXTERNAL_ID = equals("sts:ExternalId", "x-1")
ROOT = f"arn:aws:iam::{STRANGER}:root"
NAMED = {
    "our own account": (f"{IAM}:root", None, PASS),
    "another account of the organization": (f"arn:aws:iam::{MEMBER}:role/deploy", None, PASS),
    "ours, whatever the condition": (MEMBER, equals("aws:PrincipalAccount", STRANGER), PASS),
    "a stranger's account": (ROOT, None, FAIL),
    "a stranger's account by its number": (STRANGER, None, FAIL),
    "a stranger's role": (f"arn:aws:iam::{STRANGER}:role/x", None, FAIL),
    "a partner's account": (f"arn:aws:iam::{PARTNER}:root", None, PASS),
    "a partner's account by its number": (PARTNER, None, PASS),
    "a partner's account, and no external id": (f"arn:aws:iam::{PARTNER}:role/x", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, PASS),
    "a stranger narrowed by an external id": (ROOT, EXTERNAL_ID, PASS),
    "an external id in a list": (ROOT, equals("sts:ExternalId", "x-1", "x-2"), PASS),
    "an external id that is a pattern": (ROOT, like("sts:ExternalId", "x-*"), FAIL),
    "any external id": (ROOT, like("sts:ExternalId", "*"), FAIL),
    "an external id, if there is one": (ROOT, {"StringEqualsIfExists": {"sts:ExternalId": "x-1"}}, FAIL),
    "any external id but one": (ROOT, {"StringNotEquals": {"sts:ExternalId": "x-1"}}, FAIL),
    "an external id among all of none": (ROOT, {"ForAllValues:StringEquals": {"sts:ExternalId": "x-1"}}, FAIL),
    "blank external id": (ROOT, equals("sts:ExternalId", " "), FAIL),
    "a stranger bound to our organization": (ROOT, equals("aws:PrincipalOrgID", OUR_ORGANIZATION), PASS),
    "a stranger bound to a partner's organization": (ROOT, equals("aws:PrincipalOrgID", PARTNER_ORGANIZATION), PASS),
    "a stranger bound to a stranger's organization": (ROOT, equals("aws:PrincipalOrgID", FOREIGN_ORGANIZATION), FAIL),
    "a stranger bound to any organization": (ROOT, like("aws:PrincipalOrgID", "o-*"), FAIL),
    "a stranger bound to itself": (ROOT, equals("aws:SourceAccount", STRANGER), FAIL),
    "a stranger with MFA": (ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, FAIL),
    "a stranger from an address": (ROOT, {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, FAIL),
    "a role of a stranger": (ROOT, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/x"}}, FAIL),
}  # fmt: skip
EVERYBODY = {
    "without condition": (None, FAIL),
    "our organization": (equals("aws:PrincipalOrgID", OUR_ORGANIZATION), PASS),
    "our organization, in a pattern that is none": (like("aws:PrincipalOrgID", OUR_ORGANIZATION), PASS),
    "a partner's organization": (equals("aws:PrincipalOrgID", PARTNER_ORGANIZATION), PASS),
    "a stranger's organization": (equals("aws:PrincipalOrgID", FOREIGN_ORGANIZATION), FAIL),
    "a stranger's organization and an external id": (
        {"StringEquals": {"aws:PrincipalOrgID": FOREIGN_ORGANIZATION, "sts:ExternalId": "x"}}, FAIL),
    "ours or a stranger's organization": (equals("aws:PrincipalOrgID", OUR_ORGANIZATION, FOREIGN_ORGANIZATION), FAIL),
    "every organization": (like("aws:PrincipalOrgID", "o-*"), FAIL),
    "every organization by a star": (like("aws:PrincipalOrgID", "*"), FAIL),
    "an organization that begins as ours": (like("aws:PrincipalOrgID", f"{OUR_ORGANIZATION}*"), FAIL),
    "our organization, if it is told": ({"StringEqualsIfExists": {"aws:PrincipalOrgID": OUR_ORGANIZATION}}, FAIL),
    "any organization but a stranger's": ({"StringNotEquals": {"aws:PrincipalOrgID": FOREIGN_ORGANIZATION}}, FAIL),
    "a path of our organization": (any_like("aws:PrincipalOrgPaths", f"{OUR_ORGANIZATION}/r-1/ou-1/*"), PASS),
    "a path that begins as our organization": (any_like("aws:PrincipalOrgPaths", f"{OUR_ORGANIZATION}*"), FAIL),
    "paths, all of none": ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{OUR_ORGANIZATION}/*"}}, FAIL),
    "a path of a stranger's organization": (any_like("aws:PrincipalOrgPaths", f"{FOREIGN_ORGANIZATION}/*"), FAIL),
    "our account": (equals("aws:PrincipalAccount", MEMBER), PASS),
    "a partner's account": (equals("aws:PrincipalAccount", PARTNER), PASS),
    "a stranger's account": (equals("aws:PrincipalAccount", STRANGER), FAIL),
    "a stranger's account and an external id": (
        {"StringEquals": {"aws:PrincipalAccount": STRANGER, "sts:ExternalId": "x"}}, PASS),
    "our account or a stranger's": (equals("aws:PrincipalAccount", ACCOUNT, STRANGER), FAIL),
    "accounts by a pattern": (like("aws:PrincipalAccount", "3333*"), FAIL),
    "a role of ours": ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:role/*"}}, PASS),
    "a role of that name in any account": ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}}, FAIL),
    "a role of a stranger": ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/*"}}, FAIL),
    "an external id": (EXTERNAL_ID, FAIL),
    "an address": ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, OPEN),
    "our source account": (equals("aws:SourceAccount", ACCOUNT), PASS),
    "our source organization": (equals("aws:SourceOrgID", OUR_ORGANIZATION), PASS),
    "a source in no account": ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}, FAIL),
    "our organization and an address": (
        {"StringEquals": {"aws:PrincipalOrgID": OUR_ORGANIZATION}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, PASS),
}  # fmt: skip
SERVICES = {
    "Lambda": ("lambda.amazonaws.com", None, EMPTY),
    "EC2": ("ec2.amazonaws.com", equals("aws:SourceAccount", ACCOUNT), EMPTY),
    "S3 replication, which stands in no table": ("s3.amazonaws.com", None, EMPTY),
    **{
        f"{name} without a source": (f"{name}.amazonaws.com", None, FAIL)
        for name in ("appstream", "fis", "personalize", "ssm-incidents")
    },
    **{
        f"{name} with our account": (f"{name}.amazonaws.com", equals("aws:SourceAccount", ACCOUNT), EMPTY)
        for name in ("appstream", "fis", "personalize", "ssm-incidents")
    },
    "a source in any account": ("fis.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:fis:*:*:experiment/*"}}, FAIL),
    "a source in ours": ("fis.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:fis:*:{ACCOUNT}:experiment/*"}}, EMPTY),
    "a source in a stranger's": ("fis.amazonaws.com", equals("aws:SourceAccount", STRANGER), FAIL),
    "a source in a partner's": ("fis.amazonaws.com", equals("aws:SourceAccount", PARTNER), EMPTY),
    "a source, if it is told": ("personalize.amazonaws.com", {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, FAIL),
    "our organization as source": ("ssm-incidents.amazonaws.com", equals("aws:SourceOrgID", OUR_ORGANIZATION), EMPTY),
    "our organization as principal, which a service has not": (
        "appstream.amazonaws.com", equals("aws:PrincipalOrgID", OUR_ORGANIZATION), FAIL),
}  # fmt: skip

GITHUB, GITLAB, TERRAFORM = "token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"
GOOGLE, COGNITO = "accounts.google.com", "cognito-identity.amazonaws.com"
AMAZON, FACEBOOK, BUILDKITE = "www.amazon.com", "graph.facebook.com", "agent.buildkite.com"
EKS, CIRCLE = "oidc.eks.eu-west-1.amazonaws.com/id/0123ABCD", f"oidc.circleci.com/org/{UUID}"
SENTINEL = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"
POOL = "eu-west-1:12345678-1234-1234-1234-123456789012"
SIGNED_IN = {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}
NOT_SIGNED_IN = {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"}}
ISSUERS = {
    "GitHub, nothing": (GITHUB, None, FAIL),
    "GitHub, the audience": (GITHUB, equals(f"{GITHUB}:aud", "sts.amazonaws.com"), FAIL),
    "GitHub, a repository": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/app:*"), PASS),
    "GitHub, an owner": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/*"), PASS),
    "GitHub, an owner with ids": (GITHUB, equals(f"{GITHUB}:sub", "repo:acme@123456/app@456789:ref:refs/heads/main"), PASS),
    "GitHub, an owner nobody listed": (GITHUB, like(f"{GITHUB}:sub", "repo:zeta/*"), PASS),
    "GitHub, an owner's id": (GITHUB, equals(f"{GITHUB}:repository_owner_id", "123456"), PASS),
    "GitHub, the owner as subject": (GITHUB, equals(f"{GITHUB}:sub", "repository_owner:acme"), PASS),
    "GitHub, a workflow of an owner": (GITHUB, like(f"{GITHUB}:job_workflow_ref", "acme/flows/.github/workflows/x.yml@*"), PASS),
    "GitHub, every repository": (GITHUB, like(f"{GITHUB}:sub", "repo:*"), FAIL),
    "GitHub, owners that begin so": (GITHUB, like(f"{GITHUB}:sub", "repo:acme*"), FAIL),
    "GitHub, a repository of any owner": (GITHUB, like(f"{GITHUB}:sub", "repo:*/app:*"), FAIL),
    "GitHub, an owner or everybody": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/*", "repo:?/*"), FAIL),
    "GitHub, a person": (GITHUB, equals(f"{GITHUB}:actor", "ann"), FAIL),
    "GitHub, an environment": (GITHUB, equals(f"{GITHUB}:environment", "production"), FAIL),
    "GitHub, an owner if it is told": (GITHUB, {"StringLikeIfExists": {f"{GITHUB}:sub": "repo:acme/*"}}, FAIL),
    "GitHub, any owner but one": (GITHUB, {"StringNotLike": {f"{GITHUB}:sub": "repo:evil/*"}}, FAIL),
    "GitLab, a project": (GITLAB, like(f"{GITLAB}:sub", "project_path:acme/app:ref_type:branch:ref:main"), PASS),
    "GitLab, a namespace": (GITLAB, like(f"{GITLAB}:sub", "project_path:acme/*"), PASS),
    "GitLab, a namespace's id": (GITLAB, equals(f"{GITLAB}:namespace_id", "12345"), PASS),
    "GitLab, every project": (GITLAB, like(f"{GITLAB}:sub", "project_path:*"), FAIL),
    "GitLab, namespaces that begin so": (GITLAB, like(f"{GITLAB}:sub", "project_path:acme*"), FAIL),
    "GitLab, the audience": (GITLAB, equals(f"{GITLAB}:aud", "https://gitlab.com"), FAIL),
    "GitLab, a protected branch": (GITLAB, equals(f"{GITLAB}:ref_protected", "true"), FAIL),
    "GitLab of a company, not known": ("gitlab.acme.example", like("gitlab.acme.example:sub", "project_path:infra/*"), OPEN),
    "Terraform, an organization": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:acme:project:*:workspace:*:run_phase:*"), PASS),
    "Terraform, every organization": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:*"), FAIL),
    "Terraform, organizations that begin so": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:acme*"), FAIL),
    "Terraform, a project of any organization": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:*:project:app:*"), FAIL),
    "Terraform, the audience": (TERRAFORM, equals(f"{TERRAFORM}:aud", "aws.workload.identity"), FAIL),
    "Buildkite, an organization": (BUILDKITE, like(f"{BUILDKITE}:sub", "organization:acme:pipeline:app:*"), PASS),
    "Buildkite, every organization": (BUILDKITE, like(f"{BUILDKITE}:sub", "organization:*:pipeline:app:*"), FAIL),
    "Buildkite, a pipeline's name": (BUILDKITE, equals(f"{BUILDKITE}:pipeline_slug", "app"), FAIL),
    "Google, nothing": (GOOGLE, None, FAIL),
    "Google, a client": (GOOGLE, equals(f"{GOOGLE}:aud", "123456.apps.googleusercontent.com"), PASS),
    "Google, any client": (GOOGLE, like(f"{GOOGLE}:aud", "*.apps.googleusercontent.com"), FAIL),
    "Google, a service account": (GOOGLE, equals(f"{GOOGLE}:sub", "123456789012345678901"), PASS),
    "Google, an address of mail": (GOOGLE, equals(f"{GOOGLE}:email", "ann@acme.example"), FAIL),
    "Google, an audience that is AWS's": (GOOGLE, equals(f"{GOOGLE}:aud", "sts.amazonaws.com"), FAIL),
    "Cognito, a pool's signed-in users": (COGNITO, equals(f"{COGNITO}:aud", POOL) | SIGNED_IN, PASS),
    "Cognito, a pool's guests": (COGNITO, equals(f"{COGNITO}:aud", POOL) | NOT_SIGNED_IN, FAIL),
    "Cognito, a pool": (COGNITO, equals(f"{COGNITO}:aud", POOL), FAIL),
    "Cognito, signed-in users of any pool": (COGNITO, SIGNED_IN, FAIL),
    "Cognito, any pool's signed-in users": (COGNITO, like(f"{COGNITO}:aud", "eu-west-1:*") | SIGNED_IN, FAIL),
    "Cognito, nothing": (COGNITO, None, FAIL),
    "Amazon, an application": (AMAZON, equals(f"{AMAZON}:app_id", "amzn1.application-oa2-client.a1"), PASS),
    "Amazon, any application": (AMAZON, like(f"{AMAZON}:app_id", "amzn1.application-oa2-client.*"), FAIL),
    "Amazon, nothing": (AMAZON, None, FAIL),
    "Facebook, an application": (FACEBOOK, equals(f"{FACEBOOK}:app_id", "1234567890"), PASS),
    "Facebook, any application": (FACEBOOK, like(f"{FACEBOOK}:app_id", "*"), FAIL),
    "Facebook, nothing": (FACEBOOK, None, FAIL),
    "Sentinel, a workspace": (SENTINEL, equals("sts:RoleSessionName", f"MicrosoftSentinel_{UUID}"), PASS),
    "Sentinel, every workspace": (SENTINEL, like("sts:RoleSessionName", "MicrosoftSentinel_*"), FAIL),
    "Sentinel, the audience": (SENTINEL, equals(f"{SENTINEL}:aud", "api://1462b192-27f7-4cb9-8523-0f4ecb54b47e"), FAIL),
    "Entra, every tenant": ("login.microsoftonline.com/common/v2.0", equals("login.microsoftonline.com/common/v2.0:aud", "x"), FAIL),
    "Entra, a tenant nobody named": (
        f"sts.windows.net/{UUID}", equals(f"sts.windows.net/{UUID}:aud", "api://app"), OPEN),
    "Okta of ours": ("acme.okta.com", equals("acme.okta.com:aud", "client-1"), PASS),
    "Okta of somebody": ("zeta.okta.com", equals("zeta.okta.com:aud", "client-1"), OPEN),
    "Okta of ours, nothing": ("acme.okta.com", None, FAIL),
    "CircleCI of ours": (CIRCLE, equals(f"{CIRCLE}:aud", UUID), PASS),
    "CircleCI of somebody": (
        f"oidc.circleci.com/org/{OTHER_UUID}", equals(f"oidc.circleci.com/org/{OTHER_UUID}:aud", OTHER_UUID), OPEN),
    "a cluster of ours": (EKS, equals(f"{EKS}:sub", "system:serviceaccount:payments:worker"), PASS),
    "a cluster nobody named": (
        f"{EKS}99", equals(f"{EKS}99:sub", "system:serviceaccount:payments:worker"), OPEN),
    "every pod of a cluster of ours": (EKS, like(f"{EKS}:sub", "system:serviceaccount:*"), FAIL),
}  # fmt: skip
SIGN_IN = "https://signin.aws.amazon.com/saml"
SAML = f"{IAM}:saml-provider/okta"


def _saml(value: tuple[Any, Any]) -> dict[str, Any]:
    condition, conclusion = value
    return trusts("Federated", SAML, condition, conclusion)


ASSERTIONS = {
    "AWS's sign-in": (equals("SAML:aud", SIGN_IN), PASS),
    "AWS's sign-in of a region": (equals("SAML:aud", "https://eu-west-1.signin.aws.amazon.com/saml", SIGN_IN), PASS),
    "AWS's sign-in of every region": (like("SAML:aud", "https://*.signin.aws.amazon.com/saml"), PASS),
    "China's sign-in": (equals("SAML:aud", "https://signin.amazonaws.cn/saml"), PASS),
    "any audience": (like("SAML:aud", "*"), FAIL),
    "an audience that is not AWS": (equals("SAML:aud", "https://acme.example/saml"), FAIL),
    "AWS's sign-in, if it is told": ({"StringEqualsIfExists": {"SAML:aud": SIGN_IN}}, FAIL),
    "a person": (equals("SAML:sub", "ann@acme.example"), PASS),
    "any person": (like("SAML:sub", "*"), FAIL),
    "how the person is named, which is nobody": (equals("SAML:sub_type", "persistent"), FAIL),
    "nothing": (None, FAIL),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    *table("TRUST-1", {f"an account: {name}": value for name, value in NAMED.items()}, _named, reference=KEYS),
    *table("TRUST-1", {f"everybody: {name}": value for name, value in EVERYBODY.items()}, _everybody, reference=KEYS),
    *table("TRUST-1", {f"a service: {name}": value for name, value in SERVICES.items()}, _service, reference=DEPUTY),
    *table("TRUST-1", {f"an issuer: {name}": value for name, value in ISSUERS.items()}, _federated, reference=SHARED),
    *table("TRUST-1", {f"SAML: {name}": value for name, value in ASSERTIONS.items()}, _saml, reference=WEB),
)  # fmt: skip
