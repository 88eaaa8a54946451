"""Tests the trust policies of roles: who outside may become them (CC6.1, CC6.3)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.policies.demands import demanded_values
from evidence.policies.document import Statement, shared_statements
from evidence.readers.authorization_details import DETAILS, IamRole, roles
from evidence.readers.evidence import Evidence, require_text

ACCOUNTS, ORGANIZATION = "organizations.accounts", "organizations.organization"
EXPECTED = "inside the organization, or bound by an external id, an organization or a source account"
_BINDING_KEYS = frozenset({
    "sts:externalid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid",
})  # fmt: skip
_SUBJECTS = (":sub", "graph.facebook.com:id", "www.amazon.com:user_id")
_SAML_SUBJECTS = ("saml:sub", "saml:namequalifier", "saml:edupersonprincipalname", "saml:uid", "saml:mail",
                  "saml:edupersontargetedid", "saml:cn", "saml:commonname")  # fmt: skip
_GITHUB = "token.actions.githubusercontent.com"
_DELETED = ("AROA", "AIDA", "AGPA", "ASIA", "AKIA", "AIPA")

Judgement = tuple[Verdict, str, str]
"""Verdict, class of principal, what was observed."""


@control_test(
    id="TRUST-1",
    title="Trust in outsiders is intended",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.1", "CC6.3"),
    risk="Whoever a role trusts can use it, whatever the role's own account knows of them.",
    procedure="Read the trust policy of every role and took each principal that it allows. Principals of the "
    "organization's accounts are inside. Others must be bound by sts:ExternalId, an organization "
    "(aws:PrincipalOrgID) or a source (aws:SourceAccount, aws:SourceArn), or be accepted. Identity providers "
    "(SAML, OIDC) must be bound to a subject. AWS services are listed.",
    population="Every principal that the trust policy of a role allows; service-linked roles are AWS's own",
    attribute="Inside the organization, or bound by a condition",
    needs=(DETAILS, ACCOUNTS, ORGANIZATION),
    empty="No role trusts anybody but AWS services.",
    limits="A condition counts that no request without the key can pass: not IfExists, ForAllValues or a "
    "negation. Whether an outsider is the intended one is for management to accept. What a trusted account "
    "does with its own principals is not visible.",
)
def trust(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per role and allowed principal."""
    ours = frozenset(require_text(entry.value["Account"]["Id"]) for entry in evidence.records(ACCOUNTS))
    for entry in evidence.records(ORGANIZATION):
        _ = entry.value["Organization"]  # an answer without it is malformed
    inside = ours | frozenset(evidence.run.accounts)
    for account in evidence.accounts:
        for role in roles(evidence, account):
            if role.service_linked:
                continue
            for principal, (verdict, kind, observed) in _judged(role, inside):
                yield Row(
                    subject=f"{role.arn} {principal}",
                    account=account,
                    verdict=verdict,
                    observed=observed,
                    expected=EXPECTED,
                    pointers=(role.pointer,),
                    attributes={"role": role.name, "principal": principal, "kind": kind},
                )


def _judged(role: IamRole, inside: frozenset[str]) -> Iterator[tuple[str, Judgement]]:
    """Yield each principal once, with the worst that a statement says of it."""
    document = shared_statements(role.trust)
    denied = any(statement.denies for statement in document)
    worst: dict[str, Judgement] = {}
    for statement in document:
        if statement.denies or statement.principals is None:
            continue
        for kind, name in _principals(statement):
            found = _judge(role, statement, kind, name, inside)
            if denied and found[0] is Verdict.EXCEPTION:
                found = Verdict.NOT_DETERMINED, found[1], f"{found[2]}; a Deny stands beside it"
            if name not in worst or _rank(found) > _rank(worst[name]):
                worst[name] = found
    yield from worst.items()


def _rank(found: Judgement) -> int:
    return (Verdict.OUT_OF_SCOPE, Verdict.MET, Verdict.NOT_DETERMINED, Verdict.EXCEPTION).index(found[0])


def _principals(statement: Statement) -> Iterator[tuple[str, str]]:
    named = statement.principals
    if named is None:
        return
    if named.complement:
        yield "everybody but", "NotPrincipal"
    else:
        yield from named.named


def _judge(role: IamRole, statement: Statement, kind: str, name: str, inside: frozenset[str]) -> Judgement:
    if kind == "Service":
        return Verdict.OUT_OF_SCOPE, "service", "an AWS service"
    if kind == "Federated":
        return _federated(role, statement, name)
    if kind == "AWS":
        return _aws(statement, name, inside)
    if kind == "everybody but":
        return Verdict.EXCEPTION, "everybody", "everybody but a list (NotPrincipal)"
    return Verdict.NOT_DETERMINED, kind, f"a principal of kind {kind}"


def _aws(statement: Statement, name: str, inside: frozenset[str]) -> Judgement:
    if name == "*":
        return _everybody(statement)
    if not name.startswith("arn:") and not name.isdecimal():
        if name.startswith(_DELETED):
            return Verdict.EXCEPTION, "deleted", "an identity that is deleted; nobody can be meant"
        return Verdict.NOT_DETERMINED, "unknown", "neither an ARN nor an account"
    account = name if name.isdecimal() else name.split(":")[4]
    if account in inside:
        return Verdict.MET, "inside", f"account {account} of the organization"
    by = _binding(statement)
    if by:
        return Verdict.MET, "outside", f"account {account} outside the organization, bound by {by}"
    return Verdict.EXCEPTION, "outside", f"account {account} outside the organization, bound by nothing"


def _everybody(statement: Statement) -> Judgement:
    by = _binding(statement)
    if by:
        return Verdict.MET, "everybody", f"everybody, bound by {by}"
    if statement.conditional:
        return Verdict.NOT_DETERMINED, "everybody", "everybody, under a condition that names no outsider"
    return Verdict.EXCEPTION, "everybody", "everybody, without condition"


def _binding(statement: Statement) -> str:
    """Return what binds a statement to known requesters, or nothing."""
    return next((key for key in sorted(_BINDING_KEYS) if demanded_values(statement, key.__eq__)), "")


def _federated(role: IamRole, statement: Statement, name: str) -> Judgement:
    if role.of_identity_center:
        return Verdict.OUT_OF_SCOPE, "SAML", "a role that Identity Center makes and keeps: see PRIV-2"
    if ":saml-provider/" in name:
        return _subject(
            statement, "SAML", demanded_values(statement, _SAML_SUBJECTS.__contains__), "saml:sub"
        )
    provider = name.partition(":oidc-provider/")[2] or name
    values = demanded_values(statement, lambda key: key.endswith(_SUBJECTS))
    if provider == _GITHUB and not all(_names_owner(value) for value in values):
        return Verdict.EXCEPTION, "OIDC", f"subject {', '.join(values)} names no owner of repositories"
    return _subject(statement, "OIDC", values, f"{provider}:sub")


def _names_owner(subject: str) -> bool:
    """Say whether a GitHub subject (`repo:<owner>/<repository>:…`) is of one owner."""
    prefix, _, rest = subject.partition(":")
    owner = rest.partition("/")[0]
    return prefix == "repo" and bool(owner) and not any(mark in owner for mark in "*?")


def _subject(statement: Statement, kind: str, values: tuple[str, ...], key: str) -> Judgement:
    if values:
        return Verdict.MET, kind, f"an identity provider, bound to subject {', '.join(values)}"
    rest = " (a condition stands there, on no subject)" if statement.conditional else ""
    return Verdict.EXCEPTION, kind, f"an identity provider, bound to no subject by {key}{rest}"
