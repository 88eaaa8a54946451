"""Tells what the Deny statements of a trust policy leave of what one of its statements allows to an outsider.

'Denied unless' is read as 'allowed if': a Deny that reaches everybody whom the Allow names, save where a key
has one of some values, demands that value. A Deny that holds for every request of the outsider bars it; one
that some request of the outsider escapes leaves it in. What is neither is open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from evidence.policies.conditions import RequestContext, Truth, demand_holds
from evidence.policies.document import Demand, Principals, Statement
from evidence.policies.evaluate import action_applies
from evidence.policies.ownership import OWNER_KEYS, SOURCE_KEYS, Bond, Ours, bound_to

_UNLESS = {
    "stringnotequals": "stringequals", "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike", "arnnotequals": "arnequals", "arnnotlike": "arnlike",
    "notipaddress": "ipaddress", "numericnotequals": "numericequals", "datenotequals": "dateequals",
}  # fmt: skip
"""An operator that an absent key passes too, and what has to hold where it must not."""
_OF_MANY = {"": "", "forallvalues": "foranyvalue:"}
_ASKER_KEYS = OWNER_KEYS - SOURCE_KEYS
_IS_SERVICE = "aws:principalisawsservice"
_ORGANIZATION = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_SESSION = ":assumed-role/"

_NOBODYS = "000000000001"
_CHOSEN = "chosen-by-the-outsider"
_FREE: Mapping[str, tuple[str, ...]] = {
    "aws:sourceip": ("198.51.100.77",),
    "sts:rolesessionname": (_CHOSEN,),
    "aws:securetransport": ("true",),
}
_FREE_TO_PRINCIPALS: Mapping[str, tuple[str, ...]] = {
    **_FREE,
    "aws:multifactorauthpresent": ("true",),
    "aws:multifactorauthage": ("1",),
    "sts:externalid": (_CHOSEN,),
}
"""What whoever asks may choose: where from, how the session is called, MFA of their own."""
_REGIONS = ("us-east-1", "eu-west-1")


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom a statement of a trust policy allows."""

    kind: str
    """`AWS`, `Service` or `Federated`."""
    name: str
    """`*` for everybody."""
    resource_account: str
    """Whose the role is."""

    @property
    def account(self) -> str:
        """The account of an AWS principal; empty for everybody and for what is no account's."""
        return _account(self.name) if self.kind == "AWS" else ""

    @property
    def action(self) -> str:
        """The action by which it becomes the role."""
        if self.kind != "Federated":
            return "sts:AssumeRole"
        return "sts:AssumeRoleWith" + ("SAML" if ":saml-provider/" in self.name else "WebIdentity")


@dataclass(frozen=True, slots=True)
class Left:
    """What the Deny statements leave."""

    barred: bool = False
    """Nothing: one of them holds for every request of the outsider."""
    demands: tuple[Demand, ...] = ()
    """What they demand beside the statement's own conditions."""
    open: bool = False
    """Whether one of them bars the outsider is not determinable."""


class _DenialReach(Enum):
    NONE = auto()
    WHOLE = auto()
    OPEN = auto()


def left_by(denials: Iterable[Statement], allow: Statement, whom: Outsider, ours: Ours) -> Left:
    """Return what the Deny statements beside a statement leave to the one whom it allows."""
    demands: list[Demand] = []
    pending: list[tuple[Demand, ...]] = []
    unknown = False
    for denial in denials:
        reach = _reach(denial, whom, ours)
        if reach is _DenialReach.NONE or _of_ours_alone(denial, ours):
            continue
        rest = _undecided(denial, whom)
        if rest is None:
            continue
        if reach is _DenialReach.OPEN:
            unknown = True
        elif not rest:
            return Left(barred=True)
        elif len(rest) == 1 and (unless := _unless(rest[0], whom)):
            demands.append(unless)
        else:
            pending.append(rest)
    demanded = (*allow.conditions, *demands)
    escapes = not pending or any(
        all(any(_holds(one, asked) is Truth.NO for one in rest) for rest in pending)
        for asked in _escapes(whom, demanded, pending)
    )
    return Left(demands=tuple(demands), open=unknown or not escapes)


def narrowed(allow: Statement, demands: Sequence[Demand]) -> Statement:
    """Return a statement that allows under further conditions."""
    return replace(allow, conditions=(*allow.conditions, *demands)) if demands else allow


def _reach(denial: Statement, whom: Outsider, ours: Ours) -> _DenialReach:
    """Say whether a Deny is about every request of the outsider, its conditions left aside."""
    if action_applies(denial.actions, whom.action) is Truth.NO:
        return _DenialReach.NONE
    if denial.principals is None or denial.resources is not None:
        return _DenialReach.OPEN  # IAM takes no such statement into a trust policy
    if denial.principals.complement:
        return _reach_of_all_but(denial.principals, whom, ours)
    if any(_covers(kind, name, whom) for kind, name in denial.principals.named):
        return _DenialReach.WHOLE
    related = _SESSION in whom.name and any(
        _account(name) == whom.account for _, name in denial.principals.named
    )
    return _DenialReach.OPEN if related else _DenialReach.NONE


def _reach_of_all_but(principals: Principals, whom: Outsider, ours: Ours) -> _DenialReach:
    """Judge NotPrincipal: whoever is not in the list is denied."""
    if any(_covers(kind, name, whom) for kind, name in principals.named):
        return _DenialReach.NONE
    accounts = {_account(name) for kind, name in principals.named if kind == "AWS"}
    if whom.name == "*":
        others = len(accounts) < len(set(principals.named))
        within = all(ours.bond(account) <= Bond.PARTNER for account in accounts)
        return _DenialReach.WHOLE if within and not others else _DenialReach.OPEN
    return _DenialReach.OPEN if whom.account and whom.account in accounts else _DenialReach.WHOLE


def _covers(kind: str, name: str, whom: Outsider) -> bool:
    """Say whether a principal is the outsider, or the outsider is among it."""
    if (kind, name) == ("AWS", "*"):
        return True
    if kind != whom.kind:
        return False
    whole = name == _account(name) or name.endswith(":root")
    return name == whom.name or (whole and bool(whom.account) and _account(name) == whom.account)


def _account(name: str) -> str:
    return name if name.isdecimal() else (name.split(":") + [""] * 5)[4]


def _of_ours_alone(denial: Statement, ours: Ours) -> bool:
    """Say whether a Deny is only about requests of our own principals, or of partners."""
    return bound_to(denial, ours, _ASKER_KEYS).bond <= Bond.PARTNER


def _undecided(denial: Statement, whom: Outsider) -> tuple[Demand, ...] | None:
    """Return the conditions that do not hold for every request; None where one holds for none."""
    rest: list[Demand] = []
    for demand in denial.conditions:
        found = {demand_holds(demand, context, variables=denial.variables) for context in _certain(whom)}
        if found == {Truth.NO}:
            return None
        if found != {Truth.YES}:
            rest.append(demand)
    return tuple(rest)


def _certain(whom: Outsider) -> Iterator[RequestContext]:
    """Yield what is sure of all requests of the outsider; several where one of several things is."""
    known = {"aws:resourceaccount": (whom.resource_account,)}
    if whom.kind == "Service":
        yield RequestContext(known | {_IS_SERVICE: ("true",)})
    elif whom.kind == "Federated":  # such a request is not signed, and need not carry the key
        yield RequestContext(known | {_IS_SERVICE: ("false",)})
        yield RequestContext(known, absent=frozenset({_IS_SERVICE}))
    elif whom.account:
        known |= {_IS_SERVICE: ("false",), "aws:principalaccount": (whom.account,)}
        if ":role/" in whom.name or ":user/" in whom.name:
            known |= {"aws:principalarn": (whom.name,)}
        yield RequestContext(known)
    else:
        yield RequestContext(known)


def _unless(demand: Demand, whom: Outsider) -> Demand | None:
    """Return what must hold where a condition of a Deny must not."""
    quantifier, _, operator = demand.operator.rpartition(":")
    wanted = _UNLESS.get(operator.removesuffix("ifexists"))
    literal = bool(demand.values) and not any("${" in value for value in demand.values)
    known = whom.kind == "AWS" or not demand.key.startswith("aws:principal")
    if wanted is None or quantifier not in _OF_MANY or not (literal and known):
        return None
    return Demand(_OF_MANY[quantifier] + wanted, demand.key, demand.values)


def _escapes(
    whom: Outsider, demanded: Iterable[Demand], pending: Iterable[tuple[Demand, ...]]
) -> Iterator[RequestContext]:
    """Yield requests that the outsider is free to make, as far as the conditions of the Allow let it."""
    if whom.kind == "Service":
        return
    tags = {one.key for rest in pending for one in rest if one.key.startswith("aws:principaltag/")}
    itself = _itself(whom)
    for region in _REGIONS:
        values = {**_FREE, **itself, "aws:requestedregion": (region,)}
        if whom.kind == "AWS":
            values |= {**_FREE_TO_PRINCIPALS, **dict.fromkeys(tags, (_CHOSEN,))}
        bound = {one.key for one in demanded if _holds(one, RequestContext(values)) is not Truth.YES}
        bound |= set(itself) if bound & set(itself) else set()
        free = {key: value for key, value in values.items() if key not in bound}
        yield RequestContext(free)
        if free.keys() >= _ORGANIZATION:  # an account may be in none
            rest = {key: value for key, value in free.items() if key not in _ORGANIZATION}
            yield RequestContext(rest, absent=_ORGANIZATION)


def _itself(whom: Outsider) -> dict[str, tuple[str, ...]]:
    """Return a principal of the outsider's own making."""
    account = _NOBODYS if whom.name == "*" else whom.account
    root = f"arn:aws:iam::{account}:root"
    if whom.kind != "AWS" or whom.name not in ("*", account, root):
        return {}
    itself: dict[str, tuple[str, ...]] = {
        "aws:principalaccount": (account,),
        "aws:principalarn": (root.replace("root", f"role/{_CHOSEN}"),),
    }
    if whom.name == "*":
        organization = "o-0000000001"
        itself |= {
            "aws:principalorgid": (organization,),
            "aws:principalorgpaths": (f"{organization}/r-0001/",),
        }
        itself |= {_IS_SERVICE: ("false",)}
    return itself


def _holds(demand: Demand, context: RequestContext) -> Truth:
    return demand_holds(demand, context, variables=True)
