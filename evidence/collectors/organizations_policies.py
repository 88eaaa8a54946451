"""`organizations.policies`: service control, resource control and declarative policies, and their targets."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope

ROOTS = Operation("organizations", "ListRoots", list_key="Roots")
POLICIES = Operation("organizations", "ListPolicies", list_key="Policies")
POLICY = Operation("organizations", "DescribePolicy", list_key="Policy")
TARGETS = Operation("organizations", "ListTargetsForPolicy", list_key="Targets")

TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
"""Listed whether they are in force or not: what is attached comes back when the type is enabled again."""
DECLARATIVE = "DECLARATIVE_POLICY_"
"""How the declarative types begin: AWS has one, of EC2, and adds services; listed where they are enabled."""
KNOWN = (*TYPES, "DECLARATIVE_POLICY_EC2")
NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)
NOT_ENABLED = ("PolicyTypeNotEnabledException",)


@collector(
    item="organizations.policies",
    title="Service control, resource control and declarative policies",
    scope=Scope.ORGANIZATION,
    operations=(ROOTS, POLICIES, POLICY, TARGETS),
    shape=(
        "one record a policy: PolicySummary, Content (text), Targets; PolicyTypeNotEnabled for a type not in "
        "force"
    ),
    blind_spots=(
        "Service control policies never bind the management account.",
        "A policy of a type that is not enabled on the root has no effect, though it is listed and attached.",
        "Declarative policies of a type that is not enabled are not listed.",
        "Policies of other types (backup, tags, security services and so on) are not collected.",
        "Policies as they are now: earlier versions are kept by no API.",
    ),
    calls=22,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield which types are not enabled, then every policy with its targets."""
    roots = list(ctx.records(ROOTS, absent=NO_ORGANIZATION))
    if not roots:
        return
    enabled = {kind["Type"] for root in roots for kind in root["PolicyTypes"] if kind["Status"] == "ENABLED"}
    for kind in KNOWN:
        if kind not in enabled:
            yield {"PolicyTypeNotEnabled": kind}
    declarative = sorted(kind for kind in enabled if kind.startswith(DECLARATIVE))
    summaries = list(ctx.map(_listed, (*TYPES, *declarative)))
    yield from ctx.map(_policy, chain.from_iterable(summaries))


def _listed(ctx: Context, kind: str) -> list[dict[str, Any]]:
    return list(ctx.records(POLICIES, absent=NOT_ENABLED, Filter=kind))


def _policy(ctx: Context, summary: dict[str, Any]) -> dict[str, Any]:
    def ask(child: Context, operation: Operation) -> Any:
        if operation is POLICY:
            return child.call(POLICY, PolicyId=summary["Id"])
        return list(child.records(TARGETS, PolicyId=summary["Id"]))

    answer, targets = ctx.map(ask, (POLICY, TARGETS))
    return {"PolicySummary": summary, "Content": answer["Policy"]["Content"], "Targets": targets}
