"""`iam.sample-role-policies`: the sampled roles' full documents, also as readable files."""

import json
from collections.abc import Iterator
from typing import Any

from evidence.collectors._filenames import FileNames
from evidence.collectors._sampled_roles import DETAILS, SampledRole, sampled_roles
from evidence.collectors.base import Context, RawFile, Yield, collector
from evidence.file_names import LONGEST_DOCUMENT, LONGEST_FOLDER
from evidence.policies.role_documents import DocumentKind, role_documents
from evidence.records import Operation, Scope

ROLE = Operation("iam", "GetRole", list_key="Role")
INLINE = Operation("iam", "ListRolePolicies", list_key="PolicyNames")
INLINE_DOCUMENT = Operation("iam", "GetRolePolicy", list_key="PolicyDocument")
ATTACHED = Operation("iam", "ListAttachedRolePolicies", list_key="AttachedPolicies")
POLICY = Operation("iam", "GetPolicy", list_key="Policy")
POLICY_VERSION = Operation("iam", "GetPolicyVersion", list_key="PolicyVersion")

GONE = ("NoSuchEntity",)
"""A role that was listed and is no more."""

_FOLDER, _ENDING = "roles", ".json"
Record = dict[str, Any]
Key = str | tuple[str, str]
"""A managed policy's ARN, or role name and inline policy name."""


@collector(
    item="iam.sample-role-policies",
    title="Policies of sampled roles",
    scope=Scope.ACCOUNT,
    operations=(ROLE, INLINE, INLINE_DOCUMENT, ATTACHED, POLICY, POLICY_VERSION),
    shape=(
        "one record a role: RoleName, Arn, SelectedBy, Role, InlinePolicies, AttachedPolicies, "
        "PermissionsBoundary or null; of a role deleted meanwhile RoleName, Arn, SelectedBy and Vanished "
        "(true); each document also as a file in roles/<role>/"
    ),
    blind_spots=(
        "Roles outside the sample are not inspected here; their documents are in iam.authorization-details.",
        "Service-linked roles are outside the population: AWS alone can change them.",
        "What a role may do in effect also depends on service control, resource and session policies.",
        "Default versions only: an older version of a managed policy may have been in force in the period.",
    ),
    needs=(DETAILS,),
    headline=6,
    calls=139,
    folder=_FOLDER,
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Fetch each sampled role's trust, inline, attached and boundary documents."""
    found = list(ctx.map(_outline, sampled_roles(ctx)))
    yield from (outline for outline in found if "Vanished" in outline)
    outlines = [outline for outline in found if "Vanished" not in outline]
    keys = _document_keys(outlines)
    documents = dict(zip(keys, ctx.map(_document, keys), strict=True))
    folders = FileNames(LONGEST_FOLDER)
    for outline in outlines:
        record = _complete(outline, documents)
        yield record
        yield from _files(record, folders.of(record["RoleName"], record["Arn"]))


def _outline(ctx: Context, role: SampledRole) -> Record:
    """Return a role's record with the names of its policies where their documents will stand."""

    def ask(child: Context, operation: Operation) -> Any:
        if operation is ROLE:
            answer = child.call(ROLE, RoleName=role.name, absent=GONE)
            return answer and answer["Role"]
        pages = list(child.pages(operation, RoleName=role.name, absent=GONE))
        return [one for page in pages for one in page[str(operation.list_key)]] if pages else None

    details, inline, attached = ctx.map(ask, (ROLE, INLINE, ATTACHED))
    known = {"RoleName": role.name, "Arn": role.arn, "SelectedBy": role.selected_by}
    if details is None or inline is None or attached is None:
        return {**known, "Vanished": True}
    return {
        **known,
        "Role": details,
        "InlinePolicies": sorted(inline),
        "AttachedPolicies": sorted(policy["PolicyArn"] for policy in attached),
        "PermissionsBoundary": details.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def _document_keys(outlines: list[Record]) -> list[Key]:
    """Return what names each document, once: a managed policy may be attached to many roles."""
    managed = {arn for outline in outlines for arn in outline["AttachedPolicies"]}
    boundaries = {outline["PermissionsBoundary"] for outline in outlines} - {None}
    inline = ((outline["RoleName"], name) for outline in outlines for name in outline["InlinePolicies"])
    return [*sorted(managed | boundaries), *inline]


def _document(ctx: Context, key: Key) -> Record:
    if isinstance(key, tuple):
        role, name = key
        inline = ctx.call(INLINE_DOCUMENT, RoleName=role, PolicyName=name) or {}
        return {"PolicyName": name, "PolicyDocument": inline["PolicyDocument"]}
    policy = (ctx.call(POLICY, PolicyArn=key) or {})["Policy"]
    version = policy["DefaultVersionId"]
    answer = ctx.call(POLICY_VERSION, PolicyArn=key, VersionId=version) or {}
    return {
        "PolicyArn": key,
        "PolicyName": policy["PolicyName"],
        "VersionId": version,
        "PolicyDocument": answer["PolicyVersion"]["Document"],
    }


def _complete(outline: Record, documents: dict[Any, Record]) -> Record:
    """Put the documents where the outline has their names."""
    boundary = outline["PermissionsBoundary"]
    return {
        **outline,
        "InlinePolicies": [documents[outline["RoleName"], name] for name in outline["InlinePolicies"]],
        "AttachedPolicies": [documents[arn] for arn in outline["AttachedPolicies"]],
        "PermissionsBoundary": documents[boundary] if boundary else None,
    }


def _files(record: Record, folder: str) -> Iterator[RawFile]:
    names = FileNames(LONGEST_DOCUMENT - len(_ENDING))
    for found in role_documents(record):
        kind = ("aws" if found.aws_managed else "own") if found.kind is DocumentKind.ATTACHED else found.kind
        name = names.of(f"{kind}-{found.policy_name}" if found.policy_name else kind, found.label(" "))
        text = json.dumps(found.document, indent=2, sort_keys=True, ensure_ascii=False)
        yield RawFile(f"{_FOLDER}/{folder}/{name}{_ENDING}", f"{text}\n".encode())
