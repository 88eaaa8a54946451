"""Frames a page: what forbids it the network and foreign scripts, its style and its script around the blocks.

The page forbids itself the network, every script and style but its own (by hash), and, where browsers know
trusted types, ever to take a text for markup.
"""

import base64
import hashlib
from pathlib import Path
from string import Template

from evidence.report.text import HIDDEN_CHARACTERS

_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HERE = "<!--blocks-->"


def frame(template: Path, *, style: str, script: str, keywords: str) -> tuple[bytes, bytes]:
    """Return what stands before and after a page's blocks; the template names `$blocks` and the arguments."""
    page = Template(template.read_text("utf-8")).substitute(
        keywords=keywords,
        policy=_POLICY.format(script=_hash(script), style=_hash(style)),
        style=style,
        script=script,
        blocks=_HERE,
    )
    before, after = (part.encode() for part in page.split(_HERE))
    return before, after


def hidden_characters() -> str:
    """Return the expression of characters that show nothing, in ASCII as a script's expressions have it."""
    return "".join(
        one if one.isascii() and one.isprintable() else f"\\u{{{ord(one):x}}}" for one in HIDDEN_CHARACTERS
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
