"""Defines what an explanation is, and how it reads on a terminal and as JSON."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evidence.foreign import printable

WIDTH = 100


@dataclass(frozen=True, slots=True)
class ExplanationPart:
    """One heading of an explanation, and what stands under it."""

    heading: str
    lines: tuple[str, ...] = ()
    """Prose, a paragraph each."""
    commands: tuple[str, ...] = ()
    """One a line, never wrapped; nobody has run them."""
    draft: str = ""
    """A piece of a TOML file to fill in."""

    @property
    def says_something(self) -> bool:
        """Something stands under the heading."""
        return bool(any(self.lines) or self.commands or self.draft)

    def text(self) -> Iterator[str]:
        """Yield it as lines of a terminal; a value from outside starts no line of its own."""
        yield printable(self.heading)
        for line in filter(None, self.lines):
            yield from textwrap.wrap(
                printable(line), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
            )
        yield from (f"    {printable(command)}" for command in self.commands)
        yield from (f"    {line}".rstrip() for line in self.draft.splitlines())


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a test of controls, a cause of gaps or an exception means, and what to do."""

    kind: str
    """`test`, `gap cause` or `exception`."""
    id: str
    title: str
    bundle: str
    """The bundle whose subjects are filled in; empty without one."""
    parts: tuple[ExplanationPart, ...]

    @property
    def said(self) -> Iterator[ExplanationPart]:
        """The parts that say something."""
        return (part for part in self.parts if part.says_something)

    def text(self) -> str:
        """Return it for a terminal."""
        lines = [printable(f"{self.id}  {self.title}")]
        for part in self.said:
            lines += ["", *part.text()]
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """Return it as JSON members."""
        return asdict(self) | {"parts": [asdict(part) for part in self.said]}
