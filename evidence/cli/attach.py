"""`evidence attach`: add a document to the evidence that the next run seals."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.completion import complete_item
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output


def attach(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A screenshot or a document.")],
    item: Annotated[
        str,
        typer.Option(
            metavar="ITEM",
            help="The evidence item it belongs to; see `evidence items`.",
            autocompletion=complete_item,
        ),
    ],
    by: Annotated[str, typer.Option(metavar="WHO", help="Who adds it.")],
    note: Annotated[str, typer.Option(metavar="WHY", help="What it shows and why it is needed.")],
    attachments: Annotated[
        Path, typer.Option(metavar="DIR", help="Where attachments wait for the next run.")
    ] = Path("attachments"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a document for what no API shows, with who, when and why.

    A regular file of at most 100 MiB. It is copied into a folder, from which the next `evidence run` here
    puts it into the bundle under the seal.
    """
    from evidence.bundle.write.attachments import HERE
    from evidence.bundle.write.attachments import attach as add
    from evidence.clock import system_clock
    from evidence.collectors.base import catalogue

    entry = add(
        file, attachments, item=item, by=by, note=note, known=catalogue().keys(), now=system_clock().now()
    )
    out = Output(json=json, quiet=quiet)
    out.result(entry.model_dump(mode="json"), f"{attachments / Path(entry.file).name}  sha256:{entry.sha256}")
    elsewhere = "" if attachments == HERE else f" --attachments {attachments}"
    out.say(f"The next `evidence run{elsewhere}` here seals it.")
