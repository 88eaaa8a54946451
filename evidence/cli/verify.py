"""`evidence verify`: check a pack, a bundle or a report, and say what that establishes."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output
from evidence.errors import ExitCode, UsageError


def verify(
    *,
    path: Annotated[Path, typer.Argument(metavar="PACK|BUNDLE|PDF", help="What you were given.")],
    trust: Annotated[
        str | None,
        typer.Option(
            metavar="CERT|FINGERPRINT",
            help="Certificate of the signer, or of its CA, PEM or DER; or the SHA-256 fingerprint of the "
            "signer's certificate. Got from the signer by another way than the pack.",
        ),
    ] = None,
    trust_tsa: Annotated[
        Path | None,
        typer.Option(
            metavar="CERT",
            help="Certificate of the time-stamping authority, or of its CA, PEM or DER, got from it.",
        ),
    ] = None,
    integrity_only: Annotated[
        bool,
        typer.Option(
            "--integrity-only", help="Without --trust: end with 0 when nothing was changed, whoever signed."
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Verify a pack, a bundle or a signed report, strictly: one verdict per property, and every finding.

    Needs neither AWS nor trust in the sender. Ends with 0 only when all holds that must hold, and with 5
    otherwise. Without --trust nobody says who may have signed, so that it ends with 5 too, unless
    --integrity-only says that integrity is all that is asked for. Without --trust-tsa a time-stamp is shown,
    but not relied on; with it, there must be one by that authority.
    """
    from evidence.bundle.summary import findings_text, report_document
    from evidence.bundle.trust import load_trust
    from evidence.bundle.verdicts import Word, judge
    from evidence.clock import system_clock
    from evidence.pack.any import verify_any

    if trust and integrity_only:
        raise UsageError("--trust and --integrity-only exclude each other.", "Leave one of them out.")
    trusted = load_trust(trust, trust_tsa)
    report = verify_any(path, now=system_clock().now(), trusted=trusted)
    judgement = judge(report)
    out = Output(json=json, quiet=quiet)
    out.result(report_document(report, judgement), findings_text(report, judgement))
    enough = (Word.AUTHENTIC, Word.INTACT) if integrity_only else (Word.AUTHENTIC,)
    if judgement.word not in enough:
        raise typer.Exit(ExitCode.VERIFICATION_FAILED)
