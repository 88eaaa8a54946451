"""Makes the generated pages under docs/ (`make docs`); tests compare them with what is committed."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

from evidence.explanation.causes import causes_markdown
from tests.support import command

DOCS = Path(__file__).parents[2] / "docs"

WIDTH = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


@functools.cache
def evidence(*arguments: str) -> str:
    """Return what the command prints on stdout, at a fixed width."""
    done = command.evidence(*arguments, env=os.environ | WIDTH)
    assert done.returncode == 0, done.stderr
    return done.stdout


def command_names() -> list[list[str]]:
    """Return the words of every command and group, each group before its commands."""
    from evidence.cli.app import COMMANDS

    names: list[list[str]] = []
    for words in map(str.split, COMMANDS):
        names += [words[:length] for length in range(1, len(words) + 1) if words[:length] not in names]
    return names


def commands_page() -> str:
    """Return docs/commands.md: every command's own help."""
    parts = ["# Commands", "", "Generated from `--help` by `make docs`.", ""]
    for words in ([], *command_names()):
        parts += [
            f"## `{' '.join(['evidence', *words])}`",
            "",
            "```text",
            evidence(*words, "--help").rstrip(),
            "```",
            "",
        ]
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "controls.md": lambda: evidence("controls", "--markdown"),
    "items.md": lambda: evidence("items", "--markdown"),
    "gaps.md": causes_markdown,
}
"""The generated pages, and what makes each."""


def main() -> None:
    """Write the pages."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made().rstrip() + "\n", encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
