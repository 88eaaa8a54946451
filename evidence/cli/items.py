"""`evidence items`: what is collected, with which operations, and what it does not show."""

from typing import Annotated

import typer

from evidence.cli.options import Json
from evidence.cli.output import Output


def items(
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue as a document.")] = False,
) -> None:
    """List the evidence items: scope, AWS operations, blind spots."""
    from evidence.collectors._summary import items_document, items_markdown, items_text

    Output(json=json).result(items_document(), items_markdown() if markdown else items_text())
