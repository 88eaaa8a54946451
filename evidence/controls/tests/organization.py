"""Tests service control policies (SCPs): ROOT-6 and ORG-1 (CC6.1, CC6.2)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.policies.conditions import RequestContext, Truth
from evidence.policies.evaluate import Request, effect, scps_allow
from evidence.policies.organization import Restriction, Scp, TreeError, denials
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.organizations import (
    TREE,
    OrganizationAccount,
    WholeOrganization,
    absent_policies,
    whole_organization,
)
from evidence.readers.pointer import Pointer

CRITERIA = ("CC6.1", "CC6.2")
EMPTY = "The account belongs to no organization, so that no service control policy binds it."
NO_MEMBER = "No member account is open, and service control policies never bind the management account."
ODD = "not in the documented form"
MANAGEMENT = "Service control policies never bind the management account: {instead}"
WHOLLY = "Judges the policies attached to the account, its organizational units and its root. An Allow must "
WHOLLY += "survive each of these levels, a Deny at any wins."


@dataclass(frozen=True, slots=True)
class MemberJudgement:
    """What the service control policies mean for one member."""

    verdict: Verdict
    observed: str
    deciding: tuple[str, ...] = ()
    """Labels of the policies that decide it; a pass without any rests on what nobody allows."""
    note: str = ""
    pointers: tuple[Pointer, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberQuestion:
    """What a test asks of every member."""

    judge: Callable[[WholeOrganization, str], MemberJudgement]
    expected: str
    instead: str
    """Why it is not asked of the management account."""


def _rows(evidence: Evidence, question: MemberQuestion) -> Iterator[Row]:
    organization = whole_organization(evidence)
    if organization is None:
        return
    absent = absent_policies(evidence)
    for account in organization.accounts:
        found = _judged(organization, account, question, absent)
        yield Row(
            subject=account.arn or account.id,
            account=account.id,
            verdict=found.verdict,
            observed=found.observed,
            expected=question.expected,
            pointers=(
                account.pointer,
                *(organization.scps[name].pointer for name in found.deciding),
                *found.pointers,
            ),
            note=found.note,
            attributes={"name": account.name, "policies": joined_names(found.deciding)},
        )
    unknown = [("", one.pointer, f"{ODD}: {one.why}") for one in organization.unread_accounts]
    unknown += [
        (one, where, "named here, and not among the accounts that the organization lists")
        for one, where in sorted(organization.strangers.items())
    ]
    for one, where, observed in unknown:
        yield Row(
            subject=one or str(where),
            account=one,
            verdict=Verdict.NOT_DETERMINED,
            observed=observed,
            expected=question.expected,
            pointers=(where,),
            attributes={"name": "", "policies": ""},
        )


def _judged(
    organization: WholeOrganization,
    account: OrganizationAccount,
    question: MemberQuestion,
    absent: tuple[str, ...],
) -> MemberJudgement:
    """Judge one account by what binds it."""
    if account.id == organization.tree.management:
        note = MANAGEMENT.format(instead=question.instead)
        return MemberJudgement(Verdict.OUT_OF_SCOPE, "the management account", note=note)
    if account.closed:
        note = "AWS lets nobody in, root included."
        return MemberJudgement(Verdict.OUT_OF_SCOPE, f"the account is {account.state}", note=note)
    if organization.disabled:
        return MemberJudgement(
            Verdict.EXCEPTION,
            "service control policies are not enabled on the organization's root",
            note=f"None is in force, whatever is listed ({len(organization.scps)} listed).",
            pointers=organization.disabled,
        )
    try:
        return _of_member(organization, account.id, question, absent)
    except TreeError as error:
        return MemberJudgement(Verdict.NOT_DETERMINED, f"its place is not known: {error}")


def _of_member(
    organization: WholeOrganization, member: str, question: MemberQuestion, absent: tuple[str, ...]
) -> MemberJudgement:
    """Judge a member by the policies in force; what was not read could be a Deny, or a level's Allow."""
    bare, unread = organization.tree.bare(member), organization.unread(member)
    found = question.judge(organization, member)
    if found.verdict is Verdict.MET and found.deciding and not bare:
        return found
    why = [f"no policy is listed for {joined_names(bare)}, where AWS keeps at least one"] if bare else []
    why += [f"a policy {ODD} ({one.pointer}): {one.why}" for one in unread]
    why += [f"{joined_names(absent)} named by calls or refusals, and not listed"] if absent else []
    if not why:
        return found
    return replace(
        found,
        verdict=Verdict.NOT_DETERMINED,
        observed="; ".join(why),
        note=f"By what is listed: {found.observed}.",
        pointers=tuple(one.pointer for one in unread),
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
    severity=Severity.HIGH,
    remedy=Remedy(
        console="In the management account open AWS Organizations, Policies, Service control policies; "
        "enable them if they are not. Create a policy that denies every action on every resource "
        "where aws:PrincipalArn is like arn:aws:iam::*:root, with Null aws:AssumedRoot true "
        "beside it where central root access is used, and attach it to the root or to the unit "
        "of {account}.",
        cli=(
            "aws organizations list-roots",
            "aws organizations enable-policy-type --root-id {root_id} --policy-type SERVICE_CONTROL_POLICY",
            (
                "aws organizations create-policy --type SERVICE_CONTROL_POLICY --name DenyRoot "
                "--description 'Deny root' --content file://deny-root.json"
            ),
            "aws organizations attach-policy --policy-id {policy_id} --target-id {account}",
        ),
    ),
)
def root_restricted(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization."""
    partition = evidence.run.partition

    def judge(organization: WholeOrganization, member: str) -> MemberJudgement:
        return _root(organization, member, f"arn:{partition}:iam::{member}:root")

    expected = "a policy that denies root all actions, or all but a list"
    yield from _rows(evidence, MemberQuestion(judge, expected, "see ROOT-1 to ROOT-4."))


def _root(organization: WholeOrganization, member: str, root: str) -> MemberJudgement:
    """Judge what binds a root user who signed in, or uses a key of its own."""
    known = {
        "aws:principalarn": (root,),
        "aws:principalaccount": (member,),
        "aws:principaltype": ("Account",),
        "aws:principalisawsservice": ("false",),
    }
    context = RequestContext(known, absent=frozenset({"aws:username", ASSUMED}))
    levels = organization.tree.levels(member)
    silent = [
        node for node, level in zip(organization.tree.path(member), levels, strict=True) if not _allows(level)
    ]
    found = list(denials(levels, Request("*", principal=root, context=context)))
    whole = [one for one in found if one.applies is Truth.YES and one.everything]
    if whole:
        names = _labels(whole)
        sessions = any(demand.key == ASSUMED for one in whole for demand in one.statement.conditions)
        return MemberJudgement(
            Verdict.MET, f"denied by {joined_names(names)}", names, SESSIONS if sessions else ""
        )
    if silent:
        return MemberJudgement(
            Verdict.MET, f"no policy at {joined_names(silent)} allows anything: everything is denied"
        )
    aimed = _labels(one for one in found if (one.everything or _names_root(one)) and not _of_regions(one))
    if aimed:
        observed = f"{joined_names(aimed)} may restrict root, for some actions or cases"
        return MemberJudgement(Verdict.NOT_DETERMINED, observed, aimed)
    regions = _labels(one for one in found if _of_regions(one))
    note = f"{joined_names(regions)} denies regions only, which leaves root all others." if regions else ""
    return MemberJudgement(
        Verdict.EXCEPTION, "no effective policy denies the root user anything", regions, note
    )


ASSUMED = "aws:assumedroot"
SESSIONS = (
    "Sessions of sts:AssumeRoot, by which the management account deletes root's credentials, are left out."
)


def _allows(level: tuple[Scp, ...]) -> bool:
    return any(not statement.denies for scp in level for statement in scp.statements)


def _labels(restrictions: Iterable[Restriction]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.scp for one in restrictions))


def _of_regions(restriction: Restriction) -> bool:
    return any(demand.key == "aws:requestedregion" for demand in restriction.statement.conditions)


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
    limits=WHOLLY + " A Deny that makes exceptions is left for a person to judge. The action has no resource "
    "type: a Deny on arn:aws:* does not reach it.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="In the management account open AWS Organizations, Policies, Service control policies; "
        "enable them if they are not. Create a policy that denies "
        "organizations:LeaveOrganization on resource *, and attach it to the root, so that it "
        "binds {account} and every account to come.",
        cli=(
            "aws organizations list-roots",
            (
                "aws organizations create-policy --type SERVICE_CONTROL_POLICY --name DenyLeaving "
                "--description 'Members stay' --content file://deny-leaving.json"
            ),
            "aws organizations attach-policy --policy-id {policy_id} --target-id {root_id}",
        ),
    ),
)
def cannot_leave(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account of the organization."""
    partition = evidence.run.partition

    def judge(organization: WholeOrganization, member: str) -> MemberJudgement:
        return _leaving(organization, member, f"arn:{partition}:iam::{member}:role/anybody")

    instead = "it can't leave the organization that it manages."
    yield from _rows(evidence, MemberQuestion(judge, f"{LEAVE} denied", instead))


LEAVE = "organizations:LeaveOrganization"
NO_RESOURCE = "*"
"""What an action without resource types is matched against: no ARN, so that `arn:aws:*` does not reach it."""


def _leaving(organization: WholeOrganization, member: str, anybody: str) -> MemberJudgement:
    """Judge whether anybody in the account may leave; a Deny that binds root alone keeps nobody else."""
    known = {
        "aws:principalarn": (anybody,),
        "aws:principalaccount": (member,),
        "aws:principaltype": ("AssumedRole",),
        "aws:principalisawsservice": ("false",),
    }
    of_anybody = Request(LEAVE, NO_RESOURCE, anybody, RequestContext(known, absent=frozenset({ASSUMED})))
    of_all = Request(LEAVE, NO_RESOURCE, context=RequestContext({"aws:principalaccount": (member,)}))
    bound = [scp for level in organization.tree.levels(member) for scp in level]
    found = {scp.name: effect(scp.statements, of_all, "Deny") for scp in bound}
    denied = tuple(name for name, applies in found.items() if applies is Truth.YES)
    if denied:
        return MemberJudgement(Verdict.MET, f"denied by {joined_names(denied)}", denied)
    some = {
        scp.name: effect(scp.statements, of_anybody, "Deny")
        for scp in bound
        if found[scp.name] is Truth.UNKNOWN
    }
    cases = tuple(name for name, applies in some.items() if applies is not Truth.NO)
    if cases:
        return MemberJudgement(
            Verdict.NOT_DETERMINED, f"{joined_names(cases)} denies it in some cases", cases
        )
    allowed = scps_allow(organization.tree.policies(member).scps, Request(LEAVE))
    if allowed is Truth.NO:
        return MemberJudgement(Verdict.MET, "not allowed: no Allow survives every level")
    if allowed is Truth.UNKNOWN:
        observed = "whether an Allow survives every level hangs on a condition"
        return MemberJudgement(Verdict.NOT_DETERMINED, observed)
    note = f"{joined_names(some)} binds some principals only." if some else ""
    return MemberJudgement(Verdict.EXCEPTION, "no effective policy denies leaving", tuple(some), note)
