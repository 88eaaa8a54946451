"""Walks through records: every text with the place it stands at, embedded JSON included."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evidence.bundle.format import strictjson
from evidence.redact.places import Path

Leaf = Callable[[str, Path, dict[str, Any]], str]
"""From a text, its path and the object it stands in to the text that takes its place."""
Name = Callable[[str, Path], str]
"""From a member's name and the path of its object to the name that takes its place."""


@dataclass(frozen=True, slots=True)
class RecordWalk:
    """One walk; what it returns has the same shape as what it was given."""

    leaf: Leaf
    name: Name

    def value(self, value: Any, path: Path = (), siblings: dict[str, Any] | None = None) -> Any:
        """Return a value with each text in it replaced; a list's members stand where the list does."""
        if isinstance(value, dict):
            return {
                self.name(key, path): self.value(member, (*path, key), value) for key, member in value.items()
            }
        if isinstance(value, list):
            return [self.value(member, path, siblings) for member in value]
        if isinstance(value, bool) or not isinstance(value, str | int):
            return value
        if isinstance(value, int):
            written = self.leaf(str(value), path, siblings or {})
            return int(written) if written.isascii() and written.isdigit() else value
        return self._text(value, path, siblings or {})

    def _text(self, text: str, path: Path, siblings: dict[str, Any]) -> str:
        if text[:1] in ("{", "["):
            try:
                embedded = strictjson.loads(text.encode())
            except (ValueError, UnicodeEncodeError):
                return self.leaf(text, path, siblings)
            replaced = self.value(embedded, path, siblings)
            return text if replaced == embedded else strictjson.line(replaced).decode().rstrip("\n")
        return self.leaf(text, path, siblings)
