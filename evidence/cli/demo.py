"""`evidence demo`: the whole job on the demo account, in two quarters."""

import shlex
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
    """Run everything on the demo account, in two quarters: no AWS account, no network.

    Serves the demo account on loopback ports, as it was a quarter ago and as it is, and collects from both
    through AWS_ENDPOINT_URL. Leaves of this quarter a sealed bundle, a signed report, appendices, a page and
    a pack; what the quarter before left; an archive with both packs in their chain; and what changed since.
    All of it is verified. The time-stamps are those of an authority of the demonstration's own, which its
    name says to be trusted by nobody; for the quarter before, the clock is set back. See
    docs/demonstration.md.
    """
    from evidence.demo_account.demo import demonstrate
    from evidence.storage import fresh_folder

    out = Output(quiet=quiet)
    folder = fresh_folder(output, advice="Nothing is ever overwritten: choose another folder with --output.")
    code = demonstrate(folder, quiet, out.say)
    if code:
        raise typer.Exit(code)
    out.say("")
    out.say("Open them:")
    for name, what in (
        ("report.pdf", "the signed report"),
        ("appendices.xlsx", "populations and every record, as a workbook"),
        ("index.html", "the same to search and follow, in a browser"),
        ("changes.md", "what changed since the quarter before"),
        ("evidence-*.zip", "the pack to hand to the auditor"),
        ("quarter-before", "what the run a quarter ago left"),
        ("archive", "both packs in their chain, with a signed index"),
        ("signer.pem", "the certificate to verify them with"),
        ("authority.pem", "the demonstration's time-stamping authority"),
    ):
        out.say(f"  {next(output.glob(name))}  {what}")
    named = ("evidence-*.zip", "signer.pem", "authority.pem")
    pack, signer, authority = (shlex.quote(str(next(output.glob(name)))) for name in named)
    out.say("Check the pack, as whoever gets it does:")
    out.say(f"  evidence verify {pack} --trust {signer} --trust-tsa {authority}")
