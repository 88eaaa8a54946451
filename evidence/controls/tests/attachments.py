"""Tests how permissions reach people: through groups (PRIV-8), and to AWS support (PRIV-9)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.controls.rows import unreadable_rows
from evidence.readers import authorization_details as iam_module
from evidence.readers.authorization_details import DETAILS
from evidence.readers.evidence import Evidence, joined_names
from evidence.readers.principals import Iam, Principal, is_service_linked

BY_GROUPS, COLUMNS = "policies by groups alone", ("attached", "inline", "groups")
SUPPORT = ":iam::aws:policy/AWSSupportAccess"


@control_test(
    id="PRIV-8",
    title="Permissions come through groups",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.3",),
    risk="Permissions given to single users are forgotten when people change their task.",
    procedure="Read what is attached to each user, and the user's inline policies. CIS AWS Foundations asks "
    "the same (1.15 in v1.5 to v4.0.1, 1.14 in v5, 2.14 in v6, 2.13 in v7).",
    population="Every user",
    attribute="No policy attached to the user, and none inline",
    needs=(DETAILS,),
    empty="There is no user.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, User groups: give a group the policy and add {subject} to it; then remove the "
        "policy from the user.",
        cli=(
            "[policy] aws iam attach-group-policy --group-name {group} --policy-arn {policy}",
            "aws iam add-user-to-group --group-name {group} --user-name {user}",
            "[policy] aws iam detach-user-policy --user-name {user} --policy-arn {policy}",
            "[inline] aws iam get-user-policy --user-name {user} --policy-name {inline}",
            (
                "[inline] aws iam put-group-policy --group-name {group} --policy-name {inline} "
                "--policy-document file://policy.json"
            ),
            "[inline] aws iam delete-user-policy --user-name {user} --policy-name {inline}",
        ),
    ),
    limits="A permissions boundary gives nothing and is not counted.",
)
def by_groups(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per user."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        for principal in iam.principals:
            if principal.kind == "user":
                yield _user(account, principal)
        odd = ((account, "", one) for one in iam.odd("user"))
        yield from unreadable_rows(odd, BY_GROUPS, COLUMNS)


def _user(account: str, user: Principal) -> Row:
    attached = joined_names(arn.rpartition("/")[2] for arn in user.attached)
    inline = joined_names(name for name, _ in user.inline)
    said = [f"attached: {attached}"] if attached else []
    said += [f"inline: {inline}"] if inline else []
    return Row(
        subject=user.arn,
        account=account,
        verdict=Verdict.EXCEPTION if said else Verdict.MET,
        observed="; ".join(said) or "no policy of its own",
        expected=BY_GROUPS,
        pointers=(user.pointer,),
        attributes=dict(zip(COLUMNS, (attached, inline, joined_names(user.groups)), strict=True)),
        fills={"policy": user.attached, "inline": tuple(name for name, _ in user.inline)},
    )


@control_test(
    id="PRIV-9",
    title="Somebody can call AWS support",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.3",),
    risk="In an incident nobody may open a case, or somebody does it as administrator or root.",
    procedure="Looked in each account for a user, a group with members, or a role that holds AWS's policy "
    "AWSSupportAccess; service-linked roles are no people's. CIS AWS Foundations asks the same (1.17 in "
    "v1.5 to v4.0.1, 1.16 in v5, 2.16 in v6, "
    "2.15 in v7).",
    population="Every account",
    attribute="A user, group or role holds AWSSupportAccess",
    needs=(DETAILS,),
    empty="No account was read.",
    severity=Severity.LOW,
    advisory=True,
    remedy=Remedy(
        console="IAM, Roles: make a role for incidents in account {account}, attach AWSSupportAccess and "
        "let the people in question take it.",
        cli=(
            (
                "aws iam attach-role-policy --role-name {role} --policy-arn "
                "arn:aws:iam::aws:policy/AWSSupportAccess"
            ),
        ),
    ),
    limits="Policies of one's own that allow support:* are not looked for, nor administrators.",
)
def support(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per account."""
    for account in evidence.accounts:
        iam = iam_module.read(evidence, account)
        found = [one for one in iam.principals if _holds_support(iam, one)]
        names = joined_names(f"{one.kind} {one.name}" for one in found)
        odd = () if found else iam.odd("user", "group", "role")
        but = f", but somebody cannot be read: {odd[0]}" if odd else ""
        nobody = Verdict.NOT_DETERMINED if odd else Verdict.EXCEPTION
        yield Row(
            subject=f"arn:{evidence.run.partition}:iam::{account}:root",
            account=account,
            verdict=Verdict.MET if found else nobody,
            observed=f"AWSSupportAccess is held by {names}"
            if found
            else f"nobody holds AWSSupportAccess{but}",
            expected="a user, group or role that holds AWSSupportAccess",
            pointers=(*(one.pointer for one in found[:3]), *(one.pointer for one in odd[:3]))
            or (evidence.item_pointer(DETAILS, account),),
            attributes={"held by": names},
        )


def _holds_support(iam: Iam, principal: Principal) -> bool:
    if is_service_linked(principal) or not any(arn.endswith(SUPPORT) for arn in principal.attached):
        return False
    return principal.kind != "group" or bool(iam.members.get(principal.name))
