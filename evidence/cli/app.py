"""Puts the commands together. A command's module is imported when it is asked for, or for its help."""

from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from evidence import __version__

HELP = "SOC 2 access-control evidence from AWS: collected read-only, sealed, tested, rendered, packed."

# Command to module of evidence.cli, in the order of use. The function in it has the module's name; that of
# `group command` has the command's.
COMMANDS = {
    "init": "init",
    "settings": "settings",
    "run": "run",
    "doctor": "doctor",
    "plan": "plan",
    "collect": "collect",
    "test": "test",
    "exceptions draft": "exceptions",
    "requests draft": "requests",
    "responses import": "responses",
    "report": "report",
    "pack": "pack",
    "submit": "submit",
    "export": "export",
    "timestamp": "timestamp",
    "redact keygen": "redact",
    "verify": "verify",
    "verifier": "verifier",
    "diff": "diff",
    "sample": "sample",
    "period": "period",
    "corroborate": "corroborate",
    "review open": "review",
    "review close": "review",
    "archive add": "archive",
    "archive list": "archive",
    "archive renew": "upkeep",
    "archive hand-over": "upkeep",
    "archive verify": "archive",
    "archive rebuild": "archive",
    "archive policy": "archive",
    "archive template": "archive",
    "show": "show",
    "explain": "explain",
    "attach": "attach",
    "keygen": "keygen",
    "policy": "policy",
    "schedule": "schedule",
    "items": "items",
    "controls": "controls",
    "demo-aws": "demo_aws",
    "demo": "demo",
}

GROUPS = {
    "exceptions": "Exceptions that management accepts.",
    "requests": "The auditor's request list.",
    "responses": "What management answers to exceptions.",
    "redact": "Pseudonyms in the place of people.",
    "review": "Access reviews: the reviewers' workbooks, and what comes back.",
    "archive": "The archive of packs, and the chain of their bundles.",
}


class _Command(TyperCommand):
    """A command that says of a wrong value what is wrong in our words, not in those of the library."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as wrong:
            from pydantic import ValidationError

            from evidence.wrong_values import in_words

            if isinstance(wrong.__cause__, ValidationError):
                wrong.message = in_words(wrong.__cause__.errors()[0])
            raise


def build() -> typer.Typer:
    """Return the application with every command."""
    app = _typer("evidence", HELP)
    app.callback()(_root)
    groups: dict[str, typer.Typer] = {}
    for name, module in COMMANDS.items():
        group, _, command = name.rpartition(" ")
        if group and group not in groups:
            groups[group] = _typer(group, GROUPS[group])
            groups[group].callback()(_group)
            app.add_typer(groups[group], name=group, short_help=GROUPS[group])
        function = _function(module, command if group else module)
        place = groups[group] if group else app
        place.command(command, cls=_Command, short_help=_first_sentence(function))(function)
    return app


def _typer(name: str, text: str) -> typer.Typer:
    return typer.Typer(
        name=name,
        help=text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _function(module: str, name: str) -> Callable[..., Any]:
    named = f"{name}_" if iskeyword(name) else name.replace("-", "_")
    function: Callable[..., Any] = getattr(import_module(f"evidence.cli.{module}"), named)
    return function


def _group() -> None:
    """Exist: with one command only, Typer would otherwise drop the group's name."""


def _first_sentence(function: Callable[..., Any]) -> str:
    """Return the first line of help whole; left to itself, the list of commands cuts it short."""
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _version(value: bool) -> None:
    if value:
        typer.echo(f"evidence {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    del version
