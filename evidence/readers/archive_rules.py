"""Decides which findings an archive rule of Access Analyzer selects (API reference: Criterion)."""

from collections.abc import Mapping, Sequence
from typing import Any


def properties(
    finding: Mapping[str, Any], external: Sequence[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    """Return a finding's values of what archive rules filter by; `external` are its external details."""
    values: dict[str, set[str]] = {
        name: {str(finding[name])}
        for name in ("id", "resource", "resourceType", "resourceOwnerAccount", "findingType", "error")
        if name in finding
    }
    for entry in external:
        values.setdefault("isPublic", set()).add(str(entry.get("isPublic", False)).lower())
        for prefix in ("principal", "condition"):
            for name, value in entry.get(prefix, {}).items():
                values.setdefault(f"{prefix}.{name}", set()).add(str(value))
    return {name: frozenset(given) for name, given in values.items()}


def selects(filters: Mapping[str, Mapping[str, Any]], properties: Mapping[str, frozenset[str]]) -> bool:
    """Say whether every criterion of an archive rule holds for a finding's properties.

    A property that is not known here selects nothing, except where its absence is asked for by `exists`.
    """
    return all(_holds(criterion, properties.get(name)) for name, criterion in filters.items())


def _holds(criterion: Mapping[str, Any], values: frozenset[str] | None) -> bool:
    if "exists" in criterion and criterion["exists"] is (values is None):
        return False
    if values is None:
        return set(criterion) <= {"exists"}
    lower = {value.lower() for value in values}
    equal = {str(value).lower() for value in criterion.get("eq", ())}
    unequal = {str(value).lower() for value in criterion.get("neq", ())}
    parts = [str(value).lower() for value in criterion.get("contains", ())]
    return (
        ("eq" not in criterion or bool(lower & equal))
        and not lower & unequal
        and ("contains" not in criterion or any(part in value for part in parts for value in lower))
    )
