"""`evidence controls`: the catalogue of tests of controls."""

from typing import Annotated

import typer

from evidence.cli.options import Config, Json
from evidence.cli.output import Output


def controls(
    *,
    config: Config = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue as a document.")] = False,
) -> None:
    """Print the tests of controls: what each asks, of what, by which rule, from which evidence.

    With those that `[custom]` in the settings switches on.
    """
    from evidence.controls.summary import catalogue_json, catalogue_markdown, catalogue_table

    if markdown:
        Output(json=json).result(catalogue_json(), catalogue_markdown().rstrip())
        return
    from evidence.controls.custom import custom_tests
    from evidence.settings.file import load

    custom = custom_tests(load(config).custom)
    Output(json=json).result(catalogue_json(custom), catalogue_table(custom).rstrip())
