"""`evidence keygen`: a signing identity for a team that has none."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import Json, Quiet
from evidence.cli.output import Output


def keygen(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Who signs: a team or a person.")],
    organization: Annotated[str, typer.Option(metavar="NAME", help="Whom they sign for.")] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to write key and certificate.")
    ] = Path(),
    algorithm: Annotated[str, typer.Option(metavar="NAME", help="rsa-3072 or p-256.")] = "rsa-3072",
    years: Annotated[int, typer.Option(metavar="N", help="How long the certificate is valid.")] = 3,
    passphrase_file: collecting.PassphraseFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a signing identity: an encrypted private key and a certificate.

    Prints the certificate's fingerprint: hand certificate and fingerprint to the auditor, by another way than
    the packs.
    """
    from evidence.clock import system_clock
    from evidence.signing.keygen import generate
    from evidence.signing.passphrase import new_passphrase

    made = generate(
        output,
        new_passphrase("the new key", passphrase_file, collecting.ask_passphrase),
        name=name,
        organization=organization,
        algorithm=algorithm,
        years=years,
        now=system_clock().now(),
    )
    out = Output(json=json, quiet=quiet)
    out.result(made.document(), f"SHA-256 fingerprint: {made.fingerprint}")
    out.say(f"Private key, keep it and its pass phrase: {made.key}")
    out.say(f"Certificate, hand it to the auditor with the fingerprint: {made.certificate}")
