"""`evidence show`: what is inside a bundle or a pack, and what the tests found in it."""

import webbrowser
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_test
from evidence.cli.options import BundleOrPack, Json
from evidence.cli.output import Output, rich_console
from evidence.errors import UsageError

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stated_settings)
def show(
    *,
    settings: "Settings",
    source: BundleOrPack,
    test: Annotated[
        list[str] | None,
        typer.Option(
            "--test",
            metavar="TEST",
            help="Show the rows of this test; may be repeated.",
            autocompletion=complete_test,
        ),
    ] = None,
    subject: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Show the rows about this subject: whole, the name alone, or a shell pattern.",
        ),
    ] = "",
    account: Annotated[str, typer.Option(metavar="ID", help="Show only what is of this account.")] = "",
    browser: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the page to search all of it to this file, and open it."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what is inside a bundle or a pack: a tree of targets and items with counts and gaps.

    It is verified first, except that a bundle without a seal is shown too. With --test or --subject the tests
    are performed, and their rows printed with where each is written: a bundle's with the files of
    management's given here, a pack's with those in it. The page is drawn here; a pack's own is not opened.
    """
    from evidence.clock import system_clock
    from evidence.showing import Selection, draw_page, show_bundle
    from evidence.statements.files import read_statements

    selection, now = Selection(tuple(test or ()), subject, account), system_clock().now()
    if browser is not None and selection != Selection():
        raise UsageError("The page holds all of it.", "Leave out --test, --subject and --account.")
    if browser is not None and lexists(browser):
        raise UsageError(f"{browser} exists already.", "Nothing is ever overwritten: name another file.")
    # Contents are no statement's matter: a file of management's that is wrong does not stand in their way.
    asked = settings.accepted.paths if selection.asks_for_rows or browser else {}
    statements = read_statements(asked)
    out = Output(json=json)
    if browser is not None:
        draw_page(source, browser, statements, now=now)
        out.result({"written": str(browser)}, str(browser))
        if not webbrowser.open(browser.resolve().as_uri()):
            out.say("No browser was found: open the file with one.")
        return
    shown = show_bundle(source, selection, statements, now=now)
    if json or isinstance(shown.drawn, str):
        out.result(shown.document, str(shown.drawn) if not json else "")
    else:
        rich_console().print(shown.drawn)
