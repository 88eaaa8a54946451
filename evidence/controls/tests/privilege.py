"""Tests least privilege: who can do everything (CC6.1, CC6.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Self

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import none_found, unreadable_rows
from evidence.policies.digest import PolicyDigest
from evidence.policies.power import Power
from evidence.policies.role_documents import is_aws_managed
from evidence.readers import authorization_details as iam_module
from evidence.readers.administrators import PowerSource, power_sources
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence, day, joined_names, plural
from evidence.readers.identity_center import ITEMS, SETS, identity_directory
from evidence.readers.principals import Iam, ManagedPolicy, Principal, is_identity_center, is_service_linked
from evidence.readers.unreadable import Unreadable
from evidence.statements.patterns import matches

CRITERIA = ("CC6.1", "CC6.3")
VERDICTS = {
    Power.LESS: Verdict.MET,
    Power.CONDITIONAL: Verdict.NOT_DETERMINED,
    Power.ALL_BUT: Verdict.EXCEPTION,
    Power.FULL: Verdict.EXCEPTION,
}
LESS = "less than all actions on all resources"
WORDS = {
    Power.LESS: LESS,
    Power.CONDITIONAL: "all actions on all resources, under a condition",
    Power.ALL_BUT: "all actions on all resources but for a list (NotAction or NotResource)",
    Power.FULL: "all actions on all resources",
}
OWN_POLICY = ("policy", "kind", "held by")
HOLDER = ("kind", "power", "by")
"""Columns of PRIV-1 and PRIV-2."""
KNOWN_HOLDER = "a role that management named, or Identity Center's with people behind it"
CONDITION_NOTE = "Whether the condition limits this power is for a person to judge."


@control_test(
    id="PRIV-1",
    title="No own policy makes a full administrator",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="A policy that allows everything, written for one task, outlives the task and spreads by "
    "attachment.",
    procedure="Read the default version of every customer-managed policy that is attached to a user, group "
    "or "
    "role, and every inline policy, and looked for a statement that allows all actions on all resources. "
    "Allow "
    "with NotAction or NotResource counts as much.",
    population="Every customer-managed policy and every inline policy; customer-managed ones that are "
    "attached to no user, group or role are out of scope, as they grant nothing",
    attribute="Does not allow all actions on all resources",
    needs=(DETAILS,),
    empty="No customer-managed policy is attached and there are no inline policies.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM, Policies: edit {subject} so that it names the actions and resources that its "
        "holders use (their Last Accessed tab shows them), or detach it.",
        cli=(
            (
                "[policy] aws iam create-policy-version --policy-arn {policy} --policy-document "
                "file://less.json --set-as-default"
            ),
            (
                "[inline user] aws iam put-user-policy --user-name {user} --policy-name {inline} "
                "--policy-document file://less.json"
            ),
            (
                "[inline group] aws iam put-group-policy --group-name {group} --policy-name {inline} "
                "--policy-document file://less.json"
            ),
            (
                "[inline role] aws iam put-role-policy --role-name {role} --policy-name {inline} "
                "--policy-document file://less.json"
            ),
        ),
    ),
    limits="A statement with a condition is not judged. A Deny beside the statement is not taken into "
    "account, "
    "nor several statements that make up everything together.",
)
def own_policies(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per policy; unattached ones are listed, as they grant nothing."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        for arn in dict.fromkeys((*iam.policies, *iam.held)):
            policy = iam.policies.get(arn)
            if isinstance(policy, ManagedPolicy):
                if not policy.aws:
                    yield _managed_row(account, policy, iam)
            elif not is_aws_managed(arn):
                yield _unread_row(account, arn, policy or "the details do not describe it", iam)
        for principal in iam.principals:
            for name, found in principal.inline:
                yield _inline_row(account, principal, name, found)
        odd = ((account, "", one) for one in iam.odd("user", "group", "role", "policy"))
        yield from unreadable_rows(odd, LESS, OWN_POLICY)


def _inline_row(account: str, principal: Principal, name: str, found: PolicyDigest | Unreadable) -> Row:
    power = Power.CONDITIONAL if isinstance(found, Unreadable) else found.power
    said = f"cannot be read: {found.why}" if isinstance(found, Unreadable) else f"allows {WORDS[power]}"
    unsettled = CONDITION_NOTE if power is Power.CONDITIONAL and not isinstance(found, Unreadable) else ""
    return Row(
        subject=f"{principal.arn} inline:{name}",
        account=account,
        verdict=VERDICTS[power],
        observed=f"inline policy {name} {said}",
        expected=LESS,
        pointers=(principal.pointer,),
        note=unsettled,
        attributes=dict(zip(OWN_POLICY, (name, "inline", principal.name), strict=True)),
        arns=(principal.arn,),
        fills={"inline": name},
    )


def _unread_row(account: str, arn: str, why: Unreadable | str, iam: Iam) -> Row:
    """Return the row of a customer's policy of which nobody can read more than its name."""
    held = iam.held.get(arn, ())
    names = joined_names(f"{principal.kind} {principal.name}" for principal in held)
    return Row(
        subject=arn,
        account=account,
        verdict=Verdict.NOT_DETERMINED,
        observed=f"not in the documented form: {why.why}" if isinstance(why, Unreadable) else why,
        expected=LESS,
        pointers=(why.pointer,) if isinstance(why, Unreadable) else tuple(one.pointer for one in held[:3]),
        attributes=dict(zip(OWN_POLICY, (arn.rpartition("/")[2], "customer-managed", names), strict=True)),
    )


def _managed_row(account: str, policy: ManagedPolicy, iam: Iam) -> Row:
    held = iam.held.get(policy.arn, ())
    odd = () if held else iam.odd("user", "group", "role")
    names = joined_names(f"{principal.kind} {principal.name}" for principal in held)
    bounding = not held and policy.arn in iam.boundaries
    note = "A boundary, attached to nothing: it grants nothing." if bounding else ""
    note = note or ("" if held else "Attached to nothing: it grants nothing.")
    verdict = VERDICTS[policy.power] if held else Verdict.OUT_OF_SCOPE
    if odd:
        note = f"Attached to nobody who can be read; not read: {odd[0]}."
        verdict = Verdict.MET if policy.power is Power.LESS else Verdict.NOT_DETERMINED
    elif policy.attachments and not held:
        note = f"AWS counts {plural(policy.attachments, 'attachment')}, and no user, group or role shows it."
        verdict = Verdict.MET if policy.power is Power.LESS else Verdict.NOT_DETERMINED
    return Row(
        subject=policy.arn,
        account=account,
        verdict=verdict,
        observed=f"default version {policy.version} allows {WORDS[policy.power]}",
        outside="attached to no user, group or role",
        expected=LESS,
        pointers=(policy.pointer,),
        note=CONDITION_NOTE if held and policy.power is Power.CONDITIONAL else note,
        attributes=dict(
            zip(OWN_POLICY, (policy.arn.rpartition("/")[2], "customer-managed", names), strict=True)
        ),
    )


@control_test(
    id="PRIV-2",
    title="Administrators are known and few",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="An administrator that nobody counts can change, read and delete everything, the evidence included.",
    procedure="Listed every user, group and role with AdministratorAccess, another AWS policy as wide, a "
    "policy as in PRIV-1, or all of IAM (iam:* on every user, group, role or policy, as IAMFullAccess gives "
    "it): one call from administrator. Users, and groups with members, are exceptions; roles must be named "
    "by an administrator entry of exceptions.toml; roles of Identity Center are traced to permission set "
    "and people. Service-linked roles are AWS's own and left out.",
    population="Every user, group and role with administrator power, or one call from it",
    attribute="A role that management named, or one of Identity Center traced to people",
    needs=(DETAILS,),
    uses=ITEMS,
    empty="No user, group or role has administrator power.",
    severity=Severity.HIGH,
    remedy=Remedy(
        console="IAM: take the policy from {subject}, or give it less. A role that must be "
        "administrator: an administrator entry in exceptions.toml, with who uses it, why, who "
        "approved and until when.",
        cli=(
            "[user policy] aws iam detach-user-policy --user-name {user} --policy-arn {policy}",
            "[user inline] aws iam delete-user-policy --user-name {user} --policy-name {inline}",
            "[group policy] aws iam detach-group-policy --group-name {group} --policy-arn {policy}",
            "[group inline] aws iam delete-group-policy --group-name {group} --policy-name {inline}",
            "[role policy] aws iam detach-role-policy --role-name {role} --policy-arn {policy}",
            "[role inline] aws iam delete-role-policy --role-name {role} --policy-name {inline}",
        ),
    ),
    limits="Paths to this power over several calls are PRIV-7's. Boundaries and service control policies may "
    "narrow it.",
)
def administrators(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per administrator."""
    roles: list[str] = []
    if evidence.known.administrators:
        roles += [one.principal.arn for one in _holders(evidence) if one.principal.kind == "role"]
    named = _NamedRoles.of(evidence, roles)
    for holder in _holders(evidence):
        verdict, note = _judge(evidence, holder, named)
        certain = any(source.certain for source in holder.sources)
        if verdict is Verdict.EXCEPTION and not certain:
            verdict, note = Verdict.NOT_DETERMINED, CONDITION_NOTE
        by = joined_names(source.words for source in holder.sources)
        yield Row(
            subject=holder.principal.arn,
            account=holder.account,
            verdict=verdict,
            observed=f"{holder.principal.kind} is {holder.power} by {by}",
            expected=KNOWN_HOLDER,
            pointers=(holder.principal.pointer,),
            note=note,
            attributes=dict(zip(HOLDER, (holder.principal.kind, holder.power, by), strict=True)),
            arns=(holder.principal.arn, *holder.members),
            fills={
                "policy": tuple(one.arn for one in holder.sources if one.arn),
                "inline": tuple(one.inline for one in holder.sources if one.inline),
            },
        )
    for account in evidence.accounts:
        yield from _unsettled_holders(account, iam_module.read(evidence, account))


def _holders(evidence: Evidence) -> Iterator["Holder"]:
    """Yield everybody with administrator power, account by account: all of them at once are too many."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        for principal in iam.principals:
            sources = () if is_service_linked(principal) else tuple(power_sources(iam, principal))
            if sources:
                yield Holder(account, iam, principal, sources)


def _unsettled_holders(account: str, iam: Iam) -> Iterator[Row]:
    """Yield a row for each principal that may be administrator by what nobody can read."""
    for principal in iam.principals:
        unread = iam.unread(principal)
        if not unread or is_service_linked(principal) or any(True for _ in power_sources(iam, principal)):
            continue
        yield Row(
            subject=principal.arn,
            account=account,
            verdict=Verdict.NOT_DETERMINED,
            observed=f"{principal.kind} holds what cannot be read: {joined_names(unread, 3)}",
            expected=KNOWN_HOLDER,
            pointers=(principal.pointer,),
            attributes=dict(zip(HOLDER, (principal.kind, "", ""), strict=True)),
        )
    odd = ((account, "", one) for one in iam.odd("user", "group", "role"))
    yield from unreadable_rows(odd, KNOWN_HOLDER, HOLDER)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with administrator power."""

    account: str
    iam: Iam
    principal: Principal
    sources: tuple[PowerSource, ...]

    @property
    def members(self) -> Sequence[str]:
        """ARNs of those who hold it through this group; nobody where it is none."""
        if self.principal.kind != "group":
            return ()
        return self.iam.member_arns.get(self.principal.name, ())

    @property
    def power(self) -> str:
        """What it amounts to."""
        return "one call from administrator" if all(one.by_iam for one in self.sources) else "administrator"


@dataclass(frozen=True, slots=True)
class _NamedRoles:
    """The roles that management named as administrators."""

    by_role: Mapping[str, str]
    """What is said of each, by ARN."""
    excess: Mapping[str, str]
    """Roles that an entry names which takes more than it may, or older than they are; what is said of it."""
    sealed: tuple[str, ...]
    """Patterns of the settings, in bundles from before there were entries."""

    @classmethod
    def of(cls, evidence: Evidence, roles: Sequence[str]) -> Self:
        """Return who is named of these administrator roles."""
        by_role: dict[str, str] = {}
        excess: dict[str, str] = {}
        made = _made(evidence) if evidence.known.administrators else {}
        for entry in evidence.known.administrators:
            taken = {arn for arn in roles if matches(entry.pattern, arn)}
            later = {arn: made[arn] for arn in taken if arn in made and made[arn] > entry.approved}
            if len(taken) > entry.maximum:
                said = (
                    f"{entry.pattern} takes {len(taken)} administrator roles, more than its {entry.maximum}."
                )
                excess |= dict.fromkeys(taken, f"The entry {said}")
            else:
                by_role |= dict.fromkeys(taken - later.keys(), f"Named by management: {entry.words}.")
                excess |= {
                    arn: f"The entry {entry.pattern} was approved on {day(entry.approved)}, "
                    f"before the role was made on {day(when)}."
                    for arn, when in later.items()
                }
        return cls(by_role, excess, evidence.thresholds.accepted_administrator_roles)

    def judge(self, role: str) -> tuple[Verdict, str]:
        """Judge an administrator role by what management says of it."""
        if role in self.by_role:
            return Verdict.MET, self.by_role[role]
        if any(fnmatchcase(role, pattern) for pattern in self.sealed):
            return Verdict.MET, "On the accepted list of the sealed settings (accepted_administrator_roles)."
        nowhere = "No administrator entry of exceptions.toml names it."
        return Verdict.EXCEPTION, self.excess.get(role, nowhere)


def _made(evidence: Evidence) -> dict[str, datetime]:
    """Return when each role was made."""
    return {
        arn: when
        for account in evidence.accounts
        for arn, when in iam_module.roles_made(evidence, account).items()
    }


def _judge(evidence: Evidence, holder: Holder, named: _NamedRoles) -> tuple[Verdict, str]:
    principal = holder.principal
    if principal.kind == "user":
        return Verdict.EXCEPTION, "An IAM user holds the power directly."
    if principal.kind == "group":
        members = holder.iam.members.get(principal.name)
        if not members and (odd := holder.iam.odd("user")):
            return Verdict.NOT_DETERMINED, f"No member that can be read; not read: {odd[0]}."
        if not members:
            return Verdict.MET, "The group has no members."
        return Verdict.EXCEPTION, f"Members: {joined_names(members)}."
    if is_identity_center(principal):
        return _trace(evidence, holder.account, principal.name)
    return named.judge(principal.arn)


def _trace(evidence: Evidence, account: str, role: str) -> tuple[Verdict, str]:
    """Judge a role of Identity Center by the people who can take it."""
    missing = [item for item in ITEMS if not evidence.has(item)]
    if missing:
        return Verdict.NOT_DETERMINED, f"Cannot be traced to people: {', '.join(missing)} not collected."
    found = identity_directory(evidence).trace(account, role)
    if not found.exists and (why := none_found(evidence, SETS))[1]:
        return why
    if not found.exists:
        return (
            Verdict.EXCEPTION,
            f"Identity Center has no permission set {found.set}: the role is a leftover.",
        )
    return Verdict.MET, f"Permission set {found.set}: {joined_names(found.holders) or 'assigned to nobody'}."
