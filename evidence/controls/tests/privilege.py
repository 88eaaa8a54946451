"""Tests least privilege: who can do everything (CC6.1, CC6.3)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.controls.rows import none_found
from evidence.policies.power import Power
from evidence.readers import authorization_details as iam_module
from evidence.readers.authorization_details import DETAILS, Iam, ManagedPolicy, Principal
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.identity_center import ITEMS, SETS, identity_directory

CRITERIA = ("CC6.1", "CC6.3")
VERDICTS = {
    Power.LESS: Verdict.MET,
    Power.CONDITIONAL: Verdict.NOT_DETERMINED,
    Power.ALL_BUT: Verdict.EXCEPTION,
    Power.FULL: Verdict.EXCEPTION,
}
WORDS = {
    Power.LESS: "less than all actions on all resources",
    Power.CONDITIONAL: "all actions on all resources, under a condition",
    Power.ALL_BUT: "all actions on all resources but for a list (NotAction or NotResource)",
    Power.FULL: "all actions on all resources",
}
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
    population="Every customer-managed policy that is attached, and every inline policy",
    attribute="Does not allow all actions on all resources",
    needs=(DETAILS,),
    empty="No customer-managed policy is attached and there are no inline policies.",
    limits="A statement with a condition is not judged. A Deny beside the statement is not taken into "
    "account, "
    "nor several statements that make up everything together.",
)
def own_policies(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per policy; unattached ones are listed, as they grant nothing."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        for policy in iam.policies.values():
            if not policy.aws:
                yield _managed_row(account, policy, list(iam_module.holders(iam, policy.arn)))
        for principal in iam.principals:
            for name, power in principal.inline:
                yield Row(
                    subject=f"{principal.arn} inline:{name}",
                    account=account,
                    verdict=VERDICTS[power],
                    observed=f"inline policy {name} allows {WORDS[power]}",
                    expected="less than all actions on all resources",
                    pointers=(principal.pointer,),
                    note=CONDITION_NOTE if power is Power.CONDITIONAL else "",
                    attributes={"policy": name, "kind": "inline", "held by": principal.name},
                )


def _managed_row(account: str, policy: ManagedPolicy, held: list[Principal]) -> Row:
    names = joined_names(f"{principal.kind} {principal.name}" for principal in held)
    note = "Attached to nothing: it grants nothing." if not held else ""
    return Row(
        subject=policy.arn,
        account=account,
        verdict=VERDICTS[policy.power] if held else Verdict.OUT_OF_SCOPE,
        observed=f"default version {policy.version} allows {WORDS[policy.power]}",
        expected="less than all actions on all resources",
        pointers=(policy.pointer,),
        note=CONDITION_NOTE if held and policy.power is Power.CONDITIONAL else note,
        attributes={"policy": policy.arn.rpartition("/")[2], "kind": "customer-managed", "held by": names},
    )


@control_test(
    id="PRIV-2",
    title="Administrators are known and few",
    topic=topics.LEAST_PRIVILEGE,
    criteria=CRITERIA,
    risk="An administrator that nobody counts can change, read and delete everything, the evidence included.",
    procedure="Listed every user, group and role with AdministratorAccess, another AWS policy as wide, or a "
    "policy as in PRIV-1. Users, and groups with members, are exceptions; roles must be on the accepted list "
    "({accepted_administrator_roles}); roles of Identity Center are traced to permission set and people. "
    "Service-linked roles are AWS's own and left out.",
    population="Every user, group and role with administrator power",
    attribute="A role that is accepted, or one of Identity Center traced to people",
    needs=(DETAILS,),
    uses=ITEMS,
    empty="No user, group or role has administrator power.",
    limits="Power gained by a chain (passing or assuming a role, editing a policy) is not computed. "
    "Boundaries "
    "and service control policies may narrow it.",
)
def administrators(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per administrator."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        for principal in iam.principals:
            sources = list(_sources(iam, principal))
            if sources and not iam_module.is_service_linked(principal):
                verdict, note = _judge(evidence, account, iam, principal)
                if verdict is Verdict.EXCEPTION and not any(full for _, full in sources):
                    verdict, note = Verdict.NOT_DETERMINED, CONDITION_NOTE
                yield Row(
                    subject=principal.arn,
                    account=account,
                    verdict=verdict,
                    observed=f"{principal.kind} is administrator by "
                    f"{joined_names(name for name, _ in sources)}",
                    expected="an accepted role, or Identity Center's with people behind it",
                    pointers=(principal.pointer,),
                    note=note,
                    attributes={"kind": principal.kind, "by": joined_names(name for name, _ in sources)},
                )


def _sources(iam: Iam, principal: Principal) -> Iterator[tuple[str, bool]]:
    """Yield the policies that make a principal administrator, and whether without condition."""
    for arn in principal.attached:
        power = iam.policies[arn].power
        if power is not Power.LESS:
            yield arn.rpartition("/")[2], power > Power.CONDITIONAL
    for name, power in principal.inline:
        if power is not Power.LESS:
            yield f"inline policy {name}", power > Power.CONDITIONAL


def _judge(evidence: Evidence, account: str, iam: Iam, principal: Principal) -> tuple[Verdict, str]:
    if principal.kind == "user":
        return Verdict.EXCEPTION, "An IAM user holds the power directly."
    if principal.kind == "group":
        members = [entry.name for entry in iam.principals if principal.name in entry.groups]
        if not members:
            return Verdict.MET, "The group has no members."
        return Verdict.EXCEPTION, f"Members: {joined_names(members)}."
    if iam_module.is_identity_center(principal):
        return _trace(evidence, account, principal.name)
    accepted = evidence.thresholds.accepted_administrator_roles
    if any(fnmatchcase(principal.arn, pattern) for pattern in accepted):
        return Verdict.MET, "On the accepted list."
    return Verdict.EXCEPTION, "Not on the accepted list (accepted_administrator_roles)."


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
