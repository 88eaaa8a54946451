"""`evidence items`: what is collected, with which operations, and what it does not show."""

from typing import Annotated

import typer

from evidence.cli.options import Config, Json
from evidence.cli.output import Output


def items(
    *,
    config: Config = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue as a document.")] = False,
) -> None:
    """List the evidence items: scope, AWS operations, blind spots; with those of `[custom]` in settings."""
    from evidence.collectors._summary import items_document, items_markdown, items_text

    if markdown:
        Output(json=json).result(items_document(), items_markdown())
        return
    from evidence.collect.custom import custom_scope
    from evidence.settings.file import load

    custom = custom_scope(load(config)).items
    Output(json=json).result(items_document(custom), items_text(custom))
