"""Which tenant a trust policy binds an identity provider to: what binds, and what binds nothing."""

import pytest

from evidence.policies.document import Statement, statements
from evidence.policies.issuers import Hold, issuer_hold

GITHUB = "token.actions.githubusercontent.com"
POOL = "eu-west-1:12345678-1234-1234-1234-123456789012"
COGNITO = "cognito-identity.amazonaws.com"
UUID = "0f0f0f0f-1111-2222-3333-444455556666"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"


def statement(issuer: str, condition: dict) -> Statement:
    principal = issuer if "/" not in issuer and issuer in (COGNITO, "accounts.google.com") else (
        f"arn:aws:iam::111122223333:oidc-provider/{issuer}"
    )  # fmt: skip
    (made,) = statements({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": principal},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
        }],
    })  # fmt: skip
    return made


def hold(issuer: str, condition: dict) -> tuple[Hold, str]:
    made = statement(issuer, condition)
    assert made.principals is not None
    found = issuer_hold(made.principals.named[0][1], made)
    return found.hold, found.tenant


BINDS = [
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}, "acme"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repo:acme@123456/app@456789:ref:refs/heads/main"}}, "acme"),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": ["repo:acme/*", "repo:zeta/*"]}}, "acme, zeta"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner_id": "123456"}}, "123456"),
    (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repository_owner:acme"}}, "acme"),
    (GITHUB, {"StringLike": {f"{GITHUB}:job_workflow_ref": "acme/flows/.github/workflows/x.yml@*"}}, "acme"),
    (
        GITHUB,
        {"StringLike": {f"{GITHUB}:sub": "repo:*", f"{GITHUB}:repository_owner_id": "123"}},
        "123",
    ),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:acme/*"}}, "acme"),
    ("gitlab.com", {"StringEquals": {"gitlab.com:namespace_id": "12345"}}, "12345"),
    ("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:acme:project:*:run_phase:*"}}, "acme"),
    ("agent.buildkite.com", {"StringLike": {"agent.buildkite.com:sub": "organization:acme:pipeline:*"}}, "acme"),
    ("agent.buildkite.com", {"StringEquals": {"agent.buildkite.com:organization_id": UUID}}, UUID),
    ("oidc.vercel.com", {"StringEquals": {"oidc.vercel.com:aud": "https://vercel.com/acme"}}, "acme"),
    ("api.pulumi.com/oidc", {"StringEquals": {"api.pulumi.com/oidc:aud": "aws:acme"}}, "acme"),
    ("api.pulumi.com/oidc/v2", {"StringLike": {"api.pulumi.com/oidc/v2:sub": "pulumi:deploy:org:acme:*"}}, "acme"),
    ("accounts.google.com", {"StringEquals": {"accounts.google.com:sub": "123456789012345678901"}}, "123456789012345678901"),
    ("accounts.google.com", {"StringEquals": {"accounts.google.com:aud": "1.apps.googleusercontent.com"}},
     "1.apps.googleusercontent.com"),
    (COGNITO, {"StringEquals": {f"{COGNITO}:aud": POOL}, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}, POOL),
    ("www.amazon.com", {"StringEquals": {"www.amazon.com:app_id": "amzn1.application-oa2-client.x"}},
     "amzn1.application-oa2-client.x"),
    ("graph.facebook.com", {"StringEquals": {"graph.facebook.com:app_id": "1234567890"}}, "1234567890"),
    ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
     {"StringEquals": {"sts:RoleSessionName": f"MicrosoftSentinel_{UUID}"}}, UUID),
    ("scalr.io", {"StringLike": {"scalr.io:sub": "account:acme:environment:*"}}, "account:acme"),
]  # fmt: skip


@pytest.mark.parametrize(("issuer", "condition", "tenant"), BINDS)
def test_a_literal_tenant_binds(issuer: str, condition: dict, tenant: str) -> None:
    assert hold(issuer, condition) == (Hold.TENANT, tenant)


NOTHING = [
    (GITHUB, {}),
    (GITHUB, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*"}}),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:acme*"}}),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": "*/app:*"}}),
    (GITHUB, {"StringLike": {f"{GITHUB}:sub": ["repo:acme/*", "repo:*"]}}),
    (GITHUB, {"StringEquals": {f"{GITHUB}:actor": "ann"}}),
    (GITHUB, {"StringLikeIfExists": {f"{GITHUB}:sub": "repo:acme/*"}}),
    (GITHUB, {"ForAllValues:StringLike": {f"{GITHUB}:sub": "repo:acme/*"}}),
    (GITHUB, {"StringNotEquals": {f"{GITHUB}:sub": "repo:evil/app"}}),
    (GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner_id": "*"}}),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*"}}),
    ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:acme*"}}),
    ("gitlab.com", {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}),
    ("gitlab.com", {"StringEquals": {"gitlab.com:ref_protected": "true"}}),
    ("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:*"}}),
    ("app.terraform.io", {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}}),
    ("agent.buildkite.com", {"StringEquals": {"agent.buildkite.com:pipeline_slug": "app"}}),
    ("oidc.vercel.com", {"StringLike": {"oidc.vercel.com:sub": "*:project:app:*"}}),
    ("api.pulumi.com/oidc/v2", {"StringEquals": {"api.pulumi.com/oidc/v2:aud": "aws:acme"}}),
    ("accounts.google.com", {}),
    ("accounts.google.com", {"StringEquals": {"accounts.google.com:email": "a@b.c"}}),
    (COGNITO, {"StringEquals": {f"{COGNITO}:aud": POOL}}),
    (COGNITO, {"StringEquals": {f"{COGNITO}:aud": POOL}, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"}}),
    (COGNITO, {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}),
    ("www.amazon.com", {}),
    ("graph.facebook.com", {}),
    ("login.microsoftonline.com/common/v2.0", {"StringEquals": {"login.microsoftonline.com/common/v2.0:aud": "x"}}),
    ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
     {"StringEquals": {"sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d:aud": "api://x"}}),
    ("scalr.io", {"StringLike": {"scalr.io:sub": "account:*"}}),
    (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:*"}}),
    (EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}),
    ("acme.okta.com", {}),
]  # fmt: skip


@pytest.mark.parametrize(("issuer", "condition"), NOTHING)
def test_what_names_no_tenant_binds_nothing(issuer: str, condition: dict) -> None:
    assert hold(issuer, condition) == (Hold.NOTHING, "")


OWN_ISSUER = [
    ("oidc.circleci.com/org/" + UUID, {"StringEquals": {f"oidc.circleci.com/org/{UUID}:aud": UUID}}),
    (EKS, {"StringEquals": {f"{EKS}:sub": "system:serviceaccount:payments:worker"}}),
    ("acme.okta.com", {"StringEquals": {"acme.okta.com:aud": "client-1"}}),
    ("gitlab.acme.example", {"StringLike": {"gitlab.acme.example:sub": "project_path:infra/*"}}),
    ("oidc.vercel.com/acme", {"StringLike": {"oidc.vercel.com/acme:sub": "owner:acme:project:app:*"}}),
    (f"{GITHUB}/acme-enterprise", {"StringLike": {f"{GITHUB}/acme-enterprise:sub": "repo:acme/*"}}),
]


@pytest.mark.parametrize(("issuer", "condition"), OWN_ISSUER)
def test_an_issuer_that_names_its_tenant_is_for_management_to_know(issuer: str, condition: dict) -> None:
    assert hold(issuer, condition) == (Hold.ISSUER, issuer.lower())
