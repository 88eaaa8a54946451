"""Writes management's files as TOML in which nothing is invisible, for drafts and redacted copies."""

from collections.abc import Iterable, Mapping
from typing import Any

from evidence.statements.shapes import VERSION
from evidence.toml import toml_string


def toml_document(
    head: str, tables: Mapping[str, Iterable[Mapping[str, Any]]], *, to_fill_in: bool = False
) -> bytes:
    """Return a file: comment lines, then the tables' entries.

    Members that say nothing are left out, or stay where somebody is `to_fill_in` what they lack.
    """
    lines = [head, f'version = "{VERSION}"\n']
    for table, entries in tables.items():
        for entry in entries:
            lines.append(f"[[{table}]]")
            lines += [
                f"{name} = {_value(value)}" for name, value in entry.items() if to_fill_in or _said(value)
            ]
            lines.append("")
    return "\n".join(lines).encode()


def _said(value: Any) -> bool:
    return value not in (None, "", (), [])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_string, value))}]"
    return str(value)
