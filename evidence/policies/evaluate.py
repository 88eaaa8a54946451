"""Decides what policies together mean for one request: Deny over Allow, boundaries, levels of SCPs.

Source: AWS's policy evaluation logic, as docs/policy-semantics.md sets it out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from evidence.policies.conditions import RequestContext, Truth, all_of, any_of, holds
from evidence.policies.document import PatternSet, Principals, Statement
from evidence.policies.patterns import (
    NoValueError,
    UnknownValueError,
    every_resource,
    has_variable,
    matches,
    matches_prepared,
    resolved,
)


class Decision(StrEnum):
    """What IAM answers, or that it can't be told."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """By a Deny."""
    NOT_ALLOWED = "not allowed"
    """No Deny applies, and no Allow survives."""
    NOT_DETERMINED = "not determined"


@dataclass(frozen=True, slots=True)
class Request:
    """A question: may this principal do this action on this resource?"""

    action: str
    resource: str | None = None
    """ARN; None asks for any resource at all."""
    principal: str | None = None
    """ARN of user, role or root; None leaves it open."""
    context: RequestContext = field(default_factory=RequestContext)

    @property
    def account(self) -> str:
        """The principal's account; empty when the principal is open."""
        return _account(self.principal) if self.principal else ""


Policy = Sequence[Statement]

_TRUSTED_BY_POLICY_ALONE = ("sts:", "kms:")
"""Actions on roles and keys: their policy must allow within an account too (policy evaluation logic)."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that bears on a request."""

    identity: Sequence[Policy] = ()
    """Inline and attached, of the principal and its groups."""
    boundary: Policy | None = None
    scps: Sequence[Sequence[Policy]] = ()
    """The policies of each level: root, units, account. Empty: none bind (the management account)."""
    resource: Policy | None = None
    """The resource's own policy."""
    resource_account: str = ""
    """Whose the resource is; empty: the principal's."""


def decide(policies: Policies, request: Request) -> Decision:
    """Decide a request."""
    groups: list[Policy] = [*policies.identity, *(policy for level in policies.scps for policy in level)]
    groups += [policy for policy in (policies.boundary, policies.resource) if policy is not None]
    denied = any_of(effect(policy, request, "Deny") for policy in groups)
    if policies.boundary is not None:
        denied = max(denied, _denied_for_a_boundary(policies.resource or (), request))
    if denied is Truth.YES:
        return Decision.DENIED
    allowed = min(_granted(policies, request), scps_allow(policies.scps, request))
    if allowed is Truth.NO:
        return Decision.NOT_ALLOWED
    return Decision.ALLOWED if (allowed, denied) == (Truth.YES, Truth.NO) else Decision.NOT_DETERMINED


def _denied_for_a_boundary(resource: Policy, request: Request) -> Truth:
    """Say whether a Deny with NotPrincipal applies: to who has a boundary it does, whomever it leaves out."""
    return any_of(
        applies(replace(statement, principals=None), request)
        for statement in resource
        if statement.denies and statement.principals and statement.principals.complement
    )


def scps_allow(levels: Iterable[Sequence[Policy]], request: Request) -> Truth:
    """Say whether an Allow survives every level."""
    return all_of(any_of(effect(policy, request, "Allow") for policy in level) for level in levels)


def effect(policy: Policy, request: Request, wanted: str) -> Truth:
    """Say whether one of a policy's statements with this Effect applies to a request."""
    return any_of(applies(statement, request) for statement in policy if statement.effect == wanted)


def applies(statement: Statement, request: Request) -> Truth:
    """Say whether a statement applies to a request."""
    parts = (
        action_applies(statement.actions, request.action),
        _resource_applies(statement, request),
        Truth.YES if statement.principals is None else principal_applies(statement.principals, request),
    )
    if Truth.NO in parts:
        return Truth.NO
    return min(*parts, holds(statement.conditions, request.context, variables=statement.variables))


def _granted(policies: Policies, request: Request) -> Truth:
    """Combine the policies of principal and resource: both across accounts, either within one."""
    boundary = Truth.YES if policies.boundary is None else effect(policies.boundary, request, "Allow")
    own = min(any_of(effect(policy, request, "Allow") for policy in policies.identity), boundary)
    if policies.resource is None:
        return own
    given = effect(policies.resource, request, "Allow")
    if policies.resource_account not in ("", request.account):
        return min(own, given)
    if request.action.lower().startswith(_TRUSTED_BY_POLICY_ALONE):
        own = min(own, given)
    direct = _direct(policies.resource, request, bounded=False)
    return max(own, min(direct, boundary), _direct(policies.resource, request, bounded=True))


def _direct(resource: Policy, request: Request, *, bounded: bool) -> Truth:
    """Say whether a resource's policy grants to the principal itself, `bounded`: past its boundary.

    Naming its account only lets the account grant. A boundary limits what is granted to a role by its ARN,
    not what is granted to a user by its ARN, or to everybody.
    """
    user = ":user/" in (request.principal or "")
    names = ("*", request.principal) if user or not bounded else ("*",)
    return any_of(
        applies(statement, request)
        for statement in resource
        if not statement.denies and _names_one_of(statement.principals, names)
    )


def _names_one_of(principals: Principals | None, names: tuple[str | None, ...]) -> bool:
    if principals is None or principals.complement:
        return False
    return any(name in names for _, name in principals.named)


def action_applies(names: PatternSet, action: str) -> Truth:
    """Say whether Action or NotAction covers an action."""
    found = any(matches(pattern.lower(), action.lower()) for pattern in names.patterns)
    return Truth.of(found is not names.complement)


def _resource_applies(statement: Statement, request: Request) -> Truth:
    names = statement.resources
    if names is None:
        return Truth.YES
    if request.resource is None:
        found = Truth.YES if every_resource(names.patterns) else Truth.UNKNOWN
        found = found if names.patterns else Truth.NO
    else:
        found = any_of(
            _resource_fits(pattern, request, statement.variables, names.complement)
            for pattern in names.patterns
        )
    return ~found if names.complement else found


def _resource_fits(pattern: str, request: Request, variables: bool, complement: bool) -> Truth:
    resource = request.resource or ""
    if not variables or not has_variable(pattern):
        return Truth.of(matches(pattern, resource))
    try:
        return Truth.of(matches_prepared(resolved(pattern, request.context.variable, wild=True), resource))
    except NoValueError:
        return Truth.UNKNOWN if complement else Truth.NO
    except UnknownValueError:
        return Truth.UNKNOWN


def principal_applies(principals: Principals, request: Request) -> Truth:
    """Say whether Principal or NotPrincipal covers the one who asks."""
    if request.principal is None:
        found = Truth.YES if any(name == "*" for _, name in principals.named) else Truth.UNKNOWN
    else:
        found = Truth.of(any(_is(kind, name, request.principal) for kind, name in principals.named))
    return ~found if principals.complement else found


def _is(kind: str, name: str, principal: str) -> bool:
    if kind != "AWS":
        return False
    account = _account(principal)
    return name in ("*", principal, account) or (
        name.endswith(f"::{account}:root") and name.startswith("arn:")
    )


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""
