"""Makes strings from AWS fit to print: nothing hidden, nothing endless, nothing that reorders a line."""

import re
from functools import cache

from evidence.report.assets import folder

CELL_LIMIT = 2_000
UNBROKEN_LIMIT = 64
ZERO_WIDTH_SPACE = "\u200b"

# Controls, zero-width and direction-changing characters, surrogates, tags and non-characters. Tab and line
# feed stay; the joiners U+200C and U+200D stay too, because Persian, Indic scripts and emoji need them.
HIDDEN_CHARACTERS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_HIDDEN = re.compile(HIDDEN_CHARACTERS)
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_UNBROKEN = re.compile(rf"\S{{{UNBROKEN_LIMIT}}}(?=\S)")
_ISOLATE, _POP = "\u2068", "\u2069"


def visible(text: str) -> str:
    """Return text in which characters that show nothing, or turn the line around, show as ‹U+202E›."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_code_point, text)


def printable(text: str, limit: int = CELL_LIMIT) -> str:
    """Return text fit for a cell of the PDF: visible, capped, breakable, with a glyph for each character.

    Right-to-left text is isolated, so that it cannot rearrange what stands beside it.
    """
    shown = visible(_capped(text, limit))
    if not shown.isascii():
        shown = _uncovered().sub(_code_point, shown)
        if _RIGHT_TO_LEFT.search(shown):
            shown = f"{_ISOLATE}{shown}{_POP}"
    return _UNBROKEN.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", shown)


def _capped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … [cut: {len(text):,} characters; in full in the bundle and the workbook]"


def _code_point(match: re.Match[str]) -> str:
    return f"‹U+{ord(match[0]):04X}›"


@cache
def _uncovered() -> re.Pattern[str]:
    """Match every character for which the shipped fonts have no glyph."""
    lines = (folder() / "fonts" / "coverage.lst").read_text("ascii").split()
    ranges = "".join(
        rf"\U{int(low, 16):08x}-\U{int(high, 16):08x}" for low, high in (x.split("-") for x in lines)
    )
    return re.compile(rf"[^\x00-\x7f\u200c\u200d\u2068\u2069\ufe0e\ufe0f{ranges}]")
