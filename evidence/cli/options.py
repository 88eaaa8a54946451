"""Defines the options that several commands share, so that they behave the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.completion import complete_bundle

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing on stderr but errors.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: evidence.toml here, if there is one."),
]
BundlePath = Annotated[
    Path,
    typer.Argument(metavar="BUNDLE", help="The folder of a sealed bundle.", autocompletion=complete_bundle),
]
Trusted = Annotated[
    str | None,
    typer.Option(
        metavar="CERT|FINGERPRINT",
        help="Certificate of the signer, or of its CA, PEM or DER; or the SHA-256 fingerprint of the "
        "signer's certificate. Got from the signer by another way than the pack.",
    ),
]
TrustTsa = Annotated[
    Path | None,
    typer.Option(
        metavar="CERT",
        help="Certificate of the time-stamping authority, or of its CA, PEM or DER, got from it.",
    ),
]
IntegrityOnly = Annotated[
    bool,
    typer.Option(
        "--integrity-only", help="Without --trust: end with 0 when nothing was changed, whoever signed."
    ),
]
Identity = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For an encrypted pack (.age): your age identity or SSH key."),
]
PackPassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="For an encrypted pack (.age): its pass phrase.")
]
