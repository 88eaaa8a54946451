"""`evidence verify`: check a pack, a bundle or a report, and say what that establishes."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output
from evidence.errors import ExitCode


def verify(
    path: Annotated[Path, typer.Argument(metavar="PACK|BUNDLE|PDF", help="What you were given.")],
    trust: Annotated[
        Path | None,
        typer.Option(
            metavar="CERT",
            help="Certificate of the signer, or of its CA, PEM or DER, got from the signer by another way.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Verify a pack, a bundle or a signed report, strictly, and name every finding.

    Needs neither AWS nor trust in the sender. Without --trust it shows integrity, not who made it. Ends with
    5 when there is a finding.
    """
    from evidence.bundle.summary import findings_text, report_document
    from evidence.bundle.trust import load_trust
    from evidence.clock import system_clock
    from evidence.pack.any import verify_any

    trusted = load_trust(trust) if trust else None
    report = verify_any(path, now=system_clock().now(), trusted=trusted)
    out = Output(json=json, quiet=quiet)
    out.result(report_document(report), findings_text(report))
    if not report.ok:
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)
