"""Tells which tenant of an identity provider a role trusts: its issuer's, or one that a claim names.

Many issuers serve many tenants (GitHub, GitLab, Terraform Cloud …): a trust policy that names the issuer
alone trusts all of them. What binds is a claim whose value names one tenant and ends that name with its
delimiter: `repo:acme/` does, `repo:acme*` is also the name of others. Other issuers name their tenant in host
or path; whether that tenant is ours is for management to say. Facts: the vendors' documentation, AWS's
service reference for sts:AssumeRoleWithWebIdentity, the IAM User Guide on shared providers (November 2026).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.policies.demands import binding_demands, is_literal
from evidence.policies.document import Demand, Statement


class Hold(StrEnum):
    """How firmly a statement holds an identity provider to one tenant."""

    TENANT = "tenant"
    """A claim of a shared issuer is bound to a literal tenant."""
    ISSUER = "issuer"
    """The issuer itself names the tenant; somebody has to say whose it is."""
    NOTHING = "nothing"
    """Every tenant of the issuer, or everybody it lets in, may take the role."""


@dataclass(frozen=True, slots=True)
class IssuerHold:
    """What a statement demands of an identity provider's token."""

    hold: Hold
    tenant: str
    """As the policy names it; empty for nothing."""
    words: str
    """The claim and its values, or what is missing."""


_ANY = r"[^*?:/@\s]+"
"""A tenant's name: literal, and none of the characters that end it."""
_ID, _UUID = r"[0-9]+", r"[0-9a-fA-F-]{36}"
_LITERAL = r"[^*?]+"
_SEGMENTS = rf"(?P<tenant>{_ANY}[:/]{_ANY})(?:[:/].*)?"
"""Two literal segments at least, where the vendor's form of a subject is not known better."""


def _claims(**forms: str) -> Mapping[str, re.Pattern[str]]:
    return {name.replace("__", "/"): re.compile(form) for name, form in forms.items()}


# Issuers that many tenants share: claim -> form of a value that names one tenant. Any one claim is enough.
_SHARED: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "token.actions.githubusercontent.com": _claims(
        sub=rf"(?:repo:|job_workflow_ref:)(?P<tenant>{_ANY})[@/].*"
        rf"|repository_owner:(?P<owner>{_ANY})(?::.*)?"
        rf"|(?:repository_owner_id|repository_id|enterprise_id):(?P<id>{_ID})(?::.*)?",
        repository_owner_id=rf"(?P<tenant>{_ID})",
        repository_id=rf"(?P<tenant>{_ID})",
        enterprise_id=rf"(?P<tenant>{_ID})",
        repository=rf"(?P<tenant>{_ANY})/.+",
        job_workflow_ref=rf"(?P<tenant>{_ANY})/.+",
    ),
    "oidc-configuration.audit-log.githubusercontent.com": _claims(
        sub=rf"https://github\.com/(?P<tenant>{_ANY})"
    ),
    "gitlab.com": _claims(
        sub=rf"project_path:(?P<tenant>{_ANY})/.*",
        namespace_id=rf"(?P<tenant>{_ID})",
        project_id=rf"(?P<tenant>{_ID})",
    ),
    **dict.fromkeys(
        ("app.terraform.io", "app.eu.terraform.io"), _claims(sub=rf"organization:(?P<tenant>{_ANY}):.*")
    ),
    "agent.buildkite.com": _claims(
        sub=rf"organization:(?P<tenant>{_ANY}):.*",
        organization_id=rf"(?P<tenant>{_UUID})",
        organization_slug=rf"(?P<tenant>{_ANY})",
        pipeline_id=rf"(?P<tenant>{_UUID})",
    ),
    "oidc.vercel.com": _claims(
        sub=rf"owner:(?P<tenant>{_ANY}):.*", aud=rf"https://vercel\.com/(?P<tenant>{_ANY})"
    ),
    "api.pulumi.com/oidc": _claims(
        sub=rf"pulumi:(?:environments|deploy):org:(?P<tenant>{_ANY}):.*", aud=rf"(?:aws:)?(?P<tenant>{_ANY})"
    ),
    "api.pulumi.com/oidc/v2": _claims(sub=rf"pulumi:(?:environments|deploy):org:(?P<tenant>{_ANY}):.*"),
    "accounts.google.com": _claims(
        aud=rf"(?P<tenant>{_LITERAL})",
        oaud=rf"(?P<tenant>{_LITERAL})",
        sub=rf"(?P<tenant>{_ID})",
        google__organization_number=rf"(?P<tenant>{_ID})",
    ),
    "www.amazon.com": _claims(app_id=rf"(?P<tenant>{_LITERAL})", user_id=rf"(?P<tenant>{_LITERAL})"),
    "graph.facebook.com": _claims(app_id=rf"(?P<tenant>{_ID})", id=rf"(?P<tenant>{_ID})"),
    "sandboxes.cloud": _claims(aud=rf"(?P<tenant>{_LITERAL})"),
    **dict.fromkeys(
        (
            "oidc.codefresh.io", "studio.datachain.ai/api", "scalr.io", "tokens.cloud.shisho.dev",
            "proidc.upbound.io", "vstoken.actions.githubusercontent.com",
        ),
        _claims(sub=_SEGMENTS),
    ),
}  # fmt: skip
_COGNITO = re.compile(r"cognito-identity(-us-gov)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
"""Identity pools, under each partition's name of them (GovCloud's regions have one each)."""
_POOL = re.compile(r"(?P<tenant>[a-z]{2}(?:-[a-z]+)+-[0-9]:[0-9a-fA-F-]{36})")
_SENTINEL = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"
"""Microsoft Sentinel's own tenant: the session's name tells the customer's workspace."""
_WORKSPACE = re.compile(r"MicrosoftSentinel_(?P<tenant>[0-9a-fA-F-]{36})")
_SOMEBODY = re.compile(_ANY)
_POD = re.compile(rf"system:serviceaccount:{_ANY}:.")
"""A namespace at least; `system:serviceaccount:*` is every pod of the cluster."""
_EVERYBODY = re.compile(
    r"(login\.microsoftonline\.com|sts\.windows\.net)/(common|organizations|consumers)(/.*)?"
)
_AWS_AUDIENCE = "sts.amazonaws.com"
"""Names AWS, never a tenant."""


def issuer_of(principal: str) -> str:
    """Return the issuer (host and path, lower case) that a federated principal names."""
    issuer = principal.partition(":oidc-provider/")[2] or principal
    return issuer.lower().removeprefix("https://").rstrip("/")


def issuer_hold(principal: str, statement: Statement) -> IssuerHold:
    """Return to which tenant a statement binds an OIDC provider, and by what.

    Values in one list are alternatives, so the weakest counts; several conditions must all hold, so one that
    binds is enough. `aud` = `sts.amazonaws.com` binds nothing.
    """
    issuer = issuer_of(principal)
    if _COGNITO.fullmatch(issuer):
        return _cognito(issuer, statement)
    if issuer == _SENTINEL:
        return _by_claims(statement, {"sts:rolesessionname": _WORKSPACE}, "sts:RoleSessionName")
    forms = _SHARED.get(issuer)
    if forms is not None:
        keyed = {f"{issuer}:{claim}": form for claim, form in forms.items()}
        return _by_claims(statement, keyed, f"{issuer}:{next(iter(forms))}")
    if _EVERYBODY.fullmatch(issuer):
        return IssuerHold(Hold.NOTHING, "", "an issuer for the accounts of every organization")
    return _by_issuer(issuer, statement)


def _by_claims(statement: Statement, forms: Mapping[str, re.Pattern[str]], asked: str) -> IssuerHold:
    for demand in binding_demands(statement):
        tenants = list(_tenants(demand, forms.get(_claim_key(demand))))
        if tenants and None not in tenants:
            named = ", ".join(dict.fromkeys(tenant for tenant in tenants if tenant))
            return IssuerHold(Hold.TENANT, named, _said(demand))
    said = [_said(demand) for demand in binding_demands(statement) if _claim_key(demand) in forms]
    missing = f"{'; '.join(said)} names no one tenant" if said else f"nothing demanded of {asked}"
    return IssuerHold(Hold.NOTHING, "", missing)


def _claim_key(demand: Demand) -> str:
    """Return a key as if its issuer had no slash at its end, as in `sts.windows.net/TENANT/:aud`."""
    issuer, colon, claim = demand.key.rpartition(":")
    return f"{issuer.rstrip('/')}{colon}{claim}"


def _tenants(demand: Demand, form: re.Pattern[str] | None) -> Iterator[str | None]:
    """Yield the tenant that each value names, None for a value that names none."""
    for value in demand.values if form else ():
        found = form.fullmatch(value) if form and _names_somebody(value) else None
        yield next((name for name in found.groups() if name), None) if found else None


def _names_somebody(value: str) -> bool:
    """Say whether a value may name a tenant: not AWS, nor what the token itself says."""
    return value != _AWS_AUDIENCE and is_literal(value)


def _by_issuer(issuer: str, statement: Statement) -> IssuerHold:
    """Judge an issuer that names its tenant itself: subject or audience must be demanded all the same."""
    form = _POD if issuer.startswith("oidc.eks.") else _SOMEBODY
    for demand in binding_demands(statement):
        key = _claim_key(demand)
        bound = all(form.match(value) and _names_somebody(value) for value in demand.values)
        if key.removeprefix(f"{issuer}:") not in (key, "amr") and bound:
            return IssuerHold(Hold.ISSUER, issuer, _said(demand))
    return IssuerHold(Hold.NOTHING, "", f"nothing demanded of {issuer}:sub or :aud")


def _cognito(issuer: str, statement: Statement) -> IssuerHold:
    """Judge an identity pool: anybody who knows it is let in unless `amr` tells that somebody signed in.

    By `authenticated`, or by the provider that they came through.
    """
    found = _by_claims(statement, {f"{issuer}:aud": _POOL}, f"{issuer}:aud")
    signed_in = any(
        demand.key == f"{issuer}:amr" and all(map(_signed_in, demand.values))
        for demand in binding_demands(statement)
    )
    if found.hold is Hold.TENANT and not signed_in:
        return IssuerHold(Hold.NOTHING, "", f"{found.words}, and {issuer}:amr lets in who has not signed in")
    return found


def _signed_in(value: str) -> bool:
    return value != "unauthenticated" and is_literal(value) and not set(value) & set("*?")


def _said(demand: Demand) -> str:
    return f"{demand.key} = {' or '.join(demand.values)}"
