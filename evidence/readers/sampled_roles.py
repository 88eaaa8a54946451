"""Reads the sampled roles with all their documents (item iam.sample-role-policies)."""

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.bundle import LocatedRecord
from evidence.policies.role_documents import DocumentKind, RoleDocument, role_documents
from evidence.readers.evidence import Evidence, require_text
from evidence.readers.pointer import Pointer, pointer_to
from evidence.readers.unreadable import Unreadable, require_readable

DOCUMENTS = "iam.sample-role-policies"


@dataclass(frozen=True, slots=True)
class InspectedRole:
    """A role that was inspected in full."""

    account: str
    name: str
    arn: str
    selected_by: str
    """`named` (in the settings) or `random`."""
    documents: tuple[RoleDocument, ...]
    pointer: Pointer

    def of_kind(self, *kinds: DocumentKind) -> tuple[RoleDocument, ...]:
        """Return the documents of these kinds."""
        return tuple(document for document in self.documents if document.kind in kinds)


def sampled_roles(evidence: Evidence, account: str | None = None) -> Iterator[InspectedRole | Unreadable]:
    """Yield the sampled roles of one account, or of all."""
    return evidence.each(DOCUMENTS, _role, account, kind="Role")


def vanished_roles(evidence: Evidence, account: str) -> dict[str, Pointer]:
    """Return the sampled roles that were deleted before their documents were read, by ARN."""
    found = require_readable(evidence.each(DOCUMENTS, _vanished, account, kind="Vanished"))
    return dict(found)


def _vanished(located: LocatedRecord) -> tuple[str, Pointer]:
    return require_text(located.value["Arn"]), pointer_to(located)


def readable_roles(evidence: Evidence, account: str) -> Iterator[InspectedRole]:
    """Yield the sampled roles of an account; raises MalformedEvidenceError for one that cannot be read."""
    return require_readable(sampled_roles(evidence, account))


def _role(located: LocatedRecord) -> InspectedRole:
    record = located.value
    return InspectedRole(
        account=located.target.account,
        name=str(record["RoleName"]),
        arn=require_text(record["Arn"]),
        selected_by=str(record["SelectedBy"]),
        documents=tuple(role_documents(record)),
        pointer=pointer_to(located),
    )
