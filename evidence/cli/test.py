"""`evidence test`: perform the tests of controls over a sealed bundle."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output
from evidence.errors import ExitCode

if TYPE_CHECKING:
    from evidence.settings.model import Settings


class FailOn(StrEnum):
    """What ends the command with exit code 4."""

    EXCEPTIONS = "exceptions"
    """Any exception that management has not accepted."""
    NOT_CONCLUDED = "not-concluded"
    """Any test that did not see all the evidence, whether exceptions are known or not."""


@collecting.accepts_settings(collecting.stated_settings)
def test(
    *,
    settings: "Settings",
    bundle: BundlePath,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write the results, as JSON, to this file."),
    ] = None,
    fail_on: Annotated[
        list[FailOn] | None,
        typer.Option(
            "--fail-on",
            metavar="exceptions|not-concluded",
            help="End with exit code 4 on exceptions that nobody accepted, or when a test is not concluded "
            "or not complete; may be given twice.",
        ),
    ] = None,
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
        publish(output, results.pieces())
        out.say(f"Results: {output}")
    out.written(results.pieces(), table(results))
    if ended_as(results, [choice.value for choice in fail_on or ()]):
        raise typer.Exit(ExitCode.FAIL_ON)
    if opened.gaps:
        raise typer.Exit(ExitCode.GAPS)
