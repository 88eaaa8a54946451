"""TRUST-1 as strangers write it: odd spellings, policy variables, other partitions, vendors' documented forms."""

# ruff: noqa: E501  rows of tables are read across

from dataclasses import replace
from typing import Any

from evidence.readers.evidence import Known
from tests.controls.world import ACCOUNT, IAM
from tests.controls.world_records import MEMBER, ORGANIZATION, OUR_ORGANIZATION, role
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
from tests.corpus.trust import (
    COGNITO,
    DEPUTY,
    FOREIGN_ORGANIZATION,
    GITHUB,
    GITLAB,
    GOOGLE,
    KEYS,
    KNOWN,
    PARTNER,
    POOL,
    SHARED,
    SIGN_IN,
    STRANGER,
    TERRAFORM,
    UUID,
    VERDICTS,
    WEB,
    any_like,
    equals,
    like,
    trusts,
)

OWNER = f"arn:aws:iam::{STRANGER}:root"
TAGS = f"{USER_GUIDE}id_session-tags.html"


def _one(value: tuple[str, str, Any, Any]) -> dict[str, Any]:
    return trusts(*value)


def _everybody(value: tuple[Any, Any]) -> dict[str, Any]:
    return trusts("AWS", "*", *value)


def _issuer(value: tuple[str, Any, Any]) -> dict[str, Any]:
    return trusts("Federated", f"{IAM}:oidc-provider/{value[0]}", value[1], value[2])


def _bare(value: tuple[str, Any, Any]) -> dict[str, Any]:
    return trusts("Federated", *value)


def _saml(value: tuple[Any, Any]) -> dict[str, Any]:
    return trusts("Federated", f"{IAM}:saml-provider/okta", *value)


OUR_ROLES = f"arn:aws:iam::{MEMBER}:role/*"
ORG = "aws:PrincipalOrgID"
# Operators in other letters, qualifiers, variables: what a key's value binds, however it is written.
EVERYBODY = {
    "operator and key in small letters": ({"stringequals": {"aws:principalorgid": OUR_ORGANIZATION}}, PASS),
    "operator and key in capitals": ({"STRINGEQUALS": {"AWS:PRINCIPALORGID": OUR_ORGANIZATION}}, PASS),
    "IfExists in small letters": ({"stringequalsifexists": {ORG: OUR_ORGANIZATION}}, FAIL),
    "ForAnyValue of a single-valued key": ({"ForAnyValue:StringEquals": {ORG: [OUR_ORGANIZATION]}}, PASS),
    "ForAllValues, in capitals": ({"FORALLVALUES:STRINGEQUALS": {ORG: [OUR_ORGANIZATION]}}, FAIL),
    "without regard to letters": ({"StringEqualsIgnoreCase": {ORG: OUR_ORGANIZATION.upper()}}, FAIL),
    "an empty list of values": ({"StringEquals": {ORG: []}}, FAIL),
    "a value that is a variable of the caller": ({"StringEquals": {ORG: "${aws:PrincipalOrgID}"}}, FAIL),
    "our organization or a variable": ({"StringEquals": {ORG: [OUR_ORGANIZATION, "${aws:PrincipalOrgID}"]}}, FAIL),
    "the account is the caller's own, by a variable": ({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}, FAIL),
    "an ARN with the caller's account": ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/x"}}, FAIL),
    "Null says only that there is an organization": ({"Null": {ORG: "false"}}, FAIL),
    "only over TLS": ({"Bool": {"aws:SecureTransport": "true"}}, FAIL),
    "only with MFA, which every account has": ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, FAIL),
    "only with recent MFA": ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, FAIL),
    "from every address": ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, FAIL),
    "from every address of either kind": ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}, FAIL),
    "from an address or from every one": ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, FAIL),
    "from two halves that are every address": ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, FAIL),
    "from everywhere but an address": ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, FAIL),
    "from an address, if it is told": ({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}, FAIL),
    "with a tag that any account can set": (equals("aws:PrincipalTag/team", "core"), FAIL),
    "with a session's name that the caller chooses": (equals("sts:RoleSessionName", "deploy"), FAIL),
    "with a source identity that the caller chooses": (like("sts:SourceIdentity", "*@acme.example"), FAIL),
    "with a request tag that the caller chooses": (equals("aws:RequestTag/team", "core"), FAIL),
    "in one region, which the caller chooses": (equals("aws:RequestedRegion", "eu-west-1"), FAIL),
    "until a day": ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, FAIL),
    "by one browser": (like("aws:UserAgent", "acme/*"), FAIL),
    "anybody's name": (like("aws:userid", "*"), FAIL),
    "all but one account": ({"StringNotEquals": {"aws:PrincipalAccount": STRANGER}}, FAIL),
    "an empty condition": ({}, FAIL),
    "an operator without keys": ({"StringEquals": {}}, FAIL),
    "roles of ours, as a string": (like("aws:PrincipalArn", OUR_ROLES), PASS),
    "roles of ours in any partition, as a string": (like("aws:PrincipalArn", f"arn:*:iam::{MEMBER}:role/*"), FAIL),
    "roles of ours in any partition, as an ARN": ({"ArnLike": {"aws:PrincipalArn": f"arn:*:iam::{MEMBER}:role/*"}}, PASS),
    "everything that holds our account": (like("aws:PrincipalArn", f"*{MEMBER}*"), FAIL),
    "every role": ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, FAIL),
    "every ARN": ({"ArnLike": {"aws:PrincipalArn": "*"}}, FAIL),
    "accounts by a question mark": (like("aws:PrincipalAccount", "33333333333?"), FAIL),
    "two conditions, one of them ours": ({"StringEquals": {ORG: OUR_ORGANIZATION, "aws:PrincipalTag/team": "core"}}, PASS),
    "two operators, one of them ours": (equals(ORG, OUR_ORGANIZATION) | {"Bool": {"aws:SecureTransport": "true"}}, PASS),
    "ours, and a stranger's": ({"StringEquals": {ORG: OUR_ORGANIZATION, "aws:PrincipalAccount": STRANGER}}, PASS),
    "our organization's path, all of it": (any_like("aws:PrincipalOrgPaths", f"{OUR_ORGANIZATION}/*"), PASS),
    "two paths, one of a stranger": (any_like("aws:PrincipalOrgPaths", f"{OUR_ORGANIZATION}/*", f"{FOREIGN_ORGANIZATION}/*"), FAIL),
    "paths of every organization": (any_like("aws:PrincipalOrgPaths", "o-*/r-*/*"), FAIL),
    "a partner's path": (any_like("aws:PrincipalOrgPaths", "o-partner1234/r-1/ou-1/*"), PASS),
    "all but our organization": ({"StringNotEquals": {ORG: OUR_ORGANIZATION}}, FAIL),
    "an external id, and MFA": ({"StringEquals": {"sts:ExternalId": "x"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}, FAIL),
    "an external id that is a variable": (equals("sts:ExternalId", "${aws:PrincipalAccount}"), FAIL),
}  # fmt: skip

NAMED = {
    "a stranger's session": ("AWS", f"arn:aws:sts::{STRANGER}:assumed-role/x/s", None, FAIL),
    "a session of ours": ("AWS", f"arn:aws:sts::{MEMBER}:assumed-role/x/s", None, PASS),
    "a stranger's user under an external id and MFA": ("AWS", f"arn:aws:iam::{STRANGER}:user/x", equals("sts:ExternalId", "x") | {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, PASS),
    "an external id without wildcard, by StringLike": ("AWS", OWNER, like("sts:ExternalId", "acme-1"), PASS),
    "an external id in small letters": ("AWS", OWNER, {"stringequals": {"sts:externalid": "acme-1"}}, PASS),
    "an external id of a variable": ("AWS", OWNER, equals("sts:ExternalId", "${aws:PrincipalTag/x}"), FAIL),
    "an external id of question marks": ("AWS", OWNER, like("sts:ExternalId", "????"), FAIL),
    "an empty external id": ("AWS", OWNER, equals("sts:ExternalId", ""), FAIL),
    "an empty list of external ids": ("AWS", OWNER, {"StringEquals": {"sts:ExternalId": []}}, FAIL),
    "an external id that only has to be there": ("AWS", OWNER, {"Null": {"sts:ExternalId": "false"}}, FAIL),
    "an external id among any values": ("AWS", OWNER, {"ForAnyValue:StringEquals": {"sts:ExternalId": ["a", "b"]}}, PASS),
    "a stranger's path in another partition": ("AWS", f"arn:aws-us-gov:iam::{STRANGER}:role/x", None, FAIL),
    "an account of ours in another partition's ARN": ("AWS", f"arn:aws-cn:iam::{MEMBER}:root", None, PASS),
    "a number with one digit less": ("AWS", "99999999999", None, OPEN),
    "a deleted role": ("AWS", "AROAEXAMPLEID0000001", None, FAIL),
    "a deleted user under our organization": ("AWS", "AIDAEXAMPLEID0000001", equals(ORG, OUR_ORGANIZATION), FAIL),
    "a canonical user": ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", None, OPEN),
    "every service": ("Service", "*", None, FAIL),
    "every provider": ("Federated", "*", None, FAIL),
    "EC2 in China": ("Service", "ec2.amazonaws.com.cn", None, EMPTY),
    "a service of one region": ("Service", "logs.eu-west-1.amazonaws.com", None, EMPTY),
    "pods of EKS": ("Service", "pods.eks.amazonaws.com", None, EMPTY),
    "FIS by SourceArn of any account, as a string": ("Service", "fis.amazonaws.com", like("aws:SourceArn", "arn:aws:fis:*:*:experiment/*"), FAIL),
    "FIS by our SourceArn in small letters": ("Service", "fis.amazonaws.com", {"arnlike": {"AWS:SOURCEARN": f"arn:aws:fis:eu-west-1:{ACCOUNT}:experiment/*"}}, EMPTY),
    "Personalize by a variable": ("Service", "personalize.amazonaws.com", equals("aws:SourceAccount", "${aws:SourceAccount}"), FAIL),
    "AppStream by our path": ("Service", "appstream.amazonaws.com", any_like("aws:SourceOrgPaths", f"{OUR_ORGANIZATION}/*"), EMPTY),
    "Personalize by all values of none": ("Service", "personalize.amazonaws.com", {"ForAllValues:StringEquals": {"aws:SourceAccount": [ACCOUNT]}}, FAIL),
}  # fmt: skip

AUTH0, ENTRA = "acme.auth0.com/", f"sts.windows.net/{UUID}/"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
SPACELIFT, PULUMI, VERCEL = "acme.app.spacelift.io", "api.pulumi.com/oidc", "oidc.vercel.com"
ENTERPRISE, HOSTED = "token.actions.githubusercontent.com/acme-corp", "token.actions.acme.ghe.com"
CIRCLE = f"oidc.circleci.com/org/{UUID}"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123ABCD"
BUILDKITE, POOL_OF_USERS = "agent.buildkite.com", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf"
ISSUERS = {
    "GitHub, the owner in capitals": (GITHUB, like(f"{GITHUB}:sub", "repo:ACME/App:*"), PASS),
    "GitHub, the issuer in capitals": ("TOKEN.actions.githubusercontent.com", like("TOKEN.actions.githubusercontent.com:SUB", "repo:acme/*"), PASS),
    "GitHub, without a wildcard by StringLike": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/app:ref:refs/heads/main"), PASS),
    "GitHub, an environment of a repository": (GITHUB, equals(f"{GITHUB}:sub", "repo:acme/app:environment:production"), PASS),
    "GitHub, a pull request": (GITHUB, equals(f"{GITHUB}:sub", "repo:acme/app:pull_request"), PASS),
    "GitHub, every repository of an owner on one branch": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/*:ref:refs/heads/main"), PASS),
    "GitHub, repositories that begin so": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/app*"), PASS),
    "GitHub, an owner with whatever id": (GITHUB, like(f"{GITHUB}:sub", "repo:acme@*/app@*:*"), PASS),
    "GitHub, an owner and an open end": (GITHUB, like(f"{GITHUB}:sub", "repo:acme@*"), PASS),
    "GitHub, whatever owner with an id's end": (GITHUB, like(f"{GITHUB}:sub", "repo:*@123456/*"), FAIL),
    "GitHub, the owner's id as subject": (GITHUB, like(f"{GITHUB}:sub", "repository_owner_id:123456:*"), PASS),
    "GitHub, any owner's id as subject": (GITHUB, like(f"{GITHUB}:sub", "repository_owner_id:*"), FAIL),
    "GitHub, ids that begin so as subject": (GITHUB, like(f"{GITHUB}:sub", "repository_owner_id:1234*"), FAIL),
    "GitHub, a repository's id as subject": (GITHUB, equals(f"{GITHUB}:sub", "repository_id:789"), PASS),
    "GitHub, the subject begins with a wildcard": (GITHUB, like(f"{GITHUB}:sub", "*:repository_owner:acme"), FAIL),
    "GitHub, owners that begin so as subject": (GITHUB, like(f"{GITHUB}:sub", "repository_owner:acme*"), FAIL),
    "GitHub, owners by a question mark": (GITHUB, like(f"{GITHUB}:sub", "repo:acm?/app:*"), FAIL),
    "GitHub, anything": (GITHUB, like(f"{GITHUB}:sub", "*"), FAIL),
    "GitHub, the owner without delimiter": (GITHUB, like(f"{GITHUB}:sub", "repo:acme"), FAIL),
    "GitHub, a list of two owners": (GITHUB, like(f"{GITHUB}:sub", "repo:acme/*", "repo:zeta/app:*"), PASS),
    "GitHub, a list of none": (GITHUB, {"StringLike": {f"{GITHUB}:sub": []}}, FAIL),
    "GitHub, ForAnyValue": (GITHUB, {"ForAnyValue:StringLike": {f"{GITHUB}:sub": ["repo:acme/*"]}}, PASS),
    "GitHub, ForAllValues": (GITHUB, {"ForAllValues:StringLike": {f"{GITHUB}:sub": ["repo:acme/*"]}}, FAIL),
    "GitHub, ids of two owners": (GITHUB, equals(f"{GITHUB}:repository_owner_id", "123", "456"), PASS),
    "GitHub, an id by a pattern": (GITHUB, like(f"{GITHUB}:repository_owner_id", "12*"), FAIL),
    "GitHub, the owner's name alone is no key of AWS's": (GITHUB, equals(f"{GITHUB}:repository_owner", "acme"), FAIL),
    "GitHub, a key of another issuer": (GITHUB, like(f"{GITLAB}:sub", "project_path:acme/*"), FAIL),
    "GitHub, audience and owner": (GITHUB, equals(f"{GITHUB}:aud", "sts.amazonaws.com") | like(f"{GITHUB}:sub", "repo:acme/*"), PASS),
    "GitHub, the audience's owner": (GITHUB, equals(f"{GITHUB}:aud", "https://github.com/acme"), FAIL),
    "GitHub, an enterprise nobody named": (ENTERPRISE, equals(f"{ENTERPRISE}:sub", "repo:acme/app:ref:refs/heads/main"), OPEN),
    "GitHub, data residence nobody named": (HOSTED, like(f"{HOSTED}:sub", "repo:acme/*"), OPEN),
    "GitHub, an enterprise, nothing": (ENTERPRISE, None, FAIL),
    "GitLab, in capitals": ("GitLab.com", like("GitLab.com:sub", "project_path:Acme/App:*"), PASS),
    "GitLab, a subgroup": (GITLAB, like(f"{GITLAB}:sub", "project_path:acme/infra/*:ref_type:branch:ref:main"), PASS),
    "GitLab, a branch of whatever project": (GITLAB, like(f"{GITLAB}:sub", "project_path:*:ref_type:branch:ref:main"), FAIL),
    "GitLab, a project of whatever group": (GITLAB, like(f"{GITLAB}:sub", "project_path:*/app:*"), FAIL),
    "GitLab, a person": (GITLAB, equals(f"{GITLAB}:user_login", "ann"), FAIL),
    "Terraform, a project": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:acme:project:infra:workspace:prod:run_phase:apply"), PASS),
    "Terraform in Europe": ("app.eu.terraform.io", like("app.eu.terraform.io:sub", "organization:acme:*"), PASS),
    "Terraform, an organization's beginning in a longer pattern": (TERRAFORM, like(f"{TERRAFORM}:sub", "organization:acme*:project:*"), FAIL),
    "Terraform, an organization without delimiter": (TERRAFORM, equals(f"{TERRAFORM}:sub", "organization:acme"), FAIL),
    "Bitbucket, a workspace nobody named": (BITBUCKET, equals(f"{BITBUCKET}:aud", f"ari:cloud:bitbucket::workspace/{UUID}"), OPEN),
    "Bitbucket, nothing": (BITBUCKET, None, FAIL),
    "CircleCI of ours, a project": (CIRCLE, like(f"{CIRCLE}:sub", f"org/{UUID}/project/{UUID}/*"), PASS),
    "CircleCI of ours, the issuer in capitals": (CIRCLE.upper(), equals(f"{CIRCLE}:aud", UUID), PASS),
    "Buildkite, a slug": (BUILDKITE, equals(f"{BUILDKITE}:organization_slug", "acme"), PASS),
    "Buildkite, a slug's beginning": (BUILDKITE, like(f"{BUILDKITE}:organization_slug", "acme*"), FAIL),
    "Buildkite, an organization's id": (BUILDKITE, equals(f"{BUILDKITE}:organization_id", UUID), PASS),
    "Buildkite, a branch": (BUILDKITE, equals(f"{BUILDKITE}:build_branch", "main"), FAIL),
    "Vercel, a team as audience": (VERCEL, equals(f"{VERCEL}:aud", "https://vercel.com/acme"), PASS),
    "Vercel, a project of whatever team": (VERCEL, like(f"{VERCEL}:sub", "*:project:app:*"), FAIL),
    "Vercel, a team that is the issuer": ("oidc.vercel.com/acme", equals("oidc.vercel.com/acme:sub", "owner:acme:project:app:environment:production"), OPEN),
    "Pulumi, an organization": (PULUMI, equals(f"{PULUMI}:aud", "aws:acme"), PASS),
    "Pulumi, any organization": (PULUMI, like(f"{PULUMI}:aud", "aws:*"), FAIL),
    "Pulumi, stacks of an organization": (PULUMI, like(f"{PULUMI}:sub", "pulumi:deploy:org:acme:*"), PASS),
    "Pulumi's second issuer, an audience that is free": ("api.pulumi.com/oidc/v2", equals("api.pulumi.com/oidc/v2:aud", "aws:acme"), FAIL),
    "Spacelift, somebody's": (SPACELIFT, equals(f"{SPACELIFT}:aud", SPACELIFT), OPEN),
    "Auth0 with a slash at its end, somebody's": (AUTH0, equals(f"{AUTH0}:aud", "client-1"), OPEN),
    "Auth0 with a slash at its end, nothing": (AUTH0, None, FAIL),
    "Entra with a slash at its end, a tenant nobody named": (ENTRA, equals(f"{ENTRA}:aud", "api://app"), OPEN),
    "Entra's every organization, with a slash": ("login.microsoftonline.com/organizations/v2.0/", equals("login.microsoftonline.com/organizations/v2.0/:aud", "x"), FAIL),
    "an issuer that is the caller's own, an audience that anything meets": ("zeta.okta.com", equals("zeta.okta.com:aud", "${zeta.okta.com:aud}"), FAIL),
    "Okta of ours, an audience that anything meets": ("acme.okta.com", equals("acme.okta.com:aud", "${acme.okta.com:aud}"), FAIL),
    "Okta of ours, whatever audience": ("acme.okta.com", like("acme.okta.com:aud", "*"), FAIL),
    "Okta of ours with a slash at its end": ("acme.okta.com/", equals("acme.okta.com/:aud", "client-1"), PASS),
    "a cluster of ours, by the hexadecimal in capitals": (EKS, like(f"{EKS}:sub", "system:serviceaccount:payments:*"), PASS),
    "a cluster of ours, an account of any namespace": (EKS, like(f"{EKS}:sub", "system:serviceaccount:*:worker"), FAIL),
    "a cluster of ours, the audience alone": (EKS, equals(f"{EKS}:aud", "sts.amazonaws.com"), FAIL),
    "a cluster of ours, anything": (EKS, like(f"{EKS}:sub", "*"), FAIL),
    "a pool of users, which nobody named": (POOL_OF_USERS, equals(f"{POOL_OF_USERS}:aud", "client-1"), OPEN),
    "Codefresh, an account": ("oidc.codefresh.io", like("oidc.codefresh.io:sub", "account:0123456789abcdef01234567:pipeline:*"), PASS),
    "Codefresh, any account": ("oidc.codefresh.io", like("oidc.codefresh.io:sub", "account:*"), FAIL),
}  # fmt: skip

GOV_COGNITO, EAST_COGNITO = (
    "cognito-identity-us-gov.amazonaws.com",
    "cognito-identity.us-gov-east-1.amazonaws.com",
)
BARE = {
    "Google, a client that is a variable": (GOOGLE, equals(f"{GOOGLE}:aud", "${accounts.google.com:aud}"), FAIL),
    "Google, an organization's number": (GOOGLE, equals(f"{GOOGLE}:google/organization_number", "123456789012"), PASS),
    "Google, a client or any": (GOOGLE, like(f"{GOOGLE}:aud", "1.apps.googleusercontent.com", "*"), FAIL),
    "Google, a client, if it is told": (GOOGLE, {"StringEqualsIfExists": {f"{GOOGLE}:aud": "1.apps.googleusercontent.com"}}, FAIL),
    "Amazon, an application that is a variable": ("www.amazon.com", equals("www.amazon.com:app_id", "${www.amazon.com:app_id}"), FAIL),
    "Amazon, a person": ("www.amazon.com", equals("www.amazon.com:user_id", "amzn1.account.ABC"), PASS),
    "Facebook, a person": ("graph.facebook.com", equals("graph.facebook.com:id", "123"), PASS),
    "Facebook, letters in another case": ("graph.facebook.com", {"stringequals": {"GRAPH.facebook.com:APP_ID": "123"}}, PASS),
    "Cognito, two pools": (COGNITO, equals(f"{COGNITO}:aud", POOL, POOL.replace("1234", "5678")) | any_like(f"{COGNITO}:amr", "authenticated"), PASS),
    "Cognito, either kind of user": (COGNITO, equals(f"{COGNITO}:aud", POOL) | any_like(f"{COGNITO}:amr", "authenticated", "unauthenticated"), FAIL),
    "Cognito, both kinds by a pattern": (COGNITO, equals(f"{COGNITO}:aud", POOL) | any_like(f"{COGNITO}:amr", "*authenticated"), FAIL),
    "Cognito, all of no kind": (COGNITO, equals(f"{COGNITO}:aud", POOL) | {"ForAllValues:StringLike": {f"{COGNITO}:amr": "authenticated"}}, FAIL),
    "Cognito, signed in through one provider": (COGNITO, equals(f"{COGNITO}:aud", POOL) | any_like(f"{COGNITO}:amr", "graph.facebook.com"), PASS),
    "Cognito of GovCloud, signed in": (GOV_COGNITO, equals(f"{GOV_COGNITO}:aud", f"us-gov-west-1:{UUID}") | any_like(f"{GOV_COGNITO}:amr", "authenticated"), PASS),
    "Cognito of GovCloud, whoever": (GOV_COGNITO, equals(f"{GOV_COGNITO}:aud", f"us-gov-west-1:{UUID}"), FAIL),
    "Cognito of eastern GovCloud, signed in": (EAST_COGNITO, equals(f"{EAST_COGNITO}:aud", f"us-gov-east-1:{UUID}") | any_like(f"{EAST_COGNITO}:amr", "authenticated"), PASS),
    "Cognito of eastern GovCloud, whoever": (EAST_COGNITO, equals(f"{EAST_COGNITO}:aud", f"us-gov-east-1:{UUID}"), FAIL),
}  # fmt: skip

SAML = {
    "GovCloud's sign-in": (equals("SAML:aud", "https://signin.amazonaws-us-gov.com/saml"), PASS),
    "the sovereign cloud's sign-in": (equals("SAML:aud", "https://signin.amazonaws-eusc.eu/saml"), PASS),
    "a provider's own address at AWS": (equals("SAML:aud", "https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSP123"), PASS),
    "the key in small letters": ({"stringequals": {"saml:aud": SIGN_IN}}, PASS),
    "a host that only begins as AWS's": (equals("SAML:aud", "https://signin.aws.amazon.com.evil.example/saml"), FAIL),
    "a host that only ends as AWS's": (equals("SAML:aud", "https://evil-signin.aws.amazon.com/saml"), FAIL),
    "AWS's sign-in or anything": (like("SAML:aud", SIGN_IN, "*"), FAIL),
    "all but a person": ({"StringNotEquals": {"SAML:sub": "ann"}}, FAIL),
    "every person with an address": (like("SAML:mail", "*@*"), FAIL),
    "every person of a domain": (like("SAML:mail", "*@acme.example"), PASS),
    "a person that is a variable": (equals("SAML:sub", "${SAML:sub}"), FAIL),
    "people by question marks": (like("SAML:sub", "???*"), FAIL),
    "the provider's name": (equals("SAML:iss", "https://idp.acme.example"), FAIL),
    "all of no value": ({"ForAllValues:StringEquals": {"SAML:eduPersonAffiliation": ["staff"]}}, FAIL),
}  # fmt: skip


def _statements(value: tuple[Any, Any, dict[str, str]]) -> dict[str, Any]:
    """A role's whole trust policy."""
    statements, conclusion, rows = value
    made = {"Version": "2012-10-17", "Statement": statements}
    return {
        "records": {"iam.authorization-details": [role("r", AssumeRolePolicyDocument=made)],
                    "organizations.organization": [ORGANIZATION]},
        "conclusion": conclusion, "rows": {f"role/r {name}": verdict for name, verdict in rows.items()},
        "known": KNOWN, "only": True,
    }  # fmt: skip


def allow(principal: Any, action: Any = "sts:AssumeRole", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Principal": principal, **elements}


BOUND = {"StringEquals": {"sts:ExternalId": "x-1"}}
POLICIES = {
    "tags of the session are no way in": ([allow({"AWS": OWNER}, Condition=BOUND), allow({"AWS": OWNER}, "sts:TagSession")], PASS, {OWNER: MET}),
    "tags and source identity, to everybody, are no way in": (
        [allow({"AWS": MEMBER}), allow("*", ["sts:TagSession", "sts:SetSourceIdentity"])], PASS, {MEMBER: MET}),
    "an action that no pattern names is no way in": ([allow({"AWS": MEMBER}), allow("*", "sts:SetContext")], PASS, {MEMBER: MET}),
    "every action of STS is a way in": ([allow({"AWS": OWNER}, "sts:*")], FAIL, {OWNER: EXCEPTION}),
    "a pattern is a way in": ([allow({"AWS": OWNER}, "sts:Assume*")], FAIL, {OWNER: EXCEPTION}),
    "other letters are a way in": ([allow({"AWS": OWNER}, "STS:assumerole")], FAIL, {OWNER: EXCEPTION}),
    "all but one action is a way in": (
        [{"Effect": "Allow", "NotAction": "sts:TagSession", "Principal": {"AWS": OWNER}}], FAIL, {OWNER: EXCEPTION}),
    "the same statement twice": ([allow({"AWS": MEMBER}), allow({"AWS": MEMBER})], PASS, {MEMBER: MET}),
    "one of two statements is bound": ([allow({"AWS": OWNER}, Condition=BOUND), allow({"AWS": OWNER})], FAIL, {OWNER: EXCEPTION}),
    "a list of ours and a stranger": ([allow({"AWS": [MEMBER, OWNER]})], FAIL, {MEMBER: MET, OWNER: EXCEPTION}),
    "a service and everybody": ([allow({"Service": "ec2.amazonaws.com", "AWS": "*"})], FAIL, {"ec2.amazonaws.com": OUTSIDE, "*": EXCEPTION}),
    "everybody as text": ([allow("*")], FAIL, {"*": EXCEPTION}),
    "everybody but somebody": ([{"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": OWNER}}], FAIL, {"NotPrincipal": EXCEPTION}),
    "one statement that is no list": (allow({"AWS": OWNER}), FAIL, {OWNER: EXCEPTION}),
    "no statement": ([], EMPTY, {}),
    "nobody in a list": ([allow({"AWS": []})], EMPTY, {}),
    "element names in small letters": (
        [{"effect": "Allow", "action": "sts:AssumeRole", "principal": {"aws": OWNER}}], FAIL, {OWNER: EXCEPTION}),
    "a partner and a stranger": ([allow({"AWS": [f"arn:aws:iam::{PARTNER}:root", STRANGER]})], FAIL, {f"arn:aws:iam::{PARTNER}:root": MET, STRANGER: EXCEPTION}),
}  # fmt: skip

NOBODY_KNOWN = replace(KNOWN, partners=frozenset(), tenants=frozenset())
UNNAMED = tuple(
    replace(case, name=f"nobody is named: {case.name}", known=NOBODY_KNOWN)
    for case in table("TRUST-1", {
        "a partner's account": ("AWS", f"arn:aws:iam::{PARTNER}:root", None, FAIL),
        "a partner's account narrowed": ("AWS", f"arn:aws:iam::{PARTNER}:root", BOUND, PASS),
        "Okta": ("Federated", f"{IAM}:oidc-provider/acme.okta.com", equals("acme.okta.com:aud", "c"), OPEN),
        "GitHub": ("Federated", f"{IAM}:oidc-provider/{GITHUB}", like(f"{GITHUB}:sub", "repo:acme/*"), PASS),
    }, _one, reference=SHARED)
)  # fmt: skip
assert isinstance(NOBODY_KNOWN, Known)
assert {MET, EXCEPTION, UNSETTLED, OUTSIDE} == set(VERDICTS.values())

CASES: tuple[Case, ...] = (
    *table("TRUST-1", {f"strangers: everybody: {name}": value for name, value in EVERYBODY.items()}, _everybody, reference=KEYS),
    *table("TRUST-1", {f"strangers: {name}": value for name, value in NAMED.items()}, _one, reference=DEPUTY),
    *table("TRUST-1", {f"strangers: an issuer: {name}": value for name, value in ISSUERS.items()}, _issuer, reference=SHARED),
    *table("TRUST-1", {f"strangers: an issuer: {name}": value for name, value in BARE.items()}, _bare, reference=WEB),
    *table("TRUST-1", {f"strangers: SAML: {name}": value for name, value in SAML.items()}, _saml, reference=WEB),
    *table("TRUST-1", {f"strangers: a policy: {name}": value for name, value in POLICIES.items()}, _statements, reference=TAGS),
    *UNNAMED,
)  # fmt: skip
