"""Tests that the sampled roles are scoped: PRIV-3 (CC6.1, CC6.3)."""

from collections.abc import Iterator

from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.policies.actions import database
from evidence.policies.breadth import Reach, reach
from evidence.policies.document import statements
from evidence.policies.role_documents import DocumentKind
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.organizations import TREE, WholeOrganization, whole_organization
from evidence.readers.sampled_roles import DOCUMENTS, InspectedRole, readable_roles


@control_test(
    id="PRIV-3",
    title="Sampled engineering roles are scoped",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.1", "CC6.3"),
    risk="A role that may change every resource of a service turns one mistake into an outage or a breach.",
    procedure="In the inline and attached policies of each sampled role, AWS's included, looked for Allow "
    "statements on every resource that name whole services (service:*) or actions that change something: "
    f"access levels Write, Permissions management and Tagging by {database()}, not by the look of a name.",
    population="Every sampled role (see SAMPLE)",
    attribute="No whole service and no changing action on every resource",
    needs=(DOCUMENTS,),
    uses=TREE,
    empty="No role was sampled.",
    limits="A permissions boundary or a service control policy may narrow what is found: they are named and "
    "not counted. A statement that demands a tag of its resource is scoped; any other condition is left for "
    "a person to judge. Some actions can't be limited to a resource at all; they are named.",
)
def scoped_roles(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per sampled role."""
    known = all(evidence.has(item) for item in TREE)
    found = whole_organization(evidence) if known else None
    for account in evidence.accounts:
        narrowing = _narrowing(found, account) if known else "not collected"
        for role in readable_roles(evidence, account):
            yield _row(role, narrowing)


def _row(role: InspectedRole, narrowing: str) -> Row:
    wide: dict[str, list[str]] = {}
    open_questions: dict[str, list[str]] = {}
    unlimitable: set[str] = set()
    for one in role.of_kind(DocumentKind.INLINE, DocumentKind.ATTACHED):
        name = one.label(" ") if one.kind is DocumentKind.INLINE else one.name.rpartition("/")[2]
        for found in reach(statements(one.document)):
            if found.changes_anything:
                (open_questions if found.conditional else wide).setdefault(name, []).append(_words(found))
                unlimitable |= {action.name for action in found.writes if not action.limitable}
            # AWS's own policies keep names of actions that are gone; what AWS does not list can't be done.
            if found.unknown and not one.aws_managed:
                open_questions.setdefault(name, []).append(
                    f"unknown to the database: {joined_names(found.unknown, 4)}"
                )
    verdict = Verdict.EXCEPTION if wide else Verdict.NOT_DETERMINED if open_questions else Verdict.MET
    shown = wide or open_questions
    boundary = role.of_kind(DocumentKind.BOUNDARY)
    return Row(
        subject=role.arn,
        account=role.account,
        verdict=verdict,
        observed="; ".join(f"{name}: {', '.join(words)}" for name, words in shown.items())
        or "no changing action on every resource",
        expected="changing actions limited to resources",
        pointers=(role.pointer,),
        note=_note(verdict, unlimitable),
        attributes={
            "policies with reach": joined_names(shown),
            "boundary": boundary[0].name if boundary else "",
            "service control policies": narrowing,
        },
    )


def _words(found: Reach) -> str:
    parts = []
    if found.whole:
        parts.append(joined_names(found.whole, 4))
    if found.writes:
        names = joined_names((action.name for action in found.writes), 4)
        parts.append(f"{plural(len(found.writes), 'changing action')} ({names})")
    return " and ".join(parts) + (
        " on every resource, under a condition" if found.conditional else " on every resource"
    )


def _note(verdict: Verdict, unlimitable: set[str]) -> str:
    if verdict is Verdict.NOT_DETERMINED:
        return "Whether this limits the role is for a person to judge."
    if verdict is Verdict.EXCEPTION and unlimitable:
        return f"IAM can't limit these to a resource: {joined_names(sorted(unlimitable), 4)}."
    return ""


def _narrowing(found: WholeOrganization | None, account: str) -> str:
    """Return the service control policies that deny something in the account."""
    if found is None or account == found.tree.management:
        return "none bind this account"
    if account not in found.tree.parents:
        return "the account's place in the organization is not known"
    return joined_names(
        dict.fromkeys(
            scp.name
            for level in found.tree.levels(account)
            for scp in level
            if any(statement.denies for statement in scp.statements)
        )
    )
