"""`evidence explain`: what a test, a cause of gaps or an exception means, and what to do about it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.completion import complete_bundle_or_pack, complete_explained
from evidence.cli.options import Json
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stated_settings)
def explain(
    *,
    settings: "Settings",
    word: Annotated[
        str,
        typer.Argument(
            metavar="TEST|CAUSE|EXCEPTION",
            autocompletion=complete_explained,
            help="A test's id; a cause of gaps, as permission-missing; or an exception: its subject (whole, "
            "the name alone, or a shell pattern), or TEST/SUBJECT.",
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[BUNDLE|PACK]",
            help="Fill in the subjects of this bundle or pack.",
            autocompletion=complete_bundle_or_pack,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a test, a cause of gaps or an exception means, why auditors ask, and what to do about it.

    The remedy stands there for the console and for the AWS CLI, with the names of a bundle filled in, each
    quoted for a shell; nothing is run. Then how it is accepted properly, with the entry to fill in. A bundle
    is tested with the files of management's given here, a pack with those in it.
    """
    from evidence.clock import system_clock
    from evidence.explanation.explain import explain_in, explain_word
    from evidence.statements.files import read_statements

    if source is None:
        found = [explain_word(word)]
    else:
        statements = read_statements(settings.accepted.paths)
        found = explain_in(word, source, statements, now=system_clock().now())
    Output(json=json).result([one.document() for one in found], "\n\n\n".join(one.text() for one in found))
