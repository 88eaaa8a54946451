"""Says which paths a bundle and a pack may hold.

Paths are plain ASCII, so that no file system, archive tool or terminal reads them as something else.
"""

import re

from evidence.file_names import MAX_SEGMENT, RESERVED

MAX_PATH = 95
"""Characters in a path below the bundle that is written, of which `data/` takes 5 (docs/format.md)."""
MAX_PATH_READ = 480
"""The same where bundles are read, also within the folders of a pack: the first ones had longer paths."""

PARTIAL_SUFFIX = ".partial"
"""Ends the name of what is not complete yet, so that nobody takes it for a bundle or a pack."""

_SEGMENT = re.compile(r"[A-Za-z0-9+=,@_~-][A-Za-z0-9+=,@_~. -]*")


def problem_of(path: str, longest: int = MAX_PATH_READ) -> str | None:
    """Return why a relative path may not be used, in words, or None when it may."""
    if len(path) > longest:
        return f"is longer than {longest} characters"
    for segment in path.split("/"):
        reason = _problem_of_segment(segment)
        if reason:
            return reason
    return None


def _problem_of_segment(segment: str) -> str | None:
    if segment in {"", ".", ".."}:
        return "has an empty, `.` or `..` part"
    if len(segment) > MAX_SEGMENT:
        return f"has a part longer than {MAX_SEGMENT} characters"
    if not _SEGMENT.fullmatch(segment):
        return "has a character that is not portable"
    if segment[-1] in ". ":
        return "has a part that ends in a dot or a space"
    if RESERVED.fullmatch(segment):
        return "has a part that Windows reserves"
    return None


def fold_case(path: str) -> str:
    """Return the form under which two paths are one on file systems that ignore case."""
    return path.casefold()


def staging_name(name: str) -> str:
    """Return the name of the hidden folder in which a bundle is written."""
    return f".{name}{PARTIAL_SUFFIX}"
