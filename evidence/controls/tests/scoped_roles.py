"""Tests that the sampled roles are scoped: PRIV-3 (CC6.1, CC6.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from evidence.bundle import LocatedRecord
from evidence.controls import topics
from evidence.controls.declaration import Row, Verdict, control_test
from evidence.controls.tests import organization
from evidence.policies.actions import database
from evidence.policies.breadth import Reach, reach
from evidence.policies.document import statements
from evidence.readers.authorization_details import is_aws_managed
from evidence.readers.evidence import Evidence, joined_names, plural, require_text
from evidence.readers.pointer import pointer_to

DOCUMENTS = "iam.sample-role-policies"


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
    uses=organization.NEEDS,
    empty="No role was sampled.",
    limits="A permissions boundary or a service control policy may narrow what is found: they are named and "
    "not counted. A statement that demands a tag of its resource is scoped; any other condition is left for "
    "a person to judge. Some actions can't be limited to a resource at all; they are named.",
)
def scoped_roles(evidence: Evidence) -> Iterator[Row]:
    """Yield one row per sampled role."""
    known = all(evidence.has(item) for item in organization.NEEDS)
    found = organization.read(evidence) if known else None
    for account in evidence.accounts:
        narrowing = _narrowing(found, account) if known else "not collected"
        for located in evidence.records(DOCUMENTS, account):
            yield _row(account, located, narrowing)


def _row(account: str, located: LocatedRecord, narrowing: str) -> Row:
    record = located.value
    wide: dict[str, list[str]] = {}
    open_questions: dict[str, list[str]] = {}
    unlimitable: set[str] = set()
    for name, document, aws in _documents(record):
        for found in reach(statements(document)):
            if found.changes_anything:
                (open_questions if found.conditional else wide).setdefault(name, []).append(_words(found))
                unlimitable |= {action.name for action in found.writes if not action.limitable}
            if found.unknown and not aws:
                open_questions.setdefault(name, []).append(
                    f"unknown to the database: {joined_names(found.unknown, 4)}"
                )
    verdict = Verdict.EXCEPTION if wide else Verdict.NOT_DETERMINED if open_questions else Verdict.MET
    shown = wide or open_questions
    boundary = record["PermissionsBoundary"]
    return Row(
        subject=require_text(record["Arn"]),
        account=account,
        verdict=verdict,
        observed="; ".join(f"{name}: {', '.join(words)}" for name, words in shown.items())
        or "no changing action on every resource",
        expected="changing actions limited to resources",
        pointers=(pointer_to(located),),
        note=_note(verdict, unlimitable),
        attributes={
            "policies with reach": joined_names(shown),
            "boundary": require_text(boundary["PolicyArn"]) if boundary else "",
            "service control policies": narrowing,
        },
    )


def _documents(record: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield the role's policies: name, document, whether it is AWS's."""
    for entry in record["InlinePolicies"]:
        yield f"inline {entry['PolicyName']}", entry["PolicyDocument"], False
    for entry in record["AttachedPolicies"]:
        arn = require_text(entry["PolicyArn"])
        # AWS's own policies keep names of actions that are gone; what AWS does not list can't be done.
        yield arn.rpartition("/")[2], entry["PolicyDocument"], is_aws_managed(arn)


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


def _narrowing(found: organization.Organization | None, account: str) -> str:
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
