"""Makes the generated pages under docs/ (`make docs`); tests compare them with what is committed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

WIDTH = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def evidence(*arguments: str) -> str:
    """Return what the command prints on stdout, at a fixed width."""
    done = subprocess.run(
        [sys.executable, "-m", "evidence", *arguments],
        capture_output=True, text=True, check=True, env=os.environ | WIDTH,
    )  # fmt: skip
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


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every generated page and its content."""
    yield DOCS / "commands.md", commands_page()
    yield DOCS / "controls.md", evidence("controls", "--markdown")
    yield DOCS / "items.md", evidence("items", "--markdown")


def main() -> None:
    """Write the pages."""
    for path, content in pages():
        path.write_text(content.rstrip() + "\n", encoding="utf-8")
        print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
