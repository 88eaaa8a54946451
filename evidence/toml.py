"""Reads TOML that people, or strangers' packs, bring: Python's reader, kept from what would exhaust it.

Writes its strings and comments, in which nothing is invisible.
"""

import json
import re
import tomllib
from typing import Any

MOST_DOTS, MOST_DOTS_ON_A_LINE = 50_000, 100
"""Outside of quoted text. Each dot of a key is a table: of 60,000 on a line, tomllib makes 24 GB."""
_NO_KEYS = re.compile(
    r"""
    \#[^\n]*+
    | \"{3} (?: [^"\\] | \\[\s\S] | "(?!"") )*+ (?:\"{3})?
    | '{3} (?: [^'] | '(?!'') )*+ (?:'{3})?
    | " (?: [^"\\\n] | \\. )*+ "?
    | ' [^'\n]*+ '?
    """,
    re.VERBOSE,
)
"""Comments and quoted text, each to its end, or to the end of what there is: one look at each character."""


def loads(content: bytes) -> dict[str, Any]:
    """Return a document's values. Raises ValueError, whatever is wrong with it."""
    text = content.decode("utf-8")
    dots = [line.count(".") for line in _NO_KEYS.sub("", text).split("\n")]
    if max(dots) > MOST_DOTS_ON_A_LINE or sum(dots) > MOST_DOTS:
        raise ValueError("too many dots outside of quotes")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


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
