"""`evidence report`: render the signed PDF and the workbook of a sealed bundle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import BundlePath, Json, Quiet
from evidence.cli.output import Output

if TYPE_CHECKING:
    from evidence.settings.model import Settings


@collecting.accepts_settings(collecting.rendering_settings)
def report(
    *,
    settings: "Settings",
    bundle: BundlePath,
    results: Annotated[
        Path | None,
        typer.Option("--results", metavar="FILE", help="What `evidence test` wrote; absent: test again."),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Where to leave both files; new or empty."),
    ] = Path("out"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Render report.pdf, signed, and appendices.xlsx from a sealed bundle. Needs no AWS.

    The same bundle and results give the same pages. Without --results the tests are performed again, with
    the exceptions and attestations given here. Ends with 3 when the bundle has gaps, or when the
    time-stamping authority did not answer.
    """
    from evidence import pipeline
    from evidence.bundle import open_bundle
    from evidence.clock import system_clock
    from evidence.controls.engine import run_tests
    from evidence.errors import ExitCode
    from evidence.report.facts import read_results
    from evidence.signing.authority import authority_at
    from evidence.signing.load import load_signer
    from evidence.statements.files import read_statements
    from evidence.storage import own_folder

    out, clock = Output(json, quiet), system_clock()
    signer = load_signer(settings.signing, collecting.ask_passphrase, now=clock.now())
    statements = read_statements(settings.accepted.exceptions, settings.accepted.attestations)
    opened = open_bundle(bundle)
    outcome = run_tests(opened, statements=statements) if results is None else read_results(results)
    with own_folder(output) as folder:
        pdf, workbook, unstamped = pipeline.render(
            opened, outcome, folder, signer=signer, clock=clock,
            authority=authority_at(settings.timestamp, clock), say=out.say,
        )  # fmt: skip
    document = {"report": str(pdf), "appendices": str(workbook), "unstamped": list(unstamped)}
    out.result(document, f"{pdf}\n{workbook}")
    if opened.gaps or unstamped:
        raise typer.Exit(ExitCode.GAPS)
