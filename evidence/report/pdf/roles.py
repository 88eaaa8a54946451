"""Prepares the sampled roles for printing: how they were chosen, and their documents, within bounds."""

import json
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from evidence.bundle.format.models import SampleSelection
from evidence.bundle.open import Bundle
from evidence.policies.document import decoded
from evidence.policies.role_documents import DocumentKind, RoleDocument
from evidence.readers.evidence import Evidence
from evidence.readers.sampled_roles import InspectedRole, sampled_roles
from evidence.readers.unreadable import MALFORMED, Unreadable
from evidence.report.accounts import is_organization

LINE_WIDTH = 104
DOCUMENT_LINES = 24
DOCUMENTS_PER_ROLE = 8
TOTAL_LINES = 56
"""Lines of documents: some three pages."""
DRAWS_SHOWN = 3
"""Accounts whose draw is printed in full."""
DEPTH = 12
CHOSEN_SHOWN = 60
"""Roles listed by name in how the sample was drawn."""
ORDER = (
    "Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
    "Resource", "NotResource", "Condition",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One policy document as printed."""

    name: str
    lines: tuple[str, ...]
    cut: int
    """Lines left out."""
    same_as: str = ""
    """The role under which this very document is printed, when this is not the first time."""


@dataclass(frozen=True, slots=True)
class PrintedRole:
    """One role inspected in full."""

    name: str
    arn: str
    selected_by: str
    pointer: str
    documents: tuple[PolicyDocument, ...]
    more: int
    """Documents left out."""


@dataclass(frozen=True, slots=True)
class PrintedRoles:
    """All sampled roles, within the report's bounds."""

    samples: tuple[SampleSelection, ...]
    table: tuple[tuple[str, str], ...]
    """(population, sample size) as applied."""
    roles: tuple[PrintedRole, ...]
    not_printed: int
    """With exceptions, and no room."""
    clean: int
    """Without exceptions, which are not printed."""
    draws_more: int
    """Accounts whose draw is in the workbook only."""
    draws_total: int


def role_name(arn: str) -> str:
    """Return a role's name from its ARN."""
    return arn.rpartition("/")[2] or arn


def printed_roles(bundle: Bundle, failing: Set[str]) -> PrintedRoles:
    """Return the sampled roles that exceptions are about, with their documents, until the pages are full.

    `failing`: the ARNs that exceptions are about, roles and policies. Roles named in the settings come before
    those drawn. Of many accounts each has its share of the pages, at least one role.
    """
    many = is_organization(bundle)
    left = TOTAL_LINES
    share = left // max(1, len(bundle.run.accounts))
    printed: list[PrintedRole] = []
    seen: dict[tuple[str, str], str] = {}
    used: Counter[str] = Counter()
    skipped = clean = 0
    for found in _named_first(Evidence.whole(bundle)):
        if isinstance(found, InspectedRole) and not _about(found) & failing:
            clean += 1
            continue
        account = found.account if isinstance(found, InspectedRole) else ""
        if left <= 0 or (used[account] and used[account] >= share):
            skipped += 1
            continue
        role = _role(found, seen)
        lines = 4 + sum(len(document.lines) + 2 for document in role.documents)
        left -= lines
        used[account] += lines
        printed.append(role)
    samples = bundle.run.samples
    shown = samples[:DRAWS_SHOWN] if many else samples
    more = len(samples) - len(shown)
    return PrintedRoles(shown, _size_table(bundle), tuple(printed), skipped, clean, more, len(samples))


def _named_first(evidence: Evidence) -> Iterator[InspectedRole | Unreadable]:
    """Yield the sampled roles, read twice rather than kept: a thousand accounts have very many."""
    for drawn in (False, True):
        yield from (
            role
            for role in sampled_roles(evidence)
            if (isinstance(role, InspectedRole) and role.selected_by != "named") is drawn
        )


def _about(role: InspectedRole) -> set[str]:
    """Return the role's ARN, and those of the policies it carries."""
    return {role.arn, *(document.name for document in role.documents)}


def _size_table(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    settings = bundle.run.settings.sampling
    rows, low = [], 1
    for largest, size in settings.table:
        rows.append((f"{low}" if low == largest else f"{low}–{largest}", str(size)))
        low = largest + 1
    return (*rows, (f"{low} and more", str(settings.above)))


def _role(role: InspectedRole | Unreadable, seen: dict[tuple[str, str], str]) -> PrintedRole:
    if isinstance(role, Unreadable):
        why = PolicyDocument("Not readable", (role.why,), 0)
        return PrintedRole("Not readable", "", "", str(role.pointer), (why,), 0)
    shown = role.documents[:DOCUMENTS_PER_ROLE]
    return PrintedRole(
        name=role.name,
        arn=role.arn,
        selected_by=role.selected_by,
        pointer=str(role.pointer),
        documents=tuple(_printed(_title(one), one.document, role.name, seen) for one in shown),
        more=len(role.documents) - len(shown),
    )


_TITLES = {
    DocumentKind.INLINE: "Inline policy",
    DocumentKind.ATTACHED: "Attached policy",
    DocumentKind.BOUNDARY: "Permissions boundary",
}


def _title(found: RoleDocument) -> str:
    if found.kind is DocumentKind.TRUST:
        return "Trust policy: who may assume the role"
    version = f" ({found.version})" if found.version else ""
    return f"{_TITLES[found.kind]} {found.name}{version}"


def _printed(name: str, document: Any, role: str, seen: dict[tuple[str, str], str]) -> PolicyDocument:
    """Return a document as printed; one with an ARN that was printed before only says where."""
    lines = pretty(_ordered(_parsed(document)))
    if ":policy/" in name:
        first = seen.setdefault((name.partition("arn:")[2], "\n".join(lines)), role)
        if first != role:
            return PolicyDocument(name, (), 0, first)
    return PolicyDocument(name, tuple(lines[:DOCUMENT_LINES]), max(0, len(lines) - DOCUMENT_LINES))


def _parsed(document: Any) -> Any:
    """Return a document as the tests read it; text that they refuse stays text."""
    try:
        return decoded(document)
    except MALFORMED:
        return document


def _ordered(value: Any, depth: int = 0) -> Any:
    """Return a policy with its members in the order that people read them."""
    if depth >= DEPTH:
        return value
    if isinstance(value, list):
        return [_ordered(member, depth + 1) for member in value]
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (ORDER.index(key) if key in ORDER else len(ORDER), key))
        return {key: _ordered(value[key], depth + 1) for key in keys}
    return value


def pretty(value: Any, indent: int = 0, lead: str = "", tail: str = "") -> list[str]:
    """Return JSON in few lines: what fits on one line stays on one line, lists of words fill theirs."""
    pad = "  " * indent
    flat = f"{pad}{lead}{_flat(value)}{tail}"
    if len(flat) <= LINE_WIDTH or indent >= DEPTH or not isinstance(value, dict | list) or not value:
        return [flat]
    if isinstance(value, list):
        return _pretty_list(value, indent, lead, tail)
    lines = [f"{pad}{lead}{{"]
    for number, (key, member) in enumerate(value.items(), start=1):
        lines += pretty(member, indent + 1, f"{_flat(key)}: ", "," if number < len(value) else "")
    return [*lines, f"{pad}}}{tail}"]


def _pretty_list(value: list[Any], indent: int, lead: str, tail: str) -> list[str]:
    pad = "  " * indent
    if len(value) == 1:
        return pretty(value[0], indent, f"{lead}[", f"]{tail}")
    lines = [f"{pad}{lead}["]
    for number, member in enumerate(value, start=1):
        comma = "," if number < len(value) else ""
        more = pretty(member, indent + 1, "", comma)
        if number > 1 and len(more) == 1 and isinstance(member, str):
            joined = f"{lines[-1]} {more[0].strip()}"
            if len(joined) <= LINE_WIDTH:
                lines[-1] = joined
                continue
        lines += more
    return [*lines, f"{pad}]{tail}"]


def _flat(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "‹nested too deep to print; see the bundle›"
