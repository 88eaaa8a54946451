"""Works out what Deny statements leave to a user who has not signed in with MFA."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.policies.actions import expand
from evidence.policies.conditions import RequestContext, Truth, holds
from evidence.policies.document import Statement
from evidence.policies.organization import denies_nothing, reaches_everything
from evidence.policies.patterns import every_action, matches

ENROLMENT = (
    "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice",
    "iam:GetAccountPasswordPolicy", "iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices",
    "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
)  # fmt: skip
"""Actions that enrol MFA, sign in with it or change the own password. Not DeactivateMFADevice: who may do
that without MFA needs none. DeleteVirtualMFADevice takes only devices that are deactivated."""


_READING = ("iam:get", "iam:list")
VIA_SERVICE = "aws:viaawsservice"


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What remains without MFA."""

    enforced: Truth
    statements: int
    """How many Deny statements cover everything but a list, for certain."""
    beyond: tuple[str, ...] = ()
    """Actions left undenied that are not enrolment."""
    unknown: tuple[str, ...] = ()
    """Names left undenied that the database of actions does not know."""
    reading: tuple[str, ...] = ()
    """Reading and listing of IAM that is left open, as AWS's own examples leave it: it changes nothing."""
    direct: bool = False
    """One of the statements leaves out what a service asks for on the user's behalf."""


def without_mfa(denials: Sequence[Statement], context: RequestContext) -> Enforcement:
    """Say what Deny statements leave in a context; `denials` are Deny statements only."""
    judged = [(one, _applies(one, context)) for one in denials if not denies_nothing(one)]
    certain = _left(statement for statement, truth in judged if truth is Truth.YES)
    if certain.enforced is Truth.YES:
        return certain
    possible = _left(statement for statement, truth in judged if truth is not Truth.NO)
    if possible.enforced is Truth.NO:
        return certain
    return Enforcement(Truth.UNKNOWN, certain.statements, certain.beyond, possible.unknown)


def _applies(statement: Statement, context: RequestContext) -> Truth:
    """Say whether a Deny holds in a context, whatever the resource."""
    return min(
        holds(statement.conditions, context, variables=statement.variables),
        Truth.YES if reaches_everything(statement) else Truth.UNKNOWN,
    )


def _left(denials: Iterable[Statement]) -> Enforcement:
    listed = list(denials)
    wide = [one for one in listed if every_action(one.actions.patterns) is not one.actions.complement]
    if not wide:
        return Enforcement(Truth.NO, 0)
    narrow = [pattern for one in listed if not one.actions.complement for pattern in one.actions.patterns]
    left = set(_spared(wide[0]))
    for one in wide[1:]:
        left = {part for name in left for part in _spared_of(one, name)}
    left -= {name for name in left if any(matches(pattern.lower(), name.lower()) for pattern in narrow)}
    known = {action.name for name in left for action in expand(name)}
    more = sorted(known - {action.name for name in ENROLMENT for action in expand(name)})
    reading = tuple(name for name in more if name.lower().startswith(_READING))
    beyond = tuple(name for name in more if name not in reading)
    unknown = tuple(sorted(left - known))
    enforced = Truth.NO if beyond else Truth.UNKNOWN if unknown else Truth.YES
    direct = any(demand.key == VIA_SERVICE for one in wide for demand in one.conditions)
    return Enforcement(enforced, len(wide), beyond, unknown, reading, direct)


def _spared(statement: Statement) -> Iterable[str]:
    """Yield the names that a Deny of nearly everything leaves out; unknown patterns as they stand."""
    if not statement.actions.complement:
        return
    for pattern in statement.actions.patterns:
        found = [action.name for action in expand(pattern)]
        yield from found or [pattern]


def _spared_of(statement: Statement, name: str) -> Iterable[str]:
    """Yield what a further Deny leaves out of a name: of a pattern that nobody knows, it may be a part."""
    if not statement.actions.complement:
        return
    for pattern in statement.actions.patterns:
        if matches(pattern.lower(), name.lower()):
            yield name
        elif matches(name.lower(), pattern.lower()):
            yield pattern
