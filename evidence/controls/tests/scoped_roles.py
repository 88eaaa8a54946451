"""Tests that the policies of the sampled roles are scoped: PRIV-3 (CC6.1, CC6.3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evidence.controls import topics
from evidence.controls.declaration import Remedy, Row, Severity, Verdict, control_test
from evidence.policies.actions import database
from evidence.policies.breadth import Reach, reach
from evidence.policies.document import statements
from evidence.policies.role_documents import DocumentKind, RoleDocument
from evidence.readers.evidence import Evidence, joined_names, plural
from evidence.readers.organizations import TREE, WholeOrganization, whole_organization
from evidence.readers.sampled_roles import DOCUMENTS, InspectedRole, readable_roles

READ_ONLY = frozenset({"ReadOnlyAccess", "job-function/ViewOnlyAccess", "SecurityAudit"})
"""AWS's own policies for those who read: their names behind `policy/`."""


@control_test(
    id="PRIV-3",
    title="Policies of sampled engineering roles are scoped",
    topic=topics.LEAST_PRIVILEGE,
    criteria=("CC6.1", "CC6.3"),
    risk="A role that may change every resource of a service turns one mistake into an outage or a breach.",
    procedure="In each policy that a sampled role carries, inline or attached, AWS's included, looked for "
    "Allow statements on every resource, or every one of a type by AWS's formats of ARNs, that name whole "
    "services (service:*) or actions that change something: access levels Write, Permissions management and "
    f"Tagging by {database()}, not by the look of a name. AWS's policies for reading (ReadOnlyAccess, "
    "ViewOnlyAccess, SecurityAudit) meet the rule; what changes something in them is listed. In the "
    "workbook 'Carried by' tells roles that the settings name from those of the random sample.",
    population="Every policy of the sampled roles (see SAMPLE), once, own policies before AWS's; a role that "
    "carries none is out of scope",
    attribute="No whole service and no changing action on every resource of a type",
    needs=(DOCUMENTS,),
    uses=TREE,
    empty="No role was sampled.",
    severity=Severity.MEDIUM,
    outside="No sampled role carries a policy.",
    remedy=Remedy(
        console="IAM: in {subject}, name the resources (a prefix, a path) that the role changes, or "
        "demand a tag; the role's Last Accessed tab shows which services it uses. In the place "
        "of a policy of AWS put one of your own.",
        cli=(
            (
                "[own policy] aws iam create-policy-version --policy-arn {policy} --policy-document "
                "file://scoped.json --set-as-default"
            ),
            (
                "[own inline] aws iam put-role-policy --role-name {role} --policy-name {inline} "
                "--policy-document file://scoped.json"
            ),
            "[aws] aws iam detach-role-policy --role-name {role} --policy-arn {policy}",
        ),
    ),
    limits="A permissions boundary or a service control policy may narrow what is found: they are named and "
    "not counted. A statement that demands a tag of its resource is scoped; any other condition is left for "
    "a person to judge. Some actions can't be limited to a resource at all; they are named.",
)
def scoped_roles(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per policy, and one out of scope for each role without any."""
    known = all(evidence.has(item) for item in TREE)
    found = whole_organization(evidence) if known else None
    for account in evidence.accounts:
        narrowing = _narrowing(found, account) if known else "not collected"
        carried: dict[tuple[str, ...], _CarriedPolicy] = {}
        for role in readable_roles(evidence, account):
            documents = role.of_kind(DocumentKind.INLINE, DocumentKind.ATTACHED)
            for document in documents:
                carried.setdefault(_key(role, document), _CarriedPolicy(document)).roles.append(role)
            if not documents:
                yield _bare(role, narrowing)
        for policy in sorted(carried.values(), key=lambda one: one.document.aws_managed):
            yield _row(account, policy, narrowing)


@dataclass(frozen=True, slots=True)
class _CarriedPolicy:
    """A policy, and the sampled roles that carry it."""

    document: RoleDocument
    roles: list[InspectedRole] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """The policy's ARN; of an inline policy that of its role, and its name."""
        if self.document.kind is DocumentKind.INLINE:
            return f"{self.roles[0].arn} inline:{self.document.name}"
        return self.document.name

    @property
    def fills(self) -> dict[str, str | tuple[str, ...]]:
        """What the remedy names."""
        inline = self.document.name if self.document.kind is DocumentKind.INLINE else ""
        written = "aws" if self.document.aws_managed else "own"
        return {"inline": inline, "role": tuple(role.name for role in self.roles), written: "yes"}

    @property
    def for_reading(self) -> bool:
        """Say whether it is one of AWS's own for those who read."""
        return self.document.aws_managed and self.document.name.partition(":policy/")[2] in READ_ONLY

    def carriers(self, how: str) -> list[str]:
        """Return the roles that were selected so: `named` or `random`."""
        return [role.name for role in self.roles if role.selected_by == how]


def _key(role: InspectedRole, document: RoleDocument) -> tuple[str, ...]:
    """Return what tells a policy from others; one that changed meanwhile counts in each of its versions."""
    owner = role.arn if document.kind is DocumentKind.INLINE else ""
    return (owner, document.name, document.version, str(document.document))


@dataclass(frozen=True, slots=True)
class _Findings:
    """What a policy reaches on every resource."""

    wide: list[str]
    """For certain."""
    open: list[str]
    """Under a condition, or by names that the database does not know."""
    unlimitable: frozenset[str]
    """Actions among them that IAM can't limit to a resource."""


def _findings(policy: _CarriedPolicy, account: str) -> _Findings:
    wide: list[str] = []
    open_: list[str] = []
    unlimitable: set[str] = set()
    for found in reach(statements(policy.document.document), account):
        if found.changes_anything:
            (open_ if found.conditional else wide).append(_words(found))
            unlimitable |= {action.name for action in found.writes if not action.limitable}
        # AWS's own policies keep names of actions that are gone; what AWS does not list can't be done.
        if found.unknown and not policy.document.aws_managed:
            open_.append(f"unknown to the database: {joined_names(found.unknown, 4)}")
    return _Findings(wide, open_, frozenset(unlimitable))


def _row(account: str, policy: _CarriedPolicy, narrowing: str) -> Row:
    found = _findings(policy, account)
    verdict = Verdict.EXCEPTION if found.wide else Verdict.NOT_DETERMINED if found.open else Verdict.MET
    note = _note(verdict, found.unlimitable)
    if policy.for_reading and verdict is not Verdict.MET:
        verdict, note = Verdict.MET, "AWS's own policy for reading; what it may change is listed."
    return Row(
        subject=policy.subject,
        account=account,
        verdict=verdict,
        observed="; ".join(found.wide or found.open) or "no changing action on every resource",
        expected="changing actions limited to resources",
        pointers=tuple(role.pointer for role in policy.roles[:3]),
        note=note,
        attributes=_columns(policy.document.policy_name or _name(policy), policy.roles, narrowing)
        | {
            "written by": "AWS" if policy.document.aws_managed else "the customer",
            "carried by, named": joined_names(policy.carriers("named")),
            "carried by, random": joined_names(policy.carriers("random")),
        },
        arns=(policy.subject.partition(" inline:")[0],),
        fills=policy.fills,
    )


def _name(policy: _CarriedPolicy) -> str:
    return policy.document.name.rpartition("/")[2]


def _bare(role: InspectedRole, narrowing: str) -> Row:
    return Row(
        subject=role.arn,
        account=role.account,
        verdict=Verdict.OUT_OF_SCOPE,
        observed="the role carries no policy",
        expected="changing actions limited to resources",
        pointers=(role.pointer,),
        attributes=_columns("", (role,), narrowing)
        | {
            "written by": "",
            "carried by, named": role.name if role.selected_by == "named" else "",
            "carried by, random": role.name if role.selected_by == "random" else "",
        },
    )


def _columns(policy: str, roles: Iterable[InspectedRole], narrowing: str) -> dict[str, str]:
    boundaries = [one.name for role in roles for one in role.of_kind(DocumentKind.BOUNDARY)]
    return {
        "policy": policy,
        "boundaries": joined_names(dict.fromkeys(boundaries)),
        "service control policies": narrowing,
    }


def _words(found: Reach) -> str:
    parts = []
    if found.whole:
        parts.append(joined_names(found.whole, 4))
    if found.writes:
        names = joined_names((action.name for action in found.writes), 4)
        parts.append(f"{plural(len(found.writes), 'changing action')} ({names})")
    where = f"every resource of {joined_names(found.where, 3)}" if found.where else "every resource"
    return " and ".join(parts) + f" on {where}" + (", under a condition" if found.conditional else "")


def _note(verdict: Verdict, unlimitable: frozenset[str]) -> str:
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
