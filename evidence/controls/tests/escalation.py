"""Tests that nobody can make themselves administrator: PRIV-7 (CC6.1, CC6.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.policies.digest import PolicyDigest
from evidence.policies.document import Statement
from evidence.policies.escalating import Climber, DecisionMemory, FoundPath, escalation_paths, seeks_others
from evidence.policies.escalation import PATHS, Way
from evidence.policies.evaluate import Decision
from evidence.policies.role_documents import is_aws_managed
from evidence.readers import authorization_details as iam_module
from evidence.readers.administrators import (
    is_administrator,
    makes_administrator,
    may_be_administrator,
)
from evidence.readers.authorization_details import DETAILS, IamRole, trust_statements
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.identity_center import INSTANCE, instances
from evidence.readers.organizations import (
    ACCOUNTS,
    DELEGATED,
    ORGANIZATION,
    accounts,
    delegated_administrators,
    organizations,
)
from evidence.readers.principals import Iam, ManagedPolicy, Principal, is_service_linked
from evidence.readers.unreadable import Unreadable, require_readable, sort_out

EXPECTED = "no known path to administrator"
COLUMNS = ("kind", "paths", "by", "boundary")
_SHOWN = 6
SSO = "sso.amazonaws.com"
"""The service of paths that change permission sets, which are no role's: they count where the sets are."""


@control_test(
    id="PRIV-7",
    title="No known path leads to administrator",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.1", "CC6.3"),
    risk="Whoever may change policies, credentials or the roles that services run with is administrator as "
    "soon as they like, and no list of administrators names them.",
    procedure="Took the identity policies of every user, group and role (own, attached, of its groups, "
    f"the permissions boundary) and asked of each of {len(PATHS)} known paths whether they open it: on every "
    "resource of its type, on the principal itself, or on an administrator. Paths come from Rhino Security "
    "Labs (2018), pathfinding.cloud, cloudsplaining and Prowler. Administrators are PRIV-2's and out of "
    "scope here, as are service-linked roles.",
    population="Every user, group and role; administrators (PRIV-2) and AWS's own roles are out of scope",
    attribute="No known path to administrator",
    needs=(DETAILS,),
    uses=(ACCOUNTS, INSTANCE, DELEGATED, ORGANIZATION),
    empty="There is no user, group or role.",
    outside="Every user, group and role is administrator already, or AWS's own.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM: in the policy that the row names, limit the action to the resources that are meant "
        "(a path, a prefix), or demand a permissions boundary (iam:PermissionsBoundary); limit "
        "iam:PassRole to single roles, with iam:PassedToService.",
        cli=(
            "aws iam simulate-principal-policy --policy-source-arn {subject} --action-names {action}",
            (
                "aws iam create-policy-version --policy-arn {policy} --policy-document "
                "file://scoped.json --set-as-default"
            ),
        ),
    ),
    limits="Service control policies and policies of resources are not taken into account, nor chains over "
    "roles of other accounts or roles that are no administrator. Whoever may assume an administrator's role "
    "that their own policy names, or that names them, is meant to. A takeover of a running workload counts "
    "only where an administrator's role trusts its service; whether a workload runs with it is not visible. "
    "What a condition asks is not known. A boundary that its holder may lift bars nothing.",
)
def escalation(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user, group and role."""
    inside, directing = _inside(evidence), _directing_identity_center(evidence)
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        known = _Account.of(iam, *iam_module.roles(evidence, account), inside)
        if directing is None or account in directing:
            known = replace(known, services={**known.services, SSO: ("",)})
        for principal in iam.principals:
            yield _row(account, iam, principal, known)
        odd = ((account, "", one) for one in iam.odd("user", "group", "role"))
        yield from unreadable_rows(odd, EXPECTED, COLUMNS)


@dataclass(frozen=True, slots=True)
class _Account:
    """What the paths of one account's principals depend on."""

    administrators: Mapping[str, Sequence[str]]
    """ARNs by kind."""
    services: Mapping[str, Sequence[str]]
    """Names of the administrator roles that a service may take, by the service."""
    assumable: Mapping[str, bool]
    """Names of the administrator roles that trust the whole account; whether nothing else is asked."""
    attachable: tuple[str, ...]
    """ARNs of the customer's policies that make whoever holds them administrator, attached or not."""
    foreign: frozenset[str]
    """ARNs of roles that somebody outside the organization may take without condition."""
    unread: Sequence[str] = ()
    """What keeps the list of administrators, and of whom their roles trust, from being complete."""
    memory: DecisionMemory = field(default_factory=DecisionMemory)

    @classmethod
    def of(
        cls, iam: Iam, roles: Iterable[IamRole], odd: Sequence[Unreadable], inside: frozenset[str]
    ) -> "_Account":
        administrators: dict[str, list[str]] = {}
        unread = list(map(str, dict.fromkeys((*iam.odd("user", "group", "role"), *odd))))
        for principal in iam.principals:
            if may_be_administrator(iam, principal) and not is_service_linked(principal):
                unread.append(f"whether {principal.arn} is administrator")
            if is_administrator(iam, principal):
                administrators.setdefault(principal.kind, []).append(principal.arn)
        strong = set(administrators.get("role", ()))
        services: dict[str, list[str]] = {}
        assumable: dict[str, bool] = {}
        foreign = set()
        for role in roles:
            statements = trust_statements(role)
            if isinstance(statements, Unreadable):
                unread.append(str(statements))
                continue
            if role.arn in strong and not role.service_linked:
                for name in _trusted(statements, "Service"):
                    services.setdefault(name.lower().removesuffix(".cn"), []).append(role.name)
                if _trusts_account(role, statements):
                    assumable[role.name] = _trusts_account(role, statements, bare=True)
            if inside and any(_is_foreign(name, inside) for name in _trusted(statements, "AWS", bare=True)):
                foreign.add(role.arn)
        attachable = tuple(
            one.arn
            for one in iam.policies.values()
            if isinstance(one, ManagedPolicy) and not one.aws and makes_administrator(one.digest)
        )
        return cls(administrators, services, assumable, attachable, frozenset(foreign), unread)

    def assumed(self, found: FoundPath) -> FoundPath | None:
        """Return a path as the trust of the roles leaves it: None where no administrator's trusts them."""
        if found.path.way is not Way.ASSUME or found.decision is Decision.DENIED:
            return found
        if any(self.assumable.values()):
            return found
        open_ = self.assumable or self.unread
        return replace(found, decision=Decision.NOT_DETERMINED) if open_ else None


def _directing_identity_center(evidence: Evidence) -> frozenset[str] | None:
    """Return the accounts in which permission sets can be changed: Identity Center's owner, its delegates.

    Where its instance was not collected, the organization's management account; where that was not, None:
    it may be any.
    """
    delegates = {
        one.account for one in sort_out(delegated_administrators(evidence))[0] if SSO in one.services
    }
    if evidence.has(INSTANCE):
        return frozenset({*delegates, *(one.owner for one in sort_out(instances(evidence))[0])})
    if not evidence.has(ORGANIZATION):
        return None
    return frozenset({*delegates, *(one.management for one in sort_out(organizations(evidence))[0])})


def _trusted(statements: Iterable[Statement], wanted: str, *, bare: bool = False) -> Iterator[str]:
    """Yield the principals of a kind that a trust policy allows; `bare`: without condition."""
    for statement in statements:
        named = statement.principals
        if not (statement.denies or named is None or named.complement or (bare and statement.conditional)):
            yield from (name for kind, name in named.named if kind == wanted)


def _trusts_account(role: IamRole, statements: Sequence[Statement], *, bare: bool = False) -> bool:
    """Say whether whoever its account lets assume the role may; `bare`: nothing else asked, nobody denied."""
    account = role.arn.split(":")[4]
    whole = {"*", account, f"{role.arn.partition(':role/')[0]}:root"}
    denied = bare and any(one.denies for one in statements)
    return not denied and not whole.isdisjoint(_trusted(statements, "AWS", bare=bare))


def _is_foreign(name: str, inside: frozenset[str]) -> bool:
    account = name if name.isdecimal() else (name.split(":") + [""] * 5)[4]
    return name == "*" or (account.isdecimal() and account not in inside)


def _inside(evidence: Evidence) -> frozenset[str]:
    """Return the organization's accounts; none where they were not collected, as nobody is foreign then."""
    if not evidence.has(ACCOUNTS):
        return frozenset()
    return frozenset(evidence.run.accounts) | {one.id for one in require_readable(accounts(evidence))}


def _row(account: str, iam: Iam, principal: Principal, known: _Account) -> Row:
    out = ""
    if is_service_linked(principal):
        out = "a service-linked role, which is AWS's own"
    elif is_administrator(iam, principal):
        out = "administrator already: see PRIV-2"
    climber = _climber(iam, principal, known)
    paths = () if out else escalation_paths(climber, known.administrators, known.memory)
    found = tuple(filter(None, map(known.assumed, paths)))
    verdict, observed, note = _judged(found, known) if found else (Verdict.MET, EXPECTED, "")
    if principal.kind == "group" and verdict is Verdict.EXCEPTION and not iam.members.get(principal.name):
        verdict, note = Verdict.MET, "The group has no members."
        if odd := iam.odd("user"):
            verdict, note = Verdict.NOT_DETERMINED, f"No member that can be read; not read: {odd[0]}."
    missing = iam.unread(*iam.holders(principal))
    missing = missing or (tuple(known.unread) if known.unread and seeks_others(climber) else ())
    if verdict is Verdict.MET and missing and not out:
        verdict, note = Verdict.NOT_DETERMINED, f"Not known: {joined_names(missing, 3)}."
    open_ = [one for one in found if one.decision is Decision.ALLOWED]
    return Row(
        subject=principal.arn,
        account=account,
        verdict=Verdict.OUT_OF_SCOPE if out else verdict,
        observed=out or observed,
        expected=EXPECTED,
        pointers=(principal.pointer,),
        note=note,
        severity=Severity.CRITICAL if principal.arn in known.foreign else None,
        attributes={
            "kind": principal.kind,
            "paths": joined_names(one.path.id for one in open_),
            "by": joined_names(dict.fromkeys(name for one in open_ for name in one.policies)),
            "boundary": principal.boundary,
        },
    )


def _climber(iam: Iam, principal: Principal, known: _Account) -> Climber:
    holders = list(iam.holders(principal))
    policies = {name: found for holder in holders for name, found in _policies(iam, holder, principal)}
    boundary = iam.policies.get(principal.boundary) if principal.boundary else None
    readable = boundary.digest if isinstance(boundary, ManagedPolicy) else None
    own: dict[str, list[str]] = {"policy": []}
    for holder in holders:
        own.setdefault(holder.kind, []).append(holder.arn)
        own["policy"] += [arn for arn in holder.attached if not is_aws_managed(arn)]
    return Climber(
        principal.arn,
        principal.kind,
        policies,
        readable,
        own,
        unknown_boundary=bool(principal.boundary) and readable is None,
        boundary_arn=principal.boundary,
        attachable=known.attachable,
    )


def _policies(iam: Iam, holder: Principal, principal: Principal) -> Iterator[tuple[str, PolicyDigest]]:
    """Yield the policies of a holder that bear on paths, by the name to print."""
    of = "" if holder is principal else f" of group {holder.name}"
    for name, found in iam.digests(holder):
        if found.actions or found.denials:
            yield f"{name}{of}", found


def _judged(found: Sequence[FoundPath], known: _Account) -> tuple[Verdict, str, str]:
    """Return verdict, observed and note of somebody for whom there are paths."""
    direct = [one for one in found if one.path.way is not Way.TAKE_OVER]
    takeovers = [
        one for one in found if one.path.way is Way.TAKE_OVER and one.decision is not Decision.DENIED
    ]
    live = [one for one in takeovers if known.services.get(one.path.service)]
    open_ = [one for one in direct if one.decision is Decision.ALLOWED]
    unsettled = [one for one in direct if one.decision is Decision.NOT_DETERMINED]
    barred = [one for one in direct if one.decision is Decision.DENIED]
    if open_:
        return Verdict.EXCEPTION, _said("may become administrator by", open_), _roles_taken(open_, known)
    if unsettled:
        keys = dict.fromkeys(key for one in unsettled for key in one.conditions)
        notes = [f"Conditions stand there ({joined_names(keys, _SHOWN)})."] if keys else []
        if any(one.path.way is Way.ASSUME for one in unsettled):
            notes.append(
                f"What the trust of {joined_names(known.assumable, _SHOWN)} asks besides is not known."
            )
        said = _said("may become administrator by", unsettled)
        return Verdict.NOT_DETERMINED, said, " ".join(notes or ["The boundary is unknown."])
    if live:
        return Verdict.NOT_DETERMINED, _said("may take over a workload by", live), _taken_over(live, known)
    notes = []
    if barred:
        notes.append(f"Barred by a Deny or the boundary: {joined_names((one.path.id for one in barred), 4)}.")
    if takeovers:
        names = joined_names((one.path.id for one in takeovers), 4)
        notes.append(f"May take over workloads ({names}); no administrator's role trusts their services.")
    return Verdict.MET, EXPECTED, " ".join(notes)


def _taken_over(live: Sequence[FoundPath], known: _Account) -> str:
    """Return whose power a takeover may give, as far as that can be seen."""
    services = {one.path.service for one in live}
    roles = dict.fromkeys(name for one in sorted(services - {SSO}) for name in known.services[one])
    notes = []
    if roles:
        notes.append(f"A workload may run as {joined_names(roles, _SHOWN)}; whether one does is not visible.")
    if SSO in services:
        notes.append(
            "Permission sets of Identity Center can be changed here; who holds which is not compared."
        )
    return " ".join(notes)


def _said(words: str, paths: Sequence[FoundPath]) -> str:
    parts = [
        f"{one.path.id}{f' on {one.on}' if one.on else ''} ({joined_names(one.policies, 3)})"
        for one in paths[:_SHOWN]
    ]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{words} {', '.join(parts)}{more}"


def _roles_taken(paths: Sequence[FoundPath], known: _Account) -> str:
    """Return which administrator roles are taken or passed to services, where nothing else is open."""
    if all(one.path.way is Way.ASSUME for one in paths):
        free = (name for name, bare in known.assumable.items() if bare)
        return f"Administrator roles that trust the whole account: {joined_names(free, _SHOWN)}."
    services = dict.fromkeys(one.path.service for one in paths if one.path.way is Way.PASS)
    if len(services) == 0 or any(one.path.way is not Way.PASS for one in paths):
        return ""
    roles = dict.fromkeys(name for service in services for name in known.services.get(service, ()))
    if roles:
        return f"Administrator roles that these services may take: {joined_names(roles, _SHOWN)}."
    return "No administrator's role trusts these services today."
