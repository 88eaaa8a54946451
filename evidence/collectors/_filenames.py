"""Turns names from AWS into file names that every file system takes."""

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_+=,@.-]")
_OUTER_DOTS = re.compile(r"^\.|\.$")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class FileNames:
    """Hands out file names within one folder: safe, and different even where letter case does not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def safe(self, name: str) -> str:
        """Return a name of letters, digits and `_+=,@.-`; a number is added to one that was given before."""
        base = _OUTER_DOTS.sub("_", _UNSAFE.sub("_", name))
        if not base or _RESERVED.fullmatch(base):
            base = f"_{base}"
        candidate, number = base, 1
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{base}-{number}"
        self._taken.add(candidate.casefold())
        return candidate
