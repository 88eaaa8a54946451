"""Tests the trust policies of roles: who outside may become them (CC6.1, CC6.3)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.policies.barring import Left, Outsider, left_by, narrowed
from evidence.policies.callers import withheld_keys
from evidence.policies.conditions import Truth
from evidence.policies.demands import binding_demands, demanded_values, is_literal
from evidence.policies.document import Statement
from evidence.policies.evaluate import action_applies
from evidence.policies.issuers import Hold, issuer_hold, issuer_of
from evidence.policies.ownership import (
    EXTERNAL_ID,
    OWNER_KEYS,
    SOURCE_KEYS,
    Bond,
    BoundTo,
    Ours,
    bound_to,
    has_external_id,
)
from evidence.readers.authorization_details import DETAILS, IamRole, roles, trust_statements
from evidence.readers.evidence import Evidence
from evidence.readers.organizations import ACCOUNTS, ORGANIZATION, accounts, organizations
from evidence.readers.unreadable import Unreadable, require_readable

EXPECTED = "inside the organization, or bound by the value of a condition to us or to one known partner"
_SAML_SUBJECTS = ("saml:sub", "saml:namequalifier", "saml:edupersonprincipalname", "saml:uid", "saml:mail",
                  "saml:edupersontargetedid", "saml:cn", "saml:commonname")  # fmt: skip
_SAML_AUDIENCE = "saml:aud"
_SIGN_IN = re.compile(
    r"https://([a-z0-9*-]+\.)?signin\."
    r"(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com|amazonaws-eusc\.eu)/saml(/.*)?"
)
"""Where assertions for AWS are sent, by partition and Region (IAM User Guide, SAML)."""
_DELETED = ("AROA", "AIDA", "AGPA", "ASIA", "AKIA", "AIPA")
_ACCOUNT_DIGITS = 12

# Services that act in a role for whoever asks them, unless a condition names the asker's account or resource.
# AWS's guides of these services ask for aws:SourceAccount or aws:SourceArn in the role's trust policy
# (confused deputy: Personalize, FIS, AppStream 2.0, Systems Manager Incident Manager).
CONFUSED_DEPUTIES = frozenset({
    "appstream.amazonaws.com", "fis.amazonaws.com", "personalize.amazonaws.com",
    "ssm-incidents.amazonaws.com",
})  # fmt: skip
_WAYS_IN = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
"""Actions by which a role is taken; others that a trust policy allows tag or name a session that one has."""
COLUMNS = ("role", "principal", "kind")
NOT_LISTED = "partner not listed by management"
EVERYBODY_BUT = "everybody but"
TENANT_NOT_LISTED = "tenant not listed by management"


@dataclass(frozen=True, slots=True)
class TrustJudgement:
    """What a statement says of one principal."""

    verdict: Verdict
    kind: str
    """Class of principal: inside, outside, everybody, OIDC …"""
    observed: str
    note: str = ""
    severity: Severity | None = None


@control_test(
    id="TRUST-1",
    title="Trust in outsiders is intended",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.1", "CC6.3"),
    risk="Whoever a role trusts can use it, whatever the role's own account knows of them.",
    procedure="Read the trust policy of every role and took each principal that it allows. Principals of the "
    "organization's accounts are inside. Others must be bound by the value of a condition: to our "
    "organization or accounts (aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalAccount, "
    "aws:PrincipalArn, aws:SourceAccount, aws:SourceArn, aws:SourceOrgID), or to a partner that management "
    "named. A named foreign account may be narrowed by sts:ExternalId. Identity providers that many tenants "
    "share must be bound to one tenant by a literal claim; one whose issuer is a tenant must be named by "
    "management. AWS services are listed; those that act for whoever asks need a source. A Deny beside it "
    "counts for what it leaves: a Deny of all but us is read as a condition that names us.",
    population="Every principal that the trust policy of a role allows, service-linked roles apart; AWS "
    "services and Identity Center's own roles are out of scope",
    attribute="Inside the organization, or bound to us or to one known partner",
    needs=(DETAILS,),
    uses=(ACCOUNTS, ORGANIZATION),
    empty="No role trusts anybody but AWS services.",
    remedy=Remedy(
        console="IAM, Roles, {role}, Trust relationships, Edit trust policy: take the principal out that "
        "nobody means; bind one that is meant by a condition whose value names it (its account, "
        "our organization, the repository or tenant of an identity provider). Name a partner in "
        "exceptions.toml, with who, why, who approved and until when.",
        cli=(
            "aws iam get-role --role-name {role}",
            "aws iam update-assume-role-policy --role-name {role} --policy-document file://trust.json",
        ),
    ),
    severity=Severity.HIGH,
    limits="A condition counts that no request without the key can pass: not IfExists, ForAllValues or a "
    "negation; and only for what its value names. Whether an outsider is the intended one is for management "
    "to say. What a trusted account does with its own principals is not visible.",
)
def trust(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per role and allowed principal."""
    ours = _ours(evidence)
    for account in evidence.accounts:
        found_roles, odd = roles(evidence, account)
        for role in found_roles:
            if role.service_linked:
                continue
            statements = trust_statements(role)
            if isinstance(statements, Unreadable):
                odd.append(statements)
                continue
            for principal, found in _judged(role, statements, ours):
                yield Row(
                    subject=f"{role.arn} {principal}",
                    account=account,
                    verdict=found.verdict,
                    observed=found.observed,
                    expected=EXPECTED,
                    pointers=(role.pointer,),
                    note=found.note,
                    severity=found.severity,
                    attributes=dict(zip(COLUMNS, (role.name, principal, found.kind), strict=True)),
                    arns=(role.arn,),
                )
        yield from unreadable_rows(((account, "", one) for one in odd), EXPECTED, COLUMNS)


def _ours(evidence: Evidence) -> Ours:
    """Return who is inside: accounts of this run and, where they were read, the organization's."""
    inside = set(evidence.run.accounts)
    organization = ""
    if evidence.has(ACCOUNTS):
        inside |= {one.id for one in require_readable(accounts(evidence))}
    if evidence.has(ORGANIZATION):
        for found in require_readable(organizations(evidence)):
            organization = found.id
    certain = evidence.has(ACCOUNTS) and evidence.has(ORGANIZATION)
    known = evidence.known
    return Ours(frozenset(inside), organization, known.partners, known.tenants, certain)


def _judged(role: IamRole, document: Sequence[Statement], ours: Ours) -> Iterator[tuple[str, TrustJudgement]]:
    """Yield each principal once, with the worst that a statement says of it."""
    denials = [statement for statement in document if statement.denies]
    worst: dict[str, TrustJudgement] = {}
    for statement in document:
        if statement.denies or statement.principals is None or not _lets_in(statement):
            continue
        for kind, name in _principals(statement):
            found = _judge(role, statement, kind, name, ours)
            if denials and found.verdict in (Verdict.EXCEPTION, Verdict.NOT_DETERMINED):
                whom = Outsider(
                    *(("AWS", "*") if kind == EVERYBODY_BUT else (kind, name)), role.arn.split(":")[4]
                )
                left = left_by(denials, statement, whom, ours)
                by_deny = _judge(role, narrowed(statement, left.demands), whom.kind, whom.name, ours)
                found = _after(found, left, by_deny)
            if name not in worst or _rank(found) > _rank(worst[name]):
                worst[name] = found
    yield from worst.items()


def _lets_in(statement: Statement) -> bool:
    return any(action_applies(statement.actions, name) is not Truth.NO for name in _WAYS_IN)


def _after(found: TrustJudgement, left: Left, by_deny: TrustJudgement) -> TrustJudgement:
    """Judge a principal by what the Deny statements of the policy leave it."""
    if left.barred:
        return TrustJudgement(Verdict.MET, found.kind, f"{found.observed}; a Deny bars whoever is outside")
    if left.demands and _rank(by_deny) < _rank(found):
        found = replace(by_deny, observed=f"{by_deny.observed} (all else a Deny bars)")
    if found.verdict is not Verdict.EXCEPTION:
        return found
    if left.open:
        observed = f"{found.observed}; a Deny stands beside it, whose effect is not determinable"
        return TrustJudgement(Verdict.NOT_DETERMINED, found.kind, observed)
    return replace(found, note=f"{found.note} The Deny beside it does not bar this principal.".strip())


def _rank(found: TrustJudgement) -> int:
    order = (Verdict.OUT_OF_SCOPE, Verdict.MET, Verdict.NOT_DETERMINED, Verdict.EXCEPTION)
    return order.index(found.verdict)


def _principals(statement: Statement) -> Iterator[tuple[str, str]]:
    named = statement.principals
    if named is None:
        return
    if named.complement:
        yield EVERYBODY_BUT, "NotPrincipal"
    else:
        yield from named.named


def _judge(role: IamRole, statement: Statement, kind: str, name: str, ours: Ours) -> TrustJudgement:
    if kind == "Service":
        return _service(statement, name, ours)
    if kind == "Federated":
        return _federated(role, statement, name, ours)
    if kind == "AWS":
        return _aws(statement, name, ours)
    if kind == EVERYBODY_BUT:
        return TrustJudgement(Verdict.EXCEPTION, "everybody", "everybody but a list (NotPrincipal)")
    return TrustJudgement(Verdict.NOT_DETERMINED, kind, f"a principal of kind {kind}")


def _service(statement: Statement, name: str, ours: Ours) -> TrustJudgement:
    if (name == "*" or name.lower() in CONFUSED_DEPUTIES) and bound_to(
        statement, ours, SOURCE_KEYS
    ).bond > Bond.PARTNER:
        observed = "a service that acts for whoever asks it, bound to no source of ours"
        note = "Advisory: add aws:SourceAccount or aws:SourceArn with a value of ours."
        return TrustJudgement(Verdict.EXCEPTION, "service", observed, note, Severity.LOW)
    return TrustJudgement(Verdict.OUT_OF_SCOPE, "service", "an AWS service")


def _aws(statement: Statement, name: str, ours: Ours) -> TrustJudgement:
    if name == "*":
        return _everybody(statement, ours)
    account = name if name.isdecimal() else (name.split(":") + [""] * 5)[4]
    if not (account.isdecimal() and len(account) == _ACCOUNT_DIGITS):
        if name.startswith(_DELETED):
            return TrustJudgement(
                Verdict.EXCEPTION, "deleted", "an identity that is deleted; nobody can be meant",
                severity=Severity.MEDIUM,
            )  # fmt: skip
        return TrustJudgement(Verdict.NOT_DETERMINED, "unknown", "neither an ARN nor an account")
    if ours.bond(account) is Bond.OURS:
        return TrustJudgement(Verdict.MET, "inside", f"account {account} of the organization")
    by = bound_to(statement, ours)
    if by.bond <= Bond.PARTNER:
        whom = "ours" if by.bond is Bond.OURS else "a partner that management named"
        return TrustJudgement(
            Verdict.MET, "outside", f"account {account} outside, bound to {whom} by {by.words}"
        )
    return _outsider(statement, (account,), ours, "outside", f"account {account} outside the organization")


def _everybody(statement: Statement, ours: Ours) -> TrustJudgement:
    """Judge `*`: only a value that names somebody makes it less; an external id is no secret."""
    by = bound_to(statement, ours)
    if by.bond is Bond.OURS:
        return TrustJudgement(Verdict.MET, "everybody", f"everybody, bound to ours by {by.words}")
    if by.bond is not Bond.NOBODY:
        return _outsider(statement, by.names, ours, "everybody", f"everybody, bound by {by.words}")
    others = sorted(set(withheld_keys(statement)) - OWNER_KEYS - {EXTERNAL_ID})
    if others:
        observed = f"everybody, under a condition that names nobody ({', '.join(others)})"
        return TrustJudgement(Verdict.NOT_DETERMINED, "everybody", observed)
    by_what = _names_nobody(statement, by)
    return TrustJudgement(Verdict.EXCEPTION, "everybody", f"everybody, {by_what}", severity=Severity.CRITICAL)


def _names_nobody(statement: Statement, by: BoundTo) -> str:
    if by.words:
        return f"as {by.words} names nobody"
    if not statement.conditional:
        return "without condition"
    keys = sorted({one.key for one in statement.conditions})
    if keys == [EXTERNAL_ID]:
        return "by an external id alone, which is no secret"
    return f"under a condition that everybody can meet ({', '.join(keys)})"


def _outsider(
    statement: Statement, names: tuple[str, ...], ours: Ours, kind: str, observed: str
) -> TrustJudgement:
    """Judge named outsiders: known to management, or accounts at least narrowed by an external id."""
    if names and all(ours.bond(name) <= Bond.PARTNER for name in names):
        return TrustJudgement(Verdict.MET, kind, f"{observed}, a partner that management named")
    if not ours.certain:
        note = "Which accounts are the organization's was not collected."
        return TrustJudgement(Verdict.NOT_DETERMINED, kind, observed, note)
    if has_external_id(statement) and all(name.isdecimal() for name in names):
        return TrustJudgement(Verdict.MET, kind, f"{observed}, narrowed by sts:ExternalId", NOT_LISTED)
    return TrustJudgement(
        Verdict.EXCEPTION, kind, f"{observed}, whom neither management nor a condition knows"
    )


def _federated(role: IamRole, statement: Statement, name: str, ours: Ours) -> TrustJudgement:
    if role.of_identity_center:
        return TrustJudgement(
            Verdict.OUT_OF_SCOPE, "SAML", "a role that Identity Center makes and keeps: see PRIV-2"
        )
    if ":saml-provider/" in name:
        return _saml(statement)
    found = issuer_hold(name, statement)
    issuer = issuer_of(name)
    if found.hold is Hold.NOTHING:
        rest = " (a condition stands there)" if statement.conditional and "=" not in found.words else ""
        observed = f"an identity provider, bound to no tenant: {found.words}{rest}"
        return TrustJudgement(Verdict.EXCEPTION, "OIDC", observed, severity=Severity.CRITICAL)
    tenants = [part.strip().lower() for part in found.tenant.split(",")]
    observed = f"an identity provider, bound by {found.words}"
    if found.hold is Hold.ISSUER:
        if (issuer, "") in ours.tenants:
            return TrustJudgement(Verdict.MET, "OIDC", f"{observed}; {issuer} is named by management")
        note = f"Whether {issuer} is ours is for management to say: a partner entry with this issuer."
        return TrustJudgement(Verdict.NOT_DETERMINED, "OIDC", observed, note)
    listed = all((issuer, tenant) in ours.tenants for tenant in tenants)
    note = "" if listed else f"{TENANT_NOT_LISTED}: {found.tenant}"
    return TrustJudgement(Verdict.MET, "OIDC", observed, note)


def _saml(statement: Statement) -> TrustJudgement:
    subjects = demanded_values(statement, _SAML_SUBJECTS.__contains__)
    if subjects and all(map(is_literal, subjects)):
        return TrustJudgement(
            Verdict.MET, "SAML", f"an identity provider, bound to subject {', '.join(subjects)}"
        )
    if any(
        demand.key == _SAML_AUDIENCE and all(map(_SIGN_IN.fullmatch, demand.values))
        for demand in binding_demands(statement)
    ):
        note = "Everybody whom this identity provider lets in and gives the role."
        return TrustJudgement(
            Verdict.MET, "SAML", "an identity provider, bound to AWS's sign-in by SAML:aud", note
        )
    rest = " (a condition stands there, on no subject)" if statement.conditional else ""
    return TrustJudgement(
        Verdict.EXCEPTION, "SAML", f"an identity provider, bound to no subject, nor to AWS's sign-in{rest}"
    )
