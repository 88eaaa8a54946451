"""`evidence test`: perform the tests of controls over a sealed bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.ending import end_with_gaps
from evidence.cli.options import BundlePath, FailOnGiven, Json, Quiet, output_file
from evidence.cli.output import Output
from evidence.errors import ExitCode

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.stated_settings)
def test(
    *,
    settings: "Settings",
    bundle: BundlePath,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write the results, as JSON, to this file."),
    ] = None,
    fail_on: FailOnGiven = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Perform the tests of controls over a bundle and print what each concludes.

    Needs no AWS: the same bundle, exceptions and attestations give the same results. Ends with 3 when the
    bundle has gaps.
    """
    from evidence.bundle import open_bundle
    from evidence.controls.engine import run_tests
    from evidence.controls.summary import ended_as, table
    from evidence.statements.files import read_statements
    from evidence.storage import publish

    out = Output(json=json, quiet=quiet)
    statements = read_statements(settings.accepted.paths)
    opened = open_bundle(bundle)
    collecting.say_what_is_unused(settings, opened, out)
    results = run_tests(opened, statements=statements)
    if output is not None:
        target = output_file(output, "results.json")
        publish(target, results.pieces())
        out.say(f"Results: {target}")
    out.written(results.pieces(), table(results))
    if ended_as(results, [choice.value for choice in fail_on or ()]):
        raise typer.Exit(ExitCode.FAIL_ON)
    end_with_gaps(out, opened.gaps)
