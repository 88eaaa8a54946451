"""Reads what Access Analyzer says of sampled roles' documents (item access-analyzer.policy-validation)."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import MalformedEvidenceError, Unreadable

VALIDATION = "access-analyzer.policy-validation"
SERIOUS = frozenset({"ERROR", "SECURITY_WARNING"})
ADVICE = frozenset({"WARNING", "SUGGESTION"})


@dataclass(frozen=True, slots=True)
class ValidatedDocument:
    """One document of a role, and what Access Analyzer found in it."""

    role: str
    """ARN."""
    document: str
    """Its kind and name: `trust`, `inline:deploy`."""
    policy_type: str
    """What it was validated as: `IDENTITY_POLICY`, `RESOURCE_POLICY`."""
    serious: tuple[str, ...]
    """`ERROR` and `SECURITY_WARNING`, each with its code."""
    advice: tuple[str, ...]
    """`WARNING` and `SUGGESTION`, each with its code."""
    pointer: Pointer


def validated_documents(evidence: Evidence, account: str) -> Iterator[ValidatedDocument | Unreadable]:
    """Yield the validated documents of an account's sampled roles."""
    return evidence.each(VALIDATION, _validated, account)


def _validated(located: LocatedRecord) -> ValidatedDocument:
    record = located.value
    found = [(one["findingType"], require_text(one["issueCode"])) for one in record["Findings"]]
    for kind, _ in found:
        if kind not in SERIOUS | ADVICE:
            raise MalformedEvidenceError(f"a finding of validation has the type {kind!r}")
    return ValidatedDocument(
        role=require_text(record["Arn"]),
        document=require_text(record["Document"]),
        policy_type=require_text(record["PolicyType"]),
        serious=tuple(sorted(f"{kind} {code}" for kind, code in found if kind in SERIOUS)),
        advice=tuple(sorted(f"{kind} {code}" for kind, code in found if kind in ADVICE)),
        pointer=pointer_to(located),
    )
