"""Reads TOML that people, or strangers' packs, bring: Python's reader, kept from what would exhaust it."""

import re
import tomllib
from typing import Any

MOST_DOTS, MOST_DOTS_ON_A_LINE = 50_000, 100
"""Outside of quoted text. Each dot of a key is a table: of 60,000 on a line, tomllib makes 24 GB."""
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')


def loads(content: bytes) -> dict[str, Any]:
    """Return a document's values. Raises ValueError, whatever is wrong with it."""
    text = content.decode("utf-8")
    dots = [line.count(".") for line in _QUOTED.sub("", text).split("\n")]
    if max(dots) > MOST_DOTS_ON_A_LINE or sum(dots) > MOST_DOTS:
        raise ValueError("too many dots outside of quotes")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
