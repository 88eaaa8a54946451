"""`evidence exceptions`: the exceptions that management accepts."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli import setting_options
from evidence.cli.options import BundlePath, Quiet, output_file
from evidence.cli.output import Output


def draft(
    bundle: BundlePath,
    exceptions: setting_options.Exceptions = None,
    people: setting_options.People = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the draft to this file; default: stdout."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write an exceptions.toml to fill in: one entry for each exception of a bundle that nobody accepted.

    An entry accepts nothing until it says why, who approved it and until when. Delete those that will be
    repaired instead.
    """
    from evidence.bundle import open_bundle
    from evidence.controls.engine import run_tests
    from evidence.controls.exceptions_draft import draft_of
    from evidence.statements.files import read_statements
    from evidence.storage import publish

    out = Output(quiet=quiet)
    statements = read_statements({"exceptions": exceptions, "people": people})
    drafted = draft_of(run_tests(open_bundle(bundle), statements=statements))
    if not drafted.entries:
        out.say("No exceptions: there is nothing to accept.")
        return
    if output is None:
        out.result(None, drafted.text.rstrip("\n"))
        return
    target = output_file(output, "exceptions.toml")
    publish(target, drafted.text.encode())
    out.say(f"{drafted.entries} to decide on: {target}")
