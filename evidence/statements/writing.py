"""Writes management's files as TOML in which nothing is invisible, for drafts and redacted copies."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evidence.statements.shapes import VERSION


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


def toml_string(text: str) -> str:
    """Return text as a TOML basic string in which nothing is invisible (TOML 1.0, section String)."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def toml_comment(text: str) -> str:
    """Return text for a comment: one line, nothing invisible."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
