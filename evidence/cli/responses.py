"""`evidence responses`: what management answers to exceptions."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli import setting_options
from evidence.cli.options import BundlePath, Quiet
from evidence.cli.output import Output


def import_(
    workbook: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.xlsx", help="The pack's appendices.xlsx, its sheet Exceptions filled in."
        ),
    ],
    bundle: BundlePath,
    exceptions: setting_options.Exceptions = None,
    people: setting_options.People = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder for the drafts. Nothing is overwritten."
        ),
    ] = Path(),
    *,
    quiet: Quiet = False,
) -> None:
    """Read management's responses and acceptances from the sheet Exceptions into drafts.

    Leaves responses.toml and exceptions.toml, as far as there is something to say in each. A row that is not
    one of the bundle's, a formula, or a day that is none: nothing is written.
    """
    from evidence.bundle import open_bundle
    from evidence.controls.engine import run_tests
    from evidence.controls.returned_drafts import acceptances_draft, responses_draft
    from evidence.errors import UsageError
    from evidence.report.workbook.returned import read_returned
    from evidence.statements.files import read_statements
    from evidence.storage import publish

    out = Output(quiet=quiet)
    for name in ("responses.toml", "exceptions.toml"):
        if (output / name).exists():
            raise UsageError(f"{output / name} exists already.", "Name another folder with --output.")
    opened = open_bundle(bundle)
    statements = read_statements({"exceptions": exceptions, "people": people})
    results = run_tests(opened, statements=statements)
    found = read_returned(workbook, opened, results)
    drafts = {
        "responses.toml": (found.answers, responses_draft),
        "exceptions.toml": (found.acceptances, acceptances_draft),
    }
    written = {
        output / name: (len(rows), draft(opened.name, rows)) for name, (rows, draft) in drafts.items() if rows
    }
    for path, (count, text) in written.items():
        publish(path, text.encode())
        out.say(f"{count} to look over: {path}")
    if not written:
        out.say("The sheet says nothing that is not sealed already.")
