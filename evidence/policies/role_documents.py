"""Walks over the documents of a sampled role: trust, inline, attached, boundary, always in this order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DocumentKind(StrEnum):
    """How a document comes to bind a role."""

    TRUST = "trust"
    INLINE = "inline"
    ATTACHED = "attached"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class RoleDocument:
    """One document of a role."""

    kind: DocumentKind
    name: str
    """The inline policy's name, or the managed policy's ARN; empty for the trust policy."""
    document: Any
    """As AWS gave it; `evidence.policies.document` reads it."""
    policy_name: str = ""
    """Of inline and managed policies."""
    version: str = ""
    """Of managed policies."""

    @property
    def aws_managed(self) -> bool:
        """Say whether AWS wrote it and keeps it."""
        return self.kind in (DocumentKind.ATTACHED, DocumentKind.BOUNDARY) and is_aws_managed(self.name)

    def label(self, separator: str) -> str:
        """Return kind and name in one: `trust`, `inline:deploy`."""
        return f"{self.kind}{separator}{self.name}" if self.name else self.kind.value


def role_documents(record: Mapping[str, Any]) -> Iterator[RoleDocument]:
    """Yield the documents of a record of iam.sample-role-policies; raises KeyError where one lacks."""
    yield RoleDocument(DocumentKind.TRUST, "", record["Role"]["AssumeRolePolicyDocument"])
    for policy in record["InlinePolicies"]:
        name = policy["PolicyName"]
        yield RoleDocument(DocumentKind.INLINE, name, policy["PolicyDocument"], name)
    for policy in record["AttachedPolicies"]:
        yield _managed(DocumentKind.ATTACHED, policy)
    if record["PermissionsBoundary"]:
        yield _managed(DocumentKind.BOUNDARY, record["PermissionsBoundary"])


def _managed(kind: DocumentKind, policy: Mapping[str, Any]) -> RoleDocument:
    version = policy.get("VersionId", "version unknown")
    return RoleDocument(
        kind, policy["PolicyArn"], policy["PolicyDocument"], policy.get("PolicyName", ""), version
    )


def is_aws_managed(arn: str) -> bool:
    """Say whether a policy is AWS's own: its ARN names `aws` in the place of the account."""
    return arn.split(":")[4] == "aws"
