"""Tells by which known paths a principal could make itself administrator, by its identity policies.

An action of IAM counts on every user, group, role or policy of the account, on the principal itself (its own
ARN, groups and policies), and on those that are administrators already. What the caller is free to choose is
taken as suits the caller: the region, what a new resource is called, which policy is attached.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache

from evidence.policies.actions import resource_formats
from evidence.policies.conditions import RequestContext
from evidence.policies.digest import PolicyDigest
from evidence.policies.document import Statement
from evidence.policies.escalation import LIFTING, PATHS, REWRITING, EscalationPath, Way
from evidence.policies.evaluate import Decision, Policies, Request, decide
from evidence.policies.patterns import NoValueError, UnknownValueError, has_variable, resolved
from evidence.policies.resources import example_arns

_RANK = (Decision.NOT_ALLOWED, Decision.DENIED, Decision.NOT_DETERMINED, Decision.ALLOWED)
_HOME = "us-east-1"
"""The region of IAM's requests."""
_REGION = "aws:requestedregion"
_ATTACHED = "iam:policyarn"
_CHINA = "aws-cn"
"""The partition where some services have a name of their own for roles: `ec2.amazonaws.com.cn`."""


@dataclass(frozen=True, slots=True)
class Climber:
    """The principal in question, with everything that its identity policies say."""

    arn: str
    kind: str
    """`user`, `group` or `role`."""
    policies: Mapping[str, PolicyDigest]
    """By the name to print: its own, and those of its groups."""
    boundary: PolicyDigest | None
    own: Mapping[str, Sequence[str]]
    """By resource type: the ARNs by whose change the principal changes itself."""
    unknown_boundary: bool = False
    """It has a boundary of which the evidence holds no document, or that it may be able to lift."""
    attachable: tuple[str, ...] = ()
    """ARNs of policies of the account's own that would make it administrator."""
    boundary_arn: str = ""
    """The boundary's policy; empty without one."""

    @property
    def account(self) -> str:
        """Its account."""
        return self.arn.split(":")[4]

    @property
    def partition(self) -> str:
        """Its partition."""
        return self.arn.split(":")[1]


@dataclass(frozen=True, slots=True)
class FoundPath:
    """A path, and how far the policies open it."""

    path: EscalationPath
    decision: Decision
    """DENIED also where the boundary does not allow what the policies do."""
    policies: tuple[str, ...]
    """The policies that give its actions."""
    conditions: tuple[str, ...] = ()
    """Keys of the conditions that stand in them; where they do not settle it."""
    on: str = ""
    """The ARN on which it counts; empty for every one of its type."""


@dataclass(frozen=True)
class _EscalationQuestion:
    """What is asked of one principal, and what was decided already."""

    climber: Climber
    policies: Policies
    regions: tuple[str, ...]
    decided: dict[tuple[str, str, str], Decision] = field(default_factory=dict)
    """By action, resource and the service that a role is passed to; `` for the resource: any."""


class DecisionMemory:
    """What was decided of principals that hold the same policies, where none of them asks who it is."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[tuple[str, str, str], Decision]] = {}

    def of(self, climber: Climber) -> dict[tuple[str, str, str], Decision]:
        """Return what is known of a principal; nothing, where its policies tell principals apart."""
        if any(_tells_apart(one) for one in _statements(climber)):
            return {}
        digests = [*climber.policies.values(), climber.boundary]
        return self._known.setdefault((climber.kind, climber.account, *map(id, digests)), {})


def _tells_apart(statement: Statement) -> bool:
    asked = any(demand.key.startswith(("aws:principal", "aws:user")) for demand in statement.conditions)
    patterns = statement.resources.patterns if statement.resources else ()
    values = (value for demand in statement.conditions for value in demand.values)
    return asked or any(map(has_variable, patterns)) or any(map(has_variable, values))


def escalation_paths(
    climber: Climber, administrators: Mapping[str, Sequence[str]], memory: DecisionMemory
) -> Iterator[FoundPath]:
    """Yield the paths that the policies open, or would but for a Deny, a boundary or a condition.

    `administrators` holds the ARNs of those that are administrators already, by their kind; `memory` is for
    the principals of one account, whose policies are kept meanwhile.
    """
    given = frozenset[str]().union(*(one.actions for one in climber.policies.values()))
    if not given:
        return
    climber = _without_liftable_boundary(climber, given)
    question = _EscalationQuestion(climber, _policies(climber), _regions(climber), memory.of(climber))
    for path in PATHS:
        if given.issuperset(_needed(path)):
            found = _judge(question, path, administrators)
            if found is not None:
                yield found


def seeks_others(climber: Climber) -> bool:
    """Say whether the policies give all actions of a path that hangs on who else is administrator."""
    given = frozenset[str]().union(*(one.actions for one in climber.policies.values()))
    return any(map(given.issuperset, _needed_by_others()))


def _without_liftable_boundary(climber: Climber, given: Set[str]) -> Climber:
    """Return the climber without a boundary that it may take from itself, replace or rewrite.

    Such a one bars nothing. The boundary itself must allow that.
    """
    lifting = [(action, climber.arn) for action in LIFTING.get(climber.kind, ())]
    lifting += [(action, climber.boundary_arn) for action in REWRITING]
    lifting = [(action, on) for action, on in lifting if action.lower() in given]
    if climber.boundary is None or not lifting:
        return climber
    best = max((_lifting_decided(climber, action, on) for action, on in lifting), key=_RANK.index)
    if best in (Decision.NOT_ALLOWED, Decision.DENIED):
        return climber
    return replace(climber, boundary=None, unknown_boundary=best is Decision.NOT_DETERMINED)


def _lifting_decided(climber: Climber, action: str, on: str) -> Decision:
    known = _context(climber, "", _HOME)
    if action.startswith("iam:Put"):  # another boundary: whichever suits the caller
        chosen = {
            "iam:permissionsboundary": (f"arn:{climber.partition}:iam::aws:policy/AdministratorAccess",)
        }
        known = replace(known, values={**known.values, **chosen})
    return decide(_policies(climber), Request(action, on, climber.arn, known))


@cache
def _needed_by_others() -> tuple[frozenset[str], ...]:
    return tuple(_needed(path) for path in PATHS if path.way not in (Way.CHANGE, Way.ASSUME))


@cache
def _needed(path: EscalationPath) -> frozenset[str]:
    return frozenset(action.lower() for action in path.actions)


def _policies(climber: Climber) -> Policies:
    identity = [(*one.grants, *one.denials) for one in climber.policies.values()]
    boundary = climber.boundary
    return Policies(identity, None if boundary is None else (*boundary.grants, *boundary.denials))


def _judge(
    question: _EscalationQuestion, path: EscalationPath, administrators: Mapping[str, Sequence[str]]
) -> FoundPath | None:
    best, on = _over_targets(question, path, administrators)
    if best is Decision.NOT_ALLOWED and not _bounded(question, path):
        return None
    if best is Decision.ALLOWED and question.climber.unknown_boundary:
        best = Decision.NOT_DETERMINED
    giving = tuple(
        name for name, one in question.climber.policies.items() if not one.actions.isdisjoint(_needed(path))
    )
    keys = _condition_keys(question) if best is Decision.NOT_DETERMINED else ()
    return FoundPath(path, Decision.DENIED if best is Decision.NOT_ALLOWED else best, giving, keys, on)


def _over_targets(
    question: _EscalationQuestion, path: EscalationPath, administrators: Mapping[str, Sequence[str]]
) -> tuple[Decision, str]:
    """Decide a path on whatever it may count on; return the ARN too, where it is a single one."""
    rest = _least((Decision.ALLOWED, *(_best(question, action) for action in path.actions[1:])))
    best, on = Decision.NOT_ALLOWED, ""
    for target in _targets(question.climber, path, administrators):
        decision = _least((rest, *(_decided(question, path, arn) for arn in target)))
        if _RANK.index(decision) > _RANK.index(best):
            best, on = decision, target[0] if len(target) == 1 else ""
        if best is rest:
            break  # no other target can give more
    return best, on


def _targets(
    climber: Climber, path: EscalationPath, administrators: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, ...]]:
    """Yield what a path may count on: two examples of every resource of a type, then single ARNs."""
    if path.way is Way.TAKE_OVER:
        service = path.actions[0].partition(":")[0]
        formats = dict(resource_formats(service))
        yield example_arns(formats[path.target], climber.partition, climber.account)
        return
    formats = dict(resource_formats("iam"))
    yield example_arns(formats[path.target], climber.partition, climber.account)
    if path.way is Way.ASSUME:
        return
    named = climber.own if path.way is Way.CHANGE else administrators
    yield from ((arn,) for arn in named.get(path.target, ()))


def _decided(question: _EscalationQuestion, path: EscalationPath, arn: str) -> Decision:
    """Decide the action of a path whose resource counts."""
    action = path.actions[0]
    key = (action, arn, path.service)
    if key not in question.decided:
        question.decided[key] = _decide(question, action, (arn,), path.service)
    return question.decided[key]


def _best(question: _EscalationQuestion, action: str) -> Decision:
    """Decide an action on whatever resource suits the caller."""
    key = (action, "", "")
    if key not in question.decided:
        question.decided[key] = _decide(question, action, _choices(question), "")
    return question.decided[key]


def _decide(question: _EscalationQuestion, action: str, resources: Iterable[str], service: str) -> Decision:
    """Return the best of what is decided for these resources, in the regions that the caller may take."""
    best = Decision.NOT_ALLOWED
    regions = (_HOME,) if action.startswith("iam:") else question.regions
    services = (service, f"{service}.cn") if service and question.climber.partition == _CHINA else (service,)
    contexts = [_context(question.climber, one, region) for region in regions for one in services]
    if action.startswith("iam:Attach"):
        contexts = [
            replace(one, values={**one.values, _ATTACHED: (arn,)})
            for one in contexts
            for arn in _attachable(question.climber)
        ]
    for resource in resources:
        for context in contexts:
            found = decide(question.policies, Request(action, resource, question.climber.arn, context))
            best = max(best, found, key=_RANK.index)
            if best is Decision.ALLOWED:
                return best
    return best


def _context(climber: Climber, service: str, region: str) -> RequestContext:
    """Return what is known of the request: who asks, and what the caller would choose."""
    values = {
        "aws:principalarn": (climber.arn,),
        "aws:principalaccount": (climber.account,),
        "aws:resourceaccount": (climber.account,),
        "aws:principaltype": ("User" if climber.kind == "user" else "AssumedRole",),
        _REGION: (region,),
    }
    if climber.kind == "group":
        for key in ("aws:principalarn", "aws:principaltype"):
            values.pop(key)  # those of its members
    if climber.kind == "user":
        values["aws:username"] = (climber.arn.rpartition("/")[2],)
    if service:
        values["iam:passedtoservice"] = (service,)
    return RequestContext(values, frozenset({"aws:username"}) if climber.kind == "role" else frozenset())


def _attachable(climber: Climber) -> tuple[str, ...]:
    """Return policies whose attachment makes an administrator: the caller takes whichever is left."""
    aws = (
        f"arn:{climber.partition}:iam::aws:policy/{name}" for name in ("AdministratorAccess", "IAMFullAccess")
    )
    return (*aws, *climber.attachable)


def _regions(climber: Climber) -> tuple[str, ...]:
    """Return the regions that conditions name, and two that are in none: the caller may take any."""
    named = {
        value
        for one in _statements(climber)
        for demand in one.conditions
        if demand.key == _REGION
        for value in demand.values
        if "*" not in value
    }
    return tuple(dict.fromkeys((_HOME, *sorted(named))))


def _statements(climber: Climber) -> Iterator[Statement]:
    digests = [*climber.policies.values(), *filter(None, (climber.boundary,))]
    return (statement for one in digests for statement in (*one.grants, *one.denials))


def _choices(question: _EscalationQuestion) -> Iterator[str]:
    """Yield a resource for each pattern that may allow an action: wildcards are the caller's to fill."""
    seen = set()
    for policy in question.policies.identity:
        for statement in policy:
            names = statement.resources
            if statement.denies or names is None:
                continue
            patterns = ("*",) if names.complement else names.patterns
            for pattern in patterns:
                if pattern not in seen:
                    seen.add(pattern)
                    yield _filled(question.climber, pattern)


def _filled(climber: Climber, pattern: str) -> str:
    """Return one resource that a pattern matches."""
    if has_variable(pattern):
        try:
            known = _context(climber, "", _HOME)
            pattern = resolved(pattern, known.variable, wild=False)
        except (NoValueError, UnknownValueError):
            return pattern
    return pattern.replace("*", "x").replace("?", "x")


def _bounded(question: _EscalationQuestion, path: EscalationPath) -> bool:
    """Say whether the boundary alone closes a path: the policies allow what it does not."""
    if question.climber.boundary is None:
        return False
    free = _EscalationQuestion(question.climber, Policies(question.policies.identity), question.regions)
    return _over_targets(free, path, {})[0] is Decision.ALLOWED


def _condition_keys(question: _EscalationQuestion) -> tuple[str, ...]:
    keys = {demand.key for one in _statements(question.climber) for demand in one.conditions}
    return tuple(sorted(keys - {_REGION}))


def _least(decisions: Iterable[Decision]) -> Decision:
    return min(decisions, key=_RANK.index, default=Decision.NOT_ALLOWED)
