"""Puts a generated pair to `evidence.policies`."""

from typing import Any

from evidence.policies.conditions import RequestContext
from evidence.policies.document import statements
from evidence.policies.evaluate import Decision, Policies, Request, decide

WORDS = {
    "Allowed": Decision.ALLOWED,
    "ExplicitlyDenied": Decision.DENIED,
    "ImplicitlyDenied": Decision.NOT_ALLOWED,
}
"""The oracle's words."""


def verdict(simulation: dict[str, Any]) -> Decision:
    """Return our decision on a pair in iam-simulate's form."""
    request = simulation["request"]
    values = {
        key.lower(): tuple(value) if isinstance(value, list) else (value,)
        for key, value in request["contextVariables"].items()
    }
    boundary = simulation.get("permissionBoundaryPolicies")
    resource = simulation.get("resourcePolicy")
    return decide(
        Policies(
            identity=[statements(entry["policy"]) for entry in simulation["identityPolicies"]],
            boundary=statements(boundary[0]["policy"]) if boundary else None,
            scps=[
                [statements(entry["policy"]) for entry in level["policies"]]
                for level in simulation["serviceControlPolicies"]
            ],
            resource=statements(resource) if resource else None,
            resource_account=request["resource"]["accountId"],
        ),
        Request(
            action=request["action"],
            resource=request["resource"]["resource"],
            principal=request["principal"],
            context=RequestContext(values, complete=True),
        ),
    )
