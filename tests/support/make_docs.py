"""Makes the generated pages under docs/ (`make docs`); tests compare them with what is committed."""

import functools
import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path

from evidence.errors import ExitCode, error_kinds, slug_of
from evidence.explanation.causes import cause_section
from evidence.records import Cause
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


def errors_page() -> str:
    """Return docs/errors.md: what ends a command, and what leaves a gap, each under its anchor."""
    parts = [ERRORS_ABOUT, "## Errors", ""]
    for kind in error_kinds():
        parts += [f"### {slug_of(kind)}", "", *_error_section(kind), ""]
    parts += ["## Causes of gaps", "", CAUSES_ABOUT, ""]
    for cause in Cause:
        parts += [f"### {cause.slug}", "", *cause_section(cause), ""]
    return "\n".join(parts)


def _error_section(kind: type[BaseException]) -> list[str]:
    about = re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", inspect.cleandoc(kind.__doc__ or ""))
    advice = str(getattr(kind, "default_advice", ""))
    code = int(getattr(kind, "exit_code", ExitCode.COULD_NOT_RUN))
    return [about, "", *([f"**What to do:** {advice}", ""] if advice else []), f"Exit code {code}."]


ERRORS_ABOUT = """# Errors and gaps

What `evidence` says when a command cannot go on, and what it calls the cause of a gap. Made from the
declarations in `evidence/errors.py` and `evidence/records.py` by `make docs`. [exit-codes.md](exit-codes.md)
has the exit codes.
"""
CAUSES_ABOUT = """A gap is evidence that should be there and is not: never a pass. Its cause stands in the
bundle's gaps.json, in the report's list of gaps and on the workbook's sheet Gaps. `evidence explain CAUSE
BUNDLE` says the same with a bundle's own roles, accounts and regions in the commands
([explain.md](explain.md)). Nothing is run for you, and some of it changes policies: whoever owns them
decides."""

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "errors.md": errors_page,
    "controls.md": lambda: evidence("controls", "--markdown"),
    "items.md": lambda: evidence("items", "--markdown"),
}
"""The generated pages, and what makes each."""


def main() -> None:
    """Write the pages."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made().rstrip() + "\n", encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
