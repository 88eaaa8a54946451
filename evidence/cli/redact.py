"""`evidence redact keygen`: the key that pseudonyms are made with."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.cli.options import Json, Quiet, output_file
from evidence.cli.output import Output


def keygen(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; never over a file.")
    ] = Path("redaction.key"),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the key that pseudonyms are made with: 32 random bytes, for `evidence pack --redact`.

    Make it once and keep it, apart from packs: with the same key the same person has the same pseudonym in
    every pack, and whoever has it can find out by trying who a pseudonym is.
    """
    from evidence.redact.key import generate

    output = output_file(output, "redaction.key")
    key = generate(output)
    out = Output(json=json, quiet=quiet)
    out.result({"key": str(output), "name": key.name()}, str(output))
    out.say(f"Its name, printed in every bundle redacted with it: {key.name()}")
