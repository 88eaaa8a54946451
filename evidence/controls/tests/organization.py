"""Tests service control policies (SCPs): ROOT-6 and ORG-1 (CC6.1, CC6.2)."""

from collections.abc import Callable, Iterator

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.policies.conditions import RequestContext, Truth
from evidence.policies.evaluate import Request, effect, scps_allow
from evidence.policies.organization import Restriction, Scp, denials
from evidence.readers.evidence import Evidence, joined_names, require_text
from evidence.readers.organizations import TREE, WholeOrganization, whole_organization

CRITERIA = ("CC6.1", "CC6.2")
EMPTY = "The account belongs to no organization, so that no service control policy binds it."
NO_MEMBER = "No member account is open, and service control policies never bind the management account."
MANAGEMENT = "Service control policies never bind the management account: {instead}"
WHOLLY = "Judges the policies attached to the account, its organizational units and its root. An Allow must "
WHOLLY += "survive each of these levels, a Deny at any wins."


Judge = Callable[[WholeOrganization, str], tuple[Verdict, str, tuple[str, ...]]]
"""(organization, member) -> verdict, observation, names of the SCPs that decide it."""


def _rows(evidence: Evidence, judge: Judge, expected: str, instead: str) -> Iterator[Row]:
    organization = whole_organization(evidence)
    if organization is None:
        return
    for account in organization.accounts:
        member = account.id
        deciding: tuple[str, ...] = ()
        note = ""
        if member == organization.tree.management:
            verdict, observed = Verdict.OUT_OF_SCOPE, "the management account"
            note = MANAGEMENT.format(instead=instead)
        elif account.closed:
            verdict, observed = Verdict.OUT_OF_SCOPE, f"the account is {account.state}"
            note = "AWS has closed it to everybody, root included."
        else:
            verdict, observed, deciding = judge(organization, member)
        yield Row(
            subject=require_text(account.arn),
            account=member,
            verdict=verdict,
            observed=observed,
            expected=expected,
            pointers=(account.pointer, *(organization.scps[name].pointer for name in deciding)),
            note=note,
            attributes={"name": require_text(account.name), "policies": joined_names(deciding)},
        )


@control_test(
    id="ROOT-6",
    title="Root of member accounts is restricted by policy",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="Nothing inside an account limits its root user; only a service control policy can.",
    procedure="For each member account, took the service control policies attached to it, to its "
    "organizational units and to the root of the organization, and looked for a Deny that applies where "
    "aws:PrincipalArn is the account's root user, on every resource, of all actions or all but a list.",
    population="Each account of the organization",
    attribute="An effective policy denies the root user all actions, or all but a list",
    needs=TREE,
    empty=EMPTY,
    outside=NO_MEMBER,
    limits=WHOLLY + " A Deny of a few actions only is left for a person to judge. Says nothing of the "
    "management account, which no service control policy binds.",
)
def root_restricted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization."""
    partition = evidence.run.partition

    def judge(organization: WholeOrganization, member: str) -> tuple[Verdict, str, tuple[str, ...]]:
        return _root(organization, member, f"arn:{partition}:iam::{member}:root")

    yield from _rows(
        evidence, judge, "a policy that denies root all actions, or all but a list", "see ROOT-1 to ROOT-4."
    )


def _root(organization: WholeOrganization, member: str, root: str) -> tuple[Verdict, str, tuple[str, ...]]:
    known = {
        "aws:principalarn": (root,),
        "aws:principalaccount": (member,),
        "aws:principaltype": ("Account",),
    }
    context = RequestContext(known, absent=frozenset({"aws:username"}))
    levels = organization.tree.levels(member)
    empty = [
        node for node, level in zip(organization.tree.path(member), levels, strict=True) if not _allows(level)
    ]
    if empty:
        return Verdict.MET, f"no policy at {joined_names(empty)} allows anything: everything is denied", ()
    found = list(denials(levels, Request("*", principal=root, context=context)))
    whole = _named(found, Truth.YES, everything=True)
    if whole:
        return Verdict.MET, f"denied by {joined_names(whole)}", whole
    aimed = tuple(dict.fromkeys(one.scp for one in found if one.everything or _names_root(one)))
    if aimed:
        return (
            Verdict.NOT_DETERMINED,
            f"{joined_names(aimed)} may restrict root, for some actions or cases",
            aimed,
        )
    return Verdict.EXCEPTION, "no effective policy denies the root user anything", ()


def _allows(level: tuple[Scp, ...]) -> bool:
    return any(not statement.denies for scp in level for statement in scp.statements)


def _named(found: list[Restriction], truth: Truth, *, everything: bool) -> tuple[str, ...]:
    chosen = [one.scp for one in found if one.applies is truth and one.everything is everything]
    return tuple(dict.fromkeys(chosen))


def _names_root(restriction: Restriction) -> bool:
    return any(demand.key == "aws:principalarn" for demand in restriction.statement.conditions)


@control_test(
    id="ORG-1",
    title="Member accounts can't leave the organization",
    topic=topics.ROOT,
    criteria=CRITERIA,
    risk="An account that leaves takes its data out of reach of every policy and log of the organization.",
    procedure="For each member account, put the request organizations:LeaveOrganization to the service "
    "control policies that bind it: those attached to it, to its organizational units and to the root of the "
    "organization.",
    population="Each account of the organization",
    attribute="organizations:LeaveOrganization is denied, by name or by a wider Deny",
    needs=TREE,
    empty=EMPTY,
    outside=NO_MEMBER,
    limits=WHOLLY + " A Deny that makes exceptions is left for a person to judge.",
)
def cannot_leave(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization."""
    yield from _rows(
        evidence,
        _leaving,
        "organizations:LeaveOrganization denied",
        "it can't leave the organization that it manages.",
    )


def _leaving(organization: WholeOrganization, member: str) -> tuple[Verdict, str, tuple[str, ...]]:
    request = Request("organizations:LeaveOrganization")
    policies = organization.tree.policies(member)
    found = {
        scp.name: effect(scp.statements, request, "Deny")
        for level in organization.tree.levels(member)
        for scp in level
    }
    for truth, verdict, words in (
        (Truth.YES, Verdict.MET, "denied by {}"),
        (Truth.UNKNOWN, Verdict.NOT_DETERMINED, "{} denies it in some cases"),
    ):
        deciding = tuple(name for name, applies in found.items() if applies is truth)
        if deciding:
            return verdict, words.format(joined_names(deciding)), deciding
    allowed = scps_allow(policies.scps, request)
    if allowed is Truth.NO:
        return Verdict.MET, "not allowed: no Allow survives every level", ()
    if allowed is Truth.UNKNOWN:
        return Verdict.NOT_DETERMINED, "whether an Allow survives every level hangs on a condition", ()
    return Verdict.EXCEPTION, "no effective policy denies leaving", ()
