"""`evidence requests`: the auditor's request list."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Quiet, output_file
from evidence.cli.output import Output


def draft(
    sheet: Annotated[Path, typer.Argument(metavar="SHEET", help="The auditor's list: XLSX or CSV.")],
    number_column: Annotated[
        str | None,
        typer.Option("--number-column", metavar="NAME", help="Its column of request numbers, by its head."),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option("--text-column", metavar="NAME", help="Its column of what is asked for, by its head."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the draft to this file; default: stdout."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Propose a requests.toml for the auditor's own list: what may answer each request, by its words.

    A proposal is a comment until you confirm it; what nothing answers stays open. Without the options,
    columns are found that are called as such lists call them.
    """
    from evidence.controls.catalogue import catalogue
    from evidence.controls.requests_draft import draft_requests
    from evidence.pipeline import item_facts
    from evidence.statements.request_sheet import read_request_sheet
    from evidence.storage import publish

    out = Output(quiet=quiet)
    asked = read_request_sheet(sheet, number_column, text_column)
    items = {facts.item: facts.title for facts in item_facts()}
    drafted = draft_requests(asked.lines, sheet.name, items, catalogue().values())
    target = output_file(output, "requests.toml") if output else None
    if target is None:
        out.result(None, drafted.text.rstrip("\n"))
    else:
        publish(target, drafted.text.encode())
    if asked.unread:
        out.say(f"Not read, as they have no such columns: {', '.join(asked.unread)}")
    where = f": {target}" if target else ""
    out.say(f"{drafted.requests} requests, nothing proposed for {drafted.unmatched}{where}")
