"""`iam.identity-providers`: the SAML and OpenID Connect providers that roles may trust."""

from collections.abc import Iterator
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

SAML = Operation("iam", "ListSAMLProviders", list_key="SAMLProviderList")
SAML_DETAILS = Operation("iam", "GetSAMLProvider", list_key="SAMLMetadataDocument")
OIDC = Operation("iam", "ListOpenIDConnectProviders", list_key="OpenIDConnectProviderList")
OIDC_DETAILS = Operation("iam", "GetOpenIDConnectProvider", list_key="Url")


@collector(
    item="iam.identity-providers",
    title="Identity providers in IAM",
    scope=Scope.ACCOUNT,
    operations=(SAML, SAML_DETAILS, OIDC, OIDC_DETAILS),
    shape="one record a provider: SAMLProvider or OpenIDConnectProvider with its Arn and details",
    blind_spots=(
        (
            "A provider named AWSSSO_…_DO_NOT_DELETE belongs to Identity Center; its presence does not tell "
            "Identity Center's own identity source."
        ),
        (
            "Does not show which roles trust a provider, nor under which conditions: see the roles' trust "
            "policies."
        ),
        "Whether the provider demands MFA is decided outside AWS.",
    ),
    calls=5,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield both kinds of providers with their details."""
    both = list(ctx.map(_listed, (SAML, OIDC)))
    yield from ctx.map(_described, (entry for listed in both for entry in listed))


def _listed(ctx: Context, operation: Operation) -> list[tuple[Operation, str]]:
    answer = ctx.call(operation) or {}
    return [(operation, provider["Arn"]) for provider in answer[str(operation.list_key)]]


def _described(ctx: Context, listed: tuple[Operation, str]) -> dict[str, Any]:
    operation, arn = listed
    if operation is SAML:
        details = ctx.call(SAML_DETAILS, SAMLProviderArn=arn)
        return {"SAMLProvider": {"Arn": arn, **(details or {})}}
    details = ctx.call(OIDC_DETAILS, OpenIDConnectProviderArn=arn)
    return {"OpenIDConnectProvider": {"Arn": arn, **(details or {})}}
