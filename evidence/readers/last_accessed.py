"""Reads which services the sampled roles may use, and which they used (iam GetServiceLastAccessedDetails)."""

from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import require_readable

LAST_ACCESSED = "iam.last-accessed"
COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """AWS's report on one role."""

    arn: str
    status: str
    """How AWS's job ended; what it says counts for COMPLETED alone."""
    services: tuple[str, ...]
    """Namespaces of the services that it may use."""
    never_used: tuple[str, ...]
    """Those of them that it never used in AWS's tracking period."""
    pointer: Pointer


def service_use(evidence: Evidence, account: str) -> dict[str, ServiceUse]:
    """Return the reports of an account by role; raises MalformedEvidenceError for one that cannot be read."""
    return {one.arn: one for one in require_readable(evidence.each(LAST_ACCESSED, _use, account))}


def _use(located: LocatedRecord) -> ServiceUse:
    record = located.value
    services = [(require_text(one["ServiceNamespace"]), one) for one in record["ServicesLastAccessed"]]
    # AWS leaves the date out for a service that was not used.
    never = (name for name, one in services if one.get("LastAuthenticated") is None)
    return ServiceUse(
        arn=require_text(record["Arn"]),
        status=require_text(record["JobStatus"]),
        services=tuple(name for name, _ in services),
        never_used=tuple(sorted(never)),
        pointer=pointer_to(located),
    )
