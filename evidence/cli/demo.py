"""`evidence demo`: the whole job on the demo account."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Quiet
from evidence.cli.output import Output


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to leave the files.")
    ] = Path("out"),
    quiet: Quiet = False,
) -> None:
    """Run everything on the demo account: no AWS account, no network.

    Serves the demo account on a loopback port, collects from it through AWS_ENDPOINT_URL, and leaves a sealed
    bundle, a signed report, appendices, a page and a pack, then verifies the pack.
    """
    from evidence.demo_account.demo import demonstrate
    from evidence.storage import fresh_folder

    out = Output(quiet=quiet)
    code = demonstrate(fresh_folder(output), quiet, out.say)
    if code:
        raise typer.Exit(code)
    out.say("")
    out.say("Open them:")
    for name, what in (
        ("report.pdf", "the signed report"),
        ("appendices.xlsx", "populations and every record, as a workbook"),
        ("index.html", "the same to search and follow, in a browser"),
        ("evidence-*.zip", "the pack to hand to the auditor"),
        ("signer.pem", "the certificate to verify it with"),
    ):
        out.say(f"  {next(output.glob(name))}  {what}")
