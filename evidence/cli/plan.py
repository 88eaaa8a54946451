"""`evidence plan`: what a collection would do, without doing it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle
from evidence.cli.options import Json
from evidence.cli.output import Output
from evidence.errors import ExitCode

if TYPE_CHECKING:
    from evidence.settings.model import Settings

Like = Annotated[
    Path | None,
    typer.Option(
        metavar="BUNDLE",
        help="Reckon by what items took in this bundle, such as last quarter's.",
        autocompletion=complete_bundle,
    ),
]


@collecting.accepts_settings(collecting.planning_settings)
def plan(*, settings: "Settings", like: Like = None, json: Json = False) -> None:
    """Print what a collection would ask: accounts, regions, units, calls and time. Collects nothing.

    Asks AWS for the list of accounts and of the caller's regions; everything else is an estimate:
    by the demo account, or, with --like, by what was collected before. Assumes the role in one account that a
    run would enter, and ends with 3 when that fails.
    """
    from evidence.bundle import open_bundle
    from evidence.clock import system_clock
    from evidence.collect import by_bundle, by_demo_account, look_ahead

    estimate = by_bundle(open_bundle(like).run) if like else by_demo_account()
    ahead = look_ahead(settings, system_clock(), estimate)
    Output(json).result(ahead.document(), ahead.text())
    if ahead.tried and ahead.tried.failure:
        raise typer.Exit(ExitCode.GAPS)
