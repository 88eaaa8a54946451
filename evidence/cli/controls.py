"""`evidence controls`: the catalogue of tests of controls."""

from typing import Annotated

import typer

from evidence.cli.options import Json
from evidence.cli.output import Output


def controls(
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue as a document.")] = False,
) -> None:
    """Print the tests of controls: what each asks, of what, by which rule, from which evidence."""
    from evidence.controls.summary import catalogue_json, catalogue_markdown, catalogue_table

    text = catalogue_markdown() if markdown else catalogue_table()
    Output(json=json).result(catalogue_json(), text.rstrip())
