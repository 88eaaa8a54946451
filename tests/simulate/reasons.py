"""Why ours and the oracle's verdicts differ, where they are known to (docs/policy-semantics.md)."""

import json
import re
from typing import Any


def reason(simulation: dict[str, Any]) -> str:
    """Return the known reason for a difference, or nothing."""
    context = simulation["request"]["contextVariables"]
    policies = json.dumps({name: value for name, value in simulation.items() if name != "request"})
    if ":" in context.get("aws:SourceIp", "") and "NotIpAddress" in policies:
        return "NotIpAddress with an IPv4 range and an IPv6 request"
    if set(re.findall(r"\$\{([^},]+)\}", policies)) - context.keys():
        return "a policy variable without a value, under a negation"
    if "ForAnyValue:" in policies and "IfExists" in policies:
        return "ForAnyValue with IfExists, key absent"
    return ""
