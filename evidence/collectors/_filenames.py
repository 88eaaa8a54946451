"""Turns names from AWS into file names that every file system takes."""

from evidence.file_names import short_name


class FileNames:
    """Hands out file names within a folder: short, safe, different even where letter case does not count."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: set[str] = set()

    def of(self, name: str, full: str = "") -> str:
        """Return a portable name; the end of one that was given before is replaced by a number."""
        base = candidate = short_name(name, self._limit, full)
        number = 1
        while candidate.casefold() in self._taken:
            number += 1
            behind = f"~{number}"
            candidate = base[: self._limit - len(behind)] + behind
        self._taken.add(candidate.casefold())
        return candidate
