"""Management's files for tests, written as text and read by the production reader."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from evidence.statements.files import Statements, statements_in
from tests.support.bundles import NOW

TODAY = NOW.date()
"""The day on which collecting the bundles of tests finishes."""
EXCEPTION = {
    "reason": "Needed until the move.",
    "compensating_control": "none",
    "approver": "Ines Falk, CISO",
    "approved_on": date(2026, 9, 1),
    "expires_on": date(2026, 12, 31),
}
ATTESTATION = {
    "statement": "It is so.",
    "attested_by": "Ines Falk, CISO",
    "attested_on": date(2026, 9, 1),
    "valid_until": date(2026, 12, 31),
}
EVERY_ATTESTATION = [ATTESTATION | {"id": f"ATT-{number}"} for number in range(1, 7)]

Entries = Sequence[Mapping[str, Any]]


def exception(test: str, subject: str, **changes: Any) -> dict[str, Any]:
    """An entry that counts, changed."""
    return EXCEPTION | {"test": test, "subject": subject} | changes


def attestation(id: str, **changes: Any) -> dict[str, Any]:  # noqa: A002
    """An entry that counts, changed."""
    return ATTESTATION | {"id": id} | changes


def toml(table: str, entries: Entries) -> str:
    """The entries as TOML; members that are None are left out."""
    lines = ['version = "1"']
    for entry in entries:
        lines.append(f"[[{table}]]")
        lines += [f"{name} = {_value(value)}" for name, value in entry.items() if value is not None]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def stated(
    folder: Path, exceptions: Entries = (), attestations: Entries = (), **others: Entries
) -> Statements:
    """Write the files and read them."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, entries in ({"exception": exceptions, "attestation": attestations} | others).items():
        if entries:
            (folder / f"{table.removesuffix('s')}s.toml").write_text(toml(table, entries), encoding="utf-8")
    return statements_in(folder)
